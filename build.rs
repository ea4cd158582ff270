//! Keeps `generated/` in line with `schema/`, and gives cynic the same schema. Nothing here touches the network.
use std::{env, error::Error, path::PathBuf, process::ExitCode};

use agui_codegen::sync::{Mode, sync};
use build_print::{custom_println, warn};

fn main() -> ExitCode {
    for path in ["schema", "generated"] {
        println!("cargo::rerun-if-changed={path}");
    }
    for variable in ["CI", "SCHEMA_FROZEN"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    match generate().and_then(|()| register()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn generate() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let report = sync(&root, Mode::from_env())?;
    for warning in report.warnings {
        warn!("{warning}");
    }
    for change in report.changes {
        custom_println!("Generated", green, "{change}");
    }
    Ok(())
}

/// The typed client drifts as loudly as the server.
fn register() -> Result<(), Box<dyn Error>> {
    cynic_codegen::register_schema("copilotkit")
        .from_sdl_file("schema/schema.graphql")?
        .as_default()?;
    Ok(())
}
