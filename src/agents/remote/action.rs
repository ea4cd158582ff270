//! An action of an endpoint, as a tool of this server.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::asked::Said;
use super::info::FoundAction;
use super::transport::{Method, Transport};
use crate::tools::{Tool, ToolContext, ToolError, ToolOutput};

/// An action as it was found for one run.
pub(super) struct RemoteAction {
    action: FoundAction,
    said: Said,
    transport: Arc<Transport>,
}

impl RemoteAction {
    pub(super) fn new(action: FoundAction, said: Said, transport: Arc<Transport>) -> Self {
        Self {
            action,
            said,
            transport,
        }
    }
}

impl Tool for RemoteAction {
    fn name(&self) -> &str {
        &self.action.name
    }

    fn description(&self) -> &str {
        self.action.description.as_deref().unwrap_or_default()
    }

    fn parameters(&self) -> Value {
        self.action.schema()
    }

    fn call(
        &self,
        arguments: Value,
        _: ToolContext,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        async move {
            let body = json!({
                "name": self.action.name,
                "arguments": arguments,
                "properties": self.said.properties,
            });
            let method = Method::ExecuteAction;
            let result = async {
                let answer = self.transport.ask(method, &self.said, &body).await?;
                self.transport.read::<Value>(method, answer).await
            };
            match result.await {
                Ok(mut answer) => {
                    let result = answer.get_mut("result").map(Value::take);
                    Ok(result.unwrap_or_default().into())
                }
                Err(error) => Err(ToolError {
                    message: error.message,
                }),
            }
        }
        .boxed()
    }
}
