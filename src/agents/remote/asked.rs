//! What every request to an endpoint says of who asks: the application's properties, and headers.

use std::sync::Arc;

use http::{HeaderMap, HeaderName};
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
}

impl Said {
    /// Cookies and keys of upstream's cloud never go along, whatever the forwarding rules let through.
    pub(super) fn new(properties: &Map<String, Value>, headers: &HeaderMap) -> Self {
        let properties = properties
            .iter()
            .filter(|(key, _)| !NO_PROPERTIES.contains(&key.as_str()));
        let mut passed = HeaderMap::new();
        for (name, value) in headers.iter().filter(|(name, _)| may_pass(name)) {
            passed.append(name.clone(), value.clone());
        }
        Self {
            properties: Arc::new(
                properties
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect(),
            ),
            headers: passed,
        }
    }

    /// Tells apart who may get different answers.
    pub(super) fn key(&self) -> String {
        use std::fmt::Write;
        let mut key = serde_json::to_string(&self.properties).unwrap_or_default();
        let mut headers: Vec<_> = self.headers.iter().collect();
        headers.sort_by_key(|(name, _)| name.as_str());
        for (name, value) in headers {
            let _ = write!(key, "\n{name}: {}", value.as_bytes().escape_ascii());
        }
        key
    }
}

fn may_pass(name: &HeaderName) -> bool {
    *name != http::header::COOKIE && !name.as_str().starts_with("x-copilotcloud-")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn cookies_and_cloud_keys_stay_here() {
        let sent = [
            ("cookie", "a=b"),
            ("x-copilotcloud-public-api-key", "ck"),
            ("authorization", "Bearer t"),
        ];
        let headers = sent.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let said = Said::new(&Map::new(), &HeaderMap::from_iter(headers));
        assert_eq!(said.headers.keys().collect::<Vec<_>>(), ["authorization"]);
    }

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
    }
}
