//! The servers that the recordings were made with: which agents they had, and how ours is configured to be like them.

use crate::support::server::{Binary, free_address, model_at};
use crate::support::upstream::Scripted;

/// Every scenario of the scripted agents that is an agent of its own name.
const SCENARIOS: [&str; 34] = [
    "text",
    "textchunk",
    "frontendtool",
    "backendtool",
    "state",
    "msgsnapshot",
    "steps",
    "reasoning",
    "thinking",
    "customraw",
    "activity",
    "runerror",
    "noterminal",
    "badorder",
    "badschema",
    "unknownevent",
    "nostart",
    "openend",
    "interrupt",
    "usage",
    "subagent",
    "legacyinterrupt",
    "echo",
    "turn",
    "http500",
    "http401",
    "notjson",
    "html200",
    "empty200",
    "slow",
    "slowtool",
    "silent",
    "destroy",
    "flood",
];

/// What the recorded default agent was described as.
const DEFAULT_DESCRIPTION: &str = "The default test agent";

/// A configuration at upstream's path, nothing kept, with all recorded agents and these further tables.
pub fn config(agents: &Scripted, further: &str) -> String {
    config_at("/api/copilotkit", agents, further)
}

/// The same, but the default agent plays this scenario.
pub fn config_with_default(scenario: &str, agents: &Scripted, further: &str) -> String {
    let table = |scenario: &str| table("default", &url(agents, scenario), DEFAULT_DESCRIPTION);
    config(agents, further).replace(&table("turn"), &table(scenario))
}

/// The same at another path.
fn config_at(base_path: &str, agents: &Scripted, further: &str) -> String {
    let mut tables: Vec<String> = SCENARIOS
        .iter()
        .map(|name| {
            let description = if *name == "text" { "text scenario" } else { "" };
            table(name, &url(agents, name), description)
        })
        .collect();
    tables.push(table("default", &url(agents, "turn"), DEFAULT_DESCRIPTION));
    tables.push(table(
        "refused",
        &format!("http://{}/agui/text", free_address()),
        "",
    ));
    tables.push(format!(
        "{}headers = {{ authorization = \"Bearer server\", x-server = \"server\" }}\n",
        table("authd", &url(agents, "echo"), "")
    ));
    for name in ["llm", "llmtool"] {
        let model = model_at(&format!("http://{}/v1", free_address()));
        tables.push(model.replace("[agents.default]", &format!("[agents.{name}]")));
    }
    document(base_path, further, &tables)
}

/// A configuration in which agents of these names all say the same short text.
pub fn config_of_talkers(agents: &Scripted, names: &[&str]) -> String {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    let tables: Vec<String> = names
        .iter()
        .map(|name| table(name, &url(agents, "text"), ""))
        .collect();
    document("/api/copilotkit", "", &tables)
}

fn document(base_path: &str, further: &str, tables: &[String]) -> String {
    let server = if further.contains("[server]") {
        further.replace(
            "[server]",
            &format!("[server]\nbase_path = \"{base_path}\""),
        )
    } else {
        format!("[server]\nbase_path = \"{base_path}\"\n{further}")
    };
    let store = if further.contains("[store]") {
        ""
    } else {
        "[store]\nurl = \"memory:\"\n"
    };
    format!("{server}\n{store}\n{}", tables.join("\n"))
}

fn url(agents: &Scripted, scenario: &str) -> String {
    agents.agent(&format!("agui/{scenario}"))
}

fn table(name: &str, url: &str, description: &str) -> String {
    format!("[agents.{name}]\ntype = \"ag-ui\"\nurl = \"{url}\"\ndescription = \"{description}\"\n")
}

/// Scripted agents and a server in front of them.
pub struct Served {
    /// The agents.
    pub agents: Scripted,
    /// The server.
    pub binary: Binary,
}

impl Served {
    /// A server with all recorded agents and this further configuration.
    pub async fn start(further: &str) -> Self {
        Self::with(|agents| config(agents, further)).await
    }

    /// A server with a configuration for these agents.
    pub async fn with(configuration: impl FnOnce(&Scripted) -> String) -> Self {
        let agents = Scripted::scenarios();
        let binary = Binary::start(&configuration(&agents)).await;
        Self { agents, binary }
    }
}
