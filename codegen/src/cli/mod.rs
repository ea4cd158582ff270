//! One file for each subcommand.
use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
};

use agui_codegen::error::Errors;
use clap::{Parser, Subcommand};

mod check;
mod diff;
mod regenerate;
mod stubs;
mod update;

/// Generates Rust from the vendored contracts, and checks them.
#[derive(Parser)]
#[command(name = "agui-codegen", version)]
pub struct Arguments {
    /// The project, if not the one that contains the current directory.
    #[arg(long, global = true)]
    root: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes those files of generated/ that are not what schema/ gives
    Regenerate(regenerate::Regenerate),
    /// Checks the contract and generated/, and writes nothing
    Check(check::Check),
    /// Compares two schemas: what breaks clients, what breaks resolvers
    Diff(diff::Diff),
    /// Vendors another version of upstream's contract, and shows what it asks for
    Update(update::Update),
    /// Prints an impl of the resolver traits to paste
    Stubs(stubs::Stubs),
}

impl Arguments {
    /// Does what was asked.
    pub fn run(self) -> Result<ExitCode, Errors> {
        let root = self.root.unwrap_or_else(project);
        match self.command {
            Command::Regenerate(command) => command.run(&root),
            Command::Check(command) => command.run(&root),
            Command::Diff(command) => command.run(&root),
            Command::Update(command) => command.run(&root),
            Command::Stubs(command) => command.run(&root),
        }
    }
}

/// The project around the current directory.
fn project() -> PathBuf {
    let here = env::current_dir().unwrap_or_default();
    let is_project = |directory: &&Path| directory.join(agui_codegen::upstream::PATH).is_file();
    here.ancestors()
        .find(is_project)
        .unwrap_or(&here)
        .to_owned()
}
