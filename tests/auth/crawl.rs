//! With another owner's ids over every route of both faces and of the console: each answer is the one for an id that nobody has,
//! and the other owner's threads stay as they are. An administrator has more by the console, and no more than it is for.
//!
//! The routes are those that the server itself tells of: `/openapi.json`, which a test of its own holds complete, the methods of
//! the envelope in it, the GraphQL schema by introspection, and what the console's scripts ask. A route that is new is crawled, or
//! the crawl fails and says so.

mod console;
mod graphql;
mod place;
mod rest;

use std::collections::HashSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use place::{Asked, LIVE, Place, STRANGER, THREAD, UNKNOWN};

/// Everything there is to ask of the faces about a thread of this id.
async fn of_faces(place: &Place, id: &str) -> Vec<Asked> {
    let document = place.document().await;
    let mut all = rest::requests(&document, id);
    all.extend(rest::enveloped(&document, id));
    all.extend(graphql::requests(&place.schema().await, id));
    all
}

/// Everything there is to ask of the console about it, as what its owner has.
async fn of_console(place: &Place, id: &str) -> Vec<Asked> {
    let owner = if id == UNKNOWN { "nobody" } else { "ann" };
    console::requests(&place.scripts().await, &place.document().await, id, owner)
}

/// Compares what `who` is told of ann's threads with what is told of one that is not there. The routes.
async fn finds_nothing(
    who: &str,
    all: impl AsyncFn(&Place, &str) -> Vec<Asked>,
) -> HashSet<String> {
    let place = Place::start().await;
    let count = all(&place, UNKNOWN).await.len();
    assert!(count > 40, "{count} requests");
    let mut routes = HashSet::new();
    for n in 0..count {
        for id in [THREAD, LIVE] {
            // What the one before has left behind must not be what is found.
            let (mine, other) = (Place::start().await, Place::start().await);
            let with_hers = all(&mine, id).await.swap_remove(n);
            let with_none = all(&other, UNKNOWN).await.swap_remove(n);
            let name = with_hers.name();
            let before = mine.hers().await;
            let hers = mine.ask(who, &with_hers).await.told(id);
            let none = other.ask(who, &with_none).await.told(UNKNOWN);
            assert_eq!(hers, none, "{who}: {name}");
            assert!(!hers.contains("treasure"), "{who}: {name}: {hers}");
            let after = mine.hers().await;
            assert_eq!(before, after, "{name} changed what is not {who}'s");
            routes.insert(name);
        }
    }
    routes
}

fn assert_has(routes: &HashSet<String>, some: &[&str]) {
    for route in some {
        assert!(routes.contains(*route), "{route} of {routes:?}");
    }
}

#[tokio::test]
async fn another_owners_ids_are_as_good_as_none() {
    let routes = finds_nothing("bob", of_faces).await;
    let some = [
        "GET /threads/{threadId}/messages",
        "agent/connect",
        "mutation saveAgentState",
    ];
    assert_has(&routes, &some);
}

#[tokio::test]
async fn by_the_console_they_are_no_better() {
    let routes = finds_nothing("bob", of_console).await;
    let some = [
        "console GET /runs",
        "console GET /usage of an owner",
        "console DELETE /threads/{threadId}",
        "console DELETE /threads/{threadId} of an owner",
    ];
    assert_has(&routes, &some);
}

#[tokio::test]
async fn an_administrator_is_nobody_else_where_users_are() {
    finds_nothing("boss", of_faces).await;
}

#[tokio::test]
async fn by_the_console_an_administrator_looks_and_tidies_up_and_no_more() {
    let place = Place::start().await;
    let all = of_console(&place, THREAD).await;
    let mut found = 0;
    for asked in all.iter().filter(|it| it.path.contains("owner=ann")) {
        let place = Place::start().await;
        let before = place.hers().await;
        let told = place.ask("boss", asked).await;
        let name = asked.name();
        if asked.reads() {
            assert_eq!(before, place.hers().await, "{name}");
            found += usize::from(told.text.contains("treasure"));
        }
        let allowed = console::is_for_admins(asked) || name.contains("/usage");
        assert_eq!(told.status == 200, allowed, "{name}: {}", told.text);
        if !allowed {
            assert_eq!(before, place.hers().await, "{name}");
        }
    }
    assert!(found >= 5, "{found} requests found her words");
}

