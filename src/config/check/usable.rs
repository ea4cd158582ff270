//! What a server needs of the place where it runs: the variables that hold keys, and addresses that can be asked.

use super::{Check, Path};
use crate::agents::agui::AgUiAgent;
use crate::agents::langgraph::LangGraphAgent;
use crate::agents::llm::LlmAgent;
use crate::agents::remote::RemoteEndpoint;
use crate::config::AgentSection;
use crate::server::TlsSection;

/// A mistake in a section: the keys to it, and what to say.
type Mistake<'a> = (Vec<&'a str>, String);

impl Check<'_> {
    /// Everything that keeps what is configured from being made, here and now.
    pub(in crate::config) fn run_here(&mut self) {
        for (name, section) in &self.config.agents {
            self.refuse_all(&Path::from("agents").child(name), mistakes_of(section));
        }
        for (n, endpoint) in self.config.remote_endpoints.iter().enumerate() {
            let make = || RemoteEndpoint::new(endpoint).map(drop);
            let mistakes = or_whole(endpoint.mistakes(), make);
            self.refuse_all(&Path::from("remote_endpoints").child(n), mistakes);
        }
        for (n, server) in self.config.mcp_servers.iter().enumerate() {
            let path = Path::from("mcp_servers").child(n);
            for mistake in server.unset() {
                self.refuse(path.children(mistake.key.splitn(2, '.')), mistake.message);
            }
        }
        self.tls();
        self.telemetry_headers();
        self.services();
        self.auth_here();
    }

    fn tls(&mut self) {
        let files = self.config.server.tls.as_ref();
        if let Some(Err(error)) = files.map(TlsSection::check) {
            let path = Path::from("server.tls").child(error.key());
            let message = error.to_string();
            let told = message
                .split_once("`: ")
                .map_or(&*message, |(_, told)| told);
            self.refuse(path, told);
        }
    }

    fn refuse_all(&mut self, section: &Path, mistakes: Vec<Mistake<'_>>) {
        for (keys, message) in mistakes {
            let causes = keys.first().map_or(&[][..], |key| causes(key)).iter();
            let doubtful = |cause: &&str| self.found.doubts(&section.child(cause));
            if causes.copied().find(doubtful).is_none() {
                self.refuse(section.children(keys), message);
            }
        }
    }
}

/// The keys that, had they been right, might have made it unnecessary to set this one.
fn causes(key: &str) -> &'static [&'static str] {
    match key {
        "api_key_env" => &["api_key", "base_url"],
        "base_url" | "region" => &["region", "base_url"],
        _ => &[],
    }
}

fn mistakes_of(section: &AgentSection) -> Vec<Mistake<'_>> {
    match section {
        AgentSection::Llm(llm) => {
            let make = || LlmAgent::new((**llm).clone()).map(drop);
            or_whole(llm.mistakes(), make)
        }
        AgentSection::AgUi(agui) => {
            let make = || AgUiAgent::new((**agui).clone()).map(drop);
            or_whole(agui.mistakes(), make)
        }
        AgentSection::LangGraph(graph) => {
            let make = || LangGraphAgent::new((**graph).clone()).map(drop);
            or_whole(graph.mistakes(), make)
        }
        AgentSection::Demo(_) => Vec::new(),
    }
}

/// These mistakes or, where there is none, what keeps the thing from being made all the same.
fn or_whole<'a, E: std::fmt::Display>(
    mut mistakes: Vec<Mistake<'a>>,
    make: impl FnOnce() -> Result<(), E>,
) -> Vec<Mistake<'a>> {
    if mistakes.is_empty()
        && let Err(error) = make()
    {
        mistakes.push((Vec::new(), error.to_string()));
    }
    mistakes
}
