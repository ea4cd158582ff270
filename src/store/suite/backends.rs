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

pub(super) mod redis {
    use futures_util::FutureExt;

    use super::super::redis_server;
    use super::*;

    pub(in super::super) async fn fixture(options: StoreOptions) -> Option<Fixture> {
        let url = redis_server::store()?;
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

pub(super) use redis as redis_of_nodes;
