//! What a chain takes, as a tool's parameters. Upstream 1.10.6 knows flat objects of texts, numbers and booleans; here the
//! whole schema reaches the model.

use serde_json::{Map, Value, json};

/// The parameter that stands for the whole input of a chain which takes no object (upstream 1.10.6).
const ONLY: &str = "input";
/// Where a schema keeps what it refers to.
const DEFINITIONS: [&str; 2] = ["$defs", "definitions"];

/// What a chain takes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Input {
    /// JSON Schema of the arguments: an object schema.
    pub(super) parameters: Value,
    /// Whether the chain takes one value that is no object.
    single: bool,
}

impl Input {
    /// From the chain's own schema.
    pub(super) fn of(schema: Value) -> Result<Self, String> {
        let Value::Object(schema) = schema else {
            return Err("the input schema is no JSON object".to_owned());
        };
        let schema = resolved(schema)?;
        let is_object = schema.get("type").is_some_and(|kind| kind == "object")
            || schema.contains_key("properties");
        if is_object {
            let mut parameters = schema;
            parameters.insert("type".to_owned(), "object".into());
            parameters
                .entry("properties")
                .or_insert_with(|| Map::new().into());
            return Ok(Self {
                parameters: parameters.into(),
                single: false,
            });
        }
        Ok(Self {
            parameters: single(schema),
            single: true,
        })
    }

    /// The chain's input out of the arguments that a model gave.
    pub(super) fn of_arguments(&self, mut arguments: Value) -> Value {
        match arguments.get_mut(ONLY) {
            Some(only) if self.single => only.take(),
            _ if self.single => Value::Null,
            _ => arguments,
        }
    }
}

/// The schema itself, where all of it is one reference to a definition of its own, as of Pydantic's models.
fn resolved(mut schema: Map<String, Value>) -> Result<Map<String, Value>, String> {
    let Some(Value::String(reference)) = schema.get("$ref").cloned() else {
        return Ok(schema);
    };
    let path = reference.strip_prefix('#').unwrap_or(&reference);
    let found = Value::Object(schema.clone()).pointer(path).cloned();
    let Some(Value::Object(mut found)) = found else {
        return Err(format!(
            "the input schema refers to `{reference}`, which it does not have"
        ));
    };
    for key in DEFINITIONS {
        if let Some(definitions) = schema.remove(key) {
            found.insert(key.to_owned(), definitions);
        }
    }
    Ok(found)
}

fn single(mut schema: Map<String, Value>) -> Value {
    let mut parameters = json!({"type": "object", "required": [ONLY]});
    for key in DEFINITIONS {
        if let Some(definitions) = schema.remove(key) {
            parameters[key] = definitions;
        }
    }
    schema
        .entry("description")
        .or_insert_with(|| "The input to the chain".into());
    parameters["properties"] = json!({ONLY: schema});
    parameters
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_object_is_taken_as_it_is() {
        let schema = json!({"title": "In", "properties": {"topic": {"type": "string"}, "tags": {"type": "array", "items": {"$ref": "#/$defs/T"}}},
            "required": ["topic"], "$defs": {"T": {"type": "string"}}});
        let input = Input::of(schema.clone()).unwrap();
        let mut expected = schema;
        expected["type"] = "object".into();
        assert_eq!(input.parameters, expected);
        let given = json!({"topic": "x", "input": 1});
        assert_eq!(input.of_arguments(given.clone()), given);
        let empty = Input::of(json!({"type": "object"})).unwrap();
        assert_eq!(empty.parameters["properties"], json!({}));
    }

    #[test]
    fn anything_else_is_one_parameter() {
        let input = Input::of(json!({"title": "In", "type": "string"})).unwrap();
        let expected = json!({
            "type": "object",
            "required": ["input"],
            "properties": {"input": {"title": "In", "type": "string", "description": "The input to the chain"}},
        });
        assert_eq!(input.parameters, expected);
        assert_eq!(input.of_arguments(json!({"input": "x"})), json!("x"));
        assert_eq!(input.of_arguments(json!({})), Value::Null);
        let either = json!({"anyOf": [{"type": "string"}, {"$ref": "#/$defs/M"}], "$defs": {"M": {"type": "object"}}});
        let input = Input::of(either).unwrap();
        assert_eq!(input.parameters["$defs"], json!({"M": {"type": "object"}}));
        assert!(
            input.parameters["properties"]["input"]
                .get("$defs")
                .is_none()
        );
    }

    #[test]
    fn a_reference_at_the_top_is_followed() {
        let schema = json!({"$ref": "#/$defs/In", "$defs": {"In": {"type": "object", "properties": {"n": {"type": "integer"}}}}});
        let input = Input::of(schema).unwrap();
        assert_eq!(input.parameters["properties"]["n"]["type"], "integer");
        assert!(input.parameters.get("$ref").is_none());
        assert!(
            Input::of(json!({"$ref": "#/$defs/Gone"}))
                .unwrap_err()
                .contains("#/$defs/Gone")
        );
        assert!(Input::of(json!([])).is_err());
    }
}
