//! How each backend makes a store that nobody else uses, and further nodes of it.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::store::{Store, StoreOptions};

/// A fresh, empty store, and what must live as long as it.
pub(in crate::store) struct Fixture {
    pub(in crate::store) store: Arc<dyn Store>,
    /// Opens the same database for another node.
    another: Option<Another>,
    _directory: Option<tempfile::TempDir>,
}

type Another = Box<dyn Fn(StoreOptions) -> BoxFuture<'static, Arc<dyn Store>> + Send + Sync>;

impl Fixture {
    fn of(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            another: None,
            _directory: None,
        }
    }

    /// Another node of the same database, for a backend that several share.
    pub(in crate::store) async fn node(&self, options: StoreOptions) -> Arc<dyn Store> {
        let another = self.another.as_ref();
        another.expect("a backend of several nodes")(options).await
    }
}

pub(super) mod memory {
    use super::*;

    pub(in super::super) async fn fixture(options: StoreOptions) -> Option<Fixture> {
        let store = crate::store::open("memory:", options).await.unwrap();
        Some(Fixture::of(store))
    }
}

pub(super) mod memory_of_nodes {
    use futures_util::FutureExt;
    use futures_util::future::ready;

    use super::*;
    use crate::store::memory::MemoryStore;

    pub(in super::super) async fn fixture(options: StoreOptions) -> Option<Fixture> {
        let store = Arc::new(MemoryStore::clustered(options));
        let first = store.clone();
        let another = move |options| {
            let node: Arc<dyn Store> = Arc::new(first.node(options));
            ready(node).boxed()
        };
        Some(Fixture {
            another: Some(Box::new(another)),
            ..Fixture::of(store)
        })
    }
}

pub(super) mod sqlite {
    use super::*;

    pub(in super::super) async fn fixture(options: StoreOptions) -> Option<Fixture> {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("test.db").display());
        let store = crate::store::open(&url, options).await.unwrap();
        Some(Fixture {
            _directory: Some(directory),
            ..Fixture::of(store)
        })
    }
}

pub(super) mod sqlite_in_memory {
    use super::*;

    pub(in super::super) async fn fixture(options: StoreOptions) -> Option<Fixture> {
        let store = crate::store::open("sqlite::memory:", options)
            .await
            .unwrap();
        Some(Fixture::of(store))
    }
}

pub(super) mod postgres {
    use futures_util::FutureExt;

    use super::super::postgres_server;
    use super::*;

    pub(in super::super) async fn fixture(options: StoreOptions) -> Option<Fixture> {
        let url = postgres_server::store()?;
        let store = crate::store::open(&url, options).await.unwrap();
        let another = move |options| {
            let url = url.clone();
            async move { crate::store::open(&url, options).await.unwrap() }.boxed()
        };
        Some(Fixture {
            another: Some(Box::new(another)),
            ..Fixture::of(store)
        })
    }
}

pub(super) use postgres as postgres_of_nodes;

pub(in crate::store) mod redis {
    use std::path::Path;
    use std::sync::OnceLock;

    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::super::daemon::{Daemon, free_port};
    use super::super::external::is_there;
    use super::*;
    use crate::store::redis::RedisStore;

    const PASSWORD: &str = "6f3c51a70b1f4f8f";

    /// One server for all tests of the process, with the URL of its database.
    static SERVER: OnceLock<Option<(Daemon, String)>> = OnceLock::new();

    pub(in super::super) async fn fixture(options: StoreOptions) -> Option<Fixture> {
        let url = url()?;
        let store = crate::store::open(&url, options).await.unwrap();
        let another = move |options| {
            let url = url.clone();
            let node = async move {
                let store: Arc<dyn Store> =
                    Arc::new(RedisStore::open(&url, options).await.unwrap());
                store
            };
            node.boxed()
        };
        Some(Fixture {
            another: Some(Box::new(another)),
            ..Fixture::of(store)
        })
    }

    /// A database that nobody else uses: a prefix on the one server.
    pub(in crate::store) fn url() -> Option<String> {
        let (_, url) = SERVER.get_or_init(start).as_ref()?;
        Some(format!("{url}?prefix={}", Uuid::new_v4().simple()))
    }

    fn start() -> Option<(Daemon, String)> {
        let directory = tempfile::tempdir().unwrap().keep();
        let files = directory.clone();
        serve(free_port(), &directory, &files, &[])
    }

    /// A server on this port or, if somebody has taken it, another one; its files are there.
    pub(in crate::store) fn serve(
        mut port: u16,
        directory: &Path,
        files: &Path,
        more: &[&str],
    ) -> Option<(Daemon, String)> {
        if !is_there("redis-server") {
            return None;
        }
        let files = files.to_str().unwrap();
        for _ in 0..5 {
            // Another server that took the port meanwhile would refuse the password.
            let at = port.to_string();
            let mut arguments = vec!["--port", &at, "--bind", "127.0.0.1", "--dir", files];
            arguments.extend([
                "--save",
                "",
                "--appendonly",
                "yes",
                "--requirepass",
                PASSWORD,
            ]);
            arguments.extend(["--pidfile", "redis.pid"]);
            arguments.extend(more);
            std::fs::create_dir_all(directory).unwrap();
            let ready = "Ready to accept connections";
            match Daemon::start("redis-server", &arguments, directory, ready) {
                Ok(daemon) => {
                    return Some((daemon, format!("redis://:{PASSWORD}@127.0.0.1:{port}/0")));
                }
                Err(error) if error.contains("in use") => port = free_port(),
                Err(error) => panic!("{error}"),
            }
        }
        panic!("redis-server finds no free port");
    }
}

pub(super) use redis as redis_of_nodes;
