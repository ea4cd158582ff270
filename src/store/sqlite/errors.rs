//! SQLite's result codes as advice: what is wrong with the file and what to do about it.

use sqlx::error::DatabaseError;

use crate::store::StoreError;

/// A failed operation on `file`, with the fix where SQLite's code tells it.
pub(super) fn explain<E>(file: &str, doing: &str, error: E) -> StoreError
where
    E: std::borrow::Borrow<sqlx::Error> + Into<Cause>,
{
    if matches!(error.borrow(), sqlx::Error::PoolClosed) {
        return StoreError::Closed;
    }
    let advice = advice(error.borrow());
    StoreError::Backend {
        context: format!("{doing}: SQLite database {file:?}: {advice}"),
        source: error.into().0,
    }
}

/// A source for [`StoreError::Backend`]; a batch's failure is shared by all that were in it.
pub(super) struct Cause(Box<dyn std::error::Error + Send + Sync>);

impl From<sqlx::Error> for Cause {
    fn from(error: sqlx::Error) -> Self {
        Self(error.into())
    }
}

impl From<std::sync::Arc<sqlx::Error>> for Cause {
    fn from(error: std::sync::Arc<sqlx::Error>) -> Self {
        Self(error.into())
    }
}

fn advice(error: &sqlx::Error) -> String {
    let advice = match error.as_database_error().and_then(primary_code) {
        Some(BUSY | LOCKED) => {
            "another process holds a lock on it; stop that process (`fuser` tells which), or set `store.url` to \
             another file"
        }
        Some(READONLY) => {
            "it is read-only; let this user write the file and its directory (SQLite keeps `-wal` and `-shm` beside it)"
        }
        Some(CANTOPEN | PERM | AUTH) => {
            "it cannot be opened; let this user read and write the file and its directory, or set `store.url` to \
             another file"
        }
        Some(CORRUPT | NOTADB) => {
            "the file is damaged or no SQLite database; restore a backup, or move it away and a new one is made"
        }
        Some(FULL) => "the disk is full; free some space, what was acknowledged before is safe",
        Some(TOOBIG) => {
            "a value is larger than the 1 GB that SQLite keeps in one place; set lower limits (`limits.run_bytes`)"
        }
        Some(IOERR) => "the disk or the network file system failed; SQLite needs a local disk",
        _ => match error {
            sqlx::Error::ColumnDecode { .. } => {
                "a stored value is no JSON; something else than this program changed the file"
            }
            sqlx::Error::PoolTimedOut => {
                "all reading connections are busy; the disk is too slow for the load"
            }
            other => return other.to_string(),
        },
    };
    advice.to_owned()
}

const PERM: u32 = 3;
const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const READONLY: u32 = 8;
const IOERR: u32 = 10;
const CORRUPT: u32 = 11;
const FULL: u32 = 13;
const CANTOPEN: u32 = 14;
const TOOBIG: u32 = 18;
const AUTH: u32 = 23;
const NOTADB: u32 = 26;

/// SQLite's extended codes carry the primary one in their lowest byte.
fn primary_code(error: &dyn DatabaseError) -> Option<u32> {
    Some(error.code()?.parse::<u32>().ok()? & 0xff)
}
