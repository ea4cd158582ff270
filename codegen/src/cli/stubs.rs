//! `agui-codegen stubs`
use std::{path::Path, process::ExitCode};

use agui_codegen::{emit::stubs, error::Errors, graphql, sync::contract};

/// What to print.
#[derive(clap::Args)]
pub struct Stubs {
    /// The root type; without it, all of them
    #[arg(value_name = "TYPE")]
    root_type: Option<String>,
}

impl Stubs {
    /// Prints the stubs.
    pub fn run(self, root: &Path) -> Result<ExitCode, Errors> {
        let (model, _) = graphql::model(&contract(root)?)?;
        print!("{}", stubs::emit(&model, self.root_type.as_deref())?);
        Ok(ExitCode::SUCCESS)
    }
}
