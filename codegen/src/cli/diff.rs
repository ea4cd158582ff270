//! `agui-codegen diff`
use std::{fs, path::Path, process::ExitCode};

use agui_codegen::{
    diff::{self, Diff as Differences},
    error::{Errors, did_you_mean},
    schema::Schema,
    sdl::{self, Source},
};
use serde_json::json;

/// What to compare. The exit code is 1 if anything is breaking, 2 if the comparison is impossible.
#[derive(clap::Args)]
pub struct Diff {
    /// The schema as it was: a file, or a version in schema/history
    old: String,
    /// The schema as it is
    new: String,
    /// Prints JSON
    #[arg(long)]
    json: bool,
}

impl Diff {
    /// Prints the differences.
    pub fn run(self, root: &Path) -> Result<ExitCode, Errors> {
        match self.compare(root) {
            Ok(differences) => {
                println!("{}", self.shown(&differences).trim_end());
                Ok(ExitCode::from(u8::from(differences.is_breaking())))
            }
            Err(errors) => {
                eprintln!("{errors}");
                Ok(ExitCode::from(2))
            }
        }
    }

    fn compare(&self, root: &Path) -> Result<Differences, Errors> {
        let mut errors = Errors::default();
        let old = errors.absorb(schema(root, &self.old));
        let new = errors.absorb(schema(root, &self.new));
        let differences = old
            .zip(new)
            .map(|(old, new)| diff::diff(&old, &new))
            .unwrap_or_default();
        errors.or(differences)
    }

    fn shown(&self, differences: &Differences) -> String {
        match self.json {
            true => {
                let value = json!({
                    "old": self.old,
                    "new": self.new,
                    "breaking": differences.is_breaking(),
                    "changes": differences.changes,
                    "descriptions": differences.descriptions,
                });
                format!("{value:#}")
            }
            false => diff::human(differences, &self.old, &self.new),
        }
    }
}

/// The schema in a file, relative to where the command runs, or of a version that the project knows.
pub fn schema(root: &Path, name: &str) -> Result<Schema, Errors> {
    let version = root.join(HISTORY).join(format!("{name}.graphql"));
    let path = if Path::new(name).is_file() {
        Path::new(name)
    } else {
        &version
    };
    let text = fs::read_to_string(path).map_err(|_| Errors::from(unknown(root, name)))?;
    let source = Source {
        path: path.to_string_lossy().into_owned(),
        text,
    };
    Ok(Schema::merge(&[sdl::parse(&source)?]))
}

/// Where each distinct schema that upstream published is kept, under the first version that had it.
const HISTORY: &str = "schema/history";

fn unknown(root: &Path, name: &str) -> String {
    let mut versions: Vec<String> = fs::read_dir(root.join(HISTORY))
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            entry
                .ok()?
                .file_name()
                .to_str()?
                .strip_suffix(".graphql")
                .map(str::to_owned)
        })
        .collect();
    versions.sort_by_key(|version| {
        version
            .split('.')
            .map(|part| part.parse().unwrap_or(u64::MAX))
            .collect::<Vec<_>>()
    });
    let near = did_you_mean(name, versions.iter().map(String::as_str));
    format!(
        "\"{name}\" is neither a file nor a version in {HISTORY}{near}\nThere are {}; a version in between has the schema of the one before.",
        versions.join(", ")
    )
}
