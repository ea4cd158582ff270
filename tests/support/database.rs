//! A database under the server under test: any that is durable, and that may crash.

use tempfile::TempDir;

use super::{postgres, redis};

/// A database of the test's own, empty at first.
pub struct Database {
    /// What `store.url` is to be.
    pub url: String,
    kind: Kind,
}

enum Kind {
    Sqlite(#[allow(dead_code, reason = "it goes with the test")] TempDir),
    Postgres(postgres::Server),
    Redis(redis::Server),
}

impl Database {
    /// A file.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        Self {
            url: format!("sqlite:{}", folder.path().join("x.db").display()),
            kind: Kind::Sqlite(folder),
        }
    }

    /// On a server that nobody else uses. Without PostgreSQL the calling test must return at once: it counts as skipped.
    pub fn postgres() -> Option<Self> {
        let server = postgres::Server::start()?;
        Some(Self {
            url: server.store(),
            kind: Kind::Postgres(server),
        })
    }

    /// On a server that nobody else uses and that syncs whatever it acknowledges, on the same terms.
    pub fn redis() -> Option<Self> {
        let server = redis::Server::start(&["--appendfsync", "always"])?;
        Some(Self {
            url: server.store(),
            kind: Kind::Redis(server),
        })
    }

    /// Whether it is a process of its own, which can crash and which several nodes can share.
    pub fn is_server(&self) -> bool {
        !matches!(self.kind, Kind::Sqlite(_))
    }

    /// Kills it, where it is a server.
    pub fn crash(&mut self) {
        match &mut self.kind {
            Kind::Sqlite(_) => panic!("a file does not crash"),
            Kind::Postgres(server) => server.crash(),
            Kind::Redis(server) => server.crash(),
        }
    }

    /// Starts it again after a crash.
    pub fn resume(&mut self) {
        match &mut self.kind {
            Kind::Sqlite(_) => panic!("a file does not crash"),
            Kind::Postgres(server) => server.resume(),
            Kind::Redis(server) => server.resume(),
        }
    }
}
