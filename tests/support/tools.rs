//! The server tools of the recordings, written again in Rust: the same names, schemas and results.

use std::time::Duration;

use agui_runtime::tools::{Tool, ToolContext, ToolError, ToolOutput};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::golden::Golden;

/// A tool as upstream offered it to the model.
pub struct Recorded {
    name: String,
    description: String,
    parameters: Value,
}

/// All tools of the recordings, in their order.
pub fn recorded() -> Vec<Recorded> {
    let golden = Golden::load("c-server-action-object");
    let asked = golden.upstream();
    let tools = asked[0]["body"]["tools"]
        .as_array()
        .expect("recorded tools");
    tools
        .iter()
        .map(|tool| Recorded::new(&tool["function"]))
        .collect()
}

impl Recorded {
    fn new(function: &Value) -> Self {
        let text = |key: &str| function[key].as_str().expect("a recorded text").to_owned();
        Self {
            name: text("name"),
            description: text("description"),
            parameters: function["parameters"].clone(),
        }
    }

    async fn result(&self, arguments: Value) -> Result<ToolOutput, ToolError> {
        let value = match self.name.as_str() {
            "getWeather" => json!({"city": arguments["city"], "temp": 21}),
            "strTool" => json!("plain string"),
            "undefTool" => Value::Null,
            "slowTool" => {
                tokio::time::sleep(Duration::from_millis(400)).await;
                json!(42)
            }
            "directTool" => {
                return Ok(ToolOutput {
                    value: json!("direct text"),
                    direct: true,
                });
            }
            "failTool" => {
                return Err(ToolError {
                    message: "handler kaboom".into(),
                });
            }
            other => panic!("no such tool was recorded: {other}"),
        };
        Ok(value.into())
    }
}

impl Tool for Recorded {
    fn name(&self) -> &str {
        &self.name
    }

    fn description(&self) -> &str {
        &self.description
    }

    fn parameters(&self) -> Value {
        self.parameters.clone()
    }

    fn call(
        &self,
        arguments: Value,
        _: ToolContext,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        self.result(arguments).boxed()
    }
}
