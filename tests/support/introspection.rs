//! Introspection results, whose recording was cut in the middle: the types and directives that can be read from it, by name,
//! and the same ones of ours without what `schema/extensions.graphql` adds.

use graphql_parser::schema::{Definition, Document, TypeExtension};
use serde_json::{Map, Value, json};

/// What marks the place where a recording was cut.
const CUT: &str = " characters in all, cut …\n";

/// The types and directives on both sides of the cut; nothing for a text that was not cut.
pub fn of_cut_recording(body: &str) -> Option<Value> {
    let (head, tail) = body.split_once(CUT)?;
    let types = head.split_once("\"types\":[")?.1;
    let mut readable = Map::new();
    collect(types, &mut readable);
    let mut directives = Map::new();
    for (start, _) in tail.match_indices("{\"name\":") {
        collect(&tail[start..], &mut directives);
    }
    directives.retain(|_, directive| directive.get("locations").is_some());
    Some(sorted(json!({"types": readable, "directives": directives})))
}

/// Reads objects with a name, separated by commas, as far as they are whole.
fn collect(mut text: &str, into: &mut Map<String, Value>) {
    loop {
        let mut objects = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let Some(Ok(object)) = objects.next() else {
            return;
        };
        let Some(name) = object["name"].as_str() else {
            return;
        };
        into.entry(name).or_insert(object.clone());
        let Some(rest) = text[objects.byte_offset()..].strip_prefix(',') else {
            return;
        };
        text = rest;
    }
}

/// The types and directives of our result that the recording names, without the fields that the extensions add.
pub fn of_answer(result: &Value, recorded: &Value, extensions: &str) -> Value {
    let named = |list: &str| -> Map<String, Value> {
        let all = result["data"]["__schema"][list]
            .as_array()
            .into_iter()
            .flatten();
        all.filter_map(|item| Some((item["name"].as_str()?.to_owned(), item.clone())))
            .filter(|(name, _)| recorded[list].get(name).is_some())
            .collect()
    };
    let mut types = named("types");
    let document: Document<'_, String> =
        graphql_parser::parse_schema(extensions).expect("extensions.graphql parses");
    for definition in &document.definitions {
        if let Definition::TypeExtension(TypeExtension::Object(extended)) = definition
            && let Some(fields) = types
                .get_mut(&extended.name)
                .and_then(|kind| kind["fields"].as_array_mut())
        {
            fields.retain(|field| {
                !extended
                    .fields
                    .iter()
                    .any(|added| field["name"] == added.name)
            });
        }
    }
    sorted(json!({"types": types, "directives": named("directives")}))
}

/// An answer in which introspection results are sorted; any other as it is.
pub fn in_order(mut answer: Value) -> Value {
    for key in ["__schema", "__type"] {
        if let Some(result) = answer["data"].get_mut(key) {
            *result = sorted(result.take());
        }
    }
    answer
}

/// Sorts lists of named things by name, and lists of names: their order means nothing.
fn sorted(mut value: Value) -> Value {
    match &mut value {
        Value::Array(items) => {
            let mut taken: Vec<Value> = std::mem::take(items).into_iter().map(sorted).collect();
            taken.sort_by_cached_key(|item| {
                item["name"].as_str().or(item.as_str()).map(str::to_owned)
            });
            *items = taken;
        }
        Value::Object(entries) => entries
            .values_mut()
            .for_each(|entry| *entry = sorted(entry.take())),
        _ => {}
    }
    value
}
