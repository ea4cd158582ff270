//! CopilotKit's React apps in `tests/e2e`: installed from npm, built with Vite, and driven in a browser by `tests/e2e/drive`.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::external;
use super::golden::root;

/// The oldest Node.js that runs Vite 8.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// Where the tests keep the built apps, and the screenshots.
pub fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("e2e")
        .join(name)
}

/// Builds this app from what is there now into its [`place`]; whether it is there. Without Node.js or a network it is not,
/// and the calling test must return at once: it counts as skipped.
pub fn built(app: &str) -> bool {
    if !external::node_of(OLDEST_NODE) || !external::is_there("npm") {
        return false;
    }
    let target = place(app);
    fs::create_dir_all(&target).expect("a folder");
    // Others who want the same app at this moment wait.
    let lock = File::create(place(&format!("{app}.lock"))).expect("a lock file");
    lock.lock().expect("a lock");
    let source = root().join("tests/e2e").join(app);
    if !source.join("node_modules/.package-lock.json").exists()
        && !npm(&source, &["ci", "--ignore-scripts", "--loglevel=error"])
    {
        return false;
    }
    let wanted = fingerprint(app);
    let note = place(&format!("{app}.built"));
    if fs::read_to_string(&note).is_ok_and(|have| have == wanted) {
        return true;
    }
    let folder = target.to_str().expect("UTF-8");
    let build = ["run", "build", "--", "--logLevel=error", "--outDir", folder];
    assert!(npm(&source, &build), "{app} is not built");
    fs::write(note, wanted).expect("a note");
    true
}

/// Runs npm in the folder; a failure is told, and skips the test.
fn npm(folder: &Path, arguments: &[&str]) -> bool {
    let Output { status, stderr, .. } = Command::new("npm")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("npm runs");
    if !status.success() {
        let reason = String::from_utf8_lossy(&stderr);
        external::skip(&format!("npm {}: {reason}", arguments.join(" ")));
    }
    status.success()
}

/// What tells one state of the app's sources from another.
fn fingerprint(app: &str) -> String {
    let mut hasher = DefaultHasher::new();
    for folder in [app, "pages"] {
        hash(&root().join("tests/e2e").join(folder), &mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

fn hash(folder: &Path, hasher: &mut DefaultHasher) {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut entries: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.ends_with("node_modules") {
            continue;
        }
        match path.is_dir() {
            true => hash(&path, hasher),
            false => (&path, fs::read(&path).expect("a file")).hash(hasher),
        }
    }
}
