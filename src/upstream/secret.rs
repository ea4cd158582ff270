//! Texts that no log may show, and where the values of headers come from.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::config::ConfigError;

/// A text that no log may show: `Debug` hides it, and it cannot be serialized.
#[derive(Clone, PartialEq, Eq, Deserialize)]
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
        f.write_str("\"***\"")
    }
}

/// Where the value of a header comes from: `authorization = "Bearer …"`, or `authorization = { env = "AGENT_AUTH" }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderSource {
    /// Written down.
    Value(Secret),
    /// In the environment variable of this name.
    Env(String),
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

/// For a configuration that is shown: a value is not.
impl Serialize for HeaderSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(_) => serializer.serialize_str("***"),
            Self::Env(name) => [("env", name)]
                .into_iter()
                .collect::<BTreeMap<_, _>>()
                .serialize(serializer),
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
