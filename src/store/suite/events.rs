//! What a run says is kept as it goes on.

use super::*;

/// What the run has said so far, from one on.
async fn so_far(store: &dyn Store, lease: &Lease, from: u64) -> Vec<String> {
    let tail = store.read_events(&lease.thread, lease.number, from).await;
    let tail = tail.unwrap().expect("it goes on");
    assert_eq!(tail.ended, None);
    texts(&tail.events)
}

async fn append(store: &dyn Store, batch: Batch) {
    let lost = store.append_events(&[batch]).await.unwrap();
    assert_eq!(lost, [0; 0]);
}

pub(super) async fn what_a_run_says_is_there_before_its_end(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    run(store, &key, "before").await;
    let lease = start(store, &key, new_run("r", &[])).await.lease;
    assert_eq!(so_far(store, &lease, 0).await, [""; 0]);
    append(store, batch(&lease, 0, &["a", "b"])).await;
    append(store, batch(&lease, 2, &["c"])).await;
    append(store, batch(&lease, 3, &[])).await;
    assert_eq!(so_far(store, &lease, 0).await, ["a", "b", "c"]);
    assert_eq!(so_far(store, &lease, 1).await, ["b", "c"]);
    assert_eq!(so_far(store, &lease, 2).await, ["c"]);
    assert_eq!(so_far(store, &lease, 3).await, [""; 0]);
    assert_eq!(so_far(store, &lease, 99).await, [""; 0]);
    let run = store.load_run(&key, 2).await.unwrap().unwrap();
    assert_eq!(run.status, RunStatus::Running);
    assert_eq!(texts(&run.events), ["a", "b", "c"]);
    assert_eq!(said(store, &key).await, ["before", "a", "b", "c"]);
    store.end_run(&lease, &ended("abc", &[])).await.unwrap();
    assert_eq!(said(store, &key).await, ["before", "abc"]);
    for number in [0, 1, 3, u64::MAX] {
        let none = store.read_events(&key, number, 0).await.unwrap();
        assert!(none.is_none(), "{number}");
    }
    for other in [thread("bob", "t"), thread("ann", "u")] {
        assert!(store.read_events(&other, 2, 0).await.unwrap().is_none());
    }
    let late = store.append_events(&[batch(&lease, 3, &["late"])]).await;
    assert_eq!(late.unwrap(), [lease.fence]);
    assert_eq!(said(store, &key).await, ["before", "abc"]);
}

/// As when the answer to the first attempt was lost, or the attempt itself is slower than the second.
pub(super) async fn a_batch_that_comes_again_is_kept_once(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    let lease = start(store, &key, new_run("r", &[])).await.lease;
    append(store, batch(&lease, 0, &["a"])).await;
    append(store, batch(&lease, 1, &["b", "c"])).await;
    append(store, batch(&lease, 1, &["b", "c"])).await;
    assert_eq!(so_far(store, &lease, 0).await, ["a", "b", "c"]);
    append(store, batch(&lease, 1, &["b", "c", "d", "e"])).await;
    assert_eq!(so_far(store, &lease, 0).await, ["a", "b", "c", "d", "e"]);
    append(store, batch(&lease, 1, &["b", "c"])).await;
    append(store, batch(&lease, 5, &["f"])).await;
    append(store, batch(&lease, 1, &["b"])).await;
    let all = ["a", "b", "c", "d", "e", "f"];
    assert_eq!(so_far(store, &lease, 0).await, all);
    assert_eq!(so_far(store, &lease, 3).await, all[3..]);
    append(store, batch(&lease, 6, &["g"])).await;
    assert_eq!(so_far(store, &lease, 5).await, ["f", "g"]);
}

pub(super) async fn a_batch_beyond_the_next_is_refused(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    let lease = start(store, &key, new_run("r", &[])).await.lease;
    for from in [1, 2] {
        let gap = store.append_events(&[batch(&lease, from, &["x"])]).await;
        assert!(matches!(gap, Err(StoreError::Value { .. })), "{gap:?}");
        assert_eq!(so_far(store, &lease, 0).await, [""; 0]);
    }
    append(store, batch(&lease, 0, &["a"])).await;
    let gap = store.append_events(&[batch(&lease, 2, &["x"])]).await;
    assert!(matches!(gap, Err(StoreError::Value { .. })), "{gap:?}");
    assert_eq!(so_far(store, &lease, 0).await, ["a"]);
}

