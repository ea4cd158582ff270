//! One suite of tests for every backend: what a store must do, whatever it is made of.
//!
//! A backend joins with a module in [`backends`] and its name in the last line; each test has a database of its own.

#![allow(clippy::unwrap_used)]

mod limits;
mod runs;
mod threads;

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    AgentState, EndedRun, MAX_DEPTH, NewRun, Owner, RunStatus, StateChange, StateKey, Store,
    StoreError, StoreLimits, ThreadKey,
};

/// A fresh, empty store, and what must live as long as it.
pub(super) struct Fixture {
    pub store: Arc<dyn Store>,
    _directory: Option<tempfile::TempDir>,
}

/// One module for each backend: how to make a store that nobody else uses.
mod backends {
    pub mod memory {
        use super::super::{Fixture, StoreLimits};

        pub async fn fixture(limits: StoreLimits) -> Fixture {
            Fixture {
                store: crate::store::open("memory:", limits).await.unwrap(),
                _directory: None,
            }
        }
    }

    pub mod sqlite {
        use super::super::{Fixture, StoreLimits};

        pub async fn fixture(limits: StoreLimits) -> Fixture {
            let directory = tempfile::tempdir().unwrap();
            let url = format!("sqlite:{}", directory.path().join("test.db").display());
            Fixture {
                store: crate::store::open(&url, limits).await.unwrap(),
                _directory: Some(directory),
            }
        }
    }

    pub mod sqlite_in_memory {
        use super::super::{Fixture, StoreLimits};

        pub async fn fixture(limits: StoreLimits) -> Fixture {
            Fixture {
                store: crate::store::open("sqlite::memory:", limits).await.unwrap(),
                _directory: None,
            }
        }
    }
}

/// `store_suite!(memory | sqlite)`: a module of tests for each backend.
macro_rules! store_suite {
    ($($backend:ident)|+) => {
        $(mod $backend {
            store_suite!(@tests $backend, self, super::StoreLimits::default();
                a_state_is_there_after_it_was_written
                an_agent_without_a_state_has_none
                each_kind_of_change_does_its_own_thing
                a_run_leaves_its_messages_and_keeps_the_state_it_did_not_set
                a_hundred_writers_of_one_state_lose_nothing
                nobody_sees_another_owners_state
                a_deleted_state_is_gone_and_starts_anew
                any_json_comes_back_as_it_went
                names_may_be_any_text
                five_megabytes_are_kept
                what_could_not_be_read_back_is_refused_and_changes_nothing
                a_closed_store_keeps_what_was_queued_and_refuses_the_rest
            );
            store_suite!(@tests $backend, runs, super::runs::LIMITS;
                a_run_is_kept_from_its_start_to_its_end
                a_run_knows_which_of_its_messages_the_thread_had
                what_came_with_a_run_that_never_began_is_new_again
                a_state_too_deep_to_keep_does_not_take_the_run_with_it
                a_run_ends_once_and_only_on_its_own_thread
                a_run_of_a_deleted_thread_leaves_nothing
                readers_of_one_run_share_its_events
                many_threads_start_and_end_at_once
                a_long_thread_with_many_messages_is_kept_whole
                ids_may_be_any_text
            );
            store_suite!(@tests $backend, threads, super::StoreLimits::default();
                a_thread_is_made_by_its_first_run_and_changed_by_its_user
                pages_hold_every_thread_once
                threads_are_listed_by_agent_and_without_the_archived
                a_list_ends_though_threads_change_between_its_pages
                another_owners_thread_is_as_one_that_is_not_there
                a_deleted_thread_takes_its_runs_and_states_along
                clearing_takes_all_of_one_owner_and_nothing_else
                a_closed_store_refuses_threads_and_runs
            );
            store_suite!(@tests $backend, limits, super::limits::LIMITS;
                the_oldest_runs_go
                the_oldest_threads_go_with_their_states
                what_goes_on_stays
                threads_go_until_the_events_fit
                a_thread_alone_gives_its_oldest_runs
                states_of_no_thread_do_not_pile_up
                states_of_one_thread_do_not_pile_up
                states_that_are_gone_leave_their_room
            );
        })+
    };
    (@tests $backend:ident, $module:ident, $limits:expr; $($test:ident)+) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            let fixture = super::backends::$backend::fixture($limits).await;
            store_suite!(@call $module $test)(fixture).await;
        })+
    };
    (@call self $test:ident) => { super::$test };
    (@call $module:ident $test:ident) => { super::$module::$test };
}

