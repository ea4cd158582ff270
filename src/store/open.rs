//! From a URL to a store.

use std::sync::Arc;

use super::memory::MemoryStore;
use super::postgres::PostgresStore;
use super::redis::RedisStore;
use super::sqlite::SqliteStore;
use super::{Store, StoreCheck, StoreError, StoreLimits, StoreOptions};

/// Opens the store that `url` names, creating the database if there is none.
///
/// A store in memory has [`StoreLimits::IN_MEMORY`] where `limits` has none.
///
/// `sqlite:path/to/file.db`, `sqlite::memory:` (SQL, but nothing outlives the process), `memory:`, and for several nodes
/// `postgres://user:password@host/database` or `redis://user:password@host:6379/0?prefix=agui` (`rediss` with TLS).
pub async fn open(
    url: &str,
    options: impl Into<StoreOptions>,
) -> Result<Arc<dyn Store>, StoreError> {
    let options = options.into();
    Ok(match backend(url)? {
        Backend::Sqlite => Arc::new(SqliteStore::open(url, options).await?),
        Backend::Postgres => Arc::new(PostgresStore::open(url, options).await?),
        Backend::Redis => Arc::new(RedisStore::open(url, options).await?),
        Backend::Memory => Arc::new(MemoryStore::open(StoreOptions {
            limits: options.limits.or(StoreLimits::IN_MEMORY),
            ..options
        })),
    })
}

/// Whether `url` names a store that this binary has, in a place that is there; makes and changes nothing.
pub fn check_url(url: &str) -> Result<(), StoreError> {
    match backend(url)? {
        Backend::Sqlite => SqliteStore::check_url(url),
        Backend::Postgres => PostgresStore::check_url(url),
        Backend::Redis => RedisStore::check_url(url),
        Backend::Memory => Ok(()),
    }
}

/// Looks at the store that `url` names, and changes nothing.
///
/// # Errors
/// If it cannot be opened, is damaged, or was written by a newer binary.
pub async fn check(url: &str) -> Result<StoreCheck, StoreError> {
    match backend(url)? {
        Backend::Sqlite => SqliteStore::inspect(url).await,
        Backend::Postgres => PostgresStore::inspect(url).await,
        Backend::Redis => RedisStore::inspect(url).await,
        Backend::Memory => Ok(StoreCheck::default()),
    }
}

/// What kind of store `url` names, in one word; an empty one if this binary has no such.
pub fn kind(url: &str) -> &'static str {
    match backend(url) {
        Ok(Backend::Sqlite) => "sqlite",
        Ok(Backend::Postgres) => "postgres",
        Ok(Backend::Redis) => "redis",
        Ok(Backend::Memory) => "memory",
        Err(_) => "",
    }
}

enum Backend {
    Sqlite,
    Postgres,
    Redis,
    Memory,
}

fn backend(url: &str) -> Result<Backend, StoreError> {
    let refuse = |reason: &str| StoreError::Url {
        url: without_secrets(url),
        reason: reason.to_owned(),
    };
    match url.split_once(':') {
        Some(("sqlite", _)) => Ok(Backend::Sqlite),
        Some(("postgres" | "postgresql", _)) => Ok(Backend::Postgres),
        Some(("redis" | "rediss", _)) => Ok(Backend::Redis),
        Some(("memory", "" | "//")) => Ok(Backend::Memory),
        Some(("memory", _)) => Err(refuse("a memory store has no name: write `memory:`")),
        _ => Err(refuse(
            "this binary has no such store; there are `sqlite:agui-runtime.db` (a file), `sqlite::memory:`, \
             `postgres://user:password@host:5432/database`, `redis://host:6379` and `memory:`",
        )),
    }
}

/// The URL with its password and its query's values blanked, fit for a log or a terminal.
pub fn without_secrets(url: &str) -> String {
    let Ok(mut parsed) = url::Url::parse(url) else {
        // What is wrong with it may hide where the password begins.
        return match (url.split_once("://"), url.contains('@')) {
            (Some((scheme, _)), true) => format!("{scheme}://***"),
            _ => url.to_owned(),
        };
    };
    if !parsed.has_authority() || parsed.scheme() == "sqlite" {
        return url.to_owned();
    }
    // Cannot fail: only URLs without a host refuse a password.
    if parsed.password().is_some() && parsed.set_password(Some("***")).is_err() {
        return format!("{}:***", parsed.scheme());
    }
    if let Some(query) = parsed.query() {
        let blanked: Vec<_> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((key, _)) => format!("{key}=***"),
                None => pair.to_owned(),
            })
            .collect();
        parsed.set_query(Some(&blanked.join("&")));
    }
    parsed.into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[tokio::test]
    async fn a_scheme_that_is_not_there_is_told_with_those_that_are() {
        for url in ["mysql://me:geheim@db/x", "agui.db", "", "memory:x"] {
            let Err(error) = open(url, StoreLimits::default()).await else {
                panic!("{url} was opened");
            };
            let text = error.to_string();
            assert!(text.contains("`memory:`"), "{text}");
            assert!(!text.contains("geheim"), "{text}");
        }
    }

    #[tokio::test]
    async fn memory_and_embedded_sql_open_by_url() {
        for url in ["memory:", "sqlite::memory:"] {
            let store = open(url, StoreLimits::default()).await.unwrap();
            store.close().await.unwrap();
        }
    }

    #[test]
    fn a_url_is_checked_without_making_anything() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().display();
        for (url, reason) in [
            (format!("sqlite:{place}/x.db"), None),
            ("sqlite::memory:".to_owned(), None),
            ("memory:".to_owned(), None),
            (format!("sqlite:{place}/no/x.db"), Some("does not exist")),
            (format!("sqlite:{place}"), Some("is a directory")),
            (format!("sqlite:{place}/x.db?mode=x"), Some("unknown value")),
            ("sqlite:".to_owned(), Some("names no file")),
        ] {
            let error = check_url(&url).err().map(|error| error.to_string());
            assert_eq!(error.is_some(), reason.is_some(), "{url}: {error:?}");
            let text = error.unwrap_or_default();
            assert!(text.contains(reason.unwrap_or_default()), "{text}");
        }
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn secrets_in_urls_are_blanked() {
        for (url, shown) in [
            (
                "postgres://u:p@h/d?sslkey=k&x",
                "postgres://u:***@h/d?sslkey=***&x",
            ),
            ("redis://:p@h:6379/0", "redis://:***@h:6379/0"),
            ("redis://:p@h:99999", "redis://***"),
            ("redis://u:p/q@h", "redis://***"),
            ("sqlite:agui-runtime.db", "sqlite:agui-runtime.db"),
            (
                "sqlite:///var/lib/a.db?mode=ro",
                "sqlite:///var/lib/a.db?mode=ro",
            ),
            ("memory:", "memory:"),
        ] {
            assert_eq!(without_secrets(url), shown);
        }
    }
}
