//! `/info`: which agents there are, and what a client may ask of this server.

use indexmap::IndexMap;
use serde::Serialize;

use super::{Face, Reply};
use crate::generated::agui::AgentCapabilities;

/// The version of upstream whose face this is. Clients compare it with their own.
const UPSTREAM_VERSION: &str = "1.75.0";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    version: &'static str,
    agents: IndexMap<&'a str, AgentInfo<'a>>,
    audio_file_transcription_enabled: bool,
    /// How runs are followed; the paid platform has others.
    mode: &'static str,
    thread_endpoints: ThreadEndpoints,
    #[serde(skip_serializing_if = "Option::is_none")]
    single_route: Option<SingleRoute>,
    suggestions: bool,
    #[serde(rename = "a2uiEnabled")]
    a2ui_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    a2ui: Option<A2uiInfo>,
    #[serde(rename = "openGenerativeUIEnabled")]
    open_generative_ui_enabled: bool,
    telemetry_disabled: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AgentInfo<'a> {
    name: &'a str,
    description: &'a str,
    class_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    capabilities: Option<AgentCapabilities>,
}

/// What newer clients read of A2UI.
#[derive(Serialize)]
struct A2uiInfo {
    enabled: bool,
}

/// What clients may do with threads; what they are not told they do not try.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ThreadEndpoints {
    list: bool,
    inspect: bool,
    /// Upstream needs the paid platform for it.
    mutations: bool,
    /// A WebSocket of the paid platform.
    realtime_metadata: bool,
}

const THREAD_ENDPOINTS: ThreadEndpoints = ThreadEndpoints {
    list: true,
    inspect: true,
    mutations: true,
    realtime_metadata: false,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SingleRoute {
    resource_operations: bool,
    thread_endpoints: ThreadEndpoints,
}

impl Face {
    pub(super) fn info(&self, enveloped: bool) -> Reply {
        let agents = self.runtime.agents().map(|(name, agent)| {
            let info = AgentInfo {
                name,
                description: agent.description(),
                class_name: agent.class_name(),
                capabilities: agent.capabilities(),
            };
            (name, info)
        });
        let generative_ui = self.runtime.parts().generative_ui;
        let a2ui = generative_ui.a2ui == Some(true);
        Reply::ok(&Info {
            version: UPSTREAM_VERSION,
            agents: agents.collect(),
            audio_file_transcription_enabled: self.runtime.parts().transcriber.is_some(),
            mode: "sse",
            thread_endpoints: THREAD_ENDPOINTS,
            single_route: enveloped.then_some(SingleRoute {
                resource_operations: true,
                thread_endpoints: THREAD_ENDPOINTS,
            }),
            suggestions: true,
            a2ui_enabled: a2ui,
            a2ui: a2ui.then_some(A2uiInfo { enabled: true }),
            open_generative_ui_enabled: generative_ui.sandbox,
            telemetry_disabled: true,
        })
    }
}
