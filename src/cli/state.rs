//! `agui-runtime state [set|delete]`.

use agui_runtime::client::{DeleteAgentState, SaveAgentState};
use serde_json::Value;

use super::connection::Connection;
use super::failure::Failure;
use super::terminal::print;

/// Whose state, and what to do with it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    connection: Connection,
    /// The thread
    #[arg(long, global = true)]
    thread: Option<String>,
    /// The agent
    #[arg(long, default_value = "default", global = true)]
    agent: String,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Print the state (the default)
    Show,
    /// Write the state, or one key of it
    Set {
        /// The new value
        json: String,
        /// Only this top-level key
        #[arg(long)]
        key: Option<String>,
        /// Merge into what is there; null removes a key (RFC 7396)
        #[arg(long)]
        merge: bool,
    },
    /// Forget the state
    Delete,
}

pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    // clap cannot require an argument that may stand before or after the subcommand.
    let thread_id = arguments
        .thread
        .ok_or_else(|| Failure::misused("which thread? name it with --thread"))?;
    let agent_name = arguments.agent;
    match arguments.action.unwrap_or(Action::Show) {
        Action::Show => {
            let loaded = client.load_state(&thread_id, &agent_name).await?;
            if !loaded.thread_exists {
                return Err(Failure::failed(format!(
                    "agent {agent_name:?} has nothing on thread {thread_id:?}"
                )));
            }
            print_json(&loaded.state)?;
        }
        Action::Set { json, key, merge } => {
            // Told here, the error points into the text.
            serde_json::from_str::<Value>(&json)
                .map_err(|error| Failure::misused(format!("not JSON: {error}")))?;
            let saved = client.save_state(SaveAgentState {
                thread_id,
                agent_name,
                state_data: json,
                state_key: key,
                merge_with_existing: merge,
            });
            print_json(&saved.await?.state)?;
        }
        Action::Delete => {
            if !client
                .delete_state(DeleteAgentState {
                    thread_id,
                    agent_name,
                })
                .await?
            {
                return Err(Failure::failed("there was no state to delete"));
            }
        }
    }
    Ok(())
}

/// Indented; text that is no JSON as it is.
fn print_json(text: &str) -> Result<(), Failure> {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => print(&format!("{value:#}")),
        Err(_) => print(text),
    }
}
