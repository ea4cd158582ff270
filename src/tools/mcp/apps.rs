//! MCP Apps (SEP-1865): which tools have an interface, who may see them, and what an interface may ask its server.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use rmcp::model::{CallToolResult, ExtensionCapabilities, JsonObject, Tool};
use serde::Serialize;
use serde_json::{Value, json};

use super::McpServers;
use super::server::Server;
use crate::tools::{Activity, AppRequest};

/// The `activityType` that CopilotKit's clients draw (upstream 1.75.0).
const ACTIVITY: &str = "mcp-apps";
/// How many calls may wait to be shown: each is as soon as its result is told.
const MOST_CALLS: usize = 64;

/// Who a tool is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    Model,
    App,
}

/// Whether the tool's server has it for them. By default it is for all.
pub(super) fn is_for(tool: &Tool, audience: Audience) -> bool {
    let name = match audience {
        Audience::Model => "model",
        Audience::App => "app",
    };
    let ui = tool.meta.as_ref().and_then(|meta| meta.0.get("ui"));
    let visibility = ui.and_then(|ui| ui.get("visibility")?.as_array());
    visibility.is_none_or(|all| all.iter().any(|it| it == name))
}

/// Where the tool's interface is, if it has one; the flat key is from before the standard.
pub(super) fn resource(tool: &Tool) -> Option<&str> {
    let meta = &tool.meta.as_ref()?.0;
    let nested = meta.get("ui").and_then(|ui| ui.get("resourceUri"));
    nested.or(meta.get("ui/resourceUri"))?.as_str()
}

/// What a client that draws interfaces says of itself when it connects.
pub(super) fn capability() -> ExtensionCapabilities {
    let mut draws = JsonObject::new();
    draws.insert("mimeTypes".to_owned(), json!(["text/html;profile=mcp-app"]));
    let mut extensions = ExtensionCapabilities::new();
    extensions.insert("io.modelcontextprotocol/ui".to_owned(), draws);
    extensions
}

/// The interface of one tool in one run, and the calls that it is to show.
#[derive(Debug)]
pub(super) struct Interface {
    resource: String,
    server: String,
    called: Mutex<HashMap<String, (JsonObject, CallToolResult)>>,
}

impl Interface {
    /// That of the tool, if it has one and its server's are to be shown.
    pub(super) fn of(tool: &Tool, server: &Server) -> Option<Self> {
        let resource = resource(tool).filter(|_| server.has_apps)?;
        Some(Self {
            resource: resource.to_owned(),
            server: server.name.clone(),
            called: Mutex::default(),
        })
    }

    /// Keeps the whole result: a model sees less of it.
    pub(super) fn keep(&self, call: &str, input: JsonObject, result: &CallToolResult) {
        let mut called = self.called.lock();
        if called.len() < MOST_CALLS {
            called.insert(call.to_owned(), (input, result.clone()));
        }
    }

    /// What is to be shown of a call, once.
    pub(super) fn activity(&self, call: &str) -> Option<Activity> {
        let (input, result) = self.called.lock().remove(call)?;
        let content = json!({
            "result": result,
            "resourceUri": self.resource,
            // Clients refuse to ask without; to them it is just another name.
            "serverHash": self.server,
            "serverId": self.server,
            "toolInput": input,
        });
        Some(Activity {
            kind: ACTIVITY.to_owned(),
            content,
        })
    }
}

impl McpServers {
    pub(super) fn any_apps(&self) -> bool {
        self.servers.iter().any(|it| it.server.has_apps)
    }

    /// Asks the server that the request names; `None` if it is none of these, or has no interfaces to ask for.
    pub(super) async fn answer(&self, request: &AppRequest) -> Option<Result<Value, String>> {
        let mut servers = self.servers.iter().map(|it| &it.server);
        let server = servers.find(|it| it.has_apps && it.name == request.server())?;
        Some(answer(server, request).await)
    }
}

async fn answer(server: &Arc<Server>, request: &AppRequest) -> Result<Value, String> {
    let params = &request.params;
    match &*request.method {
        "tools/call" => {
            let name = params["name"].as_str().unwrap_or_default();
            let arguments = params["arguments"].as_object().cloned();
            let connection = server.connected().await.ok_or(FAILED)?;
            let mut tools = connection.tools.iter();
            if !tools.any(|it| it.name == name && server.allows(name) && is_for(it, Audience::App))
            {
                return Err(format!("{FAILED}: there is no tool '{name}' for apps"));
            }
            let called = server.call(name, arguments.unwrap_or_default()).await;
            told(called)
        }
        "resources/read" => told(
            server
                .read(params["uri"].as_str().unwrap_or_default())
                .await,
        ),
        method => Err(format!("MCP method not allowed for UI proxy: {method}")),
    }
}

/// What upstream says of all failures (1.75.0); ours has the reason behind it where there is one for clients.
const FAILED: &str = "MCP request failed";

fn told(answer: Result<impl Serialize, String>) -> Result<Value, String> {
    let failed = |reason: String| match &*reason {
        "" => FAILED.to_owned(),
        reason => format!("{FAILED}: {reason}"),
    };
    let answer = answer.map_err(failed)?;
    serde_json::to_value(answer).map_err(|error| failed(error.to_string()))
}
