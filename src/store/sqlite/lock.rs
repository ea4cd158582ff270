//! One process at a time owns a database file: it ends the runs that an earlier one left behind, and no other's.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use crate::store::StoreError;

/// How often to try while another process may be on its way out.
const PAUSE: Duration = Duration::from_millis(20);

/// Held while the database is open; the system gives it back when the process dies.
#[derive(Debug)]
pub(super) struct Lock {
    _file: Option<File>,
}

impl Lock {
    /// Nothing to hold: a database in memory is nobody else's.
    pub(super) const NONE: Self = Self { _file: None };

    /// Takes the lock of this database file, which is there; waits so long for another process to end.
    ///
    /// It is a file of its own beside the database, since SQLite locks that one itself. It stays: who removed it could
    /// take it from a process that has just opened it.
    pub(super) async fn take(database: &Path, patience: Duration) -> Result<Self, StoreError> {
        let failed = |reason: &str, source: io::Error| StoreError::Backend {
            context: format!("opening: SQLite database {database:?}: {reason}"),
            source: source.into(),
        };
        let path = beside(database).map_err(|error| failed("it cannot be found", error))?;
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.map_err(|error| {
            let reason = format!(
                "its lock file {path:?} cannot be opened; let this user write the file and its directory"
            );
            failed(&reason, error)
        })?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: Some(file) }),
                Err(TryLockError::WouldBlock) if begun.elapsed() < patience => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error @ TryLockError::WouldBlock) => {
                    return Err(failed(
                        "another agui-runtime has it open; stop that process (`fuser` tells which), or set `store.url` \
                         to another file",
                        error.into(),
                    ));
                }
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    tracing::warn!(
                        file = %path.display(),
                        "this file system has no locks: nothing keeps a second process from the database"
                    );
                    return Ok(Self::NONE);
                }
                Err(TryLockError::Error(error)) => {
                    return Err(failed(
                        "it cannot be locked; SQLite needs a local disk",
                        error,
                    ));
                }
            }
        }
    }
}

/// The lock file's place, the same by whatever name the database is opened.
fn beside(database: &Path) -> io::Result<PathBuf> {
    let mut path = database.canonicalize()?.into_os_string();
    path.push(".lock");
    Ok(path.into())
}
