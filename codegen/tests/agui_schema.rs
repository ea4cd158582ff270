//! What becomes of a JSON Schema.
#![allow(clippy::unwrap_used, clippy::panic)]

use agui_codegen::json_schema::{Contract, Item, Record, RustType, read};
use serde_json::{Value, json};

fn contract(defs: &Value) -> Contract {
    read("a.json", &json!({ "$defs": defs }).to_string())
        .unwrap_or_else(|errors| panic!("{errors}"))
}

fn record<'a>(contract: &'a Contract, wanted: &str) -> &'a Record {
    let records = contract.items.iter().filter_map(|item| match item {
        Item::Record(record) => Some(record),
        _ => None,
    });
    records
        .into_iter()
        .find(|record| record.name == wanted)
        .unwrap()
}

fn errors(defs: &Value) -> String {
    read("a.json", &json!({ "$defs": defs }).to_string())
        .unwrap_err()
        .to_string()
}

fn tagged(tag: &str, more: &Value) -> Value {
    let mut properties = json!({"type": {"type": "string", "const": tag}});
    properties
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    json!({"type": "object", "properties": properties, "required": ["type"]})
}

#[test]
fn a_union_is_told_apart_by_the_key_that_differs() {
    let contract = contract(&json!({
        "Shape": {"oneOf": [{"$ref": "#/$defs/RoundShape"}, {"$ref": "#/$defs/FlatRoundShape"}]},
        "RoundShape": tagged("round", &json!({"id": {"type": "string"}, "size": {"type": "integer"}})),
        "FlatRoundShape": tagged("flat-round", &json!({"id": {"type": "string"}})),
    }));
    let Item::Union(shape) = &contract.items[0] else {
        panic!("{contract:?}")
    };
    let variants: Vec<_> = shape
        .variants
        .iter()
        .map(|v| (v.name.as_str(), v.tag.as_str()))
        .collect();
    assert_eq!(variants, [("Round", "round"), ("FlatRound", "flat-round")]);
    assert_eq!(
        (shape.tag.as_str(), shape.tag_accessor.0.as_str()),
        ("type", "shape_type")
    );
    let accessors: Vec<_> = shape
        .accessors
        .iter()
        .map(|accessor| accessor.name.as_str())
        .collect();
    assert_eq!(accessors, ["id"]);
    assert!(
        record(&contract, "RoundShape")
            .fields
            .iter()
            .all(|field| field.key != "type")
    );
}

#[test]
fn equal_shapes_become_one_with_other_names() {
    let contract = contract(&json!({
        "ImageInputPart": tagged("image", &json!({})),
        "ImagePart": tagged("image", &json!({})),
        "InputPart": {"oneOf": [{"$ref": "#/$defs/ImageInputPart"}]},
        "Part": {"oneOf": [{"$ref": "#/$defs/ImagePart"}]},
        "Plain": {"type": "object", "properties": {"id": {"type": "string"}}},
        "AlsoPlain": {"type": "object", "properties": {"id": {"type": "string"}}},
    }));
    let aliases = contract.items.iter().filter_map(|item| match item {
        Item::Alias(alias) => Some((alias.name.as_str(), alias.of.as_str())),
        _ => None,
    });
    assert_eq!(
        aliases.collect::<Vec<_>>(),
        [("ImageInputPart", "ImagePart"), ("InputPart", "Part")]
    );
    assert!(
        !record(&contract, "Plain").fields.is_empty()
            && !record(&contract, "AlsoPlain").fields.is_empty()
    );
}

#[test]
fn plain_definitions_are_written_out_and_bases_left_out() {
    let contract = contract(&json!({
        "Base": {"type": "object", "properties": {"at": {"$ref": "#/$defs/Time"}}},
        "Time": {"$ref": "#/$defs/Number"},
        "Number": {"type": "integer"},
        "One": {"type": "object", "properties": {"at": {"$ref": "#/$defs/Time"}, "extra": {}}, "required": ["at"]},
        "Two": {"type": "object", "properties": {"at": {"$ref": "#/$defs/Time"}, "b": {}}},
    }));
    assert_eq!(contract.items.len(), 2);
    let one = record(&contract, "One");
    assert_eq!(one.fields[0].ty, RustType::Integer);
    assert_eq!(one.fields[1].name, "extra_");
    assert!(!one.default && record(&contract, "Two").default);
}

#[test]
fn what_is_large_and_rare_is_boxed_where_it_would_make_an_enum_large() {
    let mut big = serde_json::Map::new();
    for n in 0..20 {
        big.insert(format!("text{n}"), json!({"type": "string"}));
    }
    let contract = contract(&json!({
        "Event": {"oneOf": [{"$ref": "#/$defs/AEvent"}, {"$ref": "#/$defs/BEvent"}]},
        "AEvent": tagged("a", &json!({"big": {"$ref": "#/$defs/Big"}})),
        "BEvent": tagged("b", &json!({"again": {"$ref": "#/$defs/BEvent"}})),
        "Big": {"type": "object", "properties": big},
        "Alone": {"type": "object", "properties": {"big": {"$ref": "#/$defs/Big"}}},
    }));
    let boxed = |name: &str| {
        let RustType::Option(inner) = &record(&contract, name).fields[0].ty else {
            panic!("{name}")
        };
        matches!(**inner, RustType::Boxed(_))
    };
    assert!(boxed("AEvent") && boxed("BEvent") && !boxed("Alone"));
}

#[test]
fn everything_that_is_not_understood_is_reported_at_once() {
    assert_eq!(
        errors(&json!({
            "A": {"type": "object", "properties": {"x": {"type": "file"}, "y": {"allOf": []}, "z": {"const": 1}}},
            "B": {"type": "object", "properties": {"x": {"$ref": "elsewhere.json"}}},
        })),
        "a.json#/$defs/A/properties/x: this \"type\" is not supported\n\
         a.json#/$defs/A/properties/y: this combination of keywords is not supported: allOf\n\
         a.json#/$defs/A/properties/z: only strings are supported as \"const\"\n\
         a.json#/$defs/B/properties/x: only references to \"#/$defs/…\" are supported"
    );
    assert_eq!(
        errors(&json!({
            "A": {"oneOf": [{"$ref": "#/$defs/B"}, {"$ref": "#/$defs/C"}]},
            "B": {"type": "object", "properties": {"x": {"$ref": "#/$defs/D"}}},
            "C": tagged("c", &json!({"x": {"type": "object", "properties": {}}})),
        })),
        "a.json#/$defs/A: the members of a union must be objects, each with a string of its own under the same key\n\
         a.json#/$defs/B: \"x\" refers to \"D\", which is not defined\n\
         a.json#/$defs/C: \"x\" needs a definition of its own to become a type"
    );
    assert!(
        read("a.json", "{\n  \"$defs\": }")
            .unwrap_err()
            .to_string()
            .starts_with("a.json:2:12: not JSON")
    );
    assert_eq!(
        read("a.json", "{}").unwrap_err().to_string(),
        "a.json: no \"$defs\""
    );
}
