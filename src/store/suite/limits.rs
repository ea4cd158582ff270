//! What goes when a store is full, and what stays.

use super::*;

/// Each of them small enough to be met.
pub(super) fn options() -> StoreOptions {
    StoreLimits {
        threads: Some(3),
        runs_per_thread: Some(2),
        bytes: Some(1_000),
        state_versions: Some(0),
        ..StoreLimits::default()
    }
    .into()
}

/// What is not of this very millisecond is too old.
pub(super) fn young() -> StoreOptions {
    StoreLimits {
        age: Some(std::time::Duration::ZERO),
        ..StoreLimits::default()
    }
    .into()
}

async fn threads(store: &dyn Store, owner: &str) -> Vec<String> {
    let filter = super::threads::all(100, None);
    let page = store.list_threads(&Owner::new(owner), filter).await;
    let mut ids: Vec<_> = page.unwrap().threads.into_iter().map(|it| it.id).collect();
    ids.sort_unstable();
    ids
}

/// Waits until the clock has moved on, so that what comes now is newer.
async fn later() {
    let before = chrono::Utc::now().timestamp_millis();
    while chrono::Utc::now().timestamp_millis() == before {
        tokio::task::yield_now().await;
    }
}

/// As upstream 1.75.0 with `maxRunsPerThread: 2` (golden `runcap_connect_after_maxRuns2`).
pub(super) async fn the_oldest_runs_go(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    let first = start(store, &key, new_run("0", &["u0"])).await;
    let end = ended("0", &["u0", "a0"]);
    store.end_run(&first.lease, &end).await.unwrap();
    run(store, &key, "1").await;
    let third = start(store, &key, new_run("2", &["u0", "u2"])).await;
    assert_eq!(third.known, ["u0".to_owned()].into());
    assert_eq!(said(store, &key).await, ["0", "1"], "two that have ended");
    let end = ended("2", &["u2"]);
    store.end_run(&third.lease, &end).await.unwrap();
    assert_eq!(said(store, &key).await, ["1", "2"]);
    // What went is new again when a client sends it: else it would be in no event.
    let asked = new_run("3", &["u0", "a0", "u2"]);
    let fourth = start(store, &key, asked).await;
    assert_eq!(fourth.lease.number, 4);
    assert_eq!(fourth.known, ["u2".to_owned()].into());
}

pub(super) async fn the_oldest_threads_go_with_their_states(fixture: Fixture) {
    let store = &*fixture.store;
    for (owner, id) in [("ann", "1"), ("bob", "2"), ("ann", "3"), ("ann", "1")] {
        run(store, &thread(owner, id), "x").await;
        later().await;
    }
    run(store, &thread("ann", "4"), "x").await;
    assert_eq!(threads(store, "bob").await, [""; 0], "the oldest of all");
    assert_eq!(threads(store, "ann").await, ["1", "3", "4"]);
    assert_eq!(state_of(store, &key("bob", "2", "a")).await, None);
    assert!(state_of(store, &key("ann", "1", "a")).await.is_some());
}

pub(super) async fn what_goes_on_stays(fixture: Fixture) {
    let store = &*fixture.store;
    let mut leases = Vec::new();
    for id in ["1", "2", "3", "4", "5"] {
        let run = new_run("goes on", &[]);
        leases.push(start(store, &thread("ann", id), run).await.lease);
        later().await;
    }
    assert_eq!(threads(store, "ann").await, ["1", "2", "3", "4", "5"]);
    let end = ended("x", &[]);
    store.end_run(&leases[1], &end).await.unwrap();
    assert_eq!(
        threads(store, "ann").await,
        ["1", "2", "3", "4", "5"],
        "the one that just changed stays too"
    );
    run(store, &thread("ann", "6"), "x").await;
    assert_eq!(threads(store, "ann").await, ["1", "3", "4", "5", "6"]);
    assert_eq!(said(store, &thread("ann", "6")).await, ["x"]);
}

pub(super) async fn threads_go_until_the_events_fit(fixture: Fixture) {
    let store = &*fixture.store;
    let text = "x".repeat(398);
    for id in ["1", "2"] {
        run(store, &thread("ann", id), &text).await;
        later().await;
    }
    assert_eq!(threads(store, "ann").await, ["1", "2"]);
    run(store, &thread("ann", "3"), &text).await;
    assert_eq!(threads(store, "ann").await, ["2", "3"]);
    // Room that was made is counted: deleted, cleared, and dropped as a run of its thread.
    store.delete_thread(&thread("ann", "2")).await.unwrap();
    run(store, &thread("bob", "4"), &text).await;
    store.clear_threads(&Owner::new("bob")).await.unwrap();
    run(store, &thread("ann", "5"), &text).await;
    assert_eq!(threads(store, "ann").await, ["3", "5"]);
}