store_suite!(memory | sqlite | sqlite_in_memory);

fn thread(owner: &str, id: &str) -> ThreadKey {
    ThreadKey {
        owner: Owner::new(owner),
        id: id.into(),
    }
}

/// A run with messages of these ids.
fn new_run(id: &str, messages: &[&str]) -> NewRun {
    NewRun {
        id: id.into(),
        agent: "a".into(),
        parent: None,
        messages: messages.iter().map(|&id| id.into()).collect(),
    }
}

/// The end of a run that said so; its state is small, whatever it said.
fn ended(said: &str, messages: &[&str]) -> EndedRun {
    EndedRun {
        status: RunStatus::Completed,
        events: vec![serde_json::value::to_raw_value(said).unwrap()],
        messages: messages.iter().map(|&id| id.into()).collect(),
        state: StateChange::Run {
            state: Some(json!({ "said": said.chars().take(50).collect::<String>() })),
            messages: Vec::new(),
        },
    }
}

/// A run from its start to its end.
async fn run(store: &dyn Store, thread: &ThreadKey, said: &str) {
    let started = store.start_run(thread, new_run(said, &[])).await.unwrap();
    let ended = store.end_run(thread, started.number, ended(said, &[]));
    ended.await.unwrap();
}

/// What each of a thread's runs said.
async fn said(store: &dyn Store, thread: &ThreadKey) -> Vec<String> {
    let runs = store.load_runs(thread).await.unwrap();
    let events = runs.iter().flat_map(|run| run.events.iter());
    events
        .map(|event| serde_json::from_str(event.get()).unwrap())
        .collect()
}

fn key(owner: &str, thread: &str, agent: &str) -> StateKey {
    StateKey {
        owner: Owner::new(owner),
        thread_id: thread.into(),
        agent_name: agent.into(),
    }
}

async fn state_of(store: &dyn Store, key: &StateKey) -> Option<Value> {
    store
        .load_state(key)
        .await
        .unwrap()
        .map(|found| found.state)
}

async fn a_state_is_there_after_it_was_written(fixture: Fixture) {
    let key = key("ann", "t", "a");
    let before = chrono::Utc::now().timestamp_millis();
    let written = fixture
        .store
        .change_state(&key, StateChange::Replace(json!({"n": 1})))
        .await
        .unwrap();
    assert!(written.updated_at_ms >= before && written.updated_at_ms <= before + 60_000);
    let expected = AgentState {
        state: json!({"n": 1}),
        messages: vec![],
        version: 1,
        updated_at_ms: written.updated_at_ms,
    };
    assert_eq!(written, expected);
    assert_eq!(
        fixture.store.load_state(&key).await.unwrap(),
        Some(expected)
    );
}

async fn an_agent_without_a_state_has_none(fixture: Fixture) {
    let key = key("ann", "t", "a");
    assert_eq!(fixture.store.load_state(&key).await.unwrap(), None);
    assert!(!fixture.store.delete_state(&key).await.unwrap());
}

async fn each_kind_of_change_does_its_own_thing(fixture: Fixture) {
    use StateChange::{Merge, MergeKey, Replace, ReplaceKey};
    let key = key("ann", "t", "a");
    let steps = [
        (
            Merge(json!({"a": {"x": 1, "y": 2}})),
            json!({"a": {"x": 1, "y": 2}}),
        ),
        (
            Merge(json!({"a": {"x": null}, "b": 3})),
            json!({"a": {"y": 2}, "b": 3}),
        ),
        (
            MergeKey("a".into(), json!({"z": 4})),
            json!({"a": {"y": 2, "z": 4}, "b": 3}),
        ),
        (
            ReplaceKey("a".into(), json!({"w": 5})),
            json!({"a": {"w": 5}, "b": 3}),
        ),
        (
            MergeKey("new".into(), json!({"v": null, "u": 6})),
            json!({"a": {"w": 5}, "b": 3, "new": {"u": 6}}),
        ),
        (Replace(json!([1, 2])), json!([1, 2])),
        (ReplaceKey("k".into(), json!(null)), json!({"k": null})),
        (Merge(json!("text")), json!("text")),
        (Replace(json!(null)), json!(null)),
        (MergeKey("k".into(), json!(7)), json!({"k": 7})),
    ];
    for (version, (change, expected)) in (1..).zip(steps) {
        let shown = format!("{change:?}");
        let after = fixture.store.change_state(&key, change).await.unwrap();
        assert_eq!(
            (&after.state, after.version),
            (&expected, version),
            "{shown}"
        );
        assert_eq!(
            fixture.store.load_state(&key).await.unwrap(),
            Some(after),
            "{shown}"
        );
    }
}

