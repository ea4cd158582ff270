//! Servers that are programs of this machine: started with a clean environment, what they complain of logged.

use std::io;
use std::process::Stdio;

use rmcp::transport::TokioChildProcess;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::Command;

/// What any program needs of the environment, and holds no keys: what MCP's own SDKs let through.
#[cfg(unix)]
const HARMLESS: &[&str] = &[
    "HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "USER",
];
#[cfg(not(unix))]
const HARMLESS: &[&str] = &[
    "APPDATA",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "PATH",
    "PATHEXT",
    "PROCESSOR_ARCHITECTURE",
    "PROGRAMFILES",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "USERNAME",
    "USERPROFILE",
];

/// The longest line of complaint that is logged in one piece, in bytes.
const LINE: u64 = 4096;

/// A program and what it is started with.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) command: String,
    pub(super) args: Vec<String>,
    pub(super) env: Vec<(String, String)>,
}

impl Program {
    /// Starts the program. It ends with the transport.
    pub(super) fn start(&self, server: &str) -> io::Result<TokioChildProcess> {
        let mut command = Command::new(&self.command);
        let inherited = HARMLESS.iter();
        let inherited = inherited.filter_map(|name| Some((name, std::env::var_os(name)?)));
        command
            .args(&self.args)
            .env_clear()
            .envs(inherited)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .kill_on_drop(true);
        let builder = TokioChildProcess::builder(command).stderr(Stdio::piped());
        let (transport, complaints) = builder.spawn()?;
        if let Some(complaints) = complaints {
            tokio::spawn(log(server.to_owned(), complaints));
        }
        Ok(transport)
    }
}

/// Logs each line, to the program's end.
async fn log(server: String, from: impl AsyncRead + Unpin) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while let Ok(1..) = (&mut from).take(LINE).read_until(b'\n', &mut line).await {
        let said = String::from_utf8_lossy(&line);
        tracing::info!(server, "MCP server: {}", said.trim_end());
        line.clear();
    }
}