pub(super) async fn a_thread_alone_gives_its_oldest_runs(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    let (half, all) = ("h".repeat(600), "a".repeat(2_000));
    run(store, &key, "small").await;
    run(store, &key, &half).await;
    assert_eq!(said(store, &key).await, ["small", &half]);
    run(store, &key, &half).await;
    assert_eq!(said(store, &key).await, [half.as_str()]);
    run(store, &key, &all).await;
    assert_eq!(said(store, &key).await, [all], "the newest stays");
    run(store, &key, "small").await;
    run(store, &key, &half).await;
    assert_eq!(said(store, &key).await, ["small", &half]);
}

async fn save(store: &dyn Store, key: &StateKey, bytes: usize) {
    let change = StateChange::Replace(json!("s".repeat(bytes)));
    store.change_state(key, change).await.unwrap();
    later().await;
}

/// A client that saved states under ever new names filled the store without end.
pub(super) async fn states_of_no_thread_do_not_pile_up(fixture: Fixture) {
    let store = &*fixture.store;
    let keys: Vec<_> = (0..4)
        .map(|n| key("ann", &format!("loose {n}"), "a"))
        .collect();
    save(store, &keys[0], 300).await;
    run(store, &thread("ann", "t"), "x").await;
    later().await;
    for key in &keys[1..] {
        save(store, key, 300).await;
    }
    assert_eq!(state_of(store, &keys[0]).await, None, "the oldest");
    assert_eq!(threads(store, "ann").await, ["t"], "it fits");
    for key in &keys[1..] {
        assert!(state_of(store, key).await.is_some(), "{key:?}");
    }
    save(store, &keys[1], 2_000).await;
    assert!(state_of(store, &keys[1]).await.is_some(), "just written");
    assert_eq!(state_of(store, &keys[3]).await, None);
    assert_eq!(threads(store, "ann").await, [""; 0]);
    run(store, &thread("ann", "t"), "x").await;
    assert_eq!(state_of(store, &keys[1]).await, None);
    assert_eq!(threads(store, "ann").await, ["t"]);
}

pub(super) async fn states_of_one_thread_do_not_pile_up(fixture: Fixture) {
    let store = &*fixture.store;
    run(store, &thread("ann", "t"), "x").await;
    later().await;
    for agent in ["b", "c", "d", "e"] {
        save(store, &key("ann", "t", agent), 300).await;
    }
    for (agent, there) in [("a", false), ("b", false), ("c", true), ("e", true)] {
        let state = state_of(store, &key("ann", "t", agent)).await;
        assert_eq!(state.is_some(), there, "{agent}");
    }
    assert_eq!(said(store, &thread("ann", "t")).await, ["x"]);
}

pub(super) async fn states_that_are_gone_leave_their_room(fixture: Fixture) {
    let store = &*fixture.store;
    let kept = key("ann", "kept", "a");
    save(store, &kept, 300).await;
    for n in 0..5 {
        let (loose, owned) = (key("ann", "loose", "a"), key("bob", "t", "a"));
        save(store, &loose, 500).await;
        save(store, &loose, 400).await;
        assert!(store.delete_state(&loose).await.unwrap());
        run(store, &thread("bob", "t"), "x").await;
        save(store, &owned, 500).await;
        match n % 2 {
            0 => assert!(store.delete_thread(&thread("bob", "t")).await.unwrap()),
            _ => assert_eq!(store.clear_threads(&Owner::new("bob")).await.unwrap(), 1),
        }
    }
    assert!(state_of(store, &kept).await.is_some());
}

pub(super) async fn what_is_too_old_goes(fixture: Fixture) {
    let store = &*fixture.store;
    let loose = key("ann", "loose", "a");
    save(store, &loose, 10).await;
    let live = start(store, &thread("ann", "live"), new_run("r", &[])).await;
    later().await;
    assert_eq!(state_of(store, &loose).await, None);
    for id in ["1", "2", "3"] {
        run(store, &thread("ann", id), "x").await;
        later().await;
    }
    assert_eq!(threads(store, "ann").await, ["3", "live"]);
    assert_eq!(state_of(store, &key("ann", "2", "a")).await, None);
    assert!(state_of(store, &key("ann", "3", "a")).await.is_some());
    // Its own end does not take it; the next one's does.
    let end = ended("x", &[]);
    store.end_run(&live.lease, &end).await.unwrap();
    assert_eq!(threads(store, "ann").await, ["live"]);
    later().await;
    save(store, &loose, 10).await;
    assert_eq!(threads(store, "ann").await, [""; 0]);
}

/// Though nobody starts or changes anything.
pub(super) async fn what_becomes_too_old_goes_by_itself(fixture: Fixture) {
    let store = &*fixture.store;
    let loose = key("ann", "loose", "a");
    start(store, &thread("ann", "live"), new_run("r", &[])).await;
    run(store, &thread("ann", "t"), "x").await;
    save(store, &loose, 10).await;
    later().await;
    assert!(store.tidy_every().is_some());
    while store.tidy().await.unwrap() {}
    assert_eq!(threads(store, "ann").await, ["live"]);
    assert_eq!(state_of(store, &loose).await, None);
    let gone = store.reclaimed();
    assert_eq!((gone.threads, gone.runs, gone.states), (1, 0, 1));
}
