//! `agui-runtime config check|print`.

use std::path::PathBuf;

use agui_runtime::agents::agui::AgUiAgent;
use agui_runtime::agents::langgraph::LangGraphAgent;
use agui_runtime::agents::llm::LlmAgent;
use agui_runtime::config::{AgentSection, Config};
use agui_runtime::store::without_secrets;

use super::failure::Failure;
use super::terminal;

/// Which file, and what to do with it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
    /// Configuration file [default: ./agui-runtime.toml, if it is there]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Tell what would run, or everything that is wrong
    Check,
    /// Print the whole configuration with its defaults, secrets hidden
    Print,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let config = Config::load(arguments.config.as_deref())?;
    match arguments.action {
        Action::Check => check(&config),
        Action::Print => terminal::print(config.to_toml().trim_end()),
    }
}

fn check(config: &Config) -> Result<(), Failure> {
    let mut broken = Vec::new();
    let mut agents = Vec::new();
    for (name, agent) in &config.agents {
        match agent {
            AgentSection::AgUi(agui) => match AgUiAgent::new((**agui).clone()) {
                Ok(_) => agents.push(format!("{name} (ag-ui)")),
                Err(error) => broken.push(format!("`agents.{name}`: {error}")),
            },
            AgentSection::LangGraph(graph) => match LangGraphAgent::new((**graph).clone()) {
                Ok(_) => agents.push(format!("{name} (langgraph)")),
                Err(error) => broken.push(format!("`agents.{name}`: {error}")),
            },
            AgentSection::Demo(_) => agents.push(format!("{name} (demo)")),
            AgentSection::Llm(llm) => match LlmAgent::new((**llm).clone()) {
                Ok(_) => agents.push(format!("{name} ({})", llm.model)),
                Err(error) => broken.push(format!("`agents.{name}`: {error}")),
            },
        }
    }
    if !broken.is_empty() {
        return Err(Failure::misused(broken.join("\n")));
    }
    let server = &config.server;
    terminal::print(&format!(
        "serves  http://{}:{}{}\nstore   {}\nagents  {}",
        bracketed(&server.host),
        server.port,
        server.base_path,
        without_secrets(&config.store.url),
        agents.join(", ")
    ))
}

/// IPv6 addresses stand in brackets in a URL.
fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}
