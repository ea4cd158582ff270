//! The configuration as TOML, fit for a terminal or a bug report: defaults included, secrets blanked.

use serde::Serialize;
use toml::{Table, Value as Toml};

use super::tree::{Node, Value};
use super::{
    Config, CorsSection, HeadersSection, LimitsSection, RunsSection, ServerSection, StoreSection,
    TelemetrySection,
};
use crate::runtime::generative_ui::GenerativeUi;
use crate::runtime::guardrails::GuardrailsConfig;
use crate::runtime::hooks::WebhooksConfig;
use crate::server::auth::AuthConfig;
use crate::store::without_secrets;
use crate::tools::mcp::McpSection;
use crate::transcribe::TranscriptionConfig;

const BLANK: &str = "***";

/// In the order in which people read them.
#[derive(Serialize)]
struct Printed<'a> {
    server: &'a ServerSection,
    store: StoreSection,
    cors: &'a CorsSection,
    auth: &'a AuthConfig,
    limits: &'a LimitsSection,
    headers: &'a HeadersSection,
    runs: &'a RunsSection,
    generative_ui: &'a GenerativeUi,
    hooks: WebhooksConfig,
    guardrails: GuardrailsConfig,
    telemetry: &'a TelemetrySection,
    #[serde(skip_serializing_if = "Option::is_none")]
    transcription: Option<TranscriptionConfig>,
    remote_endpoints: Option<Toml>,
    langserve: Option<Toml>,
    mcp: &'a McpSection,
    mcp_servers: Option<Toml>,
    agents: Option<Toml>,
}

pub(super) fn to_toml(config: &Config) -> String {
    let written = |section| match &config.tree.root.value {
        Value::Table(root) => root.get(section).map(|node| blanked("", node)),
        _ => None,
    };
    let printed = Printed {
        server: &config.server,
        store: StoreSection {
            url: without_secrets(&config.store.url),
            ..config.store.clone()
        },
        cors: &config.cors,
        auth: &config.auth,
        limits: &config.limits,
        headers: &config.headers,
        runs: &config.runs,
        generative_ui: &config.generative_ui,
        hooks: WebhooksConfig {
            before_run: config.hooks.before_run.as_deref().map(without_secrets),
            after_run: config.hooks.after_run.as_deref().map(without_secrets),
            ..config.hooks.clone()
        },
        guardrails: GuardrailsConfig {
            url: config.guardrails.url.as_deref().map(without_secrets),
            ..config.guardrails.clone()
        },
        telemetry: &config.telemetry,
        transcription: config
            .transcription
            .clone()
            .map(|transcription| TranscriptionConfig {
                base_url: without_secrets(&transcription.base_url),
                ..transcription
            }),
        remote_endpoints: written("remote_endpoints"),
        langserve: written("langserve"),
        mcp: &config.mcp,
        mcp_servers: written("mcp_servers"),
        agents: written("agents"),
    };
    // Fails only for numbers beyond 63 bits, and says so.
    toml::to_string(&printed).unwrap_or_else(|error| format!("# cannot be shown: {error}\n"))
}

fn blanked(key: &str, node: &Node) -> Toml {
    match &node.value {
        Value::Text(_) if is_secret(key) => Toml::String(BLANK.to_owned()),
        Value::Text(text) => Toml::String(without_secrets(text)),
        Value::Integer(integer) => Toml::Integer(*integer),
        Value::Float(float) => Toml::Float(*float),
        Value::Bool(boolean) => Toml::Boolean(*boolean),
        Value::List(items) => Toml::Array(items.iter().map(|item| blanked(key, item)).collect()),
        Value::Table(table) => {
            // Any header may carry a credential, and any variable that a program gets; the name of a variable is none.
            let name = |inner| match key {
                "headers" | "env" => "header",
                _ => inner,
            };
            let entries = table
                .iter()
                .map(|(inner, node)| (inner.clone(), blanked(name(inner), node)));
            Toml::Table(Table::from_iter(entries))
        }
    }
}

fn is_secret(key: &str) -> bool {
    key == "header"
        || ["key", "secret", "password", "token"]
            .iter()
            .any(|end| key.ends_with(end))
}
