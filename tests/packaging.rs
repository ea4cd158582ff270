//! What is installed besides the library: the binary's own commands for packagers, the image's root file system, the files in
//! packaging/ by which services are run, and the proxies before them.

mod advisories;
mod beside;
mod health;
mod image;
mod proxies;
mod services;

use std::path::Path;
use std::process::{Command, Output};

use crate::support::golden::root;

const BINARY: &str = env!("CARGO_BIN_EXE_agui-runtime");

/// A file of packaging/.
fn packaged(name: &str) -> String {
    let path = root().join("packaging").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the binary does with these arguments and this environment, in this folder.
fn run(folder: &Path, arguments: &[&str], env: &[(&str, &str)]) -> Output {
    Command::new(BINARY)
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(env.iter().copied())
        .output()
        .expect("the binary starts")
}

/// What it printed, if it did what it was asked.
fn printed(output: &Output) -> &str {
    assert!(output.status.success(), "{output:?}");
    std::str::from_utf8(&output.stdout).expect("UTF-8")
}

/// What it told on standard error, and its exit code.
fn told(output: &Output) -> (&str, Option<i32>) {
    let told = std::str::from_utf8(&output.stderr).expect("UTF-8");
    (told, output.status.code())
}
