//! What every request to an endpoint says of who asks: the application's properties, and headers.

use std::sync::Arc;

use http::HeaderMap;
use serde_json::{Map, Value};

/// What an AG-UI client sends beside its properties, under the same roof (`forwardedProps`).
const NO_PROPERTIES: [&str; 5] = [
    "command",
    "config",
    "nodeName",
    "streamSubgraphs",
    "threadMetadata",
];

/// Properties and headers as they go to the endpoint.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) properties: Arc<Map<String, Value>>,
    pub(super) headers: HeaderMap,
    /// The page that the user is at. Only who asks what there is says it (upstream 1.10.6).
    pub(super) frontend_url: Option<String>,
}

impl Said {
    /// Of these properties and headers, which the forwarding rules let through.
    pub(super) fn new(properties: &Map<String, Value>, headers: &HeaderMap) -> Self {
        let properties = properties
            .iter()
            .filter(|(key, _)| !NO_PROPERTIES.contains(&key.as_str()));
        Self {
            properties: Arc::new(
                properties
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect(),
            ),
            headers: headers.clone(),
            frontend_url: None,
        }
    }

    /// Nobody in particular asks.
    pub(super) fn nobody() -> Self {
        Self::new(&Map::new(), &HeaderMap::new())
    }

    /// The same of a user who is at this page.
    pub(super) fn at(mut self, frontend_url: Option<&str>) -> Self {
        self.frontend_url = frontend_url.map(str::to_owned);
        self
    }

    /// Tells apart who may get different answers.
    pub(super) fn key(&self) -> String {
        use std::fmt::Write;
        let mut key = serde_json::to_string(&self.properties).unwrap_or_default();
        if let Some(url) = &self.frontend_url {
            let _ = write!(key, "\n{url:?}");
        }
        let mut headers: Vec<_> = self.headers.iter().collect();
        headers.sort_by_key(|(name, _)| name.as_str());
        for (name, value) in headers {
            let _ = write!(key, "\n{name}: {}", value.as_bytes().escape_ascii());
        }
        key
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn whoever_says_something_else_has_another_key() {
        let said = |properties: Value, header: &str| {
            let headers = [("authorization".parse().unwrap(), header.parse().unwrap())];
            let properties = properties.as_object().unwrap();
            Said::new(properties, &HeaderMap::from_iter(headers)).key()
        };
        let one = said(json!({"a": 1, "command": {"resume": 1}}), "x");
        assert_eq!(one, said(json!({"a": 1}), "x"));
        assert_ne!(one, said(json!({"a": 2}), "x"));
        assert_ne!(one, said(json!({"a": 1}), "y"));
        assert_ne!(Said::nobody().key(), Said::nobody().at(Some("/")).key());
    }
}
