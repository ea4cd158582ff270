//! What types cannot say: values that exclude each other, and texts that must be something.

use std::str::FromStr;

use tracing_subscriber::EnvFilter;

use super::problem::Problem;
use super::tree::Tree;
use super::{AgentSection, AnyOr, Config};
use crate::agents::llm::is_tool_name;
use crate::runtime::builder::DEFAULT_AGENT;

/// Everything about the configuration that cannot work.
pub(super) fn check(config: &Config, tree: &Tree) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut refuse = |path: &str, message: String| {
        found.push(Problem::new(
            tree.origin(path),
            format!("`{path}`: {message}"),
        ));
    };
    if let Some(message) = base_path(&config.server.base_path) {
        refuse("server.base_path", message);
    }
    if let Err(error) = crate::store::check_url(&config.store.url) {
        refuse("store.url", error.to_string());
    }
    if config.cors.credentials && config.cors.origins == AnyOr::Any {
        refuse(
            "cors.credentials",
            "with any origin allowed, every web page could act as the user who visits it; list your own in \
             `cors.origins`, such as [\"https://app.example.com\"]"
                .to_owned(),
        );
    }
    for message in these(&config.cors.origins).filter_map(|text| origin(text)) {
        refuse("cors.origins", message);
    }
    for name in these(&config.cors.headers).filter(|name| http::HeaderName::from_str(name).is_err())
    {
        refuse("cors.headers", format!("`{name}` is no header name"));
    }
    for (path, names) in [
        ("headers.allow", config.headers.allow.as_deref()),
        ("headers.deny", Some(&*config.headers.deny)),
    ] {
        let wrong = |name: &&String| {
            let start = name.strip_suffix('*').unwrap_or(name).trim();
            !start.is_empty() && http::HeaderName::from_str(start).is_err()
        };
        for name in names.into_iter().flatten().filter(wrong) {
            refuse(path, format!("`{name}` is no header name"));
        }
    }
    for path in zero_limits(config) {
        refuse(
            path,
            "0 would refuse everything; leave the key out for the default".to_owned(),
        );
    }
    for (key, message) in config.hooks.mistakes() {
        refuse(&format!("hooks.{key}"), message);
    }
    for (key, message) in config.guardrails.mistakes() {
        refuse(&format!("guardrails.{key}"), message);
    }
    if let Err(error) = EnvFilter::try_new(&config.telemetry.level) {
        refuse(
            "telemetry.level",
            format!("{error}; write `info`, or `info,agui_runtime=debug`"),
        );
    }
    if config.agents.contains_key("") {
        refuse("agents", "an agent needs a name".to_owned());
    }
    for (path, message) in remote_endpoints(config) {
        refuse(&path, message);
    }
    for (path, message) in mcp_servers(config) {
        refuse(&path, message);
    }
    for (path, message) in called_agents(config) {
        refuse(&path, message);
    }
    if config.runs.delegate && !config.agents.contains_key(DEFAULT_AGENT) {
        refuse(
            "runs.delegate",
            "there is no default agent to answer; add `[agents.default]`".to_owned(),
        );
    }
    found
}

/// What is wrong with the agents that models may call.
fn called_agents(config: &Config) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (agent, section) in &config.agents {
        let AgentSection::Llm(llm) = section else {
            continue;
        };
        let path = format!("agents.{agent}.agents_as_tools");
        for name in llm.agents_as_tools.iter().flatten() {
            if name == agent {
                found.push((path.clone(), format!("`{name}` cannot call itself")));
            } else if name != "*" && !is_tool_name(name) {
                let rule = "a model can only call names of up to 64 letters, digits, `_` and `-`";
                found.push((path.clone(), format!("`{name}`: {rule}")));
            } else if name != "*" && !config.agents.contains_key(name) {
                let known = config.agents.keys().filter(|it| *it != agent);
                let known: Vec<&str> = known.map(String::as_str).collect();
                let known = known.join(", ");
                found.push((
                    path.clone(),
                    format!("there is no agent `{name}`; known are: {known}"),
                ));
            }
        }
    }
    found
}

