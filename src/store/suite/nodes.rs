//! Several nodes on one database: one run a thread, followed and stopped from anywhere, taken over when its node is gone.

use futures_util::StreamExt;
use futures_util::future::join_all;

use super::leases::{assert_worthless, endless, lapsed};
use super::*;

/// The end of a run of which followers have yet to read these.
fn ended_with(lease: &Lease, from: u64, tail: &[&str]) -> EndedRun {
    EndedRun {
        tail: Some(batch(lease, from, tail)),
        ..ended("whole", &[])
    }
}

/// All that a follower reads from one event on, and how the run ended.
async fn followed(
    node: Arc<dyn Store>,
    thread: ThreadKey,
    number: u64,
    from: u64,
) -> (Vec<String>, Option<RunStatus>) {
    let mut tails = node.cluster().unwrap().follow(&thread, number, from);
    let (mut read, mut end) = (Vec::new(), None);
    while let Some(tail) = tails.next().await {
        let tail = tail.unwrap();
        assert_eq!(end, None, "nothing comes after the end");
        read.extend(texts(&tail.events));
        end = tail.ended;
    }
    (read, end)
}

pub(super) async fn one_node_of_many_gets_a_thread(fixture: Fixture) {
    let named = |name: &str| StoreOptions {
        node: Node::named(name),
        ..endless()
    };
    let mut nodes = Vec::new();
    for name in ["one", "two", "three"] {
        nodes.push((name, fixture.node(named(name)).await));
    }
    for n in 0..50 {
        let key = thread("ann", &n.to_string());
        let starts = nodes.iter().map(|(name, node)| {
            let (name, node, key) = (*name, node.clone(), key.clone());
            tokio::spawn(async move { (name, node.start_run(&key, new_run(name, &[])).await) })
        });
        let (mut has, mut had) = (Vec::new(), Vec::new());
        for start in join_all(starts).await {
            match start.unwrap() {
                (name, Ok(Start::Started(started))) => has.push((name, started.lease)),
                (_, Ok(Start::Busy(active))) => had.push(active),
                (_, other) => panic!("{other:?}"),
            }
        }
        assert_eq!((has.len(), had.len()), (1, 2));
        let (name, lease) = has.remove(0);
        for active in had {
            let expected = (1, name, Node::named(name));
            assert_eq!((active.number, &*active.id, active.node), expected);
        }
        let (_, owner) = nodes.iter().find(|(it, _)| *it == name).unwrap();
        owner
            .end_run(&lease, &ended_with(&lease, 0, &[]))
            .await
            .unwrap();
        for (name, node) in &nodes {
            let lease = start(&**node, &key, new_run(name, &[])).await.lease;
            node.end_run(&lease, &ended_with(&lease, 0, &[]))
                .await
                .unwrap();
        }
    }
}

pub(super) async fn a_run_is_followed_from_another_node(fixture: Fixture) {
    let (here, key) = (&*fixture.store, thread("ann", "t"));
    let there = fixture.node(endless()).await;
    let lease = start(here, &key, new_run("r", &[])).await.lease;
    let mut tails = there.cluster().unwrap().follow(&key, 1, 0);
    let all = tokio::spawn(followed(there.clone(), key.clone(), 1, 0));
    let mut next = async || texts(&tails.next().await.unwrap().unwrap().events);
    for n in 0..20_u64 {
        let said = [format!("{n} a"), format!("{n} b")];
        let said = [&*said[0], &*said[1]];
        here.append_events(&[batch(&lease, 2 * n, &said)])
            .await
            .unwrap();
        // Each is read before the next is written: what wakes a follower is not lost.
        assert_eq!(next().await, said);
    }
    let end = ended_with(&lease, 38, &["19 a", "19 b", "close", "end"]);
    here.end_run(&lease, &end).await.unwrap();
    let last = tails.next().await.unwrap().unwrap();
    assert_eq!(texts(&last.events), ["close", "end"]);
    assert_eq!(last.ended, Some(RunStatus::Completed));
    assert!(tails.next().await.is_none());
    let (read, status) = all.await.unwrap();
    assert_eq!(status, Some(RunStatus::Completed));
    let expected = (0..20).flat_map(|n| [format!("{n} a"), format!("{n} b")]);
    let expected = expected.chain(["close".to_owned(), "end".to_owned()]);
    assert!(read.iter().cloned().eq(expected), "{read:?}");
    assert_eq!(said(&*there, &key).await, ["whole"]);
}

