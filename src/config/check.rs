//! What types cannot say: values that exclude each other, texts that must be something, names of what is not there, and
//! what the place lacks where a server is to run.

mod agents;
mod auth;
mod http;
mod lists;
mod services;
mod telemetry;
mod usable;

use super::Config;
use super::path::Path;
use super::problem::Found;
use super::tree::Tree;
use crate::runtime::builder::DEFAULT_AGENT;

/// The least that the HTTP server reads into.
const HEADER_BYTES: usize = 8192;

/// What is looked at, and what was found so far.
pub(super) struct Check<'a> {
    pub config: &'a Config,
    pub tree: &'a Tree,
    pub found: &'a mut Found,
    /// The names of all agents, with those whose sections cannot be read.
    pub agents: Vec<&'a str>,
}

impl Check<'_> {
    /// Everything about the configuration that cannot work wherever it runs.
    pub(super) fn run(&mut self) {
        self.server();
        self.cors();
        self.auth();
        self.headers();
        self.limits();
        self.agents();
        self.remote_endpoints();
        self.mcp_servers();
        self.langserve();
        for (key, message) in self.config.hooks.mistakes() {
            self.refuse(Path::from("hooks").child(key), message);
        }
        for (key, message) in self.config.guardrails.mistakes() {
            self.refuse(Path::from("guardrails").child(key), message);
        }
        if let Err(error) = crate::store::check_url(&self.config.store.url) {
            self.refuse("store.url", error);
        }
        self.telemetry();
        if self.config.runs.delegate && !self.agents.contains(&DEFAULT_AGENT) {
            let message = "there is no default agent to answer; add `[agents.default]`";
            self.refuse("runs.delegate", message);
        }
    }

    /// Tells that the value at `path` will not do.
    fn refuse(&mut self, path: impl Into<Path>, message: impl std::fmt::Display) {
        let path = path.into();
        let origin = self.tree.origin(&path);
        let message = format!("`{path}`: {message}");
        self.found.refuse(path, origin, message);
    }

    fn limits(&mut self) {
        let (limits, store) = (&self.config.limits, &self.config.store);
        let zero = [
            ("limits.body_bytes", limits.body_bytes == 0),
            ("limits.body_read_seconds", limits.body_read_seconds == 0),
            ("limits.query_depth", limits.query_depth == 0),
            ("limits.query_complexity", limits.query_complexity == 0),
            ("limits.query_tokens", limits.query_tokens == 0),
            ("limits.query_aliases", limits.query_aliases == 0),
            ("limits.messages", limits.messages == 0),
            ("limits.tools", limits.tools == 0),
            ("limits.headers", limits.headers == 0),
            (
                "limits.header_read_seconds",
                limits.header_read_seconds == 0,
            ),
            ("limits.write_seconds", limits.write_seconds == 0),
            ("limits.connections", limits.connections == 0),
            (
                "limits.connections_per_address",
                limits.connections_per_address == Some(0),
            ),
            ("limits.run_seconds", limits.run_seconds == 0),
            ("limits.run_bytes", limits.run_bytes == 0),
            ("store.threads", store.threads == Some(0)),
            ("store.runs_per_thread", store.runs_per_thread == Some(0)),
            ("store.bytes", store.bytes == Some(0)),
            ("store.max_age_days", store.max_age_days == Some(0)),
            ("store.lease_seconds", store.lease_seconds == 0),
        ];
        for (path, _) in zero.into_iter().filter(|(_, zero)| *zero) {
            let message = "0 would refuse everything; leave the key out for the default";
            self.refuse(path, message);
        }
        if limits.header_bytes < HEADER_BYTES {
            let message = format!("browsers send more; {HEADER_BYTES} is the least");
            self.refuse("limits.header_bytes", message);
        }
        for (section, client) in [("owner", &limits.owner), ("address", &limits.address)] {
            for (key, message) in client.mistakes() {
                self.refuse(Path::from("limits").children([section, key]), message);
            }
        }
    }
}
