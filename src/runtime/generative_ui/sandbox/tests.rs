#![allow(clippy::unwrap_used)]

use super::*;

fn event(json: Value) -> Event {
    serde_json::from_value(json).unwrap()
}

fn start() -> Event {
    event(json!({"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": TOOL}))
}

fn args(delta: &str) -> Event {
    event(json!({"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": delta}))
}

fn end() -> Event {
    event(json!({"type": "TOOL_CALL_END", "toolCallId": "c"}))
}

/// What is shown of these events: types, and of activities their content or patch.
fn shown(events: impl IntoIterator<Item = Event>) -> Vec<String> {
    let mut sandbox = Sandbox::default();
    let mut out = Vec::new();
    for event in events {
        sandbox.take(event, &mut out);
    }
    let told = |event: &Event| match event {
        Event::ActivitySnapshot(event) => format!("= {}", event.content),
        Event::ActivityDelta(event) => {
            let patch = serde_json::to_value(&event.patch).unwrap();
            format!(
                "{} {}",
                patch[0]["path"].as_str().unwrap(),
                patch[0]["value"]
            )
        }
        event => event.event_type().to_owned(),
    };
    out.iter().map(told).collect()
}

#[test]
fn a_call_is_held_back_until_there_is_something_to_show() {
    assert_eq!(shown([start(), args("{\"css")]), Vec::<String>::new());
    let events = [start(), args("{\"css"), args("\": \"x\"")];
    assert_eq!(
        shown(events),
        [
            "= {\"generating\":true}",
            "TOOL_CALL_START",
            "TOOL_CALL_ARGS",
            "TOOL_CALL_ARGS",
            "/css \"x\"",
            "/cssComplete true"
        ]
    );
}

#[test]
fn a_call_that_shows_nothing_is_let_go() {
    let calls = ["TOOL_CALL_START", "TOOL_CALL_ARGS"];
    assert_eq!(
        shown([start(), args("oh"), end()]),
        [calls[0], calls[1], "TOOL_CALL_END"]
    );
    let ended = event(json!({"type": "RUN_ERROR", "message": "x"}));
    assert_eq!(
        shown([start(), args("{"), ended]),
        [calls[0], calls[1], "RUN_ERROR"]
    );
}

#[test]
fn the_height_comes_late_as_a_patch() {
    let shown = shown([
        start(),
        args("{\"html\": \"<p>\", \"initialHeight\": 5, \"x\": {\"css\": 1}}"),
        end(),
    ]);
    let page: Vec<&str> = shown
        .iter()
        .map(|told| &**told)
        .filter(|told| !told.starts_with("TOOL"))
        .collect();
    assert_eq!(
        page,
        [
            "= {\"generating\":true}",
            "/html []",
            "/html/- \"<p>\"",
            "/htmlComplete true",
            "/initialHeight 5",
            "/generating false"
        ]
    );
}

#[test]
fn odd_values_do_not_break_a_page() {
    let deltas = [
        "{\"initialHeight\": null, \"html\": null, ",
        "\"css\": 1, \"jsFunctions\": null, \"placeholderMessages\": [1, [2], {\"a\": 3}]}",
    ];
    let page: Vec<String> = shown([start(), args(deltas[0]), args(deltas[1])])
        .into_iter()
        .filter(|told| !told.starts_with("TOOL"))
        .collect();
    assert_eq!(
        page,
        [
            "= {\"generating\":true}",
            "/htmlComplete true",
            "/css \"1\"",
            "/cssComplete true",
            "/jsFunctionsComplete true",
            "/placeholderMessages []",
            "/placeholderMessages/- \"1\"",
        ]
    );
}
