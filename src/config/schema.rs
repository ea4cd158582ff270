//! The keys of the configuration, as the types and their doc comments have them: as JSON Schema for editors, as a commented
//! example, and as the names of environment variables. Nothing here is a second list of keys.

mod blocks;
mod example;
mod names;
#[cfg(test)]
mod tests;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::Config;

pub(super) use self::example::example;
pub(super) use self::names::{is_section, variable_meant};

/// What a configuration may say.
pub(super) fn schema() -> Value {
    // The draft that editors of TOML know; without references, as nothing contains itself.
    let settings = SchemaSettings::draft07().with(|it| it.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<Config>();
    let mut schema = schema.to_value();
    tidy(&mut schema);
    schema["title"] = "agui-runtime.toml".into();
    schema["description"] = "The configuration of agui-runtime.".into();
    schema
}

/// Takes out what is for readers of the program only.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            // Of a section, the defaults are with its keys; what is unset by default has none.
            object.retain(|key, value| key != "default" || !(value.is_null() || value.is_object()));
            if let Some(Value::String(text)) = object.get_mut("description") {
                *text = prose(text);
            }
            object.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// A doc comment without code and links, one line to a paragraph.
fn prose(doc: &str) -> String {
    let text = doc.split("```").next().unwrap_or_default();
    let paragraphs = text.split("\n\n").map(|paragraph| {
        let words: Vec<_> = paragraph.split_whitespace().collect();
        without_links(&words.join(" "))
    });
    let paragraphs: Vec<_> = paragraphs.filter(|it| !it.is_empty()).collect();
    paragraphs.join("\n")
}

/// ``[`name`](place)`` and ``[`name`]`` as `` `name` ``.
fn without_links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("[`") {
        let Some((name, behind)) = after.split_once("`]") else {
            break;
        };
        out.push_str(before);
        out.push_str(&format!("`{name}`"));
        rest = match behind.strip_prefix('(').and_then(|it| it.split_once(')')) {
            Some((_, behind)) => behind,
            None => behind,
        };
    }
    out + rest
}
