//! The server under test: the built binary with a configuration of the test's own, or the library's endpoint in this process.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The key that the recordings were made with.
pub const MODEL_KEY: &str = "sk-mock";

/// The binary that the tests were built with.
const BUILT: &str = env!("CARGO_BIN_EXE_agui-runtime");

/// The configuration's name.
const FILE: &str = "test.toml";

/// A running binary; it ends with this value.
pub struct Binary {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    log: PathBuf,
    folder: TempDir,
}

/// The configuration that the recordings need: upstream's path, nothing kept, the given `[agents.*]` tables.
pub fn config(agents: &str) -> String {
    format!("[server]\nbase_path = \"/copilotkit\"\n\n[store]\nurl = \"memory:\"\n\n{agents}\n")
}

/// An `[agents.default]` table for a model server, patient for a few seconds only.
pub fn model_at(base_url: &str) -> String {
    format!(
        "[agents.default]\ntype = \"llm\"\nmodel = \"openai/gpt-4o\"\nbase_url = \"{base_url}\"\n\
         api_key_env = \"TEST_MODEL_KEY\"\nconnect_seconds = 5\nfirst_byte_seconds = 20\nidle_seconds = 20\n"
    )
}

impl Binary {
    /// Starts the binary with this configuration on a free port and waits until it says where it listens.
    pub async fn start(config: &str) -> Self {
        Self::start_in(config, &[]).await
    }

    /// As [`Self::start`], with these variables in its environment.
    pub async fn start_in(config: &str, env: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join(FILE), config).expect("a configuration");
        Self::run(&[BUILT], folder, &["serve", "--config", FILE], env).await
    }

    /// As [`Self::start_in`], of another binary than the one that the tests were built with.
    pub async fn start_other(binary: &str, config: &str, env: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join(FILE), config).expect("a configuration");
        Self::run(&[binary], folder, &["serve", "--config", FILE], env).await
    }

    /// As [`Self::start`], with this command before the binary's: one that becomes what stands behind it.
    pub async fn start_by(command: &[&str], config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join(FILE), config).expect("a configuration");
        let command = [command, &[BUILT]].concat();
        Self::run(&command, folder, &["serve", "--config", FILE], &[]).await
    }

    /// Starts the binary as somebody does who has just built it: no configuration, an empty folder.
    pub async fn fresh() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::run(&[BUILT], folder, &[], &[]).await
    }

    async fn run(
        program: &[&str],
        folder: TempDir,
        arguments: &[&str],
        env: &[(&str, &str)],
    ) -> Self {
        let log = folder.path().join("log");
        let command = [program, arguments].concat();
        let mut child = spawn(&folder, &command, env, &log);
        let started = Instant::now();
        let address = loop {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            if let Some(address) = listens(&said) {
                break address;
            }
            let lives = matches!(child.try_wait(), Ok(None));
            if !lives || started.elapsed() > Duration::from_secs(30) {
                // Nobody would end it.
                let _ = child.kill();
                panic!("the server did not start: {arguments:?}\n{said}");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        Self {
            address,
            child,
            log,
            folder,
        }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process still runs.
    pub fn lives(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Writes another configuration in place of the one that it was started with.
    pub fn write(&self, config: &str) {
        std::fs::write(self.folder.path().join(FILE), config).expect("a configuration");
    }

    /// Sends a signal, such as `HUP`.
    pub fn signal(&self, name: &str) {
        let (signal, id) = (format!("-{name}"), self.id().to_string());
        let told = Command::new("kill").args([&signal, &id]).status();
        assert!(told.is_ok_and(|status| status.success()), "kill {signal}");
    }

    /// Waits until the log has this so many times.
    pub async fn logged(&self, text: &str, times: usize) {
        let since = Instant::now();
        while self.log().matches(text).count() < times {
            assert!(
                since.elapsed() < Duration::from_secs(30),
                "{text:?} is not in the log {times} times"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until the process has ended; its exit code.
    pub async fn ended(&mut self) -> Option<i32> {
        let started = Instant::now();
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.code();
            }
            assert!(
                started.elapsed() < super::http::PATIENCE,
                "the server does not end"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// What the process logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

fn spawn(folder: &TempDir, command: &[&str], env: &[(&str, &str)], log: &Path) -> Child {
    let log = std::fs::File::create(log).expect("a log file");
    Command::new(command[0])
        .args(&command[1..])
        .args(["--port", "0"])
        .current_dir(folder.path())
        // Keys of whoever runs the tests must not make a model of the demo agent.
        .env_clear()
        .env("TEST_MODEL_KEY", MODEL_KEY)
        .env("NO_COLOR", "1")
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a second handle"))
        .stderr(log)
        .spawn()
        .expect("the binary starts")
}

/// The address in the line `… listening on http://ADDRESS/…`, or `https:`, once the line is whole.
fn listens(log: &str) -> Option<SocketAddr> {
    let after = log
        .split_once("listening on http")?
        .1
        .split_once("://")?
        .1
        .split_once('\n')?
        .0;
    after.split('/').next()?.parse().ok()
}

/// An address where nothing listens.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address")
}

impl Drop for Binary {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- the server said:\n{}", self.log());
        }
    }
}
