//! Opening the database: its URL, its tables, and the settings of each connection.

use std::str::FromStr;
use std::sync::LazyLock;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, PgPool};

use super::database::Database;
use super::errors::explain;
use crate::store::open::without_secrets;
use crate::store::{StoreCheck, StoreError};

static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrations = sqlx::migrate!("src/store/migrations/postgres");
    // They run under a lock of ours, which is there before their own table is.
    migrations.set_locking(false);
    migrations
});

/// Connections of one node where the URL does not say how many.
const CONNECTIONS: u32 = 10;
/// How long to wait for a connection.
const ACQUIRE: Duration = Duration::from_secs(10);
/// A connection that was idle for longer may be gone, and is asked before it is used.
const FRESH: Duration = Duration::from_secs(1);

/// Held by who makes the tables. Any number that is ours.
const MIGRATING: i64 = 0x6167_7569_0001;

/// Where the tables are, if the URL does not say.
const SCHEMA: &str = "agui_runtime";
/// A name that two channels can be called after.
const LONGEST_SCHEMA: usize = 50;

/// Of each connection. A node that freezes in the midst of a transaction does not keep its locks for longer than others wait
/// for them, and one that sends a large state over a slow line has the time for it; what is
/// acknowledged is on the disk, whatever the database's default.
const SETTINGS: &str = "SET statement_timeout = '15s'; SET lock_timeout = '12s'; \
    SET idle_in_transaction_session_timeout = '10s'; \
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// A URL that was understood.
pub(super) struct Target {
    connections: Connections,
    most: u32,
    /// For messages.
    name: String,
}

/// What may stand behind the URL's question mark, besides `connections` and `schema`: what the driver understands.
const PARAMETERS: [&str; 18] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

impl Target {
    /// Understands the URL, or says what is wrong with it; touches nothing.
    pub(super) fn of(url: &str) -> Result<Self, StoreError> {
        let refuse = |reason: &str| StoreError::Url {
            url: without_secrets(url),
            reason: reason.to_owned(),
        };
        let mut parsed =
            url::Url::parse(url).map_err(|error| refuse(&format!("{error}; write `{EXAMPLE}`")))?;
        if !parsed.has_authority() {
            return Err(refuse(&format!("names no server: write `{EXAMPLE}`")));
        }
        let (mut most, mut schema) = (CONNECTIONS, SCHEMA.to_owned());
        let mut rest = Vec::new();
        for (key, value) in parsed.query_pairs().into_owned() {
            if key == "connections" {
                let number = value.parse().ok().filter(|number| *number > 0);
                most = number.ok_or_else(|| refuse("`connections` is a number from 1"))?;
            } else if key == "schema" && is_name(&value) {
                schema = value;
            } else if PARAMETERS.contains(&&*key) || key.starts_with("options[") {
                rest.push((key, value));
            } else {
                return Err(refuse(&format!(
                    "`{key}` is no parameter or has no such value; there are `connections` (a number), `schema` (a name of small \
                     letters, digits and `_`), `sslmode`, `sslrootcert` and others, see docs/STORE.md"
                )));
            }
        }
        match rest.is_empty() {
            true => parsed.set_query(None),
            false => drop(parsed.query_pairs_mut().clear().extend_pairs(rest)),
        }
        let options = PgConnectOptions::from_str(parsed.as_str())
            .map_err(|error| refuse(&format!("{error}; write `{EXAMPLE}`")))?;
        let name = name(&options);
        let options = match options.get_application_name() {
            Some(_) => options,
            None => options.application_name("agui-runtime"),
        };
        let connections = Connections {
            options: options.disable_statement_logging(),
            schema,
        };
        Ok(Self {
            connections,
            most,
            name,
        })
    }