#[tokio::test]
async fn a_stranger_is_told_nothing_on_any_route() {
    let place = Place::start().await;
    let before = place.hers().await;
    let mut all = of_faces(&place, THREAD).await;
    all.extend(of_console(&place, THREAD).await);
    for asked in &all {
        let told = place.ask(STRANGER, asked).await;
        assert_eq!(told.status, 401, "{}: {}", asked.name(), told.text);
    }
    assert_eq!(before, place.hers().await);
}

#[tokio::test]
async fn her_own_ids_are_found() {
    // Without this the crawl would be content with a server that finds nothing at all.
    let place = Place::start().await;
    let all = of_faces(&place, THREAD).await;
    let mut found = 0;
    for asked in all.iter().filter(|it| it.reads()) {
        let text = place.ask("ann", asked).await.told(THREAD);
        found += usize::from(text.contains("treasure"));
    }
    assert!(
        found >= 7,
        "{found} of {} requests found her words",
        all.len()
    );
}

#[tokio::test]
async fn what_is_told_as_it_comes_is_told_to_its_owner_alone() {
    let place = Place::start().await;
    let feed = Asked::get("/cpk-debug-events");
    let mut bobs = place.stream("bob", &feed).await;
    let mut anns = place.stream("ann", &feed).await;
    for (who, thread) in [("ann", "hers"), ("bob", "his")] {
        place.run(who, thread, "default", "treasure of mine").await;
    }
    let seen = bobs.until("RUN_FINISHED").await;
    let hers = anns.until("RUN_FINISHED").await;
    assert!(
        seen.contains("\"his\"") && !seen.contains("\"hers\"") && !seen.contains(LIVE),
        "{seen}"
    );
    assert!(
        hers.contains("\"hers\"") && !hers.contains("\"his\""),
        "{hers}"
    );
}

#[tokio::test]
async fn lists_have_ones_own_things_only() {
    let place = Place::start().await;
    place.run("bob", "his", "default", "nothing").await;
    let listed = place
        .ask("bob", &Asked::get("/threads?includeArchived=true"))
        .await
        .text;
    assert!(
        listed.contains("\"his\"") && !listed.contains(THREAD) && !listed.contains(LIVE),
        "{listed}"
    );
    // Nor is a page of the list that begins at somebody else's thread another one than that of a thread that is not there.
    let page = |id: &str| {
        use base64::Engine;
        let cursor = json!({"updated_at_ms": 9_999_999_999_999_u64, "id": id}).to_string();
        let cursor = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(cursor);
        Asked::get(&format!("/threads?cursor={cursor}"))
    };
    let [hers, none] = [THREAD, UNKNOWN].map(page);
    assert_eq!(
        place.ask("bob", &hers).await.text,
        place.ask("bob", &none).await.text
    );
}

/// The middle one of many: what other programs do meanwhile makes single ones slow.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[tokio::test]
async fn it_takes_as_long_to_find_nothing_as_to_find_what_is_anothers() {
    const TIMES: usize = 300;
    let place = Place::start().await;
    for path in ["messages", "events", "state"] {
        let of = |id: &str| Asked::get(&format!("/threads/{id}/{path}"));
        let (hers, none) = (of(THREAD), of(UNKNOWN));
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..TIMES {
            for (asked, times) in [&hers, &none].into_iter().zip(&mut times) {
                let begun = Instant::now();
                place.ask("bob", asked).await;
                times.push(begun.elapsed());
            }
        }
        let [hers, none] = times.map(median);
        let ratio = hers.as_secs_f64() / none.as_secs_f64();
        assert!((0.6..1.6).contains(&ratio), "{path}: {hers:?} and {none:?}");
    }
}

/// A JSON text with every string in it that is an id of the asker's put in.
fn with_id(example: &Value, id: &str) -> Value {
    match example {
        Value::String(text) if text == "docs" => id.into(),
        Value::Array(items) => items.iter().map(|item| with_id(item, id)).collect(),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, value)| (key.clone(), with_id(value, id)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}
