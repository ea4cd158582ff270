//! The scripted upstreams behind the recordings, `tests/upstreams/*`, each on a free port, and those in `tests/python`.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::golden::{asked_of_agent, asked_of_guardrails, asked_of_model, is_discovery, root};
use super::python;

/// A running script; it ends with this value.
pub struct Scripted {
    /// Where it listens.
    pub address: SocketAddr,
    /// The canonical form of one request to it.
    canonical: fn(&Value, Value) -> Value,
    child: Child,
    log: Log,
    folder: TempDir,
}

/// What a script has been asked so far, a line of JSON each.
#[derive(Clone)]
pub struct Log(PathBuf);

impl Log {
    /// All lines that are there.
    pub fn lines(&self) -> Vec<Value> {
        let log = std::fs::read_to_string(&self.0).expect("the log");
        // The last line may be half written.
        log.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }
}

impl Scripted {
    /// The model. Needs Node.js, as all of these: ask [`super::external::node`] first.
    pub fn model() -> Self {
        Self::start("mock-openai.cjs", asked_of_model)
    }

    /// Anthropic's.
    pub fn anthropic() -> Self {
        Self::start("mock-anthropic.cjs", asked_of_model)
    }

    /// The AG-UI agents: each path is one.
    pub fn agents() -> Self {
        Self::start("mock-agui.cjs", asked_of_agent)
    }

    /// CopilotKit remote endpoints: each first part of a path is one.
    pub fn remote() -> Self {
        Self::start("mock-remote.cjs", asked_of_agent)
    }

    /// A LangGraph server.
    pub fn langgraph() -> Self {
        Self::start("mock-langgraph.cjs", asked_of_agent)
    }

    /// The AG-UI agents of the AG-UI recordings: each path under `/agui` is one.
    pub fn scenarios() -> Self {
        Self::start("agui-scenarios.mjs", asked_of_agent)
    }

    /// The guardrails.
    pub fn cloud() -> Self {
        Self::start("mock-cloud.cjs", asked_of_guardrails)
    }

    /// A FastAPI app with packages from PyPI, such as CopilotKit's SDK. Needs [`python::interpreter`].
    pub fn python(app: &str) -> Self {
        let interpreter = python::interpreter().expect("somebody asked for it before");
        let mut command = Command::new(interpreter);
        command
            .arg(root().join("tests/python/run.py"))
            .arg(app)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        Self::launch(command, asked_of_agent)
    }

    /// LangGraph's own server with the graph of `tests/python/graph.py`. Needs [`python::langgraph_server`].
    pub fn langgraph_dev() -> Self {
        let interpreter = python::langgraph_server().expect("somebody asked for it before");
        let mut command = Command::new(interpreter);
        command
            .arg(root().join("tests/python/langgraph_server.py"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            // Nothing is told to anybody.
            .env("LANGSMITH_TRACING", "false")
            .env("LANGGRAPH_CLI_NO_ANALYTICS", "1");
        Self::launch(command, asked_of_agent)
    }

    /// Upstream's runtime 1.10.6, asking this upstream. Needs [`super::npm::runtime`].
    pub fn runtime(upstream: &str) -> Self {
        let mut command = Command::new("node");
        command
            .arg(root().join("tests/differential/server.cjs"))
            .arg(upstream)
            // Nothing is told to anybody.
            .env("COPILOTKIT_TELEMETRY_DISABLED", "true");
        Self::launch(command, asked_of_agent)
    }

    fn start(script: &str, canonical: fn(&Value, Value) -> Value) -> Self {
        let mut command = Command::new("node");
        command
            .arg(root().join("tests/upstreams/run.cjs"))
            .arg(script);
        Self::launch(command, canonical)
    }

    fn launch(mut command: Command, canonical: fn(&Value, Value) -> Value) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = folder.path().join("asked.jsonl");
        std::fs::write(&log, "").expect("a log file");
        // What it complains of would stand between the lines of the tests.
        let complaints = std::fs::File::create(folder.path().join("stderr")).expect("a log file");
        let mut child = command
            .env("LOG", &log)
            // Some leave files where they run.
            .current_dir(folder.path())
            .stderr(complaints)
            // It ends when this pipe closes, even when the test process was killed.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the script starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on ")?.parse().ok())
            .expect("the script says where it listens");
        Self {
            address: ([127, 0, 0, 1], port).into(),
            canonical,
            child,
            log: Log(log),
            folder,
        }
    }

    /// The address of one agent.
    pub fn agent(&self, scenario: &str) -> String {
        format!("http://{}/{scenario}", self.address)
    }

    /// The model's base URL to configure.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// What it has been asked, for who must know it while it runs.
    pub fn log(&self) -> Log {
        self.log.clone()
    }

    /// How much has been asked so far.
    pub fn mark(&self) -> usize {
        self.log.lines().len()
    }

    /// What was asked since the mark, in canonical form, once that many requests came (or none came for a while).
    pub async fn asked_since(&self, mark: usize, wanted: usize) -> Value {
        let started = Instant::now();
        loop {
            let asked: Vec<Value> = self.log.lines()[mark..]
                .iter()
                .filter_map(|entry| self.asked(entry))
                .collect();
            if asked.len() >= wanted || started.elapsed() > Duration::from_secs(5) {
                return asked.into();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn asked(&self, entry: &Value) -> Option<Value> {
        // What it answered may be there too.
        if is_discovery(entry) || entry.get("method").is_none() {
            return None;
        }
        let body = entry.get("body")?.as_str()?;
        let body = match body {
            "" => Value::Null,
            body => serde_json::from_str(body).unwrap_or_else(|_| body.into()),
        };
        Some((self.canonical)(entry, body))
    }

    /// The headers of the request that started this run of [`Self::scenarios`].
    pub fn headers_of(&self, run: &str) -> Option<Value> {
        let mut asked = self.log.lines().into_iter();
        let entry = asked.rfind(|entry| entry["body"]["runId"] == run)?;
        Some(entry["headers"].clone())
    }

    /// How many answers of [`Self::scenarios`] at this path were cut off by who had asked.
    pub fn cut_off(&self, path: &str) -> usize {
        let lines = self.log.lines().into_iter();
        lines
            .filter(|line| line["url"] == path && line["closed_by_client"] == true)
            .count()
    }

    /// What an app in `tests/python` noted of this event so far.
    pub fn noted(&self, event: &str) -> Vec<Value> {
        let mut lines = self.log.lines();
        lines.retain(|line| line["event"] == event);
        lines
    }

    /// Waits until an app in `tests/python` notes this event.
    pub async fn notes(&self, event: &str) {
        let noted = async {
            while self.noted(event).is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let noted = tokio::time::timeout(super::http::PATIENCE, noted).await;
        noted.unwrap_or_else(|_| panic!("`{event}` is not noted"));
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let said = std::fs::read_to_string(self.folder.path().join("stderr"));
            eprintln!("--- the upstream said:\n{}", said.unwrap_or_default());
        }
    }
}
