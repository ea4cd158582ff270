//! Upstream's clients from npm, installed once, and driven by `tests/npm/drive.cjs` (GraphQL) and `agui.cjs` (AG-UI).

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncWriteExt;

use super::external;
use super::golden::root;
use super::http;

/// The AG-UI clients, what drives a browser, and an MCP server, by their names in `tests/npm/package.json`.
const OTHERS: [&str; 6] = [
    "agui-0.0.59",
    "agui-1.0.0",
    "core-1.75.0",
    "playwright-core",
    "axe-core",
    "mcp-everything",
];

/// The versions that together sent every distinct operation of the clients in use.
pub const VERSIONS: [&str; 3] = ["1.10.6", "1.8.14", "1.5.20"];

/// Installs the clients once; tells whether they are there. Without Node.js, npm or a network they are not.
pub fn clients() -> bool {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    let older = VERSIONS.map(|version| format!("client-{version}"));
    let packages = older.iter().map(String::as_str).chain(OTHERS);
    *INSTALLED.get_or_init(|| installed("tests/npm", packages))
}

/// Installs upstream's runtime 1.10.6 once, on the same terms.
pub fn runtime() -> bool {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    let packages = ["@copilotkit/runtime", "@ag-ui/client"].into_iter();
    *INSTALLED.get_or_init(|| installed("tests/differential", packages))
}

/// Installs what a folder's lock file says, where these packages of it are not there.
fn installed<'a>(folder: &str, mut packages: impl Iterator<Item = &'a str>) -> bool {
    if !external::node() || !external::is_there("npm") {
        return false;
    }
    let folder = root().join(folder);
    if packages.all(|name| folder.join("node_modules").join(name).exists()) {
        return true;
    }
    let Output { status, stderr, .. } = Command::new("npm")
        .args(["ci", "--ignore-scripts"])
        .current_dir(folder)
        .output()
        .expect("npm runs");
    if !status.success() {
        let reason = String::from_utf8_lossy(&stderr);
        external::skip(&format!("npm cannot install the packages: {reason}"));
    }
    status.success()
}

/// Runs one job of `npm/drive.cjs` and gives the lines it prints.
pub async fn drive(job: Value) -> Vec<Value> {
    drive_with("drive.cjs", job).await
}

/// Runs one job of a script in `tests/npm` and gives the lines it prints.
pub async fn drive_with(script: &str, job: Value) -> Vec<Value> {
    // A browser beside everything else that is tested starts slowly.
    run(
        &root().join("tests/npm").join(script),
        job,
        3 * http::PATIENCE,
    )
    .await
}

/// Runs one job of a script in Node.js, for so long at most, and gives the lines it prints.
pub async fn run(script: &Path, job: Value, patience: Duration) -> Vec<Value> {
    let mut node = tokio::process::Command::new("node")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("node starts");
    let mut stdin = node.stdin.take().expect("a pipe");
    stdin
        .write_all(job.to_string().as_bytes())
        .await
        .expect("node reads");
    drop(stdin);
    let output = tokio::time::timeout(patience, node.wait_with_output()).await;
    let output = output
        .expect("the client comes to an end")
        .expect("node runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON line"))
        .collect()
}
