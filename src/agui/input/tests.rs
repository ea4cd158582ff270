#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::{Value, json};

use super::*;

fn input(messages: Value) -> Value {
    json!({"threadId": "t", "runId": "r", "messages": messages, "tools": [], "context": []})
}

fn most(each: usize) -> Most {
    Most {
        messages: each,
        tools: each,
    }
}

fn refused(body: &Value) -> Value {
    match read(body.to_string().as_bytes(), most(10)) {
        Err(Refusal::Invalid(details)) => serde_json::from_str(&details).unwrap(),
        other => panic!("{body}: {other:?}"),
    }
}

#[test]
fn every_mistake_is_told() {
    let body = json!({"threadId": 1, "messages": [{"id": "1", "role": "tool", "content": null}, 7], "tools": {}, "resume": null});
    let told = refused(&body);
    let told: Vec<_> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| {
            (
                issue["path"].to_string(),
                issue["message"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("[\"threadId\"]", "Expected string, received number"),
        ("[\"runId\"]", "Required"),
        (
            "[\"messages\",0,\"content\"]",
            "Expected string, received null",
        ),
        ("[\"messages\",0,\"toolCallId\"]", "Required"),
        ("[\"messages\",1]", "Expected object, received number"),
        ("[\"tools\"]", "Expected array, received object"),
        ("[\"context\"]", "Required"),
        ("[\"resume\"]", "Expected array, received null"),
    ];
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(path, message)| (path.to_owned(), message))
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn what_zod_says_of_the_rarer_mistakes() {
    let part = |part: Value| input(json!([{"id": "1", "role": "user", "content": [part]}]));
    let calls = json!([{"id": "c", "type": "x", "function": {"name": "f", "arguments": "{}"}}]);
    let call = input(json!([{"id": "1", "role": "assistant", "toolCalls": calls}, {"role": "?"}]));
    let mut resume = input(json!([]));
    resume["resume"] = json!([{"interruptId": "i", "status": "perhaps"}]);
    // Recorded from zod 3.25.76 with the schema of @ag-ui/core 0.0.59.
    let recorded: Value = serde_json::from_str(include_str!("testdata/zod.json")).unwrap();
    let bodies = [
        ("unknownPart", part(json!({"type": "hologram"}))),
        (
            "emptyBinary",
            part(json!({"type": "binary", "mimeType": "image/png"})),
        ),
        ("literal", call),
        ("word", resume),
    ];
    for (name, body) in bodies {
        assert_eq!(
            refused(&body).to_string(),
            recorded[name].to_string(),
            "{name}"
        );
    }
}

#[test]
fn what_the_contract_does_not_know_is_left_out() {
    let mut body = input(json!([
        {"id": "1", "role": "user", "content": "x", "name": "bob", "unknown": 1},
        {"id": "2", "role": "user", "content": [{"type": "text", "text": "x", "unknown": 1}]},
        {"id": "3", "role": "assistant", "unknown": 1, "toolCalls":
            [{"id": "c", "type": "function", "unknown": 1, "function": {"name": "f", "arguments": "{}", "unknown": 1}}]},
    ]));
    body["lastSeenEventId"] = json!("e");
    body["tools"] =
        json!([{"name": "f", "description": "", "parameters": {"unknown": 1}, "unknown": 1}]);
    let read = read(body.to_string().as_bytes(), most(10)).unwrap();
    let text = serde_json::to_string(&read).unwrap();
    assert_eq!(text.matches("unknown").count(), 1, "{text}");
    assert!(
        text.contains("\"bob\"") && !text.contains("lastSeenEventId"),
        "{text}"
    );
}

#[test]
fn tools_and_context_may_be_left_out_and_are_there_for_older_readers() {
    let body = br#"{"threadId": "t", "runId": "r", "messages": [], "state": null}"#;
    let read = read(body, most(10)).unwrap();
    let expected =
        json!({"threadId": "t", "runId": "r", "messages": [], "tools": [], "context": []});
    assert_eq!(serde_json::to_value(&read).unwrap(), expected);
}

#[test]
fn an_older_binary_part_is_taken() {
    let part = json!({"type": "binary", "mimeType": "image/png", "url": "https://x"});
    let body = input(json!([{"id": "1", "role": "user", "content": [part]}]));
    assert!(read(body.to_string().as_bytes(), most(10)).is_ok());
}

#[test]
fn too_many_messages_are_counted() {
    let message = json!({"id": "1", "role": "user", "content": "x"});
    let body = input(json!([message, message, message])).to_string();
    let refusal = Refusal::TooMany {
        things: "messages",
        count: 3,
        limit: 2,
    };
    assert_eq!(read(body.as_bytes(), most(2)), Err(refusal));
    assert!(read(body.as_bytes(), most(3)).is_ok());
}

#[test]
fn too_many_tools_are_counted() {
    let tool = json!({"name": "f", "description": "", "parameters": {}});
    let mut body = input(json!([]));
    body["tools"] = json!([tool, tool, tool]);
    let refusal = Refusal::TooMany {
        things: "tools",
        count: 3,
        limit: 2,
    };
    assert_eq!(read(body.to_string().as_bytes(), most(2)), Err(refusal));
    assert!(read(body.to_string().as_bytes(), most(3)).is_ok());
}

#[test]
fn what_is_no_json_is_told_as_such() {
    for body in ["", "[", "{\"a\":"] {
        let told = Refusal::Invalid("Unexpected end of JSON input".to_owned());
        assert_eq!(read(body.as_bytes(), most(10)), Err(told), "{body}");
    }
    let told = "Unexpected token 'o', \"not json\" is not valid JSON";
    assert_eq!(
        read(b"not json", most(10)),
        Err(Refusal::Invalid(told.to_owned()))
    );
}

/// Where the first thing wrong with a message stands, and what is said of it.
fn complaint(body: &Value) -> (String, String) {
    let told = refused(body);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (told[0]["path"].to_string(), text(&told[0]["message"]))
}

#[test]
fn what_upstream_refuses_is_refused() {
    let of = |message: Value| input(json!([message]));
    let with = |key: &str, value: Value| {
        let mut body = input(json!([]));
        body[key] = value;
        body
    };
    let call = json!({"id": "c", "type": "fn", "function": {"name": "f", "arguments": "{}"}});
    let tool = json!({"id": "1", "role": "tool", "toolCallId": "c"});
    let tool = |key: &str, value: Value| {
        let mut message = tool.clone();
        message["content"] = json!("x");
        message[key] = value;
        of(message)
    };
    let null = "Expected string, received null";
    for (body, path, message) in [
        (
            of(json!({"id": "1", "role": "assistant", "content": null})),
            "content",
            null,
        ),
        (
            of(json!({"id": "1", "role": "assistant", "toolCalls": null})),
            "toolCalls",
            "Expected array, received null",
        ),
        (
            of(json!({"id": "1", "role": "assistant", "toolCalls": [call]})),
            "type",
            "Invalid literal value, expected \"function\"",
        ),
        (
            of(json!({"id": "1", "role": "user", "content": "x", "name": null})),
            "name",
            null,
        ),
        (
            of(json!({"id": "1", "role": "activity", "activityType": "A"})),
            "content",
            "Required",
        ),
        (
            of(json!({"id": "1", "role": "activity", "activityType": "A", "content": "x"})),
            "content",
            "Expected object, received string",
        ),
        (
            of(json!({"id": "1", "role": "activity", "activityType": "A", "content": []})),
            "content",
            "Expected object, received array",
        ),
        (tool("error", Value::Null), "error", null),
        (with("parentRunId", Value::Null), "parentRunId", null),
        (
            with("resume", Value::Null),
            "resume",
            "Expected array, received null",
        ),
        (
            with("tools", Value::Null),
            "tools",
            "Expected array, received null",
        ),
        (
            with("context", Value::Null),
            "context",
            "Expected array, received null",
        ),
        (
            with(
                "tools",
                json!([{"name": "a", "description": "", "metadata": "x"}]),
            ),
            "metadata",
            "Expected object, received string",
        ),
        (
            with(
                "resume",
                json!([{"interruptId": "i", "status": "resolved", "metadata": null}]),
            ),
            "metadata",
            "Expected object, received null",
        ),
    ] {
        let (at, told) = complaint(&body);
        assert!(at.ends_with(&format!("\"{path}\"]")), "{body}: {at}");
        assert_eq!(told, message, "{body}");
    }
}

#[test]
fn what_ag_ui_1_allows_is_taken() {
    let part = json!([{"type": "image", "source": {"type": "file", "value": "id"}}]);
    let mut body = input(json!([
        {"id": "1", "role": "tool", "toolCallId": "c", "content": [{"type": "text", "text": "x"}]},
        {"id": "2", "role": "user", "content": part},
    ]));
    body["protocolVersion"] = json!("1.0");
    let taken = read(body.to_string().as_bytes(), most(10)).unwrap();
    assert_eq!(taken.protocol_version.as_deref(), Some("1.0"));
    // The words are upstream's if something else is wrong.
    body["messages"][0]["id"] = json!(1);
    body["tools"] = json!(1);
    let told = refused(&body);
    let paths: Vec<_> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["path"].to_string())
        .collect();
    let expected = [
        "[\"messages\",0,\"id\"]",
        "[\"messages\",0,\"content\"]",
        "[\"messages\",1,\"content\"]",
        "[\"tools\"]",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn what_upstream_overlooks_is_overlooked() {
    let text = "\u{feff}{\"threadId\": \"a\", \"threadId\": \"b\", \"runId\": \"\", \"protocolVersion\": 1, \"tools\": [], \"context\": [], \
        \"messages\": [{\"id\": \"1\", \"role\": \"user\", \"content\": \"\\ud83e x\"}]}";
    let read = read(text.as_bytes(), most(10)).unwrap();
    assert_eq!((read.thread_id.as_str(), read.run_id.len()), ("b", 36));
    assert_eq!(read.protocol_version, None);
    let message = serde_json::to_value(&read.messages[0]).unwrap();
    assert_eq!(message["content"], "\u{fffd} x");
}
