//! Runs: what is kept of them, and what they know of their thread.

use futures_util::future::join_all;

use super::*;

/// A store in memory would drop some otherwise.
pub(super) fn options() -> StoreOptions {
    StoreLimits {
        runs_per_thread: Some(10_000),
        ..StoreLimits::default()
    }
    .into()
}

pub(super) async fn a_run_is_kept_from_its_start_to_its_end(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    assert!(store.load_runs(&key).await.unwrap().is_empty());
    let before = chrono::Utc::now().timestamp_millis();
    for (number, status) in (1..).zip([RunStatus::Completed, RunStatus::Failed, RunStatus::Stopped])
    {
        let mut new = new_run("the same id", &[]);
        new.parent = Some(format!("parent {number}"));
        let lease = start(store, &key, new).await.lease;
        assert_eq!(lease.number, number);
        let mut end = ended(&format!("said \0 🦀 {number}"), &[]);
        end.status = status;
        end.events
            .push(serde_json::from_str(r#"{"a": 1.0, "ä":  [null,"\ud83e\udd80"]}"#).unwrap());
        let texts = |events: &[Box<RawValue>]| {
            let texts = events.iter().map(|it| it.get().to_owned());
            texts.collect::<Vec<_>>()
        };
        let expected = texts(&end.events);

        let run = store.load_runs(&key).await.unwrap().pop().unwrap();
        assert_eq!((run.status, run.ended_at_ms), (RunStatus::Running, None));
        assert!(run.events.is_empty());
        store.end_run(&lease, &end).await.unwrap();
        let run = store.load_runs(&key).await.unwrap().pop().unwrap();
        assert_eq!((run.number, run.status), (number, status));
        assert_eq!((&*run.id, &*run.agent), ("the same id", "a"));
        assert_eq!(run.parent, Some(format!("parent {number}")));
        assert_eq!(texts(&run.events), expected, "byte by byte");
        assert!(before <= run.started_at_ms);
        assert!(run.started_at_ms <= run.ended_at_ms.unwrap());
    }
    let numbers = store.load_runs(&key).await.unwrap();
    let numbers: Vec<_> = numbers.iter().map(|run| run.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
}

pub(super) async fn a_run_knows_which_of_its_messages_the_thread_had(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    let begin = async |messages: &[&str]| {
        let started = start(store, &key, new_run("r", messages)).await;
        let mut known: Vec<_> = started.known.into_iter().collect();
        known.sort_unstable();
        (started.lease, known)
    };
    let (lease, known) = begin(&["u1", "u1"]).await;
    assert_eq!((lease.number, known), (1, Vec::new()));
    let end = ended("x", &["u1", "a1"]);
    store.end_run(&lease, &end).await.unwrap();
    let (lease, known) = begin(&["a1", "new", "u1", "u1", ""]).await;
    assert_eq!(known, ["a1", "u1"]);
    store.end_run(&lease, &ended("x", &["new"])).await.unwrap();
    // What a run came with is in the thread, whether or not it says so in the end.
    assert_eq!(begin(&["new", "", "newer"]).await.1, ["", "new"]);
    let other = thread("ann", "u");
    let elsewhere = start(store, &other, new_run("r", &["u1"])).await;
    assert!(elsewhere.known.is_empty());
}

pub(super) async fn a_state_too_deep_to_keep_does_not_take_the_run_with_it(fixture: Fixture) {
    let (store, thread) = (&*fixture.store, thread("ann", "t"));
    let deep = || (0..200).fold(json!(1), |inner, _| json!([inner]));
    let end = async |state, messages| {
        let lease = start(store, &thread, new_run("r", &[])).await.lease;
        let mut end = ended("said", &[]);
        end.state = Some(StateChange::Run { state, messages });
        store.end_run(&lease, &end).await.unwrap();
        let state = store.load_state(&key("ann", "t", "a")).await.unwrap();
        state.map(|it| (it.state, it.messages))
    };
    assert_eq!(end(None, vec![deep()]).await, None);
    let kept = Some((json!({"n": 1}), vec![json!("one")]));
    assert_eq!(end(Some(json!({"n": 1})), vec![json!("one")]).await, kept);
    let kept = Some((json!({"n": 1}), vec![json!("two")]));
    assert_eq!(end(Some(deep()), vec![json!("two")]).await, kept);
    assert_eq!(end(Some(json!(3)), vec![deep()]).await, kept);
    assert_eq!(said(store, &thread).await, ["said"; 4]);
}

pub(super) async fn a_run_ends_once_and_only_on_its_own_thread(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    let lease = start(store, &key, new_run("r", &[])).await.lease;
    let elsewhere = |owner, id| Lease {
        thread: thread(owner, id),
        ..lease.clone()
    };
    let fenced = |fence| Lease {
        fence,
        ..lease.clone()
    };
    for other in [
        elsewhere("ann", "u"),
        elsewhere("bob", "t"),
        fenced(lease.fence + 1),
        fenced(0),
        fenced(i64::MAX.unsigned_abs()),
    ] {
        let end = store.end_run(&other, &ended("no", &["no"])).await;
        assert!(matches!(end, Err(StoreError::Fenced)), "{end:?}");
    }
    store.end_run(&lease, &ended("first", &[])).await.unwrap();
    let again = store.end_run(&lease, &ended("second", &[])).await;
    assert!(matches!(again, Err(StoreError::Fenced)), "{again:?}");
    assert_eq!(said(store, &key).await, ["first"]);
    let state = state_of(store, &super::key("ann", "t", "a")).await;
    assert_eq!(state, Some(json!({"said": "first"})));
    for (owner, id) in [("ann", "u"), ("bob", "t")] {
        assert_eq!(store.load_thread(&thread(owner, id)).await.unwrap(), None);
        assert_eq!(state_of(store, &super::key(owner, id, "a")).await, None);
    }
}

pub(super) async fn a_run_of_a_deleted_thread_leaves_nothing(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    let state = super::key("ann", "t", "a");
    for clear in [false, true] {
        run(store, &key, "before").await;
        let second = start(store, &key, new_run("r", &["u"])).await;
        if clear {
            assert_eq!(store.clear_threads(&key.owner).await.unwrap(), 1);
        } else {
            assert!(store.delete_thread(&key).await.unwrap());
        }
        let end = store.end_run(&second.lease, &ended("late", &["u"])).await;
        assert!(matches!(end, Err(StoreError::Fenced)), "{end:?}");
        assert_eq!(store.load_thread(&key).await.unwrap(), None);
        assert!(store.load_runs(&key).await.unwrap().is_empty());
        assert_eq!(state_of(store, &state).await, None);
    }
    // A thread of the same id is another one: its runs count from 1, and it knows nothing of the first.
    let anew = start(store, &key, new_run("r", &["u"])).await;
    assert_eq!((anew.lease.number, anew.known.len()), (1, 0));
    assert_eq!(said(store, &key).await, [""; 0]);
}

pub(super) async fn many_threads_start_and_end_at_once(fixture: Fixture) {
    let tasks = (0..50).map(|n| {
        let store = fixture.store.clone();
        tokio::spawn(async move {
            let key = thread("ann", &format!("t{n}"));
            for number in 1..=10 {
                let (before, after) = (format!("{number} before"), format!("{number} after"));
                let run = new_run(&before, &["shared", &before]);
                let started = start(&*store, &key, run).await;
                assert_eq!(started.lease.number, number);
                assert_eq!(started.known.len(), usize::from(number > 1));
                let end = ended(&before, &[&before, &after]);
                store.end_run(&started.lease, &end).await.unwrap();
            }
            let all = new_run("again", &["1 after", "10 before", "shared", "nobody's"]);
            let again = start(&*store, &key, all).await;
            assert_eq!(again.known.len(), 3);
        })
    });
    for done in join_all(tasks).await {
        done.unwrap();
    }
    for n in 0..50 {
        let key = thread("ann", &format!("t{n}"));
        let runs = fixture.store.load_runs(&key).await.unwrap();
        let numbers: Vec<_> = runs.iter().map(|run| run.number).collect();
        assert_eq!(numbers, (1..=11).collect::<Vec<_>>());
        let ended = runs.iter().filter(|run| run.status == RunStatus::Completed);
        assert_eq!(ended.count(), 10);
    }
}

pub(super) async fn a_long_thread_with_many_messages_is_kept_whole(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    let ids: Vec<_> = (0..12_345).map(|n| format!("message {n}")).collect();
    let asked = NewRun {
        messages: ids.clone(),
        ..new_run("r", &[])
    };
    let first = start(store, &key, asked.clone()).await;
    assert!(first.known.is_empty());
    let end = EndedRun {
        messages: ids.clone(),
        ..ended("first", &[])
    };
    store.end_run(&first.lease, &end).await.unwrap();
    let second = start(store, &key, asked).await;
    assert_eq!(second.known, ids.into_iter().collect());
    let end = ended("second", &["m"]);
    store.end_run(&second.lease, &end).await.unwrap();
    for n in 0..1_000 {
        run(store, &key, &n.to_string()).await;
    }
    assert_eq!(said(store, &key).await.len(), 1_002);
}

pub(super) async fn ids_may_be_any_text(fixture: Fixture) {
    let store = &*fixture.store;
    let long = "x".repeat(10_000);
    let ids = [
        "",
        "t\0",
        "t",
        "t\0x",
        "a/b?c#d%2F",
        "🦀",
        "'; --",
        "T",
        "\n",
        &long,
    ];
    for id in ids {
        let key = thread("ann", id);
        let mut asked = new_run(id, &ids);
        asked.agent = id.to_owned();
        asked.parent = Some(id.to_owned());
        let started = start(store, &key, asked).await;
        let lease = started.lease;
        assert_eq!((lease.number, started.known.len()), (1, 0), "{id:?}");
        let batch = batch(&lease, 0, &[id]);
        assert_eq!(store.append_events(&[batch]).await.unwrap(), [0; 0]);
        let mut end = ended(id, &ids);
        end.state = Some(StateChange::Replace(json!({ "said": id })));
        store.end_run(&lease, &end).await.unwrap();
    }
    for id in ids {
        let key = thread("ann", id);
        assert_eq!(said(store, &key).await, [id]);
        let run = store.load_runs(&key).await.unwrap().remove(0);
        assert_eq!(
            (&*run.id, &*run.agent, run.parent.as_deref()),
            (id, id, Some(id))
        );
        let state = state_of(store, &super::key("ann", id, id)).await;
        assert_eq!(state, Some(json!({ "said": id })));
        let again = start(store, &key, new_run("r", &ids)).await;
        assert_eq!(again.known.len(), ids.len());
        assert_eq!(store.load_thread(&key).await.unwrap().unwrap().id, id);
        assert!(store.delete_thread(&key).await.unwrap());
    }
}

pub(super) async fn what_came_with_a_run_that_never_began_is_new_again(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    let begin = async |messages| start(store, &key, new_run("r", messages)).await;
    let first = begin(&["u1"]).await.lease;
    store.end_run(&first, &ended("x", &["u1"])).await.unwrap();
    let second = begin(&["u1", "u2"]).await;
    assert_eq!(second.known, ["u1".to_owned()].into());
    let end = ended("x", &[]);
    store.end_run(&second.lease, &end).await.unwrap();
    let third = begin(&["u1", "u2"]).await;
    assert_eq!(third.known, ["u1".to_owned()].into());
}

/// Every reader had a copy of its own: ten thousand who connect to a thread of 5 MB took 50 GB.
pub(super) async fn readers_of_one_run_share_its_events(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    run(store, &key, "one").await;
    run(store, &key, "two").await;
    start(store, &key, new_run("3", &[])).await;
    let listed = store.list_runs(&key).await.unwrap();
    let listed: Vec<_> = listed
        .iter()
        .map(|run| (run.number, run.status, run.ended_at_ms.is_some()))
        .collect();
    let expected = [
        (1, RunStatus::Completed, true),
        (2, RunStatus::Completed, true),
        (3, RunStatus::Running, false),
    ];
    assert_eq!(listed, expected);
    let load = async |number| store.load_run(&key, number).await.unwrap();
    let (first, second) = (load(2).await.unwrap(), load(2).await.unwrap());
    assert_eq!(first.events[0].get(), "\"two\"");
    assert!(Arc::ptr_eq(&first.events, &second.events));
    assert!(load(4).await.is_none() && load(0).await.is_none());
    store.delete_thread(&key).await.unwrap();
    run(store, &key, "another").await;
    run(store, &key, "anew").await;
    assert_eq!(load(2).await.unwrap().events[0].get(), "\"anew\"");
}
