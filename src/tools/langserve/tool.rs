//! A chain as a tool of one run.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use serde_json::Value;

use super::chain::Chain;
use super::schema::Input;
use crate::tools::{Tool, ToolContext, ToolError, ToolOutput};

/// A chain, with what it took when the run began.
pub(super) struct ChainTool {
    chain: Arc<Chain>,
    input: Arc<Input>,
    /// Those of the client that may pass.
    headers: HeaderMap,
}

impl ChainTool {
    pub(super) fn new(chain: Arc<Chain>, input: Arc<Input>, headers: HeaderMap) -> Self {
        Self {
            chain,
            input,
            headers,
        }
    }
}

impl Tool for ChainTool {
    fn name(&self) -> &str {
        &self.chain.name
    }

    fn description(&self) -> &str {
        &self.chain.description
    }

    fn parameters(&self) -> Value {
        self.input.parameters.clone()
    }

    fn call(
        &self,
        arguments: Value,
        _: ToolContext,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        let input = self.input.of_arguments(arguments);
        async move {
            let output = self.chain.invoke(input, &self.headers).await;
            let output = output.map_err(|message| ToolError { message })?;
            Ok(output.into())
        }
        .boxed()
    }
}
