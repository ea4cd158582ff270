//! `agui-runtime completions|man`: what packagers install beside the binary, made from the command line itself.

use std::path::PathBuf;

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man as Page;

use super::failure::Failure;
use super::terminal;

/// For which shell.
#[derive(Debug, clap::Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

/// Where pages go.
#[derive(Debug, clap::Args)]
pub struct Man {
    /// Folder for a page of each command, in place of the main one on standard output
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

pub fn completions(arguments: Completions, mut command: Command) -> Result<(), Failure> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    terminal::print(String::from_utf8_lossy(&script).trim_end())
}

pub fn man(arguments: Man, command: Command) -> Result<(), Failure> {
    let Some(folder) = arguments.to else {
        let mut page = Vec::new();
        Page::new(command)
            .render(&mut page)
            .map_err(Failure::failed)?;
        return terminal::print(String::from_utf8_lossy(&page).trim_end());
    };
    let failed = |error| {
        let folder = folder.display();
        Failure::failed(format!("cannot write to {folder}: {error}"))
    };
    std::fs::create_dir_all(&folder).map_err(failed)?;
    clap_mangen::generate_to(command, &folder).map_err(failed)
}
