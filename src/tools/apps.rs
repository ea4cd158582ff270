//! Tools with an interface of their own that a client shows (MCP Apps, SEP-1865), and what such an interface asks back.

use serde_json::Value;

/// What AG-UI clients are shown of a call besides its result: an `ACTIVITY_SNAPSHOT`.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    /// Its `activityType`, by which a client finds who can draw it.
    pub kind: String,
    /// What there is to draw.
    pub content: Value,
}

/// What the interface of a tool asks of the tool's server: `forwardedProps.__proxiedMCPRequest` of a run (upstream 1.75.0).
#[derive(Debug, Clone, PartialEq)]
pub struct AppRequest {
    /// The server's id.
    pub server_id: Option<String>,
    /// How the server was called in the activity, for clients that know no id.
    pub server_hash: Option<String>,
    /// The method of MCP.
    pub method: String,
    /// Its parameters.
    pub params: Value,
}

impl AppRequest {
    /// The one in a run's `forwardedProps`.
    pub fn of(forwarded_props: &Value) -> Option<Self> {
        let request = forwarded_props.get("__proxiedMCPRequest")?;
        let text = |key: &str| request.get(key)?.as_str().map(str::to_owned);
        request.is_object().then(|| Self {
            server_id: text("serverId").filter(|id| !id.is_empty()),
            server_hash: text("serverHash"),
            method: text("method").unwrap_or_default(),
            params: request.get("params").cloned().unwrap_or_default(),
        })
    }

    /// The server that is asked, in the client's words.
    pub fn server(&self) -> &str {
        let named = self.server_id.as_deref().or(self.server_hash.as_deref());
        named.unwrap_or_default()
    }
}
