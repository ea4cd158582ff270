//! Texts that no log may show, and where the values of headers come from.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;

use super::config::ConfigError;

/// What is shown in a secret's place.
const HIDDEN: &str = "***";

/// A text that nobody may be shown: `Debug` hides it, and so does whatever writes it down.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Keeps this text secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{HIDDEN:?}")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

/// Where the value of a header comes from: `authorization = "Bearer …"`, or `authorization = { env = "AGENT_AUTH" }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum HeaderSource {
    /// Written down.
    Value(Secret),
    /// In the environment variable of this name.
    #[serde(serialize_with = "in_table")]
    Env(String),
}

/// The name of a variable, as it is written.
fn in_table<S: Serializer>(name: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map([("env", name)])
}

impl JsonSchema for HeaderSource {
    fn schema_name() -> Cow<'static, str> {
        "HeaderSource".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let variable = json!({
            "type": "object",
            "properties": {"env": {"type": "string"}},
            "required": ["env"],
            "additionalProperties": false,
        });
        json_schema!({"anyOf": [{"type": "string"}, variable]})
    }
}

impl HeaderSource {
    pub(crate) fn value(&self) -> Result<Secret, ConfigError> {
        match self {
            Self::Value(value) => Ok(value.clone()),
            Self::Env(name) => match std::env::var(name) {
                // What was read from a file often has its line's end, which no header may.
                Ok(value) if !value.trim().is_empty() => Ok(Secret::new(value.trim())),
                _ => Err(ConfigError::MissingHeader(name.clone())),
            },
        }
    }
}

impl From<&str> for HeaderSource {
    fn from(value: &str) -> Self {
        Self::Value(Secret::new(value))
    }
}

impl From<Secret> for HeaderSource {
    fn from(value: Secret) -> Self {
        Self::Value(value)
    }
}

impl<'de> Deserialize<'de> for HeaderSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SourceVisitor)
    }
}

struct SourceVisitor;

impl<'de> Visitor<'de> for SourceVisitor {
    type Value = HeaderSource;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or `{ env = \"NAME\" }` for one in the environment")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<HeaderSource, E> {
        Ok(HeaderSource::Value(Secret::new(value)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<HeaderSource, A::Error> {
        match map.next_entry::<String, String>()? {
            Some((key, name)) if key == "env" => Ok(HeaderSource::Env(name)),
            Some((key, _)) => Err(A::Error::custom(format_args!(
                "unknown key `{key}`; write `{{ env = \"NAME\" }}`"
            ))),
            None => Err(A::Error::missing_field("env")),
        }
    }
}
