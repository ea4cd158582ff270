//! JSON Schemas as poem-openapi holds them: AG-UI's own, and those of what the REST routes add.

use std::sync::LazyLock;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use serde_json::{Map, Value};

static AG_UI: LazyLock<Value> =
    LazyLock::new(|| parse(include_str!("../../../schema/ag-ui.schema.json")));
static REST: LazyLock<Value> = LazyLock::new(|| parse(include_str!("rest.schema.json")));

fn parse(schema: &str) -> Value {
    serde_json::from_str(schema).unwrap_or_default()
}

/// Every definition, by name.
pub(super) fn all() -> impl Iterator<Item = (String, MetaSchema)> {
    let schemas: [&'static Value; 2] = [&AG_UI, &REST];
    let definitions = schemas.into_iter().filter_map(|it| it["$defs"].as_object());
    definitions
        .flatten()
        .filter_map(|(name, schema)| Some((name.clone(), whole(schema.as_object()?))))
}

/// A reference, or a schema of its own.
fn reference(schema: &'static Value) -> MetaSchemaRef {
    if let Some(name) = schema["$ref"].as_str() {
        return MetaSchemaRef::Reference(name.trim_start_matches("#/$defs/").to_owned());
    }
    let schema = schema.as_object().map_or(MetaSchema::ANY, whole);
    MetaSchemaRef::Inline(Box::new(schema))
}

fn references(schemas: Option<&'static Value>) -> Vec<MetaSchemaRef> {
    let schemas = schemas.and_then(Value::as_array).into_iter().flatten();
    schemas
        .filter(|schema| !is_null(schema))
        .map(reference)
        .collect()
}

/// OpenAPI 3.0 has no type for `null`.
fn is_null(schema: &Value) -> bool {
    schema["type"] == "null"
}

fn whole(schema: &'static Map<String, Value>) -> MetaSchema {
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let properties = schema.get("properties").and_then(Value::as_object);
    let required = schema.get("required").and_then(Value::as_array);
    let words = schema.get("enum").and_then(Value::as_array);
    let any_of = schema.get("anyOf");
    let choices = any_of.and_then(Value::as_array).into_iter().flatten();
    MetaSchema {
        ty: text("type").unwrap_or_default(),
        description: text("description"),
        pattern: text("pattern").map(str::to_owned),
        default: schema.get("default").cloned(),
        example: schema.get("example").cloned(),
        required: required
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect(),
        properties: properties
            .into_iter()
            .flatten()
            .map(|(name, schema)| (name.as_str(), reference(schema)))
            .collect(),
        items: schema.get("items").map(|items| Box::new(reference(items))),
        additional_properties: schema
            .get("additionalProperties")
            .filter(|more| more.as_object().is_some_and(|more| !more.is_empty()))
            .map(|more| Box::new(reference(more))),
        enum_items: match schema.get("const") {
            Some(only) => vec![only.clone()],
            None => words.cloned().unwrap_or_default(),
        },
        nullable: choices.clone().any(is_null)
            || schema.get("nullable") == Some(&Value::Bool(true)),
        any_of: references(any_of),
        one_of: references(schema.get("oneOf")),
        minimum: bound("minimum"),
        maximum: bound("maximum"),
        ..MetaSchema::ANY
    }
}
