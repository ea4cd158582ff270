//! Running a tool for a model: its result or failure as the text that goes back, in upstream's form.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use serde_json::{Map, Value, json};

use super::{Tool, ToolContext, ToolOutput};

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallResult {
    /// The result as the model and the client get it.
    pub content: String,
    /// Whether it is also the answer to the user.
    pub direct: bool,
}

/// Runs the tool with arguments as a model wrote them. A failure, even a panic, becomes a result that tells of it.
pub async fn run(tool: &dyn Tool, arguments: &str, context: ToolContext) -> CallResult {
    let Ok(arguments) = parse(arguments) else {
        return failed("INVALID_ARGUMENTS", "Failed to parse action arguments");
    };
    let call = AssertUnwindSafe(async { tool.call(arguments, context).await }).catch_unwind();
    match call.await {
        Ok(Ok(ToolOutput { value, direct })) => CallResult {
            content: text(value),
            direct,
        },
        Ok(Err(error)) => failed("HANDLER_ERROR", &error.message),
        Err(_) => {
            tracing::error!(tool = tool.name(), "a tool panicked");
            failed("HANDLER_ERROR", "the tool failed unexpectedly")
        }
    }
}

/// A model that has nothing to say may say nothing at all.
fn parse(arguments: &str) -> Result<Value, serde_json::Error> {
    match arguments.trim() {
        "" | "null" => Ok(Value::Object(Map::new())),
        arguments => serde_json::from_str(arguments),
    }
}

fn text(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        value => value.to_string(),
    }
}

fn failed(code: &str, message: &str) -> CallResult {
    CallResult {
        content: json!({"error": {"code": code, "message": message}, "result": ""}).to_string(),
        direct: false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use futures_util::future::BoxFuture;

    use super::*;
    use crate::store::Owner;
    use crate::tools::ToolError;

    /// Gives back its `give`; fails or panics on request.
    struct Echo;

    impl Tool for Echo {
        fn name(&self) -> &str {
            "echo"
        }
        fn description(&self) -> &str {
            "Gives back"
        }
        fn parameters(&self) -> Value {
            json!({"type": "object"})
        }
        fn call(
            &self,
            arguments: Value,
            _: ToolContext,
        ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
            assert!(arguments["panic"] != json!("at once"), "at once");
            async move {
                assert!(arguments["panic"] != json!("later"), "later");
                match arguments["fail"].as_str() {
                    Some(message) => Err(ToolError {
                        message: message.to_owned(),
                    }),
                    None => Ok(arguments["give"].clone().into()),
                }
            }
            .boxed()
        }
    }

    async fn result(arguments: &str) -> String {
        let context = ToolContext {
            owner: Owner::anonymous(),
            thread_id: "t".into(),
            run_id: "r".into(),
            tool_call_id: "c".into(),
        };
        run(&Echo, arguments, context).await.content
    }

    #[tokio::test]
    async fn results_become_text() {
        assert_eq!(result(r#"{"give":"plain"}"#).await, "plain");
        assert_eq!(result(r#"{"give":42}"#).await, "42");
        assert_eq!(
            result(r#"{"give":{"b":1,"a":[null]}}"#).await,
            r#"{"b":1,"a":[null]}"#
        );
        for nothing in [r#"{"give":null}"#, "", " ", "null", "{}"] {
            assert_eq!(result(nothing).await, "", "{nothing:?}");
        }
    }

    #[tokio::test]
    async fn failures_become_results() {
        assert_eq!(
            result(r#"{"city": "Os"#).await,
            r#"{"error":{"code":"INVALID_ARGUMENTS","message":"Failed to parse action arguments"},"result":""}"#
        );
        assert_eq!(
            result(r#"{"fail":"kaboom"}"#).await,
            r#"{"error":{"code":"HANDLER_ERROR","message":"kaboom"},"result":""}"#
        );
        for panic in [r#"{"panic":"at once"}"#, r#"{"panic":"later"}"#] {
            assert_eq!(
                result(panic).await,
                r#"{"error":{"code":"HANDLER_ERROR","message":"the tool failed unexpectedly"},"result":""}"#
            );
        }
    }
}
