//! A PostgreSQL server of the test process's own, made from Debian's package, and databases on it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::daemon::{Daemon, free_port};
use super::external::skip;

/// A server that runs. Dropping it ends it.
#[derive(Debug)]
pub struct Server {
    /// Where it listens, on this machine only.
    pub port: u16,
    made: AtomicUsize,
    programs: PathBuf,
    directory: PathBuf,
    daemon: Option<Daemon>,
}

/// One for all tests of the process.
static SHARED: OnceLock<Option<Server>> = OnceLock::new();

/// How long what a crash leaves behind may keep a server from starting.
const RESUMED: Duration = Duration::from_secs(30);

/// The URL of an empty store on the server that all tests of the process share: a schema in its database. Without
/// PostgreSQL the calling test must return at once: it counts as skipped.
pub fn store() -> Option<String> {
    Some(SHARED.get_or_init(Server::start).as_ref()?.store())
}

impl Server {
    /// Starts one.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            skip("PostgreSQL is not installed");
            return None;
        };
        let mut said = String::new();
        for _ in 0..5 {
            let directory = directory();
            make(&programs, &directory);
            let mut server = Self {
                port: free_port(),
                made: AtomicUsize::new(0),
                programs: programs.clone(),
                directory,
                daemon: None,
            };
            match server.serve() {
                Ok(()) => return Some(server),
                // Somebody else took the port meanwhile.
                Err(error) if error.contains("in use") => said = error,
                Err(error) => panic!("{error}"),
            }
        }
        panic!("no port for PostgreSQL: {said}");
    }

    /// The URL of an empty store.
    pub fn store(&self) -> String {
        let store = self.made.fetch_add(1, Ordering::Relaxed);
        format!(
            "postgres://test@127.0.0.1:{}/postgres?schema=test_{store}",
            self.port
        )
    }

    /// Kills it, as the system does when it is out of memory.
    pub fn crash(&mut self) {
        self.daemon.take().expect("it runs").crash();
    }

    /// Starts it again at the same place, with what it had.
    pub fn resume(&mut self) {
        let begun = Instant::now();
        // What the crash has left of it needs a moment to be gone.
        while let Err(error) = self.serve() {
            assert!(begun.elapsed() < RESUMED, "{error}");
            #[allow(clippy::disallowed_methods, reason = "no stream is waited for here")]
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn serve(&mut self) -> Result<(), String> {
        let data = self.directory.join("data").display().to_string();
        let server = self.programs.join("postgres").display().to_string();
        let (port, sockets) = (self.port.to_string(), self.directory.display().to_string());
        let command = as_servers_user(&[
            &*server,
            "-D",
            &data,
            "-p",
            &port,
            "-h",
            "127.0.0.1",
            "-k",
            &sockets,
        ]);
        let arguments: Vec<&str> = command[1..].iter().map(|it| &**it).collect();
        let ready = "database system is ready to accept connections";
        self.daemon = Some(Daemon::start(
            &command[0],
            &arguments,
            &self.directory,
            ready,
        )?);
        Ok(())
    }
}

/// Makes an empty database.
fn make(programs: &Path, directory: &Path) {
    let initdb = programs.join("initdb").display().to_string();
    let data = directory.join("data").display().to_string();
    let made = [
        &*initdb,
        "-D",
        &data,
        "-U",
        "test",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-locale",
        "--no-sync",
    ];
    run(as_servers_user(&made));
}

/// Where Debian has the newest version's programs.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let versions = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    let version = |programs: &PathBuf| {
        let name = programs.parent()?.file_name()?.to_str()?;
        name.parse::<u32>().ok()
    };
    let there = versions.filter(|programs| programs.join("postgres").exists());
    there.max_by_key(version)
}

/// A directory that the server may write to.
fn directory() -> PathBuf {
    let directory = tempfile::tempdir().expect("a directory").keep();
    if let Some((user, group)) = servers_user() {
        std::os::unix::fs::chown(&directory, Some(user), Some(group)).expect("root may do it");
    }
    directory
}

/// PostgreSQL does not run as root: then the user of Debian's package runs it.
fn servers_user() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().ok()?;
        let id = String::from_utf8(output.stdout).ok()?;
        id.trim().parse::<u32>().ok()
    };
    if id(&["-u"]) != Some(0) {
        return None;
    }
    Some((id(&["-u", "postgres"])?, id(&["-g", "postgres"])?))
}

fn as_servers_user(command: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    if let Some((user, group)) = servers_user() {
        all.push("setpriv".to_owned());
        all.extend([format!("--reuid={user}"), format!("--regid={group}")]);
        all.push("--clear-groups".to_owned());
    }
    all.extend(command.iter().map(|it| (*it).to_owned()));
    all
}

fn run(command: Vec<String>) {
    let mut program = Command::new(&command[0]);
    // The server's user may not read where the tests are.
    program.args(&command[1..]).current_dir("/");
    let output = program.output().expect("it can be run");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}
