//! A GraphQL request as it comes in by POST or GET, and upstream's answers to what is not one (graphql-yoga 5).

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::document::DocumentError;
use super::resolvers::error::copilot_extensions;
use crate::json;
use crate::runtime::error::{AgentError, ErrorCode};
use crate::runtime::gate::TooMany;

/// A request whose parts have the right types; nothing in it is checked against the schema yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct GraphQlRequest {
    pub(crate) query: String,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: Map<String, Value>,
}

/// A request that is refused as a whole, before anything is executed.
#[derive(Debug, Clone)]
pub(crate) struct RequestError {
    pub(crate) status: StatusCode,
    /// Whether a client that takes plain `application/json` gets 200 instead, as the GraphQL over HTTP draft has it.
    pub(crate) ok_as_json: bool,
    pub(crate) allow: Option<&'static str>,
    /// After how many seconds it is worth another try.
    pub(crate) retry_after: Option<u64>,
    pub(crate) errors: Vec<Value>,
}

impl RequestError {
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::coded(StatusCode::BAD_REQUEST, message, "BAD_REQUEST")
    }

    fn coded(status: StatusCode, message: impl Into<String>, code: &str) -> Self {
        Self {
            status,
            ok_as_json: false,
            allow: None,
            retry_after: None,
            errors: vec![json!({"message": message.into(), "extensions": {"code": code}})],
        }
    }

    /// A request that is refused for what it is part of, not for what it says. Upstream's client knows its own codes only.
    pub(crate) fn refused(status: StatusCode, code: ErrorCode, message: &str) -> Self {
        let mut extensions = copilot_extensions(&AgentError::new(code, message));
        extensions["statusCode"] = status.as_u16().into();
        Self {
            status,
            ok_as_json: false,
            allow: None,
            retry_after: None,
            errors: vec![json!({"message": message, "extensions": extensions})],
        }
    }

    /// One request or run too many.
    pub(crate) fn too_many(too_many: &TooMany) -> Self {
        Self {
            retry_after: Some(too_many.retry_after),
            ..Self::refused(
                StatusCode::TOO_MANY_REQUESTS,
                ErrorCode::Unknown,
                &too_many.message,
            )
        }
    }

    pub(crate) fn method_not_allowed() -> Self {
        const MESSAGE: &str = "GraphQL only supports GET and POST requests.";
        Self::coded(StatusCode::METHOD_NOT_ALLOWED, MESSAGE, "BAD_REQUEST").allowing("GET, POST")
    }

    pub(crate) fn mutation_by_get() -> Self {
        const MESSAGE: &str = "Can only perform a mutation operation from a POST request.";
        Self::coded(StatusCode::METHOD_NOT_ALLOWED, MESSAGE, "BAD_REQUEST").allowing("POST")
    }

    pub(crate) fn body_too_large() -> Self {
        Self::coded(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Request body too large",
            "REQUEST_ENTITY_TOO_LARGE",
        )
    }

    pub(crate) fn body_too_slow(seconds: u64) -> Self {
        Self::coded(
            StatusCode::REQUEST_TIMEOUT,
            format!(
                "The request body did not arrive within {seconds} s (limits.body_read_seconds)."
            ),
            "REQUEST_TIMEOUT",
        )
    }

    /// Errors of syntax and validation.
    pub(crate) fn document(errors: &[DocumentError]) -> Self {
        Self {
            ok_as_json: true,
            ..Self::variables(errors)
        }
    }

    /// Errors in variables or in the choice of the operation.
    pub(crate) fn variables(errors: &[DocumentError]) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            ok_as_json: false,
            allow: None,
            retry_after: None,
            errors: errors.iter().map(DocumentError::to_json).collect(),
        }
    }

    fn allowing(mut self, methods: &'static str) -> Self {
        self.allow = Some(methods);
        self
    }

    fn param(message: String) -> Self {
        Self::bad_request(message).allowing("GET, POST")
    }

    fn no_query() -> Self {
        Self {
            ok_as_json: true,
            ..Self::param("Must provide query string.".to_owned())
        }
    }
}

