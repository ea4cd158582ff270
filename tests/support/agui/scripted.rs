//! The scripted agents behind the AG-UI recordings, `tests/upstreams/agui-scenarios.mjs`, on a free port.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::golden::root;

/// A running script; it ends with this value.
struct Scripted {
    address: SocketAddr,
    child: Child,
    log: PathBuf,
    _folder: TempDir,
}

impl Scripted {
    fn start(script: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = folder.path().join("asked.jsonl");
        std::fs::write(&log, "").expect("a log file");
        let mut child = Command::new("node")
            .arg(root().join("tests/upstreams/run.cjs"))
            .arg(script)
            .env("LOG", &log)
            // `run.cjs` ends when this pipe closes, even when the test process was killed.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on ")?.parse().ok())
            .expect("the script says where it listens");
        Self {
            address: ([127, 0, 0, 1], port).into(),
            child,
            log,
            _folder: folder,
        }
    }

    fn lines(&self) -> Vec<Value> {
        let log = std::fs::read_to_string(&self.log).expect("the log");
        // The last line may be half written.
        log.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The scripted agents: `/agui/<scenario>` each.
pub struct ScriptedAgents(Scripted);

impl ScriptedAgents {
    /// Starts them. Needs Node.js: ask [`crate::support::external::node`] first.
    pub fn start() -> Self {
        Self(Scripted::start("agui-scenarios.mjs"))
    }

    /// Where a scenario's agent is.
    pub fn url(&self, scenario: &str) -> String {
        format!("http://{}/agui/{scenario}", self.0.address)
    }

    /// The headers of the request that started this run.
    pub fn headers_of(&self, run: &str) -> Option<Value> {
        let asked = self.0.lines().into_iter();
        asked
            .rev()
            .find(|entry| entry["body"]["runId"] == run)
            .map(|entry| entry["headers"].clone())
    }
}