pub(super) async fn a_follower_that_comes_late_reads_from_where_it_left_off(fixture: Fixture) {
    let (here, key) = (&*fixture.store, thread("ann", "t"));
    let there = fixture.node(endless()).await;
    let lease = start(here, &key, new_run("r", &[])).await.lease;
    let said = batch(&lease, 0, &["a", "b", "c"]);
    here.append_events(&[said]).await.unwrap();
    let early = tokio::spawn(followed(there.clone(), key.clone(), 1, 2));
    let end = ended_with(&lease, 3, &["d"]);
    here.end_run(&lease, &end).await.unwrap();
    let completed = Some(RunStatus::Completed);
    let some = |said: &[&str]| said.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
    assert_eq!(early.await.unwrap(), (some(&["c", "d"]), completed));
    for (from, expected) in [(0, &["a", "b", "c", "d"][..]), (3, &["d"]), (4, &[])] {
        let read = followed(there.clone(), key.clone(), 1, from).await;
        assert_eq!(read, (some(expected), completed), "from {from}");
    }
    // The next run is another one.
    let next = start(here, &key, new_run("r", &[])).await.lease;
    let read = followed(there.clone(), key.clone(), 1, 3).await;
    assert_eq!(read, (some(&["d"]), completed));
    here.end_run(&next, &ended_with(&next, 0, &["e"]))
        .await
        .unwrap();
    assert_eq!(followed(there, key, 2, 0).await.0, ["e"]);
}

pub(super) async fn what_is_not_there_cannot_be_followed(fixture: Fixture) {
    let (here, key) = (&*fixture.store, thread("ann", "t"));
    let there = fixture.node(endless()).await;
    start(here, &key, new_run("r", &[])).await;
    for (key, number) in [
        (thread("bob", "t"), 1),
        (thread("ann", "u"), 1),
        (key.clone(), 0),
        (key, 2),
    ] {
        let mut tails = there.cluster().unwrap().follow(&key, number, 0);
        let gone = tails.next().await.unwrap();
        assert!(matches!(gone, Err(StoreError::Gone)), "{gone:?}");
        assert!(tails.next().await.is_none());
    }
}

pub(super) async fn a_run_is_stopped_from_another_node(fixture: Fixture) {
    let (here, key) = (&*fixture.store, thread("ann", "t"));
    let there = fixture.node(endless()).await;
    let mut requests = here.cluster().unwrap().stop_requests();
    let mut others = there.cluster().unwrap().stop_requests();
    let lease = start(here, &key, new_run("r", &[])).await.lease;
    let stop = async |thread: &ThreadKey, run_id| {
        let asked = there.cluster().unwrap().request_stop(thread, run_id);
        asked.await.unwrap()
    };
    for other in [thread("bob", "t"), thread("ann", "u")] {
        assert_eq!(stop(&other, None).await, None);
    }
    assert_eq!(stop(&key, Some("another")).await, None);
    let renewed = here.renew(std::slice::from_ref(&lease)).await.unwrap();
    assert!(renewed.to_stop.is_empty());
    for run_id in [None, Some("r")] {
        assert_eq!(stop(&key, run_id).await, Some(1));
        assert_eq!(requests.next().await, Some(lease.fence));
        // Who has missed it, hears of it here.
        let renewed = here.renew(std::slice::from_ref(&lease)).await.unwrap();
        assert_eq!(
            (renewed.lost.len(), &*renewed.to_stop),
            (0, &[lease.fence][..])
        );
    }
    here.end_run(&lease, &ended_with(&lease, 0, &[]))
        .await
        .unwrap();
    assert_eq!(stop(&key, None).await, None);
    let next = start(here, &key, new_run("r", &[])).await.lease;
    let renewed = here.renew(std::slice::from_ref(&next)).await.unwrap();
    assert!(renewed.to_stop.is_empty(), "the next run is another one");
    // Only the node whose run it is was asked; this is the first request for the other one.
    here.end_run(&next, &ended_with(&next, 0, &[]))
        .await
        .unwrap();
    let theirs = start(&*there, &key, new_run("r", &[])).await.lease;
    assert_eq!(stop(&key, None).await, Some(theirs.number));
    assert_eq!(others.next().await, Some(theirs.fence));
}

pub(super) async fn nodes_that_change_one_state_lose_nothing(fixture: Fixture) {
    let state = key("ann", "t", "a");
    let mut writers = Vec::new();
    for node in 0..3 {
        let store = fixture.node(endless()).await;
        writers.extend((0..20).map(|n| {
            let (store, state) = (store.clone(), state.clone());
            tokio::spawn(async move {
                let change = json!({ format!("{node} {n}"): n });
                let change = StateChange::MergeKey("counts".into(), change);
                store.change_state(&state, change).await.unwrap().version
            })
        }));
    }
    let mut versions: Vec<_> = join_all(writers)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, (1..=60).collect::<Vec<_>>());
    let state = state_of(&*fixture.store, &state).await.unwrap();
    assert_eq!(state["counts"].as_object().unwrap().len(), 60);
}

