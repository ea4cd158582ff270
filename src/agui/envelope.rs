//! The envelope: one POST on the base path that names a method and carries its parameters and body (upstream 1.75.0).

use std::collections::HashMap;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Reply, Route};
use crate::json;

/// A body on the base path: of an AG-UI client, or of a GraphQL one.
pub(crate) struct Envelope<'a> {
    /// Whether it carries what makes it GraphQL.
    query: bool,
    method: Option<Value>,
    params: Value,
    /// Not looked at here.
    body: Option<&'a RawValue>,
}

/// The request that an envelope stands for.
pub(crate) struct Unpacked {
    pub(crate) method: Method,
    pub(crate) route: Route,
    pub(crate) query: String,
    pub(crate) body: Bytes,
}

impl<'a> Envelope<'a> {
    /// Reads a body without reading what it carries; `None` if it is no JSON object.
    pub(crate) fn read(body: &'a [u8]) -> Option<Self> {
        if !body.trim_ascii_start().starts_with(b"{") {
            return None;
        }
        // Of a key that is there twice the last counts, as in JavaScript.
        let mut fields: HashMap<String, &'a RawValue> = serde_json::from_slice(body).ok()?;
        let mut parsed = |key| {
            let value = fields.remove(key)?;
            json::parse(value.get().as_bytes()).ok()
        };
        let (method, params) = (parsed("method"), parsed("params").unwrap_or_default());
        Some(Self {
            query: fields
                .get("query")
                .is_some_and(|query| query.get() != "null"),
            method,
            params,
            body: fields.remove("body"),
        })
    }

    /// Whether this is a GraphQL request.
    pub(crate) fn is_graphql(&self) -> bool {
        self.query
    }

    /// Whether this calls one of the methods that there are.
    pub(crate) fn is_call(&self) -> bool {
        self.method_name()
            .is_some_and(|name| METHODS.contains(&name))
    }

    /// The request that it stands for, or the answer to one that cannot be understood.
    pub(crate) fn unpack(&self) -> Result<Unpacked, Reply> {
        if self.method_name() == Some(RESOURCE) {
            return self.resource();
        }
        let Some(route) = self.route()? else {
            return Err(match &self.method {
                Some(Value::String(method)) if !method.is_empty() => {
                    invalid(&format!("Unsupported method '{method}'"))
                }
                Some(method) if truthy(method) => {
                    invalid(&format!("Unsupported method '{method}'"))
                }
                _ => invalid("Missing method field"),
            });
        };
        let (method, body) = match &route {
            // It may come without a body, but not with `null` for one (upstream 1.75.0).
            Route::Stop { .. } if self.body.is_none() => (Method::POST, Bytes::new()),
            Route::Run { .. }
            | Route::Suggest { .. }
            | Route::Connect { .. }
            | Route::Stop { .. }
            | Route::Transcribe => {
                let body = self.body()?;
                let body = body.ok_or_else(|| invalid("Missing request body for JSON handler"))?;
                (Method::POST, body)
            }
            _ => (Method::GET, Bytes::new()),
        };
        Ok(Unpacked {
            method,
            route,
            query: String::new(),
            body,
        })
    }

    fn method_name(&self) -> Option<&str> {
        self.method.as_ref()?.as_str()
    }

    /// The route of the method; `None` for a method that is not there.
    fn route(&self) -> Result<Option<Route>, Reply> {
        let agent = || self.param("agentId");
        Ok(Some(match self.method_name() {
            Some("agent/run") => Route::Run { agent: agent()? },
            Some("agent/suggest") => Route::Suggest { agent: agent()? },
            Some("agent/connect") => Route::Connect { agent: agent()? },
            Some("agent/stop") => Route::Stop {
                agent: agent()?,
                thread: self.param("threadId")?,
            },
            Some("info") => Route::Info,
            Some("inspector/metadata") => Route::InspectorMetadata,
            Some("inspector/learning") => Route::InspectorLearning,
            Some("transcribe") => Route::Transcribe,
            _ => return Ok(None),
        }))
    }

