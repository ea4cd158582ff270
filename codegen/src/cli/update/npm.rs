//! npm as a subprocess, and its failures in words that help.
use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
};

use agui_codegen::error::Errors;
use serde_json::Value;

use super::scratch::Scratch;

/// The version that `wanted` stands for: itself, or what a tag or a range leads to.
pub fn version(scratch: &Scratch, package: &str, wanted: &str) -> Result<String, Errors> {
    let unknown = || Errors::from(unknown(package, wanted));
    let answer = npm(
        scratch.path(),
        package,
        wanted,
        &["view", &format!("{package}@{wanted}"), "version", "--json"],
    )?;
    let answer: Value = serde_json::from_str(&answer).map_err(|_| unknown())?;
    // A range gives a list, the newest last.
    let version = match &answer {
        Value::Array(versions) => versions.last().and_then(Value::as_str),
        version => version.as_str(),
    };
    version.map(str::to_owned).ok_or_else(unknown)
}

/// All published versions of a package.
pub fn versions(scratch: &Scratch, package: &str) -> Result<Vec<String>, Errors> {
    let answer = npm(
        scratch.path(),
        package,
        "latest",
        &["view", package, "versions", "--json"],
    )?;
    let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
    let versions = answer.as_array().map(|versions| {
        versions
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    });
    versions.ok_or_else(|| {
        Errors::from(format!(
            "npm does not say which versions of {package} there are"
        ))
    })
}

/// Downloads a package and unpacks it; gives back its directory.
pub fn unpacked(scratch: &Scratch, package: &str, version: &str) -> Result<PathBuf, Errors> {
    eprintln!("fetching {package} {version}");
    let directory = scratch.directory(&format!("{}-{version}", package.replace('/', "-")))?;
    let packed = npm(
        &directory,
        package,
        version,
        &["pack", &format!("{package}@{version}"), "--silent"],
    )?;
    let archive = packed
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default()
        .trim();
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(archive).current_dir(&directory);
    run(&mut tar, "tar").map_err(|failure| Errors::from(failure.message("tar")))?;
    Ok(directory.join("package"))
}

/// Installs a package with all it depends on; gives back the directory of its `node_modules`.
pub fn installed(scratch: &Scratch, package: &str, version: &str) -> Result<PathBuf, Errors> {
    eprintln!("installing {package} {version} with its dependencies, which takes a minute");
    let directory = scratch.directory("installed")?;
    let manifest = directory.join("package.json");
    std::fs::write(&manifest, "{\"private\": true}\n")
        .map_err(|error| format!("cannot write {}: {error}", manifest.display()))?;
    // Install scripts are code of many strangers, and the schema needs none of them.
    let arguments = [
        "install",
        "--ignore-scripts",
        "--omit=dev",
        "--no-audit",
        "--no-fund",
        "--no-save",
        &format!("{package}@{version}"),
    ];
    npm(&directory, package, version, &arguments)?;
    Ok(directory)
}

/// Runs a script in node.
pub fn node(directory: &Path, script: &str) -> Result<String, Errors> {
    let mut command = Command::new("node");
    command.arg(script).current_dir(directory);
    // The package reports its users by default, and a schema update is none of them.
    command
        .env("COPILOTKIT_TELEMETRY_DISABLED", "true")
        .env("DO_NOT_TRACK", "1");
    run(&mut command, "node").map_err(|failure| Errors::from(failure.message("node")))
}

fn npm(
    directory: &Path,
    package: &str,
    version: &str,
    arguments: &[&str],
) -> Result<String, Errors> {
    let mut command = Command::new("npm");
    command
        .args(arguments)
        .args(["--fetch-retries=1", "--fetch-timeout=60000"])
        .current_dir(directory);
    run(&mut command, "npm").map_err(|failure| Errors::from(explained(failure, package, version)))
}

/// A program that could not do its work.
struct Failure {
    /// Nothing where the program is not there.
    said: Option<String>,
}

impl Failure {
    fn message(self, program: &str) -> String {
        match self.said {
            Some(said) => format!("{program} failed:\n{}", said.trim_end()),
            None => format!("{program} is not there; the update needs Node.js with npm, and tar"),
        }
    }
}

fn run(command: &mut Command, program: &str) -> Result<String, Failure> {
    match command.output() {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            Err(Failure {
                said: Some(String::from_utf8_lossy(&said).into_owned()),
            })
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Err(Failure { said: None }),
        Err(error) => Err(Failure {
            said: Some(format!("cannot run {program}: {error}")),
        }),
    }
}

/// What npm's error codes mean here.
fn explained(failure: Failure, package: &str, version: &str) -> String {
    const OFFLINE: &[&str] = &[
        "EAI_AGAIN",
        "ECONNREFUSED",
        "ECONNRESET",
        "EHOSTUNREACH",
        "ENETUNREACH",
        "ENOTFOUND",
        "ERR_SOCKET_TIMEOUT",
        "ETIMEDOUT",
        "FETCH_ERROR",
    ];
    let said = failure.said.as_deref().unwrap_or_default();
    if ["E404", "ETARGET", "EINVALIDTAGNAME"]
        .iter()
        .any(|code| said.contains(code))
    {
        return unknown(package, version);
    }
    if let Some(code) = OFFLINE.iter().find(|code| said.contains(*code)) {
        return format!("npm cannot reach its registry ({code}); nothing was changed");
    }
    failure.message("npm")
}

fn unknown(package: &str, version: &str) -> String {
    format!("{package} has no version \"{version}\"; `npm view {package} versions` lists them")
}
