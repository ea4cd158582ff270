//! PostgreSQL's error codes as advice: what is wrong and what to do about it.

use std::borrow::Cow;

use crate::store::StoreError;

/// A failed operation on the database of this name, with the fix where the code tells it.
pub(super) fn explain(database: &str, doing: &str, error: sqlx::Error) -> StoreError {
    if matches!(error, sqlx::Error::PoolClosed) {
        return StoreError::Closed;
    }
    StoreError::Backend {
        context: format!("{doing}: PostgreSQL {database}: {}", advice(&error)),
        source: error.into(),
    }
}

/// Whether the transaction left nothing behind and may do better: its connection was lost, or it met with another one.
pub(super) fn was_undone(error: &sqlx::Error) -> bool {
    is_connection(error) || matches!(&*code(error), DEADLOCK | SERIALIZATION)
}

/// Whether the connection is of no more use.
pub(super) fn is_connection(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        error => matches!(&*code(error), SHUTDOWN | CRASH | STARTING | IDLE_TOO_LONG),
    }
}

fn code(error: &sqlx::Error) -> Cow<'_, str> {
    let code = error.as_database_error().and_then(|error| error.code());
    code.unwrap_or_default()
}

fn advice(error: &sqlx::Error) -> String {
    let advice = match &*code(error) {
        BAD_PASSWORD | BAD_AUTHORIZATION => {
            "it refuses this user; check user and password in `store.url`, and the server's pg_hba.conf"
        }
        NO_DATABASE => {
            "there is no such database; make it (`createdb`), or name another one in `store.url`"
        }
        NO_PRIVILEGE => {
            "this user may not do that; let it own the database, or its schema: \
             `CREATE SCHEMA agui_runtime AUTHORIZATION` this user"
        }
        READ_ONLY => "it is read-only: a standby? name the primary in `store.url`",
        TOO_MANY => {
            "it has no connection left; raise its max_connections, or put a lower `?connections=` at the end of `store.url`"
        }
        DISK_FULL => "its disk is full; free some space, what was acknowledged before is safe",
        OUT_OF_MEMORY => "it is out of memory",
        SHUTDOWN | CRASH | STARTING => "it is going down or coming up",
        TIMED_OUT | LOCK_TIMED_OUT => {
            "it took too long; is it overloaded, or does somebody hold locks on its tables?"
        }
        IDLE_TOO_LONG => "this process was stopped for a while in the midst of it",
        TOO_LARGE => {
            "a value is larger than the 1 GB that it keeps in one place; set lower limits (`limits.run_bytes`)"
        }
        CORRUPT | BAD_INDEX => "its files are damaged; restore a backup",
        "" => return other(error).into_owned(),
        _ => return error.to_string(),
    };
    advice.to_owned()
}

/// What did not come from the database itself.
fn other(error: &sqlx::Error) -> Cow<'static, str> {
    match error {
        sqlx::Error::Io(error) => format!(
            "it cannot be reached ({error}); is it running, and are host and port in `store.url` right?"
        )
        .into(),
        sqlx::Error::Tls(error) => format!(
            "no encrypted connection ({error}); see `sslmode` and `sslrootcert` in docs/STORE.md"
        )
        .into(),
        sqlx::Error::PoolTimedOut => "no connection came free in time: it cannot be reached, is too slow for the load, or \
             needs more of them (`?connections=` at the end of `store.url`)"
            .into(),
        sqlx::Error::ColumnDecode { .. } => {
            "a stored value cannot be read; something else than this program changed the tables".into()
        }
        other => other.to_string().into(),
    }
}

const BAD_AUTHORIZATION: &str = "28000";
const BAD_PASSWORD: &str = "28P01";
const NO_DATABASE: &str = "3D000";
const NO_PRIVILEGE: &str = "42501";
const READ_ONLY: &str = "25006";
const IDLE_TOO_LONG: &str = "25P03";
const SERIALIZATION: &str = "40001";
const DEADLOCK: &str = "40P01";
const DISK_FULL: &str = "53100";
const OUT_OF_MEMORY: &str = "53200";
const TOO_MANY: &str = "53300";
const TOO_LARGE: &str = "54000";
const LOCK_TIMED_OUT: &str = "55P03";
const TIMED_OUT: &str = "57014";
const SHUTDOWN: &str = "57P01";
const CRASH: &str = "57P02";
const STARTING: &str = "57P03";
const CORRUPT: &str = "XX001";
const BAD_INDEX: &str = "XX002";
