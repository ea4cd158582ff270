//! The AG-UI agents of the recordings, as configurations.

use agui_runtime::agents::agui::AgUiConfig;

use super::server::free_address;
use super::upstream::Scripted;

/// Each is a scenario of the script, in the order of the recordings.
const SCENARIOS: [&str; 19] = [
    "full",
    "text",
    "chunks",
    "toolresult",
    "predict",
    "interrupt",
    "interruptobj",
    "lginterrupt",
    "ckinterrupt",
    "exit",
    "thinking",
    "runerror",
    "runerrormid",
    "drop",
    "nofinish",
    "invalid",
    "slow",
    "http500",
    "http401",
];

/// The agents by name; one of them refuses connections.
pub fn agents(script: &Scripted) -> Vec<(&'static str, AgUiConfig)> {
    let agent = |(name, url): (&'static str, String)| {
        let mut config = AgUiConfig::new(url);
        config.description = (name != "refused").then(|| format!("agent {name}"));
        config.headers.insert("x-agent-static".into(), "s1".into());
        (name, config)
    };
    let refused = ("refused", format!("http://{}/refused", free_address()));
    let scenarios = SCENARIOS.map(|name| (name, script.agent(name)));
    scenarios.into_iter().chain([refused]).map(agent).collect()
}

/// The same as sections of a configuration file.
pub fn sections(script: &Scripted) -> String {
    let agents = agents(script);
    let section = |(name, config): &(&str, AgUiConfig)| {
        section(name, &config.url, "headers = { x-agent-static = \"s1\" }")
    };
    agents.iter().map(section).collect()
}

/// One `[agents.*]` table.
pub fn section(name: &str, url: &str, more: &str) -> String {
    format!("[agents.{name}]\ntype = \"ag-ui\"\nurl = \"{url}\"\n{more}\n")
}