    fn param(&self, key: &str) -> Result<String, Reply> {
        match self.params.get(key).and_then(Value::as_str) {
            Some(value) if !value.trim().is_empty() => Ok(value.to_owned()),
            _ => Err(invalid(&format!("Missing or invalid parameter '{key}'"))),
        }
    }

    /// The body as a REST route would get it: a text is one already.
    fn body(&self) -> Result<Option<Bytes>, Reply> {
        let Some(body) = self.body.map(RawValue::get).filter(|body| *body != "null") else {
            return Ok(None);
        };
        if !body.starts_with('"') {
            return Ok(Some(Bytes::copy_from_slice(body.as_bytes())));
        }
        match json::parse(body.as_bytes()) {
            Ok(Value::String(text)) => Ok(Some(text.into())),
            _ => Err(invalid("Invalid JSON payload")),
        }
    }

    /// A request for a thread or the like, which must not lead out of the runtime.
    fn resource(&self) -> Result<Unpacked, Reply> {
        let path = self.param("path")?;
        let method = self.param("httpMethod")?.to_ascii_uppercase();
        let (path, query) =
            relative(&path).ok_or_else(|| invalid("Resource path must be Runtime-relative"))?;
        let route = Route::of(&path)
            .filter(Route::is_resource)
            .ok_or_else(Reply::not_found)?;
        let method = Method::from_bytes(method.as_bytes()).map_err(|_| Reply::not_found())?;
        if let Some(refusal) = route.refusal(&method) {
            return Err(refusal);
        }
        let carries = method != Method::GET && method != Method::HEAD;
        let body = if carries { self.body()? } else { None };
        Ok(Unpacked {
            method,
            route,
            query,
            body: body.unwrap_or_default(),
        })
    }
}

const RESOURCE: &str = "resource/request";
/// All there are (upstream 1.75.0).
pub(super) const METHODS: [&str; 9] = [
    "agent/run",
    "agent/suggest",
    "agent/connect",
    "agent/stop",
    "info",
    "inspector/metadata",
    "inspector/learning",
    "transcribe",
    RESOURCE,
];

/// Path and query of a path that stays where it is, once a browser would have made a URL of it.
fn relative(path: &str) -> Option<(String, String)> {
    let base = url::Url::parse("http://runtime.invalid").ok()?;
    if !path.starts_with('/') {
        return None;
    }
    let url = base.join(path).ok()?;
    let stays = url.origin() == base.origin() && !path.starts_with("//");
    stays.then(|| {
        (
            url.path().to_owned(),
            url.query().unwrap_or_default().to_owned(),
        )
    })
}

/// What JavaScript takes for something.
fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(it) => *it,
        Value::Number(it) => it.as_f64() != Some(0.0),
        Value::String(it) => !it.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// A request on the base path that is no call.
pub(super) fn invalid(message: &str) -> Reply {
    Reply::explained(StatusCode::BAD_REQUEST, "invalid_request", message)
}

impl Reply {
    /// A body on the base path that is JSON but no object. Upstream 1.75.0 breaks down at a `null`.
    pub(crate) fn no_envelope() -> Self {
        invalid("Missing method field")
    }

