//! `agui-codegen check`
use std::{path::Path, process::ExitCode};

use agui_codegen::{
    error::Errors,
    sync::{Mode, sync},
};

/// No options.
#[derive(clap::Args)]
pub struct Check;

impl Check {
    /// Checks as a build in CI does.
    pub fn run(self, root: &Path) -> Result<ExitCode, Errors> {
        sync(root, Mode::Frozen)?;
        println!("schema/ is sound and generated/ is up to date");
        Ok(ExitCode::SUCCESS)
    }
}