    /// One connection, as the database makes it.
    async fn connect(&self) -> sqlx::Result<PgConnection> {
        let connecting = tokio::time::timeout(ACQUIRE, self.connections.options.connect());
        let late = |_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into());
        connecting.await.unwrap_or_else(late)
    }

    /// Looks at the tables, and changes nothing.
    pub(super) async fn inspect(self) -> Result<StoreCheck, StoreError> {
        let explain = |error| explain(&self.name, "checking", error);
        let mut db = self.connect().await.map_err(explain)?;
        let known = MIGRATIONS.iter().map(|it| it.version).max();
        let mut check = StoreCheck {
            newest: known,
            ..StoreCheck::default()
        };
        let schema = &self.connections.schema;
        inspect(&mut db, schema, &mut check)
            .await
            .map_err(explain)?;
        db.close().await.map_err(explain)?;
        match check.version.filter(|_| check.version > known) {
            Some(version) => Err(self.newer(version)),
            None => Ok(check),
        }
    }

    /// Connects once, and brings the tables up to date.
    pub(super) async fn open(self) -> Result<(Connections, Database), StoreError> {
        let explain = |error| explain(&self.name, "opening", error);
        let mut db = self.connect().await.map_err(explain)?;
        self.migrate(&mut db).await?;
        db.close().await.map_err(explain)?;
        let database = Database {
            pool: self.connections.pool(self.most),
            name: self.name,
        };
        Ok((self.connections, database))
    }

    /// In one transaction that starts with a lock, so that two nodes starting at once do not both migrate.
    async fn migrate(&self, db: &mut PgConnection) -> Result<(), StoreError> {
        let explain = |error| explain(&self.name, "opening", error);
        let mut transaction = db.begin().await.map_err(explain)?;
        let schema = &self.connections.schema;
        prepare(&mut transaction, schema).await.map_err(explain)?;
        self.usable(&mut transaction).await?;
        match MIGRATIONS.run_direct(None, &mut *transaction, false).await {
            Ok(()) => transaction.commit().await.map_err(explain),
            Err(MigrateError::Execute(error)) => Err(explain(error)),
            Err(MigrateError::VersionMissing(version)) => Err(self.newer(version)),
            Err(error) => Err(StoreError::Backend {
                context: format!(
                    "PostgreSQL {}: bringing its tables up to date failed and changed nothing ({error}); restore a backup \
                     of the schema agui_runtime made by a released agui-runtime, or name another database in `store.url`",
                    self.name
                ),
                source: error.into(),
            }),
        }
    }

    /// Tables that this binary does not know.
    fn newer(&self, version: i64) -> StoreError {
        let known = MIGRATIONS.iter().map(|it| it.version).max().unwrap_or(0);
        StoreError::Backend {
            context: format!(
                "PostgreSQL {} was written by a newer agui-runtime: its tables have version {version}, this one knows \
                 {known}; install the newer one, or name another database in `store.url`",
                self.name
            ),
            source: MigrateError::VersionMissing(version).into(),
        }
    }

    /// Whether the database can keep what it is given.
    async fn usable(&self, db: &mut PgConnection) -> Result<(), StoreError> {
        let refuse = |reason: String| StoreError::Backend {
            context: format!("opening: PostgreSQL {}: {reason}", self.name),
            source: sqlx::Error::Configuration(reason.into()).into(),
        };
        let (encoding, fixed): (String, bool) = sqlx::query_as(
            "SELECT current_setting('server_encoding'), current_setting('transaction_read_only')::bool",
        )
        .fetch_one(db)
        .await
        .map_err(|error| explain(&self.name, "opening", error))?;
        if fixed {
            return Err(refuse(
                "it is read-only: a standby? name the primary in `store.url`".to_owned(),
            ));
        }
        match &*encoding {
            // SQL_ASCII keeps bytes as they are.
            "UTF8" | "SQL_ASCII" => Ok(()),
            other => Err(refuse(format!(
                "its encoding {other} cannot keep every text; make a database with `createdb --encoding=UTF8 --template=template0`"
            ))),
        }
    }
}

/// Takes the lock and makes the schema, if it is not there: to make one needs a privilege that to use it does not.
async fn prepare(db: &mut PgConnection, schema: &str) -> sqlx::Result<()> {
    // Others may be at it for a while; a process that died at it holds no lock.
    db.execute("SET LOCAL lock_timeout = '60s'").await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(MIGRATING)
        .execute(&mut *db)
        .await?;
    let there: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)")
            .bind(schema)
            .fetch_one(&mut *db)
            .await?;
    if !there {
        db.execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}")))
            .await?;
    }
    db.execute(AssertSqlSafe(format!("SET LOCAL search_path = {schema}")))
        .await?;
    Ok(())
}

/// What is in the schema, if anything.
async fn inspect(db: &mut PgConnection, schema: &str, check: &mut StoreCheck) -> sqlx::Result<()> {
    let there: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
        .bind(format!("{schema}._sqlx_migrations"))
        .fetch_one(&mut *db)
        .await?;
    if !there {
        return Ok(());
    }
    db.execute(AssertSqlSafe(format!("SET search_path = {schema}")))
        .await?;
    check.version = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(&mut *db)
        .await?;
    if check.version > check.newest {
        return Ok(());
    }
    let (threads, bytes, going_on): (i64, i64, i64) = sqlx::query_as(
        "SELECT coalesce(sum(threads), 0)::bigint, coalesce(sum(bytes), 0)::bigint, \
         (SELECT count(*) FROM runs WHERE status = 'running') FROM totals",
    )
    .fetch_one(db)
    .await?;
    check.threads = threads.unsigned_abs();
    check.bytes = bytes.unsigned_abs();
    check.going_on = going_on.unsigned_abs();
    Ok(())
}

/// Whether it can stand in a statement as it is.
fn is_name(name: &str) -> bool {
    let is_small = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    name.len() <= LONGEST_SCHEMA
        && name.bytes().next().is_some_and(is_small)
        && name
            .bytes()
            .all(|byte| is_small(byte) || byte.is_ascii_digit())
}

const EXAMPLE: &str = "postgres://user:password@host:5432/database";

/// Which database it is, without secrets.
fn name(options: &PgConnectOptions) -> String {
    let database = options
        .get_database()
        .unwrap_or_else(|| options.get_username());
    match options.get_socket() {
        Some(socket) => format!("database {database:?} at {}", socket.display()),
        None => format!(
            "database {database:?} at {}:{}",
            options.get_host(),
            options.get_port()
        ),
    }
}

/// How to reach the tables.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    options: PgConnectOptions,
    pub schema: String,
}

impl Connections {
    /// At most so many, made when they are needed.
    pub(super) fn pool(&self, most: u32) -> PgPool {
        let settings = format!("SET search_path = {}; {SETTINGS}", self.schema);
        PgPoolOptions::new()
            .max_connections(most)
            .acquire_timeout(ACQUIRE)
            .test_before_acquire(false)
            .before_acquire(|db, meta| {
                Box::pin(async move {
                    if meta.idle_for > FRESH {
                        db.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(move |db, _| {
                let settings = AssertSqlSafe(settings.clone());
                Box::pin(async move { db.execute(settings).await.map(drop) })
            })
            .connect_lazy_with(self.options.clone())
    }
}
