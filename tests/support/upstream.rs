//! The scripted model behind the recordings, `tests/upstreams/mock-openai.cjs`, on a free port.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::golden::{asked_of_model, root};

/// A running scripted model; it ends with this value.
pub struct ScriptedModel {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    log: PathBuf,
    _folder: TempDir,
}

impl ScriptedModel {
    /// Starts the model. Needs Node.js: ask [`super::external::node`] first.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = folder.path().join("asked.jsonl");
        std::fs::write(&log, "").expect("a log file");
        let mut child = Command::new("node")
            .arg(root().join("tests/upstreams/run.cjs"))
            .arg("mock-openai.cjs")
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
            .expect("the scripted model says where it listens");
        Self {
            address: ([127, 0, 0, 1], port).into(),
            child,
            log,
            _folder: folder,
        }
    }

    /// The base URL to configure.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// How much has been asked so far.
    pub fn mark(&self) -> usize {
        self.lines().len()
    }

    /// What was asked since the mark, in canonical form, once that many requests came (or none came for a while).
    pub async fn asked_since(&self, mark: usize, wanted: usize) -> Value {
        let started = Instant::now();
        loop {
            let asked: Vec<Value> = self.lines()[mark..].iter().filter_map(asked).collect();
            if asked.len() >= wanted || started.elapsed() > Duration::from_secs(5) {
                return asked.into();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
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

fn asked(entry: &Value) -> Option<Value> {
    let body = entry.get("body")?.as_str()?;
    Some(asked_of_model(
        entry,
        serde_json::from_str(body).unwrap_or_else(|_| body.into()),
    ))
}

impl Drop for ScriptedModel {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
