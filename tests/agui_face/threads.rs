//! The life of threads.

use poem::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Face, demo};

async fn ids<E: poem::Endpoint<Output = poem::Response>>(
    face: &Face<E>,
    query: &str,
) -> Vec<String> {
    let page = face.get(&format!("/threads{query}")).await.json().await;
    let threads = page["threads"].as_array().expect("threads").iter();
    threads
        .map(|it| it["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[tokio::test]
async fn a_thread_is_listed_renamed_put_away_and_deleted() {
    let face = demo().await;
    for thread in ["one", "two"] {
        face.run(thread, "hello").await.events().await;
    }
    let page = face.get("/threads?agentId=default").await.json().await;
    assert_eq!(page["nextCursor"], Value::Null);
    let listed = &page["threads"][0];
    assert_eq!(
        (&listed["name"], &listed["archived"]),
        (&Value::Null, &json!(false))
    );
    let created = listed["createdAt"].as_str().expect("a time");
    assert!(created.ends_with('Z') && created.len() == "2026-11-22T06:14:26.421Z".len());
    assert!(ids(&face, "?agentId=nobody").await.is_empty());

    let body = json!({"agentId": "default", "name": "Zwei"}).to_string();
    let renamed = face
        .ask(Method::PATCH, "/threads/two", body)
        .await
        .json()
        .await;
    assert_eq!(
        (&renamed["id"], &renamed["name"]),
        (&json!("two"), &json!("Zwei"))
    );

    let archived = face
        .post("/threads/two/archive", &json!({}))
        .await
        .json()
        .await;
    assert_eq!(archived, json!({"threadId": "two", "archived": true}));
    assert_eq!(ids(&face, "").await, ["one"]);
    assert_eq!(ids(&face, "?includeArchived=true").await.len(), 2);
    let body = json!({"archived": false}).to_string();
    face.ask(Method::PATCH, "/threads/two", body)
        .await
        .json()
        .await;
    assert_eq!(ids(&face, "").await.len(), 2);

    let deleted = face
        .ask(Method::DELETE, "/threads/two", "")
        .await
        .json()
        .await;
    assert_eq!(deleted, json!({"threadId": "two", "deleted": true}));
    assert_eq!(ids(&face, "").await, ["one"]);
    assert!(face.connect("two").await.events().await.is_empty());
    let cleared = face.post("/threads/clear", &json!({})).await;
    assert_eq!(cleared.status, StatusCode::NO_CONTENT);
    assert!(ids(&face, "").await.is_empty());
}

#[tokio::test]
async fn a_thread_that_is_not_there_cannot_be_changed() {
    let face = demo().await;
    for (method, path, body) in [
        (Method::PATCH, "/threads/no", r#"{"name": "x"}"#),
        (Method::DELETE, "/threads/no", ""),
        (Method::POST, "/threads/no/archive", "{}"),
    ] {
        let answer = face.ask(method, path, body).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        let expected =
            json!({"error": "Thread not found", "message": "Thread 'no' does not exist"});
        assert_eq!(answer.json().await, expected, "{path}");
    }
    for body in ["", "[]", "{}", r#"{"name": 7}"#] {
        let answer = face.ask(Method::PATCH, "/threads/no", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
    }
    // To look at one is no mistake (upstream 1.75.0).
    assert_eq!(
        face.get("/threads/no/messages").await.json().await,
        json!({"messages": []})
    );
    assert_eq!(
        face.get("/threads/no/events").await.json().await,
        json!({"events": []})
    );
    assert_eq!(
        face.get("/threads/no/state").await.json().await,
        json!({"state": null})
    );
}

#[tokio::test]
async fn pages_follow_each_other_without_gaps() {
    let face = demo().await;
    for n in 0..5 {
        face.run(&format!("t{n}"), "hello").await.events().await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = face
            .get(&format!("/threads?limit=2{cursor}"))
            .await
            .json()
            .await;
        let threads = page["threads"].as_array().expect("threads");
        seen.extend(threads.iter().map(|it| it["id"].clone()));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let mut all = ids(&face, "").await;
    assert_eq!(seen, all);
    all.sort();
    assert_eq!(all, ["t0", "t1", "t2", "t3", "t4"]);
    for query in ["cursor=nonsense", "limit=0", "limit=x"] {
        let refused = face.get(&format!("/threads?{query}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn messages_events_and_state_tell_what_was_said() {
    let face = demo().await;
    let said = face.run("t", "state please").await.events().await;
    let listed = face.get("/threads/t/messages").await.json().await;
    assert_eq!(
        listed["messages"][0],
        json!({"id": "m1", "role": "user", "content": "state please"})
    );
    let state = face.get("/threads/t/state").await.json().await;
    assert!(
        state["state"]
            .as_object()
            .is_some_and(|state| !state.is_empty()),
        "{state}"
    );
    let events = face.get("/threads/t/events").await.json().await;
    assert_eq!(events["events"][0], said[0]);
    assert_eq!(
        events["events"].as_array().expect("events").last(),
        said.last()
    );

    let resource = json!({"method": "resource/request", "params": {"path": "/threads/t/messages", "httpMethod": "GET"}});
    assert_eq!(face.envelope(resource).await.json().await, listed);
}

#[tokio::test]
async fn a_store_that_fails_is_told_without_its_inside() {
    let face = demo().await;
    face.runtime.store().close().await.expect("closed");
    for path in ["/threads", "/threads/t/messages", "/threads/t/state"] {
        let answer = face.get(path).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        let expected = json!({"error": "store_failed", "message": "The thread store failed. The server's log says why."});
        assert_eq!(answer.json().await, expected);
    }
    let answer = face.connect("t").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
}
