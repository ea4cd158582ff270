//! Who has a thread, how it is lost, and what is left to those who lost it.

use std::time::Duration;

use super::*;

/// Leases that no test outlives.
pub(super) fn endless() -> StoreOptions {
    StoreOptions {
        lease: Duration::from_secs(24 * 60 * 60),
        ..StoreOptions::default()
    }
}

/// Leases that have run out as soon as they are given: what a node that dies leaves behind, without the wait.
pub(super) fn lapsed() -> StoreOptions {
    StoreOptions {
        lease: Duration::ZERO,
        ..StoreOptions::default()
    }
}

/// That nothing is written by this lease.
pub(super) async fn assert_worthless(store: &dyn Store, lease: &Lease) {
    let before = said(store, &lease.thread).await;
    let lost = [lease.fence];
    let appended = store.append_events(&[batch(lease, 0, &["no"])]).await;
    assert_eq!(appended.unwrap(), lost);
    let renewed = store.renew(std::slice::from_ref(lease)).await.unwrap();
    assert_eq!((&*renewed.lost, &*renewed.to_stop), (&lost[..], &[][..]));
    let end = store.end_run(lease, &ended("no", &["no"])).await;
    assert!(matches!(end, Err(StoreError::Fenced)), "{end:?}");
    assert_eq!(said(store, &lease.thread).await, before);
}

pub(super) async fn a_run_that_its_node_forgot_is_taken_over(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    let mut new = new_run("forgotten", &["u"]);
    new.parent = Some("p".into());
    let first = start(store, &key, new).await.lease;
    let said_so = batch(&first, 0, &["a", "b"]);
    store.append_events(&[said_so]).await.unwrap();
    let left = take_over(store, &key).await;
    assert_eq!((&left.lease.thread, left.lease.number), (&key, 1));
    assert!(left.lease.fence > first.fence);
    let run = &left.run;
    assert_eq!((run.number, run.status), (1, RunStatus::Running));
    assert_eq!((&*run.id, &*run.agent), ("forgotten", "a"));
    assert_eq!(run.parent.as_deref(), Some("p"));
    assert_eq!(texts(&run.events), ["a", "b"]);
    assert_worthless(store, &first).await;
    let mut end = ended("ab, and an error", &["u"]);
    end.status = RunStatus::Stopped;
    store.end_run(&left.lease, &end).await.unwrap();
    let next = start(store, &key, new_run("next", &["u"])).await;
    assert_eq!((next.lease.number, next.known.len()), (2, 1));
    let run = store.load_run(&key, 1).await.unwrap().unwrap();
    assert_eq!(run.status, RunStatus::Stopped);
    assert_eq!(texts(&run.events), ["ab, and an error"]);
}

pub(super) async fn a_lease_that_was_taken_is_worth_nothing(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    let first = start(store, &key, new_run("r", &[])).await.lease;
    let second = take_over(store, &key).await.lease;
    let third = take_over(store, &key).await.lease;
    for old in [&first, &second] {
        assert_worthless(store, old).await;
    }
    store
        .append_events(&[batch(&third, 0, &["yes"])])
        .await
        .unwrap();
    store.end_run(&third, &ended("yes", &[])).await.unwrap();
    let again = start(store, &key, new_run("r", &[])).await.lease;
    for old in [&first, &second, &third] {
        assert_worthless(store, old).await;
    }
    store.end_run(&again, &ended("again", &[])).await.unwrap();
    assert_eq!(said(store, &key).await, ["yes", "again"]);
}