pub(super) async fn a_thread_deleted_elsewhere_is_lost(fixture: Fixture) {
    let (here, key) = (&*fixture.store, thread("ann", "t"));
    let there = fixture.node(endless()).await;
    let lease = start(here, &key, new_run("r", &[])).await.lease;
    here.append_events(&[batch(&lease, 0, &["a"])])
        .await
        .unwrap();
    let mut tails = there.cluster().unwrap().follow(&key, 1, 0);
    assert_eq!(texts(&tails.next().await.unwrap().unwrap().events), ["a"]);
    assert!(there.delete_thread(&key).await.unwrap());
    assert_worthless(here, &lease).await;
    let gone = tails.next().await.unwrap();
    assert!(matches!(gone, Err(StoreError::Gone)), "{gone:?}");
    let anew = start(&*there, &key, new_run("r", &[])).await.lease;
    assert!(anew.fence > lease.fence);
    assert_worthless(here, &lease).await;
}

pub(super) async fn a_run_of_a_node_that_died_is_taken_over_and_followed_to_its_end(
    fixture: Fixture,
) {
    let (dead, key) = (&*fixture.store, thread("ann", "t"));
    let (second, third) = (fixture.node(endless()).await, fixture.node(endless()).await);
    let lease = start(dead, &key, new_run("left", &["u"])).await.lease;
    dead.append_events(&[batch(&lease, 0, &["a", "b"])])
        .await
        .unwrap();
    let mut tails = third.cluster().unwrap().follow(&key, 1, 0);
    assert_eq!(
        texts(&tails.next().await.unwrap().unwrap().events),
        ["a", "b"]
    );
    let left = take_over(&*second, &key).await;
    assert_eq!(texts(&left.run.events), ["a", "b"]);
    match third.start_run(&key, new_run("next", &[])).await.unwrap() {
        Start::Busy(active) => assert_eq!((active.number, &*active.id), (1, "left")),
        other => panic!("one node takes it over: {other:?}"),
    }
    let mut end = ended_with(&left.lease, 2, &["close", "error"]);
    end.status = RunStatus::Stopped;
    second.end_run(&left.lease, &end).await.unwrap();
    let last = tails.next().await.unwrap().unwrap();
    assert_eq!(texts(&last.events), ["close", "error"]);
    assert_eq!(last.ended, Some(RunStatus::Stopped));
    let next = start(&*third, &key, new_run("next", &["u"])).await;
    assert_eq!(next.lease.number, 2);
    assert_worthless(dead, &lease).await;
}

pub(super) async fn a_node_that_was_frozen_writes_nothing_more(fixture: Fixture) {
    let (frozen, key) = (&*fixture.store, thread("ann", "t"));
    let other = fixture.node(endless()).await;
    let lease = start(frozen, &key, new_run("r", &[])).await.lease;
    frozen
        .append_events(&[batch(&lease, 0, &["a"])])
        .await
        .unwrap();
    let claimed = other.claim_left(10, &[]).await.unwrap().remove(0);
    assert_eq!(claimed.lease.thread, key);
    // It wakes up while the other one is at it, and once more after it.
    assert_worthless(frozen, &lease).await;
    let end = ended_with(&claimed.lease, 1, &["error"]);
    other.end_run(&claimed.lease, &end).await.unwrap();
    assert_worthless(frozen, &lease).await;
    let next = start(&*other, &key, new_run("next", &[])).await.lease;
    other
        .append_events(&[batch(&next, 0, &["b"])])
        .await
        .unwrap();
    assert_worthless(frozen, &lease).await;
    assert_eq!(said(frozen, &key).await, ["whole", "b"]);
    assert!(
        state_of(frozen, &super::key("ann", "t", "a"))
            .await
            .is_some()
    );
}

pub(super) async fn many_nodes_claim_each_run_once(fixture: Fixture) {
    let dead = fixture.node(lapsed()).await;
    for n in 0..30 {
        let key = thread("ann", &n.to_string());
        start(&*dead, &key, new_run("r", &[])).await;
    }
    let mut nodes = Vec::new();
    for _ in 0..3 {
        nodes.push(fixture.node(endless()).await);
    }
    let claims = nodes.into_iter().map(|node| {
        tokio::spawn(async move {
            let mut claimed = Vec::new();
            loop {
                let some = node.claim_left(4, &[]).await.unwrap();
                if some.is_empty() {
                    return claimed;
                }
                for left in some {
                    let end = ended_with(&left.lease, 0, &["error"]);
                    node.end_run(&left.lease, &end).await.unwrap();
                    claimed.push(left.lease.thread.id);
                }
            }
        })
    });
    let claimed = join_all(claims).await.into_iter().flat_map(Result::unwrap);
    let mut claimed: Vec<usize> = claimed.map(|id| id.parse().unwrap()).collect();
    claimed.sort_unstable();
    assert_eq!(claimed, (0..30).collect::<Vec<_>>());
}
