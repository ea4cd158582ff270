//! Servers in Python with packages from PyPI, such as CopilotKit's own SDK: installed once, at fixed versions, and run from
//! `tests/python`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use super::external;
use super::golden::root;

/// The interpreter of an environment that has CopilotKit's SDK, LangGraph and LangServe. Without Python or a network there is
/// none, and the calling test must return at once: it counts as skipped.
pub fn interpreter() -> Option<&'static Path> {
    static INSTALLED: OnceLock<Option<PathBuf>> = OnceLock::new();
    INSTALLED
        .get_or_init(|| install("python", "requirements-langgraph.txt"))
        .as_deref()
}

/// The same, with LangGraph's own server.
pub fn langgraph_server() -> Option<&'static Path> {
    static INSTALLED: OnceLock<Option<PathBuf>> = OnceLock::new();
    INSTALLED
        .get_or_init(|| install("langgraph-server", "requirements-langgraph-server.txt"))
        .as_deref()
}

/// Installs packages, at the versions that they were tested with, where they are not there yet. Others who want the same at
/// this moment wait.
fn install(name: &str, listed: &str) -> Option<PathBuf> {
    if !external::is_there("python3") {
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a folder");
    let lock = File::create(folder.join("lock")).expect("a lock file");
    lock.lock().expect("a lock");
    let requirements = root().join("tests/python").join(listed);
    let wanted = fs::read_to_string(&requirements).expect("the requirements");
    let environment = folder.join("environment");
    let interpreter = environment.join("bin/python");
    // Written last: an environment without it is half installed.
    let installed = environment.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|have| have == wanted) {
        return Some(interpreter);
    }
    let made = Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&environment)
        .output();
    let filled = |_| {
        Command::new(&interpreter)
            .args(["-m", "pip", "install", "--quiet", "--no-input"])
            .args(["--disable-pip-version-check", "--only-binary", ":all:"])
            .arg("--requirement")
            .arg(&requirements)
            .output()
    };
    let Output { status, stderr, .. } = made
        .and_then(|made| match made.status.success() {
            true => filled(()),
            false => Ok(made),
        })
        .expect("python3 runs");
    if !status.success() {
        let reason = String::from_utf8_lossy(&stderr);
        external::skip(&format!("pip cannot install {listed}: {reason}"));
        return None;
    }
    fs::write(installed, wanted).expect("a note");
    Some(interpreter)
}
