//! Brings `generated/` in line with `schema/`, or with a frozen contract says where it is not.
use std::{collections::BTreeMap, env, fmt, path::Path};

use crate::{
    emit::{self, GeneratedFile},
    error::{Diagnostic, Errors, Location},
    graphql::{self, Generated},
    json_schema,
    upstream::Upstream,
};

mod disk;

pub use disk::contract;

/// Whether files may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Files whose content has changed are written.
    Write,
    /// Nothing is written, and whatever would be is an error.
    Frozen,
}

impl Mode {
    /// Frozen with `CI=true` or `SCHEMA_FROZEN=1`.
    pub fn from_env() -> Self {
        let set = |name| env::var(name).is_ok_and(|value| matches!(value.as_str(), "1" | "true"));
        if set("CI") || set("SCHEMA_FROZEN") {
            Mode::Frozen
        } else {
            Mode::Write
        }
    }
}

/// What was done.
#[derive(Debug, Default)]
pub struct Report {
    /// The files that were written or removed.
    pub changes: Vec<Change>,
    /// What is odd, but no mistake.
    pub warnings: Vec<String>,
}

/// A file that was brought in line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// There was none before.
    Created(String),
    /// It was another before.
    Updated(String),
    /// Nothing generates it any more.
    Removed(String),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Created(path) => write!(f, "created {path}"),
            Change::Updated(path) => write!(f, "updated {path}"),
            Change::Removed(path) => write!(f, "removed {path}"),
        }
    }
}

/// All that is generated, with paths relative to the project: one line for each contract.
pub fn generate(root: &Path) -> Result<Generated, Errors> {
    let graphql = disk::contract(root).and_then(|contract| graphql::generate(&contract));
    let mut errors = Errors::default();
    let mut generated = Generated {
        files: vec![modules()],
        drift: Errors::default(),
    };
    generated.add("generated/graphql", errors.absorb(graphql));
    generated.add("generated", errors.absorb(agui(root)));
    errors.or(generated)
}

impl Generated {
    fn add(&mut self, directory: &str, part: Option<Generated>) {
        if let Some(Generated { files, drift }) = part {
            self.files
                .extend(files.into_iter().map(|file| file.under(directory)));
            self.drift.0.extend(drift.0);
        }
    }
}

fn modules() -> GeneratedFile {
    GeneratedFile {
        path: "generated/mod.rs".to_owned(),
        contents: MODULES.to_owned(),
    }
}

fn agui(root: &Path) -> Result<Generated, Errors> {
    let contract = json_schema::read(disk::AG_UI, &disk::read(root, disk::AG_UI)?)?;
    Ok(Generated {
        files: emit::agui::files(&contract),
        drift: Errors::default(),
    })
}

const MODULES: &str = "\
//! The contracts in Rust, generated from `schema/` by `just regenerate`; do not edit.

// Laid out by the generator: rustfmt must not make it look edited.
#[rustfmt::skip]
pub mod agui;
#[rustfmt::skip]
pub mod graphql;
";

/// Where everything is generated, and nothing is written by hand.
const GENERATED: &[&str] = &["generated/agui", "generated/graphql"];

/// Brings the project at `root` in line.
pub fn sync(root: &Path, mode: Mode) -> Result<Report, Errors> {
    let Generated { files, mut drift } = generate(root)?;
    let upstream = Upstream::parse(&disk::read(root, crate::upstream::PATH)?)?;
    drift
        .0
        .extend(upstream.mismatch(&disk::read(root, disk::SCHEMA)?));
    let present = disk::present(root, &files, GENERATED)?;
    match mode {
        Mode::Frozen => frozen(&files, &present, drift),
        Mode::Write => write(root, &files, &present, &drift),
    }
}

fn write(
    root: &Path,
    files: &[GeneratedFile],
    present: &BTreeMap<String, String>,
    drift: &Errors,
) -> Result<Report, Errors> {
    let mut report = Report {
        warnings: drift.0.iter().map(ToString::to_string).collect(),
        ..Report::default()
    };
    for file in files {
        match present.get(&file.path) {
            Some(contents) if *contents == file.contents => continue,
            Some(_) => report.changes.push(Change::Updated(file.path.clone())),
            None => report.changes.push(Change::Created(file.path.clone())),
        }
        disk::write(root, file)?;
    }
    for (path, contents) in superfluous(files, present) {
        if contents
            .lines()
            .next()
            .is_some_and(|header| header.ends_with("do not edit."))
        {
            disk::remove(root, path)?;
            report.changes.push(Change::Removed(path.to_owned()));
        } else {
            report.warnings.push(format!(
                "{path} was not generated; move it out of generated/"
            ));
        }
    }
    Ok(report)
}

fn frozen(
    files: &[GeneratedFile],
    present: &BTreeMap<String, String>,
    drift: Errors,
) -> Result<Report, Errors> {
    let mut errors = Errors::default();
    for file in files {
        match present.get(&file.path) {
            Some(contents) if *contents == file.contents => {}
            Some(contents) => {
                let line = contents
                    .lines()
                    .zip(file.contents.lines())
                    .take_while(|(is, should)| is == should)
                    .count()
                    + 1;
                let place = Location {
                    file: file.path.clone(),
                    line,
                    column: 1,
                };
                errors.at(
                    &place,
                    "stale, or edited by hand: this is not what schema/ gives",
                );
            }
            None => errors.general(format!("{}: missing", file.path)),
        }
    }
    for (path, _) in superfluous(files, present) {
        errors.general(format!("{path}: nothing generates this file"));
    }
    if !errors.0.is_empty() {
        let help = "run `just regenerate` (or `cargo run -p agui-codegen -- regenerate`) and commit the result";
        errors.0.push(Diagnostic {
            location: None,
            message: help.to_owned(),
        });
    }
    errors.0.extend(drift.0);
    if errors.0.is_empty() {
        Ok(Report::default())
    } else {
        Err(errors)
    }
}

fn superfluous<'a>(
    files: &[GeneratedFile],
    present: &'a BTreeMap<String, String>,
) -> Vec<(&'a str, &'a str)> {
    let generated = |path: &str| files.iter().any(|file| file.path == path);
    present
        .iter()
        .map(|(path, contents)| (path.as_str(), contents.as_str()))
        .filter(|(path, _)| !generated(path))
        .collect()
}
