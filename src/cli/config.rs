//! `agui-runtime config check|print`.

use std::path::PathBuf;

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
    let file = arguments.config.as_deref();
    match arguments.action {
        Action::Check => tell(&Config::load_to_serve(file)?),
        Action::Print => terminal::print(Config::load(file)?.to_toml().trim_end()),
    }
}

/// What would run, in a few lines.
fn tell(config: &Config) -> Result<(), Failure> {
    let server = &config.server;
    let mut told = format!(
        "serves  http://{}:{}{}\nstore   {}\nagents  {}",
        bracketed(&server.host),
        server.port,
        server.base_path,
        without_secrets(&config.store.url),
        listed(config.agents.iter().map(|(name, agent)| match agent {
            AgentSection::AgUi(_) => format!("{name} (ag-ui)"),
            AgentSection::Demo(_) => format!("{name} (demo)"),
            AgentSection::LangGraph(_) => format!("{name} (langgraph)"),
            AgentSection::Llm(llm) => format!("{name} ({})", llm.model),
        })),
    );
    if !config.remote_endpoints.is_empty() {
        let urls = config.remote_endpoints.iter();
        let urls = urls.map(|endpoint| without_secrets(&endpoint.url));
        told.push_str(&format!("\nremote  {}", listed(urls)));
    }
    if !config.mcp_servers.is_empty() {
        let names = config.mcp_servers.iter().map(|server| server.name.clone());
        told.push_str(&format!("\nmcp     {}", listed(names)));
    }
    terminal::print(&told)
}

fn listed(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

/// IPv6 addresses stand in brackets in a URL.
fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}
