//! What goes wrong around the server of a soak: somebody else holds the database's lock. Who is refused meanwhile is excused.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, SqliteConnection};
use tokio::time::sleep;

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

    /// Holds the lock of this database file for a while, so that nobody else writes.
    pub async fn hold(&self, database: &str, time: Duration) {
        self.0.fetch_add(1, Ordering::SeqCst);
        let mut connection = open(database).await;
        let held = connection.execute("BEGIN IMMEDIATE").await;
        held.expect("the lock is free at some time");
        sleep(time).await;
        let given_back = connection.execute("ROLLBACK").await;
        given_back.expect("it is given back");
        let _ = connection.close().await;
        sleep(AFTER).await;
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

async fn open(database: &str) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(database);
    let options = options.busy_timeout(Duration::from_secs(30));
    options.connect().await.expect("the database's file")
}

/// What SQLite itself finds wrong with a file that nobody uses any more.
pub async fn integrity(database: &str) -> String {
    let mut connection = open(database).await;
    let found = sqlx::query_scalar("PRAGMA integrity_check");
    found.fetch_one(&mut connection).await.expect("an answer")
}
