//! The comparer itself: every golden equals itself, and a changed token, status, header or model request shows.

use serde_json::{Value, json};

use crate::support::canonical::{Answer, canonical};
use crate::support::diff::diff;
use crate::support::golden::{Golden, names};
use crate::support::payloads;

fn each_golden() -> impl Iterator<Item = (Golden, Value)> {
    names().into_iter().map(|name| {
        let golden = Golden::load(&name);
        let canonical = golden
            .canonical()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        (golden, canonical)
    })
}

#[test]
fn every_golden_has_a_canonical_form_equal_to_itself() {
    for (golden, canonical) in each_golden() {
        assert_eq!(
            diff(&canonical, &canonical.clone()),
            Vec::<String>::new(),
            "{}",
            golden.name
        );
    }
}

#[test]
fn every_recorded_request_can_be_sent_again() {
    for name in names() {
        let golden = Golden::load(&name);
        let head = format!("{}\r\n", golden.line());
        assert!(golden.request().starts_with(head.as_bytes()), "{name}");
    }
}

#[test]
fn a_changed_token_shows() {
    for (golden, canonical) in each_golden().filter(|(golden, _)| streams_text(golden)) {
        let body = golden.part("response")["body"].as_str().expect("a body");
        for token in ["\"ld\"", "\"Hel\"", "\"Success\"", "\"assistant\""] {
            if body.contains(token) {
                let changed = of(&golden, &body.replacen(token, "\"changed\"", 1));
                assert_ne!(
                    diff(&canonical["body"], &changed["body"]),
                    Vec::<String>::new(),
                    "{} {token}",
                    golden.name
                );
            }
        }
    }
}

fn streams_text(golden: &Golden) -> bool {
    golden.part("response")["body"]
        .as_str()
        .is_some_and(|body| body.contains("incremental"))
}

fn of(golden: &Golden, body: &str) -> Value {
    let content_type = golden.part("response")["headers"]["content-type"]
        .as_str()
        .expect("a content type");
    let headers = [("content-type".to_owned(), content_type.to_owned())];
    canonical(&Answer {
        status: "HTTP/1.1 200 OK",
        headers: &headers,
        body,
    })
    .unwrap_or_else(|error| error.into())
}

#[test]
fn batching_does_not_show_but_order_does() {
    let item = |index: u64, text: &str| json!({"items": [text], "path": ["list", index]});
    let first = json!({"data": {"list": []}, "hasNext": true});
    let apart = [
        first.clone(),
        json!({"incremental": [item(0, "a")], "hasNext": true}),
        json!({"incremental": [item(1, "b")], "hasNext": false}),
    ];
    let together = [
        first.clone(),
        json!({"incremental": [item(0, "a"), item(1, "b")], "hasNext": true}),
        json!({"hasNext": false}),
    ];
    let swapped = [
        first,
        json!({"incremental": [item(1, "b"), item(0, "a")], "hasNext": false}),
    ];
    assert_eq!(
        payloads::canonical(&apart, true),
        payloads::canonical(&together, true)
    );
    assert!(payloads::canonical(&swapped, true).is_err_and(|error| error.contains("out of order")));
}

#[test]
fn a_list_that_two_fragments_stream_is_merged_item_by_item() {
    let first = json!({"data": {"list": []}, "hasNext": true});
    let item = |fields: serde_json::Value| json!({"incremental": [{"items": [fields], "path": ["list", 0]}], "hasNext": true});
    let last = json!({"hasNext": false});
    let (id, status) = (item(json!({"id": 1})), item(json!({"status": {}})));
    let merged = payloads::canonical(&[first.clone(), id.clone(), status, last.clone()], true);
    assert_eq!(
        merged.unwrap()["merged"]["data"]["list"],
        json!([{"id": 1, "status": {}}])
    );
    let other = item(json!({"id": 2}));
    assert!(
        payloads::canonical(&[first, id, other, last], true)
            .is_err_and(|error| error.contains("out of order"))
    );
}

#[test]
fn a_record_for_a_path_that_is_not_there_is_refused() {
    let first = json!({"data": {"list": []}, "hasNext": true});
    let early =
        json!({"incremental": [{"data": {"status": 1}, "path": ["list", 0]}], "hasNext": false});
    assert!(
        payloads::canonical(&[first, early], true)
            .is_err_and(|error| error.contains("nothing is there yet"))
    );
}

#[test]
fn a_broken_frame_is_refused() {
    assert!(
        payloads::multipart("\r\n---\r\nContent-Type: application/json\r\n\r\n{}\r\n-----\r\n")
            .is_err()
    );
    assert!(!payloads::lengths_are_right(
        "\r\n---\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 3\r\n\r\n{}\r\n-----\r\n"
    ));
    assert!(payloads::events("event: next\ndata: {}\n\n").is_err());
}

#[test]
fn the_cut_introspection_still_tells_types_and_directives() {
    let body = &Golden::load("introspection")
        .canonical()
        .expect("a canonical form")["body"];
    assert!(
        body["types"]["TextMessageOutput"]["fields"].is_array()
            && body["directives"]["stream"]["args"].is_array()
    );
}

#[test]
fn times_ids_and_stacks_are_blanked_but_not_their_absence() {
    let blank = crate::support::blank::blank;
    let ours = json!({"createdAt": "2030-01-01T00:00:00.000Z", "id": "ck-6e79198d-dde7-4f10-9d64-57db3a6425ef", "stack": ""});
    let theirs = json!({"createdAt": "2026-11-22T06:19:54.554Z", "id": "ck-00000000-dde7-4f10-9d64-57db3a6425ef"});
    assert_eq!(blank(&ours), blank(&theirs));
    assert_ne!(
        blank(&json!({"createdAt": "2030-01-01 00:00:00"})),
        blank(&json!({"createdAt": "2026-11-22T06:19:54.554Z"}))
    );
    assert_ne!(
        blank(&json!({"stack": "Error: at main.rs"})),
        blank(&json!({"stack": "<stack>"}))
    );
}
