//! What MCP servers are configured with: `[mcp]` and `[[mcp_servers]]`.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use http::header::{HeaderName, HeaderValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::upstream::{
    self, BreakerSettings, HeaderSource, LimitSettings, Seconds, Timeouts, UpstreamSettings,
    default_connect, sensitive,
};

/// Headers that MCP's transport sets itself.
const RESERVED: [&str; 5] = [
    "accept",
    "content-type",
    "mcp-session-id",
    "mcp-protocol-version",
    "last-event-id",
];

/// `[mcp]`: how runs and browsers may use MCP servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct McpSection {
    /// Seconds for which a run waits for the tools of servers that are not connected. It goes on without those that are not
    /// there by then.
    pub wait_seconds: u64,
    /// The servers that a request may name in its property `mcpServers`: addresses, or with a `/` at the end all below it.
    /// By default none: a browser could make this server call anywhere.
    #[schemars(example = ["https://mcp.example.com/"])]
    pub allow_from_requests: Vec<String>,
}

impl Default for McpSection {
    fn default() -> Self {
        Self {
            wait_seconds: 5,
            allow_from_requests: Vec::new(),
        }
    }
}

impl McpSection {
    /// The allowed addresses that are none, by their places in the list.
    pub(crate) fn mistakes(&self) -> impl Iterator<Item = (usize, &'static str)> {
        let allowed = self.allow_from_requests.iter().enumerate();
        allowed.filter_map(|(n, url)| Some((n, address(url).err()?)))
    }
}

/// `[[mcp_servers]]`: one MCP server, by `url` or by `command`.
///
/// ```
/// use agui_runtime::tools::mcp::McpConfig;
///
/// assert!(McpConfig::at("docs", "https://example.com/mcp").check().is_ok());
/// assert!(McpConfig::at("docs", "example.com").check().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct McpConfig {
    /// What the server is called in the log, and in front of a tool's name that another server has too.
    #[schemars(example = &"docs")]
    pub name: String,
    /// Where the server is.
    #[serde(default)]
    #[schemars(example = &"https://docs.example.com/mcp", extend("x-for" = "url"))]
    pub url: Option<String>,
    /// How it speaks there: `http` (streamable HTTP, the default) or `sse` (its predecessor).
    #[serde(default)]
    #[schemars(example = &"http", extend("x-for" = "url"))]
    pub transport: Option<McpTransport>,
    /// Headers for every request, as `authorization = "Bearer …"` or `authorization = { env = "DOCS_AUTH" }`.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"authorization": {"env": "DOCS_AUTHORIZATION"}}), extend("x-for" = "url"))]
    pub headers: BTreeMap<String, HeaderSource>,
    /// The program that is the server, if it has no `url`: started when it is first needed, spoken to over its standard input
    /// and output. What it writes to standard error goes to the log.
    #[serde(default)]
    #[schemars(example = &"npx", extend("x-for" = "command"))]
    pub command: Option<String>,
    /// The program's arguments.
    #[serde(default)]
    #[schemars(example = ["-y", "@modelcontextprotocol/server-filesystem", "."], extend("x-for" = "command"))]
    pub args: Vec<String>,
    /// Environment variables for the program, as `LEVEL = "debug"` or `TOKEN = { env = "DOCS_TOKEN" }`. Of this server's own it
    /// gets those that any program needs, such as `PATH` and `HOME`, but no keys.
    #[serde(default)]
    #[schemars(example = serde_json::json!({"LEVEL": "debug", "TOKEN": {"env": "DOCS_TOKEN"}}), extend("x-for" = "command"))]
    pub env: BTreeMap<String, HeaderSource>,
    /// The only tools that are offered; unset, all are.
    #[serde(default)]
    #[schemars(example = ["read_text_file", "list_directory"])]
    pub tools: Option<Vec<String>>,
    /// Whether AG-UI clients show the interfaces of its tools (MCP Apps). Pages may then call those of its tools that are for
    /// interfaces, and read its resources, without any model.
    #[serde(default)]
    pub apps: bool,
    /// Seconds to connect and to tell the tools.
    #[serde(
        default = "default_connect",
        rename = "connect_seconds",
        with = "Seconds"
    )]
    pub connect_timeout: Duration,
    /// Seconds for one call of a tool.
    #[serde(default = "default_call", rename = "call_seconds", with = "Seconds")]
    pub call_timeout: Duration,
    /// When a server that does not answer in time is left alone. One that fails at once is asked again at once.
    #[serde(default)]
    pub breaker: BreakerSettings,
    /// How many calls the server gets at once.
    #[serde(default)]
    pub limit: LimitSettings,
}

/// How a server with a `url` speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum McpTransport {
    /// Streamable HTTP.
    Http,
    /// HTTP with server-sent events, which streamable HTTP replaced.
    Sse,
}

