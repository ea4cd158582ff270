//! Threads: lists, changes, deletion, and whose they are.

use std::collections::BTreeSet;

use super::super::{Cursor, Thread, ThreadChange, ThreadFilter, ThreadPage};
use super::*;

/// All of an owner's threads, so many at a time.
pub(super) fn all(limit: usize, after: Option<Cursor>) -> ThreadFilter {
    ThreadFilter {
        agent: None,
        archived: true,
        limit,
        after,
    }
}

async fn list(store: &dyn Store, filter: ThreadFilter) -> ThreadPage {
    store
        .list_threads(&Owner::new("ann"), filter)
        .await
        .unwrap()
}

fn ids(page: &ThreadPage) -> BTreeSet<&str> {
    page.threads.iter().map(|thread| &*thread.id).collect()
}

pub(super) async fn a_thread_is_made_by_its_first_run_and_changed_by_its_user(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    let before = chrono::Utc::now().timestamp_millis();
    run(store, &key, "x").await;
    let made = store.load_thread(&key).await.unwrap().unwrap();
    let expected = Thread {
        id: "t".into(),
        agent: "a".into(),
        name: None,
        archived: false,
        ..made.clone()
    };
    assert_eq!(made, expected);
    assert!(before <= made.created_at_ms && made.created_at_ms <= made.updated_at_ms);
    let name = |name: Option<&str>| ThreadChange {
        name: Some(name.map(str::to_owned)),
        archived: None,
    };
    let archive = |archived| ThreadChange {
        name: None,
        archived: Some(archived),
    };
    let mut last = made;
    for (change, named, archived) in [
        (name(Some("n\0ame")), Some("n\0ame"), false),
        (archive(true), Some("n\0ame"), true),
        (ThreadChange::default(), Some("n\0ame"), true),
        (name(Some("")), Some(""), true),
        (archive(false), Some(""), false),
        (name(None), None, false),
    ] {
        let after = store.change_thread(&key, change).await.unwrap().unwrap();
        assert_eq!((after.name.as_deref(), after.archived), (named, archived));
        assert_eq!(after.created_at_ms, last.created_at_ms);
        assert!(after.updated_at_ms >= last.updated_at_ms);
        assert_eq!(
            store.load_thread(&key).await.unwrap().as_ref(),
            Some(&after)
        );
        last = after;
    }
    let named = store.change_thread(&key, name(Some("kept"))).await;
    assert!(named.unwrap().is_some());
    let other = NewRun {
        agent: "b".into(),
        ..new_run("r", &[])
    };
    start(store, &key, other).await;
    let after = store.load_thread(&key).await.unwrap().unwrap();
    assert_eq!((&*after.agent, after.name.as_deref()), ("b", Some("kept")));
}