async fn a_run_leaves_its_messages_and_keeps_the_state_it_did_not_set(fixture: Fixture) {
    let key = key("ann", "t", "a");
    let run = |state, text: &str| StateChange::Run {
        state,
        messages: vec![json!({"role": "user", "content": text})],
    };
    let first = fixture
        .store
        .change_state(&key, run(None, "one"))
        .await
        .unwrap();
    assert_eq!(first.state, json!({}));
    fixture
        .store
        .change_state(&key, run(Some(json!({"n": 1})), "two"))
        .await
        .unwrap();
    let third = fixture
        .store
        .change_state(&key, run(None, "three"))
        .await
        .unwrap();
    assert_eq!(third.state, json!({"n": 1}));
    let saved = fixture
        .store
        .change_state(&key, StateChange::Replace(json!({"n": 2})))
        .await
        .unwrap();
    assert_eq!(
        saved.messages,
        [json!({"role": "user", "content": "three"})]
    );
    assert_eq!(fixture.store.load_state(&key).await.unwrap(), Some(saved));
}

async fn a_hundred_writers_of_one_state_lose_nothing(fixture: Fixture) {
    let key = key("ann", "t", "a");
    let writers: Vec<_> = (0..100)
        .map(|n| {
            let (store, key) = (fixture.store.clone(), key.clone());
            tokio::spawn(async move {
                let change = StateChange::MergeKey("counts".into(), json!({ n.to_string(): n }));
                store.change_state(&key, change).await.unwrap().version
            })
        })
        .collect();
    let mut versions = Vec::new();
    for writer in writers {
        versions.push(writer.await.unwrap());
    }
    versions.sort_unstable();
    assert_eq!(versions, (1..=100).collect::<Vec<_>>());
    let state = state_of(&*fixture.store, &key).await.unwrap();
    let counts = state["counts"].as_object().unwrap();
    assert_eq!(counts.len(), 100);
    assert!((0..100).all(|n| counts[&n.to_string()] == json!(n)));
}

async fn nobody_sees_another_owners_state(fixture: Fixture) {
    let keys = [
        key("ann", "t", "a"),
        key("bob", "t", "a"),
        key("ann", "u", "a"),
        key("ann", "t", "b"),
        // The same letters in other places.
        key("annt", "", "a"),
    ];
    for (n, key) in keys.iter().enumerate() {
        fixture
            .store
            .change_state(key, StateChange::Replace(json!(n)))
            .await
            .unwrap();
    }
    assert!(fixture.store.delete_state(&keys[1]).await.unwrap());
    for (n, key) in keys.iter().enumerate() {
        let expected = (n != 1).then(|| json!(n));
        assert_eq!(state_of(&*fixture.store, key).await, expected);
    }
}

async fn a_deleted_state_is_gone_and_starts_anew(fixture: Fixture) {
    let key = key("ann", "t", "a");
    for _ in 0..3 {
        fixture
            .store
            .change_state(&key, StateChange::Replace(json!({"old": true})))
            .await
            .unwrap();
    }
    assert!(fixture.store.delete_state(&key).await.unwrap());
    assert!(!fixture.store.delete_state(&key).await.unwrap());
    assert_eq!(fixture.store.load_state(&key).await.unwrap(), None);
    let anew = fixture
        .store
        .change_state(&key, StateChange::Merge(json!({"new": true})))
        .await
        .unwrap();
    assert_eq!((anew.state, anew.version), (json!({"new": true}), 1));
}

