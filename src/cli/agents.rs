//! `agui-runtime agents`.

use super::connection::Connection;
use super::failure::Failure;
use super::terminal::{plain, print};

/// Whose agents, and in which form.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    connection: Connection,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let agents = arguments.connection.client()?.agents().await?;
    if arguments.json {
        let json = serde_json::to_string_pretty(&agents).map_err(Failure::failed)?;
        return print(&json);
    }
    if agents.is_empty() {
        eprintln!("the runtime lists no agents by name; `agui-runtime chat` asks its default one");
        return Ok(());
    }
    let width = agents
        .iter()
        .map(|agent| agent.name.chars().count())
        .max()
        .unwrap_or(0)
        .max(4);
    let mut lines = vec![format!("{:width$}  DESCRIPTION", "NAME")];
    lines.extend(agents.iter().map(|agent| {
        format!(
            "{:width$}  {}",
            plain(&agent.name),
            plain(&agent.description).replace('\n', " ")
        )
    }));
    print(&lines.join("\n"))
}
