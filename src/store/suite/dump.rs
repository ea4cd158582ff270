//! Whole threads go from one store to another and back.

use super::*;
use crate::store::memory::MemoryStore;
use crate::store::{ThreadChange, ThreadDump};

/// All that a store keeps, as lines of JSON, in no order.
async fn lines(store: &dyn Store) -> Vec<String> {
    let (mut lines, mut after) = (Vec::new(), None);
    loop {
        let keys = store.all_keys(after.as_ref(), 3).await.unwrap();
        assert!(keys.len() <= 3);
        for key in &keys {
            let dump = store.dump(key).await.unwrap().unwrap();
            assert_eq!(dump.key(), *key);
            lines.push(serde_json::to_string(&dump).unwrap());
        }
        after = keys.last().cloned();
        if after.is_none() {
            lines.sort_unstable();
            return lines;
        }
    }
}

async fn restore(store: &dyn Store, lines: &[String]) {
    for line in lines {
        let dump: ThreadDump = serde_json::from_str(line).unwrap();
        store.restore(&dump).await.unwrap();
    }
}

/// Threads with whatever there may be in one, and states with and without a thread.
async fn fill(store: &dyn Store) {
    for (owner, id) in [
        ("ann", "t"),
        ("ann", "t\0"),
        ("bob", "t"),
        ("", ""),
        ("z", "z"),
    ] {
        let key = thread(owner, id);
        for n in 0..3 {
            let mut new = new_run(&format!("run {n}"), &["b", "a", &format!("u{n}")]);
            new.parent = (n > 0).then(|| "p".to_owned());
            let lease = start(store, &key, new).await.lease;
            let mut end = ended(&format!("said \0 {n}"), &["b", "a", "made"]);
            end.events
                .push(serde_json::from_str(r#"{"lone":"\ud800", "n": 1e400}"#).unwrap());
            store.end_run(&lease, &end).await.unwrap();
        }
        let change = ThreadChange {
            name: Some(Some("n\0ame".into())),
            archived: Some(true),
        };
        store.change_thread(&key, change).await.unwrap();
        // It goes on, and is left out.
        start(store, &key, new_run("live", &["live"])).await;
        let mut state = self::key(owner, id, "another");
        for n in 0..3 {
            let set = StateChange::Replace(json!({"z": n, "a": "\0"}));
            store.change_state(&state, set).await.unwrap();
        }
        state.thread_id = format!("loose {id}");
        let set = StateChange::Replace(json!([1.5, null]));
        store.change_state(&state, set).await.unwrap();
    }
}

pub(super) async fn what_one_store_dumps_another_restores(fixture: Fixture) {
    let (store, other) = (&*fixture.store, MemoryStore::default());
    assert!(lines(store).await.is_empty());
    fill(store).await;
    let dumped = lines(store).await;
    assert_eq!(dumped.len(), 10);
    restore(&other, &dumped).await;
    assert_eq!(lines(&other).await, dumped);
    for owner in ["ann", "bob", "", "z"] {
        let cleared = store.clear_threads(&Owner::new(owner)).await.unwrap();
        assert_eq!(cleared, if owner == "ann" { 2 } else { 1 });
    }
    assert!(lines(store).await.is_empty());
    restore(store, &dumped).await;
    assert_eq!(lines(store).await, dumped);
    // It goes on as it would have there.
    let key = thread("ann", "t");
    let next = start(store, &key, new_run("next", &["a", "made", "live"])).await;
    assert_eq!(next.lease.number, 5);
    assert_eq!(next.known, ["a".to_owned(), "made".to_owned()].into());
    let loaded = store.load_thread(&key).await.unwrap();
    assert_eq!(loaded.unwrap().name.as_deref(), Some("n\0ame"));
    let state = self::key("ann", "t", "another");
    let set = store.change_state(&state, StateChange::Replace(json!(1)));
    assert_eq!(set.await.unwrap().version, 4);
    assert_eq!(store.state_versions(&state, 9).await.unwrap().len(), 3);
}

pub(super) async fn what_is_there_is_not_overwritten(fixture: Fixture) {
    let store = &*fixture.store;
    fill(store).await;
    let before = lines(store).await;
    for line in &before {
        let dump: ThreadDump = serde_json::from_str(line).unwrap();
        let refused = store.restore(&dump).await;
        assert!(
            matches!(refused, Err(StoreError::Occupied { .. })),
            "{refused:?}"
        );
    }
    assert_eq!(lines(store).await, before);
    let nothing = store.dump(&thread("nobody", "t")).await.unwrap();
    assert!(nothing.is_none());
}
