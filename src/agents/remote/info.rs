//! What an endpoint says that it has: its answer to `/info`.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What there is at an endpoint.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Info {
    #[serde(default)]
    pub(super) agents: Vec<FoundAgent>,
    #[serde(default)]
    pub(super) actions: Vec<FoundAction>,
}

/// An agent of an endpoint.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct FoundAgent {
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default, rename = "type")]
    pub(super) kind: Option<String>,
}

/// An action of an endpoint.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct FoundAction {
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: Option<String>,
    #[serde(default)]
    pub(super) parameters: Option<Vec<Parameter>>,
}

impl FoundAction {
    /// JSON Schema of the arguments.
    pub(super) fn schema(&self) -> Value {
        let parameters = self.parameters.as_deref().unwrap_or_default();
        let (properties, required) = members(parameters);
        json!({"type": "object", "properties": properties, "required": required})
    }
}

/// A parameter in upstream's own language (1.10.6).
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Parameter {
    name: String,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    required: Option<bool>,
    #[serde(default, rename = "enum")]
    choices: Option<Vec<Value>>,
    #[serde(default)]
    attributes: Option<Vec<Parameter>>,
}

impl Parameter {
    fn schema(&self) -> Value {
        let kind = self.kind.as_deref().unwrap_or("string");
        let (kind, list) = match kind.strip_suffix("[]") {
            Some(kind) => (kind, true),
            None => (kind, false),
        };
        let mut schema = Map::new();
        schema.insert("type".into(), known(kind).into());
        let attributes = self.attributes.as_deref().unwrap_or_default();
        if kind == "object" && !attributes.is_empty() {
            let (properties, required) = members(attributes);
            schema.insert("properties".into(), properties.into());
            schema.insert("required".into(), required.into());
        }
        if list {
            let items = std::mem::take(&mut schema);
            schema.insert("type".into(), "array".into());
            schema.insert("items".into(), items.into());
        }
        if let Some(description) = &self.description {
            schema.insert("description".into(), description.as_str().into());
        }
        if let Some(choices) = &self.choices {
            schema.insert("enum".into(), choices.clone().into());
        }
        schema.into()
    }
}

/// A type that JSON Schema has; upstream takes what it does not know for text.
fn known(kind: &str) -> &str {
    match kind {
        "number" | "boolean" | "object" | "integer" => kind,
        _ => "string",
    }
}

/// The schemas by name, and the names of those that must be there: all that do not say otherwise.
fn members(parameters: &[Parameter]) -> (Map<String, Value>, Vec<Value>) {
    let properties = parameters
        .iter()
        .map(|parameter| (parameter.name.clone(), parameter.schema()));
    let required = parameters
        .iter()
        .filter(|parameter| parameter.required != Some(false));
    (
        properties.collect(),
        required
            .map(|parameter| parameter.name.as_str().into())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn parameters_become_json_schema() {
        let action: FoundAction = serde_json::from_value(json!({"name": "a", "parameters": [
            {"name": "city", "type": "string", "description": "City"},
            {"name": "unit", "type": "string", "enum": ["c", "f"], "required": false},
            {"name": "tags", "type": "string[]"},
            {"name": "days", "type": "object[]", "attributes": [{"name": "n", "type": "number", "required": false}]},
            {"name": "odd", "type": "date"},
        ]}))
        .unwrap();
        let expected = json!({
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "City"},
                "unit": {"type": "string", "enum": ["c", "f"]},
                "tags": {"type": "array", "items": {"type": "string"}},
                "days": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "number"}}, "required": []}},
                "odd": {"type": "string"},
            },
            "required": ["city", "tags", "days", "odd"],
        });
        assert_eq!(action.schema(), expected);
    }

    #[test]
    fn an_endpoint_may_have_nothing() {
        let info: Info = serde_json::from_str("{\"sdkVersion\": \"1\"}").unwrap();
        assert!(info.agents.is_empty() && info.actions.is_empty());
    }
}