pub(super) async fn events_of_many_runs_are_kept_in_one_commit(fixture: Fixture) {
    let store = &*fixture.store;
    let mut leases = Vec::new();
    for n in 0..300 {
        let key = thread("ann", &n.to_string());
        leases.push(start(store, &key, new_run("r", &[])).await.lease);
    }
    let lost = [&leases[7], &leases[299]];
    for lease in lost {
        store.end_run(lease, &ended("over", &[])).await.unwrap();
    }
    for from in 0..3 {
        let batches = leases.iter().map(|lease| {
            let said = format!("{} {from}", lease.thread.id);
            batch(lease, from, &[&said])
        });
        let batches: Vec<_> = batches.collect();
        let mut gone = store.append_events(&batches).await.unwrap();
        gone.sort_unstable();
        assert_eq!(gone, lost.map(|lease| lease.fence));
    }
    assert_eq!(store.append_events(&[]).await.unwrap(), [0; 0]);
    for lease in &leases {
        let id = &lease.thread.id;
        let expected: Vec<_> = match lost.contains(&lease) {
            true => vec!["over".to_owned()],
            false => (0..3).map(|from| format!("{id} {from}")).collect(),
        };
        assert_eq!(said(store, &lease.thread).await, expected);
    }
}

pub(super) async fn any_event_comes_back_as_it_went(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    let lease = start(store, &key, new_run("r", &[])).await.lease;
    let large = json!("ä\"\n".repeat(5_000_000 / 4)).to_string();
    let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let events = [
        r#""nul \u0000 in the middle and at the end\u0000""#,
        r#"{"lone":"\ud800","reversed":"\udc00\ud800","🦀":"\ud83e\udd80"}"#,
        r#"{"b": 1.0, "a":  [1e400, -0, 18446744073709551616]}"#,
        "null",
        &deep,
        &large,
    ];
    let batch = Batch::new(Arc::new(lease.clone()), 0, events);
    assert_eq!((batch.from(), batch.count(), batch.next()), (0, 6, 6));
    append(store, batch).await;
    let tail = store.read_events(&key, 1, 0).await.unwrap().unwrap();
    for (back, event) in tail.events.iter().zip(events) {
        assert!(
            back.get() == event,
            "{:.60} came back as {:.60}",
            event,
            back.get()
        );
    }
    assert_eq!(tail.events.len(), events.len());
    let mut end = ended("x", &[]);
    end.events = tail.events;
    store.end_run(&lease, &end).await.unwrap();
    let run = store.load_run(&key, 1).await.unwrap().unwrap();
    assert!(run.events.iter().map(|it| it.get()).eq(events));
}

pub(super) async fn events_go_with_their_thread(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    for clear in [false, true] {
        let lease = start(store, &key, new_run("r", &[])).await.lease;
        append(store, batch(&lease, 0, &["a"])).await;
        match clear {
            true => drop(store.clear_threads(&key.owner).await.unwrap()),
            false => assert!(store.delete_thread(&key).await.unwrap()),
        }
        let late = store.append_events(&[batch(&lease, 1, &["b"])]).await;
        assert_eq!(late.unwrap(), [lease.fence]);
        // Another thread of the same id, whose run has the same number.
        let anew = start(store, &key, new_run("r", &[])).await.lease;
        assert_eq!(anew.number, lease.number);
        assert!(anew.fence > lease.fence);
        assert_eq!(so_far(store, &anew, 0).await, [""; 0]);
        let late = store.append_events(&[batch(&lease, 0, &["b"])]).await;
        assert_eq!(late.unwrap(), [lease.fence]);
        assert_eq!(so_far(store, &anew, 0).await, [""; 0]);
        store.end_run(&anew, &ended("x", &[])).await.unwrap();
        store.delete_thread(&key).await.unwrap();
    }
}