/// What makes no remote endpoint, by its place.
fn remote_endpoints(config: &Config) -> Vec<(String, String)> {
    let endpoints = &config.remote_endpoints;
    let mut found = Vec::new();
    for (n, endpoint) in endpoints.iter().enumerate() {
        let path = format!("remote_endpoints.{n}.url");
        if let Err(error) = endpoint.check_url() {
            let message = error.to_string();
            let message = message.strip_prefix("url: ").unwrap_or(&message);
            found.push((path, message.to_owned()));
        } else if endpoints[..n].iter().any(|other| other.url == endpoint.url) {
            let message = "is that of another endpoint too; remove one".to_owned();
            found.push((path, message));
        }
    }
    found
}

fn these(list: &AnyOr) -> impl Iterator<Item = &String> {
    match list {
        AnyOr::Any => [].iter(),
        AnyOr::These(these) => these.iter(),
    }
}

fn base_path(path: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
    if !path.starts_with('/') {
        Some(format!("begins with a slash: `/{path}`"))
    } else if path.len() > 1 && path.ends_with('/') {
        Some(format!(
            "ends without a slash: `{}`",
            path.trim_end_matches('/')
        ))
    } else if !path.chars().all(plain) || path.contains("//") {
        Some("has letters, digits, `-`, `.`, `_`, `~`, and single slashes".to_owned())
    } else {
        None
    }
}

/// What is wrong with an origin as browsers send it: scheme, host and port, and nothing after.
fn origin(text: &str) -> Option<String> {
    if text == "*" {
        return Some("`*` stands alone: `origins = \"*\"`".to_owned());
    }
    match url::Url::parse(text) {
        Ok(url) if url.has_host() && url.origin().ascii_serialization() == text => None,
        Ok(url) if url.has_host() => Some(format!(
            "browsers never send `{text}`; write `{}`",
            url.origin().ascii_serialization()
        )),
        _ => Some(format!(
            "`{text}` is no origin; write it like `https://app.example.com`"
        )),
    }
}

/// What makes no MCP server, by its place.
fn mcp_servers(config: &Config) -> Vec<(String, String)> {
    let servers = &config.mcp_servers;
    let mut found = Vec::new();
    for (n, server) in servers.iter().enumerate() {
        if let Err(error) = server.check() {
            found.push((format!("mcp_servers.{n}.{}", error.key), error.message));
        }
        if servers[..n].iter().any(|other| other.name == server.name) {
            let message = format!("another server is called `{}` too; rename one", server.name);
            found.push((format!("mcp_servers.{n}.name"), message));
        }
    }
    for (n, message) in config.mcp.mistakes() {
        found.push((format!("mcp.allow_from_requests.{n}"), message.to_owned()));
    }
    found
}

fn zero_limits(config: &Config) -> impl Iterator<Item = &'static str> {
    let (limits, store) = (&config.limits, &config.store);
    [
        ("limits.body_bytes", limits.body_bytes == 0),
        ("limits.body_read_seconds", limits.body_read_seconds == 0),
        ("limits.query_depth", limits.query_depth == 0),
        ("limits.query_complexity", limits.query_complexity == 0),
        ("limits.query_tokens", limits.query_tokens == 0),
        ("limits.messages", limits.messages == 0),
        ("limits.run_seconds", limits.run_seconds == 0),
        ("limits.run_bytes", limits.run_bytes == 0),
        ("store.threads", store.threads == Some(0)),
        ("store.runs_per_thread", store.runs_per_thread == Some(0)),
        ("store.bytes", store.bytes == Some(0)),
        ("store.max_age_days", store.max_age_days == Some(0)),
        ("store.lease_seconds", store.lease_seconds == 0),
    ]
    .into_iter()
    .filter_map(|(path, zero)| zero.then_some(path))
}
