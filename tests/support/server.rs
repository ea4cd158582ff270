//! The server under test: the built binary with a configuration of the test's own, or the library's endpoint in this process.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::net::TcpStream;

/// The key that the recordings were made with.
pub const MODEL_KEY: &str = "sk-mock";

/// A running binary; it ends with this value.
pub struct Binary {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    log: PathBuf,
    _folder: TempDir,
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
    /// Starts the binary with this configuration and waits until it takes connections.
    pub async fn start(config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("test.toml"), config).expect("a configuration");
        for _ in 0..5 {
            let address = free_address();
            let log = folder.path().join("log");
            let mut child = spawn(&folder, address, &log);
            if ready(&mut child, address).await {
                return Self {
                    address,
                    child,
                    log,
                    _folder: folder,
                };
            }
            let _ = child.kill();
            let _ = child.wait();
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            // Another process may have taken the port in the meantime; anything else is a failure.
            assert!(
                said.to_lowercase().contains("in use"),
                "the server did not start:\n{config}\n{said}"
            );
        }
        panic!("no free port in five attempts");
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process still runs.
    pub fn lives(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// What the process logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

fn spawn(folder: &TempDir, address: SocketAddr, log: &PathBuf) -> Child {
    let log = std::fs::File::create(log).expect("a log file");
    Command::new(env!("CARGO_BIN_EXE_agui-runtime"))
        .args([
            "serve",
            "--config",
            "test.toml",
            "--host",
            "127.0.0.1",
            "--port",
        ])
        .arg(address.port().to_string())
        .current_dir(folder.path())
        .env("TEST_MODEL_KEY", MODEL_KEY)
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a second handle"))
        .stderr(log)
        .spawn()
        .expect("the binary starts")
}

/// A free port, to be taken at once.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address")
}

async fn ready(child: &mut Child, address: SocketAddr) -> bool {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(30) {
        if TcpStream::connect(address).await.is_ok() {
            return true;
        }
        if !matches!(child.try_wait(), Ok(None)) {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
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