async fn any_json_comes_back_as_it_went(fixture: Fixture) {
    let deep = (0..MAX_DEPTH).fold(json!(1), |inner, _| Value::Array(vec![inner]));
    for value in [
        json!("nul \0 in the middle and at the end\0"),
        json!({"\0": "\0", "": ""}),
        json!("\\ud800 is no surrogate but six characters; 🦀 is one, \u{10ffff} too"),
        json!("quotes ' \" ` and -- /* comments */ ; DROP TABLE agent_states"),
        json!([i64::MIN, u64::MAX, 1.5e300, -0.0, 0.1, true, null]),
        json!({"z": 1, "a": 2, "m": {"y": 1, "b": 2}}),
        deep,
    ] {
        let key = key("ann", "t", "a");
        fixture
            .store
            .change_state(&key, StateChange::Replace(value.clone()))
            .await
            .unwrap();
        let back = state_of(&*fixture.store, &key).await.unwrap();
        assert_eq!(back, value);
        // `Value` compares objects without their order; the text does not.
        assert_eq!(back.to_string(), value.to_string());
    }
}

async fn names_may_be_any_text(fixture: Fixture) {
    let names = [
        "",
        " ",
        "t\0",
        "t",
        "t\0x",
        "T",
        "ţ",
        "🦀",
        "'; --",
        "%",
        &"x".repeat(100_000),
    ];
    let all: Vec<_> = names
        .iter()
        .flat_map(|name| {
            [
                key(name, "t", "a"),
                key("o", name, "a"),
                key("o", "t", name),
            ]
        })
        .collect();
    for (n, key) in all.iter().enumerate() {
        fixture
            .store
            .change_state(key, StateChange::Replace(json!(n)))
            .await
            .unwrap();
    }
    for (n, key) in all.iter().enumerate() {
        assert_eq!(state_of(&*fixture.store, key).await, Some(json!(n)), "{n}");
    }
}

async fn five_megabytes_are_kept(fixture: Fixture) {
    let key = key("ann", "t", "a");
    let large = json!({"text": "ä\"\n".repeat(5_000_000 / 4)});
    fixture
        .store
        .change_state(&key, StateChange::Replace(large.clone()))
        .await
        .unwrap();
    fixture
        .store
        .change_state(&key, StateChange::ReplaceKey("n".into(), json!(1)))
        .await
        .unwrap();
    let back = state_of(&*fixture.store, &key).await.unwrap();
    assert!(back["text"] == large["text"], "the text came back changed");
    assert_eq!(back["n"], json!(1));
}

async fn what_could_not_be_read_back_is_refused_and_changes_nothing(fixture: Fixture) {
    let key = key("ann", "t", "a");
    fixture
        .store
        .change_state(&key, StateChange::Replace(json!({"kept": 1})))
        .await
        .unwrap();
    let around = |inner| Value::Object([("in".to_owned(), inner)].into_iter().collect());
    let deep = || (0..1000).fold(json!(1), |inner, _| around(inner));
    for change in [
        StateChange::Replace(deep()),
        StateChange::Merge(deep()),
        StateChange::ReplaceKey("k".into(), deep()),
        StateChange::MergeKey("k".into(), deep()),
        StateChange::Run {
            state: Some(deep()),
            messages: vec![],
        },
        StateChange::Run {
            state: None,
            messages: vec![json!(1), deep()],
        },
    ] {
        let error = fixture.store.change_state(&key, change).await.unwrap_err();
        assert!(matches!(error, StoreError::Value { .. }), "{error:?}");
    }
    let after = fixture.store.load_state(&key).await.unwrap().unwrap();
    assert_eq!((after.state, after.version), (json!({"kept": 1}), 1));
}

async fn a_closed_store_keeps_what_was_queued_and_refuses_the_rest(fixture: Fixture) {
    let key = key("ann", "t", "a");
    fixture
        .store
        .change_state(&key, StateChange::Replace(json!(1)))
        .await
        .unwrap();
    fixture.store.close().await.unwrap();
    fixture.store.close().await.unwrap();
    let store = &fixture.store;
    assert!(matches!(
        store.load_state(&key).await,
        Err(StoreError::Closed)
    ));
    assert!(matches!(
        store.delete_state(&key).await,
        Err(StoreError::Closed)
    ));
    let change = store
        .change_state(&key, StateChange::Replace(json!(2)))
        .await;
    assert!(matches!(change, Err(StoreError::Closed)));
}
