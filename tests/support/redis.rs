//! A Redis server of the test process's own, from Debian's package, and databases on it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use uuid::Uuid;

use super::daemon::{Daemon, free_port};
use super::external::is_there;

const PASSWORD: &str = "6f3c51a70b1f4f8f";

/// A server that runs. Dropping it ends it.
#[derive(Debug)]
pub struct Server {
    /// Where it listens, on this machine only.
    pub port: u16,
    settings: Vec<String>,
    /// Where its certificate is, if it talks TLS.
    certificate: Option<PathBuf>,
    directory: PathBuf,
    daemon: Option<Daemon>,
}

/// One for all tests of the process.
static SHARED: OnceLock<Option<Server>> = OnceLock::new();

/// The URL of an empty store on the server that all tests of the process share: a prefix of its keys. Without Redis the
/// calling test must return at once: it counts as skipped.
pub fn store() -> Option<String> {
    let shared = SHARED.get_or_init(|| Server::start(&[]));
    Some(shared.as_ref()?.store())
}

impl Server {
    /// Starts one that keeps a log, with these settings besides.
    pub fn start(settings: &[&str]) -> Option<Self> {
        Self::start_as(settings, None)
    }

    /// Starts one that talks TLS and nothing else, with `cert.pem` and `key.pem` of this folder.
    #[allow(dead_code, reason = "the suite needs none")]
    pub fn secure(certificate: &Path) -> Option<Self> {
        Self::start_as(&[], Some(certificate.to_owned()))
    }

    fn start_as(settings: &[&str], certificate: Option<PathBuf>) -> Option<Self> {
        if !is_there("redis-server") {
            return None;
        }
        let mut server = Self {
            port: 0,
            settings: settings.iter().map(|&it| it.to_owned()).collect(),
            certificate,
            directory: tempfile::tempdir().expect("a directory").keep(),
            daemon: None,
        };
        for _ in 0..5 {
            server.port = free_port();
            std::fs::create_dir_all(&server.directory).expect("a directory");
            match server.serve() {
                Ok(()) => return Some(server),
                // Somebody else took the port meanwhile.
                Err(error) if error.contains("in use") => {}
                Err(error) => panic!("{error}"),
            }
        }
        panic!("redis-server finds no free port");
    }

    /// Its first database.
    pub fn url(&self) -> String {
        match self.certificate {
            None => format!("redis://:{PASSWORD}@127.0.0.1:{}/0", self.port),
            Some(_) => format!("rediss://:{PASSWORD}@localhost:{}/0", self.port),
        }
    }

    /// The URL of an empty store.
    pub fn store(&self) -> String {
        format!("{}?prefix={}", self.url(), Uuid::new_v4().simple())
    }

    /// Kills it, as the system does when it is out of memory.
    pub fn crash(&mut self) {
        self.daemon.take().expect("it runs").crash();
    }

    /// Starts it again at the same place, with what it had.
    pub fn resume(&mut self) {
        self.serve().expect("it starts again");
    }

    fn serve(&mut self) -> Result<(), String> {
        let (port, files) = (self.port.to_string(), self.directory.display().to_string());
        let mut arguments = vec!["--bind", "127.0.0.1", "--dir", &files];
        let certificate = self.certificate.as_deref();
        let file = |name| certificate.map(|folder| folder.join(name).display().to_string());
        let (certificate, key) = (file("cert.pem"), file("key.pem"));
        match (&certificate, &key) {
            (Some(certificate), Some(key)) => {
                arguments.extend([
                    "--port",
                    "0",
                    "--tls-port",
                    &port,
                    "--tls-auth-clients",
                    "no",
                ]);
                arguments.extend(["--tls-cert-file", certificate, "--tls-key-file", key]);
            }
            _ => arguments.extend(["--port", &port]),
        }
        // Another server that took the port meanwhile would refuse the password.
        arguments.extend(["--requirepass", PASSWORD]);
        arguments.extend(["--save", "", "--appendonly", "yes"]);
        arguments.extend(self.settings.iter().map(|it| &**it));
        let ready = "Ready to accept connections";
        self.daemon = Some(Daemon::start(
            "redis-server",
            &arguments,
            &self.directory,
            ready,
        )?);
        Ok(())
    }
}