    /// A body on the base path of another type than JSON.
    pub(crate) fn not_json() -> Self {
        Self::explained(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "invalid_request",
            "Single-route endpoint expects JSON payloads",
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use serde_json::json;

    use super::super::Body;
    use super::*;

    fn unpack(envelope: &Value) -> Result<Unpacked, (u16, Value)> {
        let text = envelope.to_string();
        let read = Envelope::read(text.as_bytes()).unwrap();
        read.unpack().map_err(|reply| match reply.body {
            Body::Full(body) => (
                reply.status.as_u16(),
                serde_json::from_slice(&body).unwrap(),
            ),
            Body::Stream(_) => panic!("a stream for {text}"),
        })
    }

    fn refused(envelope: Value) -> (u16, String) {
        let (status, body) = unpack(&envelope).err().unwrap();
        let told = body.get("message").unwrap_or(&body["error"]);
        (status, told.as_str().unwrap().to_owned())
    }

    #[test]
    fn a_body_is_handed_on_as_it_came() {
        let run =
            json!({"method": "agent/run", "params": {"agentId": "a"}, "body": {"b": [1, "x"]}});
        let unpacked = unpack(&run).unwrap();
        assert_eq!(
            unpacked.route,
            Route::Run {
                agent: "a".to_owned()
            }
        );
        assert_eq!(unpacked.body, r#"{"b":[1,"x"]}"#);
        let text = json!({"method": "transcribe", "body": "{\"audio\": 1}"});
        assert_eq!(unpack(&text).unwrap().body, r#"{"audio": 1}"#);
        let stop =
            json!({"method": "agent/stop", "params": {"agentId": "a", "threadId": "t/1 🦀"}});
        assert_eq!(unpack(&stop).unwrap().body, "");
    }

    #[test]
    fn of_a_key_that_is_there_twice_the_last_counts() {
        let text = br#"{"method": "x", "method": "info", "params": 1, "params": {"a": "\ud83d"}, "query": null}"#;
        let envelope = Envelope::read(text).unwrap();
        assert_eq!(envelope.unpack().ok().map(|it| it.route), Some(Route::Info));
        assert_eq!(envelope.params, json!({"a": "\u{fffd}"}));
        assert!(!envelope.is_graphql());
    }

    #[test]
    fn a_resource_has_a_path_a_method_and_a_query() {
        let asked = json!({"method": "resource/request", "params": {"path": "/threads?limit=2", "httpMethod": "get"}});
        let unpacked = unpack(&asked).unwrap();
        assert_eq!(
            (unpacked.route, unpacked.query.as_str()),
            (Route::Threads, "limit=2")
        );
        let asked = json!({"method": "resource/request", "params": {"path": "/threads/a%2Fb", "httpMethod": "PATCH"}, "body": {"name": "n"}});
        let unpacked = unpack(&asked).unwrap();
        let thread = Route::Thread {
            thread: "a/b".to_owned(),
        };
        assert_eq!(
            (unpacked.route, &unpacked.body[..]),
            (thread, &br#"{"name":"n"}"#[..])
        );
    }

    #[test]
    fn no_path_leads_out_of_the_runtime() {
        for path in [
            "http://evil/threads",
            "//evil/threads",
            "/\\evil/threads",
            "threads",
        ] {
            let asked = json!({"method": "resource/request", "params": {"path": path, "httpMethod": "GET"}});
            let expected = (400, "Resource path must be Runtime-relative".to_owned());
            assert_eq!(refused(asked), expected, "{path}");
        }
        for path in [
            "/info",
            "/agent/a/run",
            "/transcribe",
            "/x",
            "/memories",
            "/threads/../info",
        ] {
            let asked = json!({"method": "resource/request", "params": {"path": path, "httpMethod": "GET"}});
            assert_eq!(refused(asked), (404, "Not found".to_owned()), "{path}");
        }
    }

    #[test]
    fn what_is_missing_is_told() {
        let told = |envelope: Value, message: &str| {
            assert_eq!(refused(envelope), (400, message.to_owned()));
        };
        told(json!({}), "Missing method field");
        told(json!({"method": ""}), "Missing method field");
        told(json!({"method": 7}), "Unsupported method '7'");
        told(json!({"method": "foo/bar"}), "Unsupported method 'foo/bar'");
        told(
            json!({"method": "agent/run"}),
            "Missing or invalid parameter 'agentId'",
        );
        told(
            json!({"method": "agent/run", "params": {"agentId": " "}}),
            "Missing or invalid parameter 'agentId'",
        );
        told(
            json!({"method": "agent/stop", "params": {"agentId": "a"}}),
            "Missing or invalid parameter 'threadId'",
        );
        for (method, thread) in [("agent/run", Value::Null), ("agent/stop", json!("t"))] {
            told(
                json!({"method": method, "params": {"agentId": "a", "threadId": thread}, "body": null}),
                "Missing request body for JSON handler",
            );
        }
        told(
            json!({"method": "resource/request", "params": {"path": "/threads"}}),
            "Missing or invalid parameter 'httpMethod'",
        );
    }
}