pub(super) async fn a_lease_that_is_renewed_is_not_taken(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    let lease = start(store, &key, new_run("r", &[])).await.lease;
    assert!(store.claim_left(10, &[]).await.unwrap().is_empty());
    let renewed = store.renew(std::slice::from_ref(&lease)).await.unwrap();
    assert!(renewed.lost.is_empty() && renewed.to_stop.is_empty());
    assert!(store.claim_left(10, &[]).await.unwrap().is_empty());
    let nobodys = Lease {
        fence: lease.fence + 1,
        ..lease.clone()
    };
    let renewed = store
        .renew(&[nobodys.clone(), lease.clone()])
        .await
        .unwrap();
    assert_eq!(renewed.lost, [nobodys.fence]);
    store.end_run(&lease, &ended("x", &[])).await.unwrap();
    let renewed = store.renew(std::slice::from_ref(&lease)).await.unwrap();
    assert_eq!(renewed.lost, [lease.fence]);
    assert!(store.renew(&[]).await.unwrap().lost.is_empty());
}

pub(super) async fn leases_of_a_deleted_thread_are_lost(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    let lease = start(store, &key, new_run("r", &[])).await.lease;
    assert!(store.delete_thread(&key).await.unwrap());
    assert_worthless(store, &lease).await;
    assert_eq!(store.load_thread(&key).await.unwrap(), None);
}

pub(super) async fn a_lease_that_ran_out_is_good_until_it_is_taken(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    let lease = start(store, &key, new_run("r", &[])).await.lease;
    let appended = store.append_events(&[batch(&lease, 0, &["a"])]).await;
    assert_eq!(appended.unwrap(), [0; 0]);
    let renewed = store.renew(std::slice::from_ref(&lease)).await.unwrap();
    assert!(renewed.lost.is_empty());
    store.end_run(&lease, &ended("a", &[])).await.unwrap();
    assert!(
        store.claim_left(10, &[]).await.unwrap().is_empty(),
        "it has ended"
    );
}

pub(super) async fn a_run_that_its_node_goes_on_with_is_not_claimed_by_it(fixture: Fixture) {
    let store = &*fixture.store;
    let mut fences = Vec::new();
    for id in ["t", "u", "v"] {
        let lease = start(store, &thread("ann", id), new_run("r", &[])).await;
        fences.push(lease.lease.fence);
    }
    let claimed = store.claim_left(10, &fences).await.unwrap();
    assert!(claimed.is_empty(), "all of them go on");
    let claimed = store.claim_left(1, &fences[..2]).await.unwrap();
    assert_eq!(&*claimed[0].lease.thread.id, "v");
    assert_eq!(claimed.len(), 1);
}

pub(super) async fn runs_that_are_left_are_claimed(fixture: Fixture) {
    let store = &*fixture.store;
    let mut leases = Vec::new();
    for (owner, id) in [("ann", "t"), ("bob", "t"), ("bob", "u")] {
        let key = thread(owner, id);
        run(store, &key, "before").await;
        let lease = start(store, &key, new_run("left", &[])).await.lease;
        let said = batch(&lease, 0, &[owner, id]);
        store.append_events(&[said]).await.unwrap();
        leases.push(lease);
    }
    assert_eq!(store.claim_left(2, &[]).await.unwrap().len(), 2);
    assert!(store.claim_left(0, &[]).await.unwrap().is_empty());
    let mut claimed = store.claim_left(10, &[]).await.unwrap();
    claimed.sort_by_key(|left| {
        (
            left.lease.thread.owner.as_str().to_owned(),
            left.lease.thread.id.clone(),
        )
    });
    for (left, old) in claimed.iter().zip(&leases) {
        assert_eq!((&left.lease.thread, left.lease.number), (&old.thread, 2));
        let (owner, id) = (old.thread.owner.as_str(), &*old.thread.id);
        assert_eq!(texts(&left.run.events), [owner, id]);
        assert_eq!(&*left.run.id, "left");
        assert_worthless(store, old).await;
        let end = store.end_run(&left.lease, &ended("closed", &[])).await;
        end.unwrap();
        assert_eq!(said(store, &old.thread).await, ["before", "closed"]);
    }
    assert_eq!(claimed.len(), 3);
    assert!(store.claim_left(10, &[]).await.unwrap().is_empty());
}
