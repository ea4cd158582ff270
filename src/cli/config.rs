//! `agui-runtime config check|print|example|schema`.

use agui_runtime::config::{AgentSection, Config};
use agui_runtime::store::without_secrets;

use super::failure::Failure;
use super::{serve, terminal};

/// Which configuration, and what to do with it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Tell what would run, or everything that is wrong
    Check(serve::Arguments),
    /// Print what is in force, and where each value comes from; secrets are hidden
    Print(Print),
    /// Print a file with every key, its default and what it is for
    Example,
    /// Print JSON Schema of the file, for editors
    Schema,
}

#[derive(Debug, clap::Args)]
struct Print {
    #[command(flatten)]
    source: serve::Arguments,
    /// As JSON, in place of TOML
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.action {
        Action::Check(source) => tell(&source.source().load_to_serve()?),
        Action::Print(print) => {
            let config = print.source.source().load()?;
            match print.json {
                true => json(&config.to_json_with_origins()),
                false => terminal::print(config.to_toml_with_origins().trim_end()),
            }
        }
        Action::Example => terminal::print(Config::example().trim_end()),
        Action::Schema => json(&Config::schema()),
    }
}

fn json(value: &serde_json::Value) -> Result<(), Failure> {
    terminal::print(&format!("{value:#}"))
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
