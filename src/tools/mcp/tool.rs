//! A tool of an MCP server as a model's, and what comes back from a call.

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rmcp::model::{CallToolResult, JsonObject};
use serde_json::{Map, Value, json};

use super::apps::Interface;
use super::server::Server;
use crate::tools::{Activity, Tool, ToolContext, ToolError, ToolOutput};

/// One tool, under the name that this run knows it by.
pub(super) struct McpTool {
    name: String,
    own_name: String,
    description: String,
    parameters: Value,
    server: Arc<Server>,
    interface: Option<Interface>,
}

impl McpTool {
    pub(super) fn new(name: String, tool: &rmcp::model::Tool, server: &Arc<Server>) -> Self {
        let said = [tool.description.as_deref(), tool.title.as_deref()];
        let said = said.into_iter().flatten().find(|text| !text.is_empty());
        Self {
            description: said.map_or_else(
                || format!("MCP tool: {} (from {})", tool.name, server.name),
                str::to_owned,
            ),
            own_name: tool.name.clone().into_owned(),
            parameters: parameters(&tool.input_schema),
            interface: Interface::of(tool, server),
            server: server.clone(),
            name,
        }
    }

    async fn result(&self, arguments: Value, call: &str) -> Result<ToolOutput, String> {
        let Value::Object(arguments) = arguments else {
            return Err("the arguments must be an object".to_owned());
        };
        let input = self.interface.as_ref().map(|_| arguments.clone());
        let result = self.server.call(&self.own_name, arguments).await?;
        if let (Some(interface), Some(input)) = (&self.interface, input) {
            interface.keep(call, input, &result);
        }
        match result.is_error {
            Some(true) => Err(error_text(&result)),
            _ => Ok(told(result).into()),
        }
    }
}

impl Tool for McpTool {
    fn name(&self) -> &str {
        &self.name
    }

    fn description(&self) -> &str {
        &self.description
    }

    fn parameters(&self) -> Value {
        self.parameters.clone()
    }

    /// A failure is worded as upstream 1.10.6 words it.
    fn call(
        &self,
        arguments: Value,
        context: ToolContext,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        let failed = |reason| ToolError {
            message: format!(
                "Execution failed for MCP tool '{}': {reason}",
                self.own_name
            ),
        };
        async move {
            let result = self.result(arguments, &context.tool_call_id).await;
            result.map_err(failed)
        }
        .boxed()
    }

    fn activity(&self, call: &str) -> Option<Activity> {
        self.interface.as_ref()?.activity(call)
    }
}

/// The whole schema, as an object schema with properties: without either, OpenAI refuses all tools of a request.
fn parameters(schema: &JsonObject) -> Value {
    let mut schema = schema.clone();
    schema.entry("type").or_insert_with(|| "object".into());
    schema
        .entry("properties")
        .or_insert_with(|| Map::new().into());
    schema.into()
}

/// The result as upstream tells it, the whole of it as JSON, but without what no model reads: bytes become a note.
fn told(result: CallToolResult) -> Value {
    let mut told = Map::new();
    let blocks = result.content.iter().map(|block| {
        let block = serde_json::to_value(block).unwrap_or_default();
        readable(block)
    });
    told.insert("content".to_owned(), blocks.collect());
    if let Some(structured) = result.structured_content {
        told.insert("structuredContent".to_owned(), structured);
    }
    told.into()
}

/// A block of content without what is not for the model.
fn readable(mut block: Value) -> Value {
    let note = |kind: &str, data: &Value| {
        let mime = data["mimeType"].as_str().unwrap_or("unknown type");
        let bytes = data["data"].as_str().or(data["blob"].as_str());
        let size = bytes.map_or(0, size);
        json!({"type": "text", "text": format!("[{kind} ({mime}, {size} bytes), not shown]")})
    };
    match block["type"].as_str() {
        Some(kind @ ("image" | "audio")) => note(kind, &block),
        Some("resource") if block["resource"]["blob"].is_string() => {
            let resource = &block["resource"];
            let uri = resource["uri"].as_str().unwrap_or_default();
            note(&format!("resource {uri}"), resource)
        }
        _ => {
            if let Some(block) = block.as_object_mut() {
                block.retain(|key, _| key != "_meta" && key != "annotations");
            }
            block
        }
    }
}

/// How many bytes the text stands for.
fn size(base64: &str) -> usize {
    let padding = base64
        .bytes()
        .rev()
        .take_while(|byte| *byte == b'=')
        .count();
    (base64.len() / 4 * 3).saturating_sub(padding)
}

/// What the server says of a call that failed.
fn error_text(result: &CallToolResult) -> String {
    let texts = result.content.iter().filter_map(|block| block.as_text());
    let texts: Vec<&str> = texts.map(|text| text.text.as_str()).collect();
    match (texts.join("\n"), &result.structured_content) {
        (text, None) if text.is_empty() => "the tool failed and does not say why".to_owned(),
        (text, Some(structured)) if text.is_empty() => structured.to_string(),
        (text, _) => text,
    }
}
