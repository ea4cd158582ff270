//! What the server of a soak stores its threads in, and what goes wrong there: somebody else holds the file's lock, or the
//! database's server is away. Who is refused meanwhile is excused.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, SqliteConnection};
use tokio::time::sleep;

use crate::support::database::Database;
use crate::support::wire::Wire;

/// For how long what was held up before may still come late.
const AFTER: Duration = Duration::from_secs(6);

/// Counts the beginnings and the ends of bad weather: it is bad while the number is odd.
#[derive(Default)]
pub struct Weather(AtomicU64);

/// The weather when something began.
#[derive(Clone, Copy)]
pub struct Before(u64);

impl Weather {
    pub fn now(&self) -> Before {
        Before(self.0.load(Ordering::SeqCst))
    }

    /// Whether it was bad at any time since then.
    pub fn was_bad_since(&self, before: Before) -> bool {
        before.0 % 2 == 1 || self.now().0 != before.0
    }

    /// Keeps the server from its database for a while.
    pub async fn is_bad(&self, ground: &Ground, time: Duration) {
        self.0.fetch_add(1, Ordering::SeqCst);
        match &ground.wire {
            Some(wire) => {
                wire.cut();
                sleep(time).await;
                wire.mend();
            }
            None => hold(ground.file().expect("a file, or a wire"), time).await,
        }
        sleep(AFTER).await;
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Holds the lock of this database file, so that nobody else writes.
async fn hold(file: &str, time: Duration) {
    let mut connection = open(file).await;
    let held = connection.execute("BEGIN IMMEDIATE").await;
    held.expect("the lock is free at some time");
    sleep(time).await;
    let given_back = connection.execute("ROLLBACK").await;
    given_back.expect("it is given back");
    let _ = connection.close().await;
}

async fn open(file: &str) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file);
    let options = options.busy_timeout(Duration::from_secs(30));
    options.connect().await.expect("the database's file")
}

/// A database, and the wire to it, where it is a server.
pub struct Ground {
    database: Database,
    wire: Option<Wire>,
}

impl Ground {
    pub async fn of(database: Database) -> Self {
        let wire = match database.is_server() {
            true => Some(Wire::to(&database.url).await),
            false => None,
        };
        Self { database, wire }
    }

    /// What `store.url` is to be.
    pub fn url(&self) -> &str {
        self.wire.as_ref().map_or(&self.database.url, |it| &it.url)
    }

    /// Where the database is, if it is a file.
    pub fn file(&self) -> Option<&str> {
        self.database.url.strip_prefix("sqlite:")
    }

    /// That nothing was left behind by a server that has ended.
    pub async fn is_clean(&self) -> Result<String, String> {
        let check = agui_runtime::store::check(&self.database.url).await;
        let check = check.map_err(|error| error.to_string())?;
        let mut told = format!("{check:?}");
        if let Some(file) = self.file() {
            let found = sqlx::query_scalar("PRAGMA integrity_check");
            let found: String = found.fetch_one(&mut open(file).await).await.unwrap();
            told += &format!(", integrity: {found}");
            if found != "ok" {
                return Err(told);
            }
        }
        if check.going_on == 0 {
            Ok(told)
        } else {
            Err(told)
        }
    }
}
