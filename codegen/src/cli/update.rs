//! `agui-codegen update`: the only command that touches the network, and only through npm.
use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use agui_codegen::{
    diff,
    emit::GeneratedFile,
    error::Errors,
    schema::Schema,
    sdl::{self, Source},
    sync::{Change, Mode, sync},
    update::{Known, vendored},
    upstream::{self, Upstream},
};

mod fetch;
mod npm;
mod scratch;

/// What to vendor.
#[derive(clap::Args)]
pub struct Update {
    /// The version of @copilotkit/runtime, or a tag
    #[arg(default_value = "latest")]
    version: String,
    /// Leaves out the build at the end
    #[arg(long)]
    no_build: bool,
}

impl Update {
    /// Fetches everything first, then writes; a failed fetch leaves the project as it was.
    pub fn run(self, root: &Path) -> Result<ExitCode, Errors> {
        let upstream = Upstream::parse(&read(root, upstream::PATH)?)?;
        let fetched = fetch::fetch(&upstream, &self.version)?;
        let files = vendored(
            &upstream,
            &history(root)?,
            &fetched.published,
            &fetched.clients,
        );
        let before = read(root, SCHEMA).unwrap_or_default();
        let changes = write(root, &files)?;
        println!(
            "vendored {} {}",
            upstream.schema.package, fetched.published.version
        );
        changes.iter().for_each(|change| println!("{change}"));
        println!(
            "\n{}",
            differences(&before, &fetched.published.schema).trim_end()
        );
        let report = sync(root, Mode::Write)?;
        report
            .warnings
            .iter()
            .for_each(|warning| eprintln!("warning: {warning}"));
        report
            .changes
            .iter()
            .for_each(|change| println!("{change}"));
        if self.no_build {
            Ok(ExitCode::SUCCESS)
        } else {
            build(root)
        }
    }
}

const SCHEMA: &str = "schema/schema.graphql";
const HISTORY: &str = "schema/history";
const OPERATIONS: &str = "schema/operations";

/// Upstream's earlier schemas, as far as they are known here.
fn history(root: &Path) -> Result<Vec<Known>, Errors> {
    let known = |path: &String| {
        let version = Path::new(path).file_stem()?.to_string_lossy().into_owned();
        Some(read(root, path).map(|schema| Known { version, schema }))
    };
    listed(root, HISTORY).iter().filter_map(known).collect()
}

/// Writes what differs, and removes operations that no listed client has.
fn write(root: &Path, files: &[GeneratedFile]) -> Result<Vec<Change>, Errors> {
    let mut changes = Vec::new();
    for file in files {
        let path = root.join(&file.path);
        match fs::read(&path) {
            Ok(present) if present == file.contents.as_bytes() => continue,
            Ok(_) => changes.push(Change::Updated(file.path.clone())),
            Err(_) => changes.push(Change::Created(file.path.clone())),
        }
        let directories = path.parent().map_or(Ok(()), fs::create_dir_all);
        let written = directories.and_then(|()| fs::write(&path, &file.contents));
        written.map_err(|error| format!("cannot write {}: {error}", file.path))?;
    }
    for directory in listed(root, OPERATIONS) {
        for path in listed(root, &directory) {
            if !files.iter().any(|file| file.path == path) {
                fs::remove_file(root.join(&path))
                    .map_err(|error| format!("cannot remove {path}: {error}"))?;
                changes.push(Change::Removed(path));
            }
        }
        // Only an empty directory goes.
        fs::remove_dir(root.join(&directory)).ok();
    }
    Ok(changes)
}

/// What is in a directory, with the directory's path before it; nothing if there is none.
fn listed(root: &Path, directory: &str) -> Vec<String> {
    let entries = fs::read_dir(root.join(directory)).into_iter().flatten();
    let mut paths: Vec<String> = entries
        .filter_map(|entry| {
            Some(format!(
                "{directory}/{}",
                entry.ok()?.file_name().to_string_lossy()
            ))
        })
        .collect();
    paths.sort();
    paths
}

fn read(root: &Path, path: &str) -> Result<String, Errors> {
    fs::read_to_string(root.join(path))
        .map_err(|error| Errors::from(format!("cannot read {path}: {error}")))
}

/// What changed, unless the schema was too broken to compare.
fn differences(before: &str, after: &str) -> String {
    let schema = |text: &str| {
        let source = Source {
            path: SCHEMA.to_owned(),
            text: text.to_owned(),
        };
        sdl::parse(&source).map(|sdl| Schema::merge(&[sdl]))
    };
    match (schema(before), schema(after)) {
        (Ok(was), Ok(now)) => {
            diff::human(&diff::diff(&was, &now), "schema.graphql before", "after")
        }
        (Err(errors), _) => format!("The schema before cannot be compared: {errors}"),
        (_, Err(errors)) => format!("The new schema cannot be compared: {errors}"),
    }
}

/// Builds the server: the compiler says which resolvers to touch.
fn build(root: &Path) -> Result<ExitCode, Errors> {
    println!("\nbuilding: whatever fails now is what the new contract asks for");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).arg("build").current_dir(root).status();
    let status =
        status.map_err(|error| Errors::from(format!("cannot run cargo build: {error}")))?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
