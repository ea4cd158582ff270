//! Servers that tests need, each started for one test process and ended with it, however that ends.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Runs a server until its own standard input is closed, as the system does for a process that dies; then removes the
/// server's directory, unless it is to stay. What the terminal sends to all does not end it before that.
const GUARD: &str = r#"
trap '' INT TERM HUP
directory=$1; shift
exec 3<&0 2>&1
(trap - TERM; exec "$@") </dev/null 3<&- & server=$!
echo "guarded $server"
{ cat <&3; kill "$server"; } >/dev/null 2>&1 & watch=$!
exec 3<&-
wait "$server"
kill "$watch"
[ -e "$directory/stays" ] || rm -rf "$directory"
"#;

/// In a server's directory: it stays when the server ends.
const STAYS: &str = "stays";

/// A server that runs. Dropping it ends it.
#[derive(Debug)]
pub struct Daemon {
    guard: Child,
    pid: String,
    directory: PathBuf,
}

impl Daemon {
    /// Starts a program with these arguments and waits until it says `ready`; what it said instead, if it does not.
    ///
    /// `directory` is its own, and goes with it, but for one that was there when an earlier server crashed
    /// ([`Self::crash`]) and in which none starts.
    pub fn start(
        program: &str,
        arguments: &[&str],
        directory: &Path,
        ready: &str,
    ) -> Result<Self, String> {
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "guard"]).arg(directory);
        guard.arg(program).args(arguments);
        guard.stdin(Stdio::piped()).stdout(Stdio::piped());
        let guard = guard.current_dir(directory).spawn();
        let mut guard = guard.map_err(|error| format!("{program}: {error}"))?;
        let output = guard.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(output).lines();
        let (mut said, mut pid) = (Vec::new(), String::new());
        for line in lines.by_ref() {
            let line = line.map_err(|error| format!("{program}: {error}"))?;
            if let Some(guarded) = line.strip_prefix("guarded ") {
                pid = guarded.to_owned();
            } else if line.contains(ready) {
                // It would stop once nobody reads what it says.
                std::thread::spawn(move || lines.for_each(drop));
                let _ = std::fs::remove_file(directory.join(STAYS));
                return Ok(Self {
                    guard,
                    pid,
                    directory: directory.to_owned(),
                });
            } else {
                said.push(line);
            }
        }
        Err(format!("{program} did not start: {}", said.join("\n")))
    }

    /// Kills the server as a crash does; its directory stays, for the next one.
    pub fn crash(self) {
        std::fs::write(self.directory.join(STAYS), "").expect("a file in its directory");
        let killed = Command::new("kill").args(["-9", &self.pid]).status();
        assert!(killed.is_ok_and(|it| it.success()), "{} lives", self.pid);
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// A port on which nothing listened a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

#[test]
fn a_server_ends_with_its_handle_and_leaves_nothing() {
    let directory = tempfile::tempdir().expect("a directory").keep();
    let talks = "touch here; echo ready; exec sleep 1000";
    let daemon = Daemon::start("sh", &["-c", talks], &directory, "ready").expect("it starts");
    assert!(directory.join("here").exists());
    drop(daemon);
    assert!(!directory.exists());
}

#[test]
fn a_server_that_crashes_leaves_its_directory_to_the_next_one() {
    let directory = tempfile::tempdir().expect("a directory").keep();
    let start = |does| Daemon::start("sh", &["-c", does], &directory, "ready");
    let daemon = start("touch here; echo ready; exec sleep 1000").expect("it starts");
    daemon.crash();
    assert!(start("exit 1").is_err());
    assert!(directory.join("here").exists());
    drop(start("echo ready; exec sleep 1000").expect("it starts"));
    assert!(!directory.exists());
}

#[test]
fn a_server_that_does_not_start_says_why() {
    let directory = tempfile::tempdir().expect("a directory").keep();
    let talks = "echo the port is taken >&2; exit 1";
    let error = Daemon::start("sh", &["-c", talks], &directory, "ready").expect_err("it ends");
    assert!(error.contains("the port is taken"), "{error}");
    assert!(!directory.exists());
}
