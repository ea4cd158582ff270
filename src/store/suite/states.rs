//! Agent states: any JSON, changed by many at once, in versions.

use super::*;

pub(super) async fn a_state_is_there_after_it_was_written(fixture: Fixture) {
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

pub(super) async fn an_agent_without_a_state_has_none(fixture: Fixture) {
    let key = key("ann", "t", "a");
    assert_eq!(fixture.store.load_state(&key).await.unwrap(), None);
    assert!(!fixture.store.delete_state(&key).await.unwrap());
}

pub(super) async fn each_kind_of_change_does_its_own_thing(fixture: Fixture) {
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

pub(super) async fn a_run_leaves_its_messages_and_keeps_the_state_it_did_not_set(fixture: Fixture) {
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

pub(super) async fn a_hundred_writers_of_one_state_lose_nothing(fixture: Fixture) {
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

pub(super) async fn nobody_sees_another_owners_state(fixture: Fixture) {
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

pub(super) async fn a_deleted_state_is_gone_and_starts_anew(fixture: Fixture) {
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

pub(super) async fn any_json_comes_back_as_it_went(fixture: Fixture) {
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

pub(super) async fn names_may_be_any_text(fixture: Fixture) {
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

pub(super) async fn five_megabytes_are_kept(fixture: Fixture) {
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

pub(super) async fn what_could_not_be_read_back_is_refused_and_changes_nothing(fixture: Fixture) {
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

pub(super) async fn a_closed_store_keeps_what_was_queued_and_refuses_the_rest(fixture: Fixture) {
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

pub(super) async fn a_change_for_another_version_is_refused(fixture: Fixture) {
    let (store, key) = (&*fixture.store, key("ann", "t", "a"));
    let set = |n| StateChange::Replace(json!(n));
    let versions = |error| match error {
        StoreError::Conflict { expected, version } => (expected, version),
        other => panic!("{other:?}"),
    };
    let error = store.change_state_if(&key, set(0), Some(1)).await;
    assert_eq!(versions(error.unwrap_err()), (1, 0));
    assert_eq!(store.load_state(&key).await.unwrap(), None);
    let first = store.change_state_if(&key, set(1), Some(0)).await.unwrap();
    assert_eq!(first.version, 1);
    let error = store.change_state_if(&key, set(2), Some(0)).await;
    assert_eq!(versions(error.unwrap_err()), (0, 1));
    let writers = (0..20).map(|n| store.change_state_if(&key, set(n), Some(1)));
    let done = futures_util::future::join_all(writers).await;
    let won: Vec<_> = done.into_iter().flatten().collect();
    assert_eq!(won.len(), 1, "one of them read what it changed");
    assert_eq!(
        store.load_state(&key).await.unwrap().as_ref(),
        Some(&won[0])
    );
}

pub(super) async fn the_newest_versions_of_a_state_are_kept(fixture: Fixture) {
    let (store, key) = (&*fixture.store, key("ann", "t", "a"));
    let versions = async |most| {
        let versions = store.state_versions(&key, most).await.unwrap();
        let versions = versions.into_iter();
        let versions = versions.map(|it| (it.version, it.state, it.messages.len()));
        versions.collect::<Vec<_>>()
    };
    assert!(versions(100).await.is_empty());
    for n in 1..=15 {
        let set = StateChange::Replace(json!({ "n": n }));
        store.change_state(&key, set).await.unwrap();
    }
    let kept: Vec<_> = (5..=14).rev().map(|n| (n, json!({ "n": n }), 0)).collect();
    assert_eq!(versions(100).await, kept);
    assert_eq!(versions(2).await, kept[..2]);
    // A run that leaves the state as it was makes a version of which there is nothing to keep.
    let said = StateChange::Run {
        state: None,
        messages: vec![json!("hello")],
    };
    assert_eq!(store.change_state(&key, said).await.unwrap().version, 16);
    assert_eq!(versions(100).await, kept);
    let set = StateChange::Replace(json!(17));
    store.change_state(&key, set).await.unwrap();
    assert_eq!(versions(1).await, [(16, json!({"n": 15}), 0)]);
    let other = super::key("ann", "t", "b");
    assert!(store.state_versions(&other, 9).await.unwrap().is_empty());
    store.delete_state(&key).await.unwrap();
    assert!(versions(100).await.is_empty());
    store
        .change_state(&key, StateChange::Replace(json!(1)))
        .await
        .unwrap();
    assert!(versions(100).await.is_empty());
}