impl McpConfig {
    /// A server at this address, everything else by default.
    pub fn at(name: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            url: Some(url.into()),
            ..Self::named(name.into())
        }
    }

    /// A server that is this program.
    pub fn program(
        name: impl Into<String>,
        command: impl Into<String>,
        args: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            command: Some(command.into()),
            args: args.into_iter().map(Into::into).collect(),
            ..Self::named(name.into())
        }
    }

    fn named(name: String) -> Self {
        Self {
            name,
            url: None,
            transport: None,
            headers: BTreeMap::new(),
            command: None,
            args: Vec::new(),
            env: BTreeMap::new(),
            tools: None,
            apps: false,
            connect_timeout: default_connect(),
            call_timeout: default_call(),
            breaker: BreakerSettings::default(),
            limit: LimitSettings::default(),
        }
    }

    /// How the server is asked.
    pub(super) fn settings(&self) -> UpstreamSettings {
        UpstreamSettings {
            breaker: self.breaker,
            limit: self.limit,
            ..settings(self.connect_timeout, self.call_timeout)
        }
    }

    /// Whether these keys make a server.
    ///
    /// # Errors
    /// The key that cannot stay as it is, and what would mend it.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.mistakes().into_iter().next().map_or(Ok(()), Err)
    }

    /// The keys that cannot stay as they are.
    pub(crate) fn mistakes(&self) -> Vec<ConfigError> {
        let mut found = Vec::new();
        if self.name.is_empty() {
            found.push(ConfigError::new("name", "a server needs a name"));
        }
        match (&self.url, &self.command) {
            (Some(_), Some(_)) => found.push(ConfigError::new(
                "command",
                "a server is at a `url` or is a `command`, not both; remove one",
            )),
            (None, None) => found.push(ConfigError::new(
                "name",
                "the server needs a `url`, or a `command` that starts it",
            )),
            (Some(url), None) => self.check_url(url, &mut found),
            (None, Some(command)) => self.check_command(command, &mut found),
        }
        found
    }

    fn check_url(&self, text: &str, found: &mut Vec<ConfigError>) {
        let useless = [
            ("args", !self.args.is_empty()),
            ("env", !self.env.is_empty()),
        ];
        for (key, _) in useless.into_iter().filter(|(_, set)| *set) {
            let message = "only for a server with a `command`; remove it";
            found.push(ConfigError::new(key, message));
        }
        found.extend(
            address(text)
                .err()
                .map(|message| ConfigError::new("url", message)),
        );
        for name in self.headers.keys() {
            let message = match HeaderName::try_from(name) {
                Err(_) => "not a valid header name",
                Ok(header) if RESERVED.contains(&header.as_str()) => "set by MCP itself; remove it",
                Ok(_) => continue,
            };
            found.push(ConfigError::new(format!("headers.{name}"), message));
        }
    }

    fn check_command(&self, command: &str, found: &mut Vec<ConfigError>) {
        if command.trim().is_empty() {
            found.push(ConfigError::new("command", "names no program"));
        }
        let useless = [
            ("headers", !self.headers.is_empty()),
            ("transport", self.transport.is_some()),
        ];
        for (key, _) in useless.into_iter().filter(|(_, set)| *set) {
            let message = "only for a server with a `url`; remove it";
            found.push(ConfigError::new(key, message));
        }
    }

    /// What the environment lacks of the headers and the program's variables.
    pub(crate) fn unset(&self) -> Vec<ConfigError> {
        let headers = self.headers.iter().filter_map(|(name, source)| {
            let error = source.value().err()?;
            let key = format!("headers.{name}");
            Some(ConfigError::new(key, &error.to_string()))
        });
        let variables = self.env.iter().map(variable).filter_map(Result::err);
        headers.chain(variables).collect()
    }

    /// The configured headers, with what the environment holds of them.
    pub(super) fn header_map(&self) -> Result<HashMap<HeaderName, HeaderValue>, ConfigError> {
        let mut headers = HashMap::new();
        for (name, source) in &self.headers {
            let refuse =
                |message: String| ConfigError::new(format!("headers.{name}"), message.as_str());
            let secret = source.value().map_err(|error| refuse(error.to_string()))?;
            let name = HeaderName::try_from(name).map_err(|error| refuse(error.to_string()))?;
            let value = sensitive(secret.expose());
            let value = value.ok_or_else(|| refuse("not a valid header value".to_owned()))?;
            headers.insert(name, value);
        }
        Ok(headers)
    }

    /// The program's own variables, with what the environment holds of them.
    pub(super) fn variables(&self) -> Result<Vec<(String, String)>, ConfigError> {
        self.env.iter().map(variable).collect()
    }
}

/// A variable of the program, with what the environment holds of it.
fn variable((name, source): (&String, &HeaderSource)) -> Result<(String, String), ConfigError> {
    match (source.value(), source) {
        (Ok(secret), _) => Ok((name.clone(), secret.expose().to_owned())),
        (Err(error), source) => {
            let message = match source {
                HeaderSource::Env(wanted) => {
                    format!(
                        "the environment variable `{wanted}` is not set; the program should get it"
                    )
                }
                HeaderSource::Value(_) => error.to_string(),
            };
            Err(ConfigError::new(format!("env.{name}"), &message))
        }
    }
}

/// How a server is asked that answers in these times.
pub(super) fn settings(connect: Duration, call: Duration) -> UpstreamSettings {
    UpstreamSettings::new(Timeouts {
        connect,
        first_byte: call,
        idle: call,
    })
}

/// An address that a request can go to. It is not repeated in the message, for it may hold a secret.
pub(super) fn address(text: &str) -> Result<Url, &'static str> {
    upstream::address(text).map_err(|_| "begins with http:// or https:// and a host")
}

/// What is wrong with a server's table: the key, and what would mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {message}")]
pub struct ConfigError {
    /// The key, dotted.
    pub key: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl ConfigError {
    pub(super) fn new(key: impl Into<String>, message: &str) -> Self {
        Self {
            key: key.into(),
            message: message.to_owned(),
        }
    }
}

/// As long as agents elsewhere may think.
fn default_call() -> Duration {
    Duration::from_secs(300)
}
