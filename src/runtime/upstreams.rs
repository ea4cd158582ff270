//! The servers that this one asks, as a list: for `/health/ready`, and for metrics.

use super::Runtime;
use crate::upstream::{NamedUpstream, UpstreamKind, UpstreamReport};

impl Runtime {
    /// All servers that agents, tools and the transcriber ask, and how each does: agents in the order in which they were
    /// added, then what the sources of agents and tools name, hooks, and guardrails.
    ///
    /// ```
    /// use agui_runtime::Runtime;
    /// use agui_runtime::agents::agui::{AgUiAgent, AgUiConfig};
    /// use agui_runtime::upstream::UpstreamState;
    ///
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let agent = AgUiAgent::new(AgUiConfig::new("http://localhost:8001/agent"))?;
    /// let runtime = Runtime::builder().agent("researcher", agent).build().await?;
    /// let upstreams = runtime.upstreams();
    /// assert_eq!(upstreams[0].name, "researcher");
    /// assert_eq!(upstreams[0].status.state, UpstreamState::Unknown);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn upstreams(&self) -> Vec<UpstreamReport> {
        self.named_upstreams().into_iter().map(report).collect()
    }

    /// Lets those that are asked at the same address for the same as in the runtime before go on from there: one that is left
    /// alone still is, and numbers do not begin at 0 again.
    pub(super) fn know_upstreams_of(&self, before: &Self) {
        let before = before.named_upstreams();
        for it in self.named_upstreams() {
            let same = |old: &&NamedUpstream| {
                (old.kind, &old.name) == (it.kind, &it.name)
                    && old.upstream.is_at_address_of(&it.upstream)
            };
            if let Some(old) = before.iter().find(same) {
                it.upstream.go_on_from(&old.upstream);
            }
        }
    }

    /// The same, to be looked at more closely.
    pub(super) fn named_upstreams(&self) -> Vec<NamedUpstream> {
        let parts = self.parts();
        let agents = self.agents().filter_map(|(name, agent)| {
            let upstream = agent.upstream()?.clone();
            Some((UpstreamKind::Agent, name.to_owned(), upstream))
        });
        let transcriber = parts.transcriber.iter().filter_map(|transcriber| {
            let upstream = transcriber.upstream()?.clone();
            let name = upstream.label().to_owned();
            Some((UpstreamKind::Transcription, name, upstream))
        });
        let own = agents.chain(transcriber);
        let own = own.map(|(kind, name, upstream)| NamedUpstream {
            kind,
            name,
            upstream,
        });
        let agents = parts.agent_sources.iter().flat_map(|it| it.upstreams());
        let tools = parts.sources.iter().flat_map(|it| it.upstreams());
        let mut known: Vec<NamedUpstream> = Vec::new();
        let judges = parts.hooks.upstreams().chain(parts.guardrails.upstreams());
        for mut it in own.chain(agents).chain(tools).chain(judges) {
            // One source may have agents and tools.
            if known.iter().any(|known| known.upstream.is(&it.upstream)) {
                continue;
            }
            it.name = unlike(&known, it.kind, it.name);
            known.push(it);
        }
        known
    }
}

fn report(named: NamedUpstream) -> UpstreamReport {
    UpstreamReport {
        kind: named.kind,
        name: named.name,
        status: named.upstream.status(),
    }
}

/// The name, with a number behind it if there is one of its kind already that is called so.
fn unlike(known: &[NamedUpstream], kind: UpstreamKind, name: String) -> String {
    let taken = |name: &str| known.iter().any(|it| it.kind == kind && it.name == name);
    let numbered = (2_usize..).map(|n| format!("{name} ({n})"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    names.find(|name| !taken(name)).unwrap_or(name)
}
