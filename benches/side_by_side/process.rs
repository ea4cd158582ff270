//! A server under measurement, from its start to its end.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::usage::{self, Memory};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that is to be started.
pub struct Start {
    pub command: Command,
    /// Its port; without one, it prints `listening on PORT`.
    pub port: Option<u16>,
    /// A request that is answered with 200 once the server can be used.
    pub probe: &'static str,
    /// What it needs as long as it runs.
    pub folder: TempDir,
}

/// A running server; it ends with this value.
pub struct Process {
    pub address: SocketAddr,
    /// From the start of the process to its first answer.
    pub start_up: Duration,
    child: Child,
    _folder: TempDir,
}

impl Start {
    /// Starts it, and waits for its first answer.
    pub fn run(mut self) -> Result<Process, String> {
        let started = Instant::now();
        let output = match self.port {
            Some(_) => Stdio::null(),
            None => Stdio::piped(),
        };
        let command = self.command.stdin(Stdio::null()).stdout(output);
        let child = command.spawn().map_err(|error| {
            let program = self.command.get_program().display();
            format!("{program} cannot be started: {error}")
        })?;
        let mut process = Process {
            address: ([127, 0, 0, 1], self.port.unwrap_or_default()).into(),
            start_up: Duration::ZERO,
            child,
            _folder: self.folder,
        };
        if self.port.is_none() {
            let port = process.port_told();
            process
                .address
                .set_port(port.ok_or("it does not say where it listens")?);
        }
        process.answers(self.probe, started)?;
        process.start_up = started.elapsed();
        Ok(process)
    }
}

impl Process {
    /// The port that the child says it listens on.
    fn port_told(&mut self) -> Option<u16> {
        let output = self.child.stdout.take()?;
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let port = lines.find_map(|line| line.strip_prefix("listening on ")?.parse().ok());
        // Whatever it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        port
    }

    fn answers(&mut self, probe: &str, started: Instant) -> Result<(), String> {
        loop {
            let answer = ask(self.address, probe);
            if matches!(&answer, Ok(line) if line.starts_with("HTTP/1.1 200 ")) {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("it ended while it started: {status}"));
            }
            if started.elapsed() > PATIENCE {
                return Err(format!("it does not become ready; last of all: {answer:?}"));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// CPU time so far.
    pub fn cpu(&self) -> Result<Duration, String> {
        usage::cpu(self.child.id())
    }

    /// Memory in MiB.
    pub fn mib(&self, memory: Memory) -> Result<f64, String> {
        memory.of(self.child.id())
    }
}

/// The status line that a server answers with.
fn ask(address: SocketAddr, request: &str) -> std::io::Result<String> {
    let mut socket = TcpStream::connect(address)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.write_all(request.as_bytes())?;
    let mut received = [0; 512];
    let length = socket.read(&mut received)?;
    let text = String::from_utf8_lossy(&received[..length]);
    text.lines()
        .next()
        .map(str::to_owned)
        .ok_or_else(|| ErrorKind::UnexpectedEof.into())
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