impl GraphQlRequest {
    /// Reads a body of `application/json` or `application/graphql+json`.
    pub(crate) fn from_json(body: &[u8]) -> Result<Self, RequestError> {
        match json::parse(body) {
            Ok(body) => Self::from_value(body),
            Err(error) => {
                let mut refused = RequestError::bad_request("POST body sent invalid JSON.");
                refused.errors[0]["extensions"]["originalError"] =
                    json!({"name": "SyntaxError", "message": error.to_string()});
                Err(refused)
            }
        }
    }

    pub(crate) fn from_value(body: Value) -> Result<Self, RequestError> {
        match body {
            Value::Object(params) => Self::from_params(params),
            Value::Array(_) => Err(RequestError::bad_request("Batching is not supported.")),
            other => Err(RequestError::bad_request(format!(
                "POST body is expected to be object but received {}",
                type_of(&other)
            ))),
        }
    }

    /// Reads the query string of a GET, or a form.
    pub(crate) fn from_form(form: &[u8]) -> Result<Self, RequestError> {
        let mut params = Map::new();
        for (name, value) in url::form_urlencoded::parse(form) {
            let value = match &*name {
                _ if value.is_empty() => continue,
                "query" | "operationName" => Value::String(value.into_owned()),
                "variables" | "extensions" => serde_json::from_str(&value).map_err(|error| {
                    RequestError::bad_request(format!("\"{name}\" is not valid JSON: {error}"))
                })?,
                _ => continue,
            };
            params.insert(name.into_owned(), value);
        }
        Self::from_params(params)
    }

    /// A body of `application/graphql`: the document alone.
    pub(crate) fn from_text(body: &[u8]) -> Result<Self, RequestError> {
        match std::str::from_utf8(body) {
            Ok(query) => Ok(Self {
                query: query.to_owned(),
                ..Self::default()
            }),
            Err(error) => Err(RequestError::bad_request(format!(
                "The request body is not UTF-8: {error}"
            ))),
        }
    }

    fn from_params(mut params: Map<String, Value>) -> Result<Self, RequestError> {
        const KNOWN: [&str; 4] = ["query", "variables", "operationName", "extensions"];
        params.retain(|_, value| !value.is_null());
        if let Some(name) = params.keys().find(|name| !KNOWN.contains(&name.as_str())) {
            return Err(RequestError::bad_request(format!(
                "Unexpected parameter \"{name}\" in the request body."
            )));
        }
        let query = match params.remove("query") {
            None => return Err(RequestError::no_query()),
            Some(Value::String(query)) => query,
            Some(other) => {
                return Err(RequestError::param(format!(
                    "Expected \"query\" param to be a string, but given {}.",
                    type_of(&other)
                )));
            }
        };
        let variables = object(&mut params, "variables")?;
        object(&mut params, "extensions")?;
        let operation_name = match params.remove("operationName") {
            None => None,
            Some(Value::String(name)) => Some(name),
            Some(other) => {
                return Err(RequestError::param(format!(
                    "Expected \"operationName\" param to be a string, but given {}.",
                    type_of(&other)
                )));
            }
        };
        Ok(Self {
            query,
            operation_name,
            variables,
        })
    }
}

fn object(params: &mut Map<String, Value>, name: &str) -> Result<Map<String, Value>, RequestError> {
    match params.remove(name) {
        None => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object),
        Some(other) => Err(RequestError::param(format!(
            "Expected \"{name}\" param to be empty or an object, but given {}.",
            type_of(&other)
        ))),
    }
}

/// JavaScript's name of a JSON value's type, as upstream writes it into messages.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn empty_parameters_of_a_link_are_none() {
        let request =
            GraphQlRequest::from_form(b"query=%7Bhello%7D&operationName=&variables=").unwrap();
        assert_eq!((request.operation_name, request.variables.len()), (None, 0));
        assert!(GraphQlRequest::from_form(b"query=").is_err());
    }
}