pub(super) async fn pages_hold_every_thread_once(fixture: Fixture) {
    let store = &*fixture.store;
    // Many of them in one millisecond.
    for n in 0..57 {
        run(store, &thread("ann", &format!("t{n}")), "x").await;
        run(store, &thread("bob", &format!("b{n}")), "x").await;
    }
    let whole = list(store, all(usize::MAX, None)).await;
    assert_eq!((whole.threads.len(), whole.next), (57, None));
    let places = whole.threads.iter().map(|it| (it.updated_at_ms, &*it.id));
    assert!(places.clone().is_sorted_by(|one, next| one > next));
    for limit in [0, 1, 7, 19, 57, 58] {
        let (mut threads, mut after, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = list(store, all(limit, after)).await;
            assert!(page.threads.len() <= limit.max(1));
            threads.extend(page.threads);
            pages += 1;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(threads, whole.threads, "by {limit}");
        assert_eq!(pages, 57_usize.div_ceil(limit.max(1)), "no empty page");
    }
    let beyond = Cursor {
        updated_at_ms: i64::MIN,
        id: String::new(),
    };
    let page = list(store, all(5, Some(beyond))).await;
    assert_eq!(page, ThreadPage::default());
}

pub(super) async fn threads_are_listed_by_agent_and_without_the_archived(fixture: Fixture) {
    let store = &*fixture.store;
    for (id, agent) in [("1", "a"), ("2", "b"), ("3", "a"), ("4", "a")] {
        let run = NewRun {
            agent: agent.into(),
            ..new_run("r", &[])
        };
        start(store, &thread("ann", id), run).await;
    }
    let archive = ThreadChange {
        archived: Some(true),
        ..ThreadChange::default()
    };
    let archived = store.change_thread(&thread("ann", "3"), archive).await;
    assert!(archived.unwrap().is_some());
    for (agent, archived, expected) in [
        (None, true, &["1", "2", "3", "4"] as &[&str]),
        (None, false, &["1", "2", "4"]),
        (Some("a"), true, &["1", "3", "4"]),
        (Some("a"), false, &["1", "4"]),
        (Some("b"), false, &["2"]),
        (Some("c"), true, &[]),
    ] {
        let filter = |limit, after| ThreadFilter {
            agent: agent.map(str::to_owned),
            archived,
            ..all(limit, after)
        };
        let page = list(store, filter(10, None)).await;
        assert_eq!(ids(&page), expected.iter().copied().collect());
        let first = list(store, filter(1, None)).await;
        let rest = list(store, filter(10, first.next.clone())).await;
        if first.next.is_some() {
            assert_eq!([first.threads, rest.threads].concat(), page.threads);
        }
    }
}

pub(super) async fn a_list_ends_though_threads_change_between_its_pages(fixture: Fixture) {
    let store = &*fixture.store;
    for n in 0..20 {
        run(store, &thread("ann", &format!("t{n:02}")), "x").await;
    }
    let before = list(store, all(100, None)).await;
    let still: Vec<_> = before
        .threads
        .iter()
        .skip(10)
        .map(|it| it.id.clone())
        .collect();
    let (mut seen, mut after, mut pages) = (BTreeSet::new(), None, 0);
    loop {
        let page = list(store, all(3, after)).await;
        seen.extend(page.threads.iter().map(|it| it.id.clone()));
        pages += 1;
        // The newest half changes all the time, and the page's last thread is deleted.
        for thread_of in before.threads.iter().take(10) {
            run(store, &thread("ann", &thread_of.id), "again").await;
        }
        let last = page.threads.last().unwrap();
        store.delete_thread(&thread("ann", &last.id)).await.unwrap();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert!(pages <= 7, "{pages} pages of twenty threads by three");
    assert!(still.iter().all(|id| seen.contains(id)), "{seen:?}");
}

pub(super) async fn another_owners_thread_is_as_one_that_is_not_there(fixture: Fixture) {
    let store = &*fixture.store;
    let mine = thread("ann", "t");
    let first = start(store, &mine, new_run("r", &["u"])).await.lease;
    store.end_run(&first, &ended("x", &["a"])).await.unwrap();
    let live = start(store, &mine, new_run("r", &[])).await.lease;
    let before = store.load_thread(&mine).await.unwrap();
    for other in [
        thread("bob", "t"),
        thread("ann", "nowhere"),
        thread("annt", ""),
    ] {
        assert_eq!(store.load_thread(&other).await.unwrap(), None);
        assert!(store.load_runs(&other).await.unwrap().is_empty());
        let change = ThreadChange {
            name: Some(Some("stolen".into())),
            archived: Some(true),
        };
        assert_eq!(store.change_thread(&other, change).await.unwrap(), None);
        assert!(!store.delete_thread(&other).await.unwrap());
        assert!(store.read_events(&other, 2, 0).await.unwrap().is_none());
        let lease = Lease {
            thread: other.clone(),
            ..live.clone()
        };
        let end = store.end_run(&lease, &ended("no", &[])).await;
        assert!(matches!(end, Err(StoreError::Fenced)), "{end:?}");
        let state = key(other.owner.as_str(), &other.id, "a");
        assert_eq!(store.load_state(&state).await.unwrap(), None);
    }
    let bob = Owner::new("bob");
    let page = store.list_threads(&bob, all(10, None)).await.unwrap();
    assert_eq!(page, ThreadPage::default());
    assert_eq!(store.clear_threads(&bob).await.unwrap(), 0);
    let (his, new) = (thread("bob", "t"), new_run("r", &["u", "a"]));
    let own = start(store, &his, new).await;
    assert_eq!((own.lease.number, own.known.len()), (1, 0));
    assert_eq!(store.load_thread(&mine).await.unwrap(), before);
    assert_eq!(said(store, &mine).await, ["x"]);
    let last = store.load_runs(&mine).await.unwrap().pop().unwrap();
    assert_eq!((last.number, last.status), (2, RunStatus::Running));
}

pub(super) async fn a_deleted_thread_takes_its_runs_and_states_along(fixture: Fixture) {
    let store = &*fixture.store;
    let (gone, stays) = (thread("ann", "t"), thread("ann", "u"));
    for thread in [&gone, &stays] {
        run(store, thread, "x").await;
        let other = key("ann", &thread.id, "another agent");
        let change = StateChange::Replace(json!(1));
        store.change_state(&other, change).await.unwrap();
    }
    assert!(store.delete_thread(&gone).await.unwrap());
    assert!(!store.delete_thread(&gone).await.unwrap());
    for agent in ["a", "another agent"] {
        assert_eq!(state_of(store, &key("ann", "t", agent)).await, None);
        assert!(state_of(store, &key("ann", "u", agent)).await.is_some());
    }
    assert!(store.load_runs(&gone).await.unwrap().is_empty());
    assert_eq!(said(store, &stays).await, ["x"]);
    assert_eq!(ids(&list(store, all(9, None)).await), ["u"].into());
    // A state that no run made has no thread, and goes as well.
    let state = key("ann", "loose", "a");
    let change = StateChange::Replace(json!(1));
    store.change_state(&state, change).await.unwrap();
    assert!(!store.delete_thread(&thread("ann", "loose")).await.unwrap());
    assert_eq!(state_of(store, &state).await, None);
}

pub(super) async fn clearing_takes_all_of_one_owner_and_nothing_else(fixture: Fixture) {
    let store = &*fixture.store;
    for n in 0..10 {
        for owner in ["ann", "bob"] {
            run(store, &thread(owner, &n.to_string()), "x").await;
        }
    }
    assert_eq!(store.clear_threads(&Owner::new("ann")).await.unwrap(), 10);
    assert_eq!(store.clear_threads(&Owner::new("ann")).await.unwrap(), 0);
    assert_eq!(list(store, all(9, None)).await, ThreadPage::default());
    for n in 0..10 {
        let id = n.to_string();
        assert!(said(store, &thread("ann", &id)).await.is_empty());
        assert_eq!(state_of(store, &key("ann", &id, "a")).await, None);
        assert_eq!(said(store, &thread("bob", &id)).await, ["x"]);
        assert!(state_of(store, &key("bob", &id, "a")).await.is_some());
    }
}

pub(super) async fn a_closed_store_refuses_threads_and_runs(fixture: Fixture) {
    let (store, key) = (&*fixture.store, thread("ann", "t"));
    let lease = start(store, &key, new_run("r", &[])).await.lease;
    store.close().await.unwrap();
    let closed = [
        store.start_run(&key, new_run("r", &[])).await.err(),
        store.append_events(&[batch(&lease, 0, &["x"])]).await.err(),
        store.renew(std::slice::from_ref(&lease)).await.err(),
        store.claim_left(1, &[]).await.err(),
        store.end_run(&lease, &ended("x", &[])).await.err(),
        store.read_events(&key, 1, 0).await.err(),
        store.load_runs(&key).await.err(),
        store.load_thread(&key).await.err(),
        store.list_threads(&key.owner, all(1, None)).await.err(),
        store
            .change_thread(&key, ThreadChange::default())
            .await
            .err(),
        store.delete_thread(&key).await.err(),
        store.clear_threads(&key.owner).await.err(),
    ];
    for (at, error) in closed.into_iter().enumerate() {
        assert!(matches!(error, Some(StoreError::Closed)), "{at}: {error:?}");
    }
}
