//! `agui-codegen regenerate`
use std::{path::Path, process::ExitCode};

use agui_codegen::{
    error::Errors,
    sync::{Mode, sync},
};

/// No options.
#[derive(clap::Args)]
pub struct Regenerate;

impl Regenerate {
    /// Writes what has changed, whatever the environment says.
    pub fn run(self, root: &Path) -> Result<ExitCode, Errors> {
        let report = sync(root, Mode::Write)?;
        for warning in &report.warnings {
            eprintln!("warning: {warning}");
        }
        for change in &report.changes {
            println!("{change}");
        }
        if report.changes.is_empty() {
            println!("generated/ is up to date");
        }
        Ok(ExitCode::SUCCESS)
    }
}
