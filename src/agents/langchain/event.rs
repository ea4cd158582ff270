//! One of LangChain's stream events.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

/// An event as it came. What is large and rarely needed is not looked at before it is.
#[derive(Deserialize)]
pub(in crate::agents) struct StreamEvent<'a> {
    #[serde(borrow, default)]
    event: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(in crate::agents) run_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(in crate::agents) data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(in crate::agents) metadata: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(in crate::agents) value: Option<&'a RawValue>,
}

impl StreamEvent<'_> {
    /// What happened, such as `on_chat_model_stream`.
    pub(in crate::agents) fn kind(&self) -> &str {
        self.event.as_deref().unwrap_or_default()
    }

    /// What it happened to: a node, a tool, a custom event.
    pub(in crate::agents) fn name(&self) -> String {
        read(self.name)
    }
}

/// A part of an event, or what its type has for nothing if it is not what it should be: one odd event must not end a run.
pub(in crate::agents) fn read<T: DeserializeOwned + Default>(raw: Option<&RawValue>) -> T {
    let Some(raw) = raw else { return T::default() };
    serde_json::from_str(raw.get()).unwrap_or_else(|error| {
        tracing::debug!(%error, "left out a part of an agent's event");
        T::default()
    })
}

/// A part of an event, whatever it is.
pub(in crate::agents) fn json_of(raw: Option<&RawValue>) -> Value {
    read(raw)
}
