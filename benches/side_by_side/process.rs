//! A server under measurement, and what the kernel says it costs.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server; it ends with this value.
pub struct Process {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    _folder: tempfile::TempDir,
}

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/side_by_side")
}

impl Process {
    /// Upstream's runtime.
    pub fn typescript(model: SocketAddr) -> Self {
        let child = Command::new("node")
            .arg(here().join("typescript/server.mjs"))
            .arg(format!("http://{model}/v1"))
            .envs([
                ("NODE_ENV", "production"),
                ("COPILOTKIT_TELEMETRY_DISABLED", "true"),
                ("DO_NOT_TRACK", "1"),
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node is installed");
        Self::listening(child)
    }

    /// A relay that only passes bytes on: the least that anything between agent and client can cost.
    pub fn relay(agent: SocketAddr) -> Self {
        let this = std::env::current_exe().expect("this program");
        let child = Command::new(this)
            .args(["--relay-to", &agent.to_string()])
            .stdout(Stdio::piped())
            .spawn();
        Self::listening(child.expect("this program starts"))
    }

    /// A child that says where it listens.
    fn listening(mut child: Child) -> Self {
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe"))
            .lines()
            .map_while(Result::ok);
        let port = lines.find_map(|line| line.strip_prefix("listening on ")?.parse().ok());
        // Whatever it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let address = ([127, 0, 0, 1], port.expect("the child listens")).into();
        Self {
            address,
            child,
            _folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    /// This runtime, its store in a SQLite file as by default.
    pub fn ours(model: SocketAddr) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let agent = format!(
            "[agents.default]\ntype = \"llm\"\nmodel = \"openai/gpt-4o\"\nbase_url = \"http://{model}/v1\"\n"
        );
        let relayed =
            format!("[agents.relayed]\ntype = \"ag-ui\"\nurl = \"http://{model}/agent\"\n");
        let config = format!("[server]\nbase_path = \"/copilotkit\"\n\n{agent}\n{relayed}");
        std::fs::write(folder.path().join("bench.toml"), config).expect("a configuration");
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.expect("a free port");
        let child = Command::new(env!("CARGO_BIN_EXE_agui-runtime"))
            .args([
                "serve",
                "--config",
                "bench.toml",
                "--port",
                &address.port().to_string(),
            ])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "the server does not start"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Self {
            address,
            child,
            _folder: folder,
        }
    }

    /// CPU time so far, user and system, in microseconds.
    pub fn cpu_us(&self) -> u64 {
        let stat = self.read("stat");
        // The name in parentheses may hold anything; utime and stime are the 12th and 13th fields after it, in ticks of 10 ms.
        let after_name = stat.rsplit_once(") ").expect("a name").1;
        let ticks: u64 = after_name
            .split(' ')
            .skip(11)
            .take(2)
            .map(|field| field.parse::<u64>().expect("ticks"))
            .sum();
        ticks * 10_000
    }

    /// Resident memory.
    pub fn resident_mib(&self) -> u64 {
        let status = self.read("status");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .expect("a resident size");
        line.trim()
            .trim_end_matches(" kB")
            .parse::<u64>()
            .expect("a number")
            / 1024
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id()))
            .expect("Linux, and a living process")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
