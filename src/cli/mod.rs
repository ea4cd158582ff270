//! The command line, one file for each subcommand.
//!
//! What was asked for goes to standard output, everything else to standard error.

mod agents;
mod chat;
mod config;
mod connection;
mod conversation;
mod failure;
mod health;
mod key;
mod manual;
mod serve;
mod signals;
mod state;
mod store;
mod terminal;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use self::failure::Failure;

/// The CopilotKit runtime in one binary: GraphQL and AG-UI on one URL.
///
/// Without a command it serves.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Every key of the configuration file has an environment variable: AGUI_SERVER__PORT=9000.\n\
                  Exit codes: 0 done, 1 it failed, 2 the command line or the configuration is wrong."
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Arguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve (the default)
    Serve(serve::Arguments),
    /// Talk to an agent of a running runtime
    Chat(chat::Arguments),
    /// List the agents of a running runtime
    Agents(agents::Arguments),
    /// Show, write or forget an agent's state on a thread
    State(state::Arguments),
    /// Check or print the configuration
    Config(config::Arguments),
    /// Make API keys
    Key(key::Arguments),
    /// Check, update or move what is kept
    Store(store::Arguments),
    /// Ask a running server whether it can serve, as container health checks do
    Health(health::Arguments),
    /// Print what a shell needs to complete this command line
    Completions(manual::Completions),
    /// Print the manual page, or write one for each command
    Man(manual::Man),
}

/// Parses the command line, runs the command, and tells the exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return Failure::failed(format!("cannot start threads: {error}")).report(),
    };
    let done = runtime.block_on(run(cli));
    // A read from the terminal cannot be called back; waiting for it would hang here.
    runtime.shutdown_background();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

async fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(arguments) => serve::run(arguments).await,
        Command::Chat(arguments) => chat::run(arguments).await,
        Command::Agents(arguments) => agents::run(arguments).await,
        Command::State(arguments) => state::run(arguments).await,
        Command::Config(arguments) => config::run(&arguments),
        Command::Key(arguments) => key::run(arguments),
        Command::Store(arguments) => store::run(arguments).await,
        Command::Health(arguments) => health::run(arguments).await,
        Command::Completions(arguments) => manual::completions(arguments, Cli::command()),
        Command::Man(arguments) => manual::man(arguments, Cli::command()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn serving_needs_no_word() {
        for line in [
            &["agui-runtime", "--port", "9"][..],
            &["agui-runtime", "serve", "--port", "9"],
        ] {
            let cli = Cli::parse_from(line);
            let Command::Serve(arguments) = cli.command.unwrap_or(Command::Serve(cli.serve)) else {
                panic!("{line:?} does not serve");
            };
            assert_eq!(arguments.port, Some(9));
        }
    }
}
