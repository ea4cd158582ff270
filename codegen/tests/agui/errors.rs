//! What is known must have its shape, and the error says where it has not.

use super::types::{Event, Message, RunAgentInput};

fn event(text: &str) -> String {
    serde_json::from_str::<Event>(text).unwrap_err().to_string()
}

#[test]
fn a_missing_field_is_named_with_its_event() {
    assert_eq!(
        event(r#"{"type":"TEXT_MESSAGE_CONTENT","delta":"x"}"#),
        r#"TEXT_MESSAGE_CONTENT: missing field "messageId" at line 1 column 43"#
    );
    assert_eq!(
        event(r#"{"delta":"x","type":"TEXT_MESSAGE_CONTENT"}"#),
        r#"TEXT_MESSAGE_CONTENT: missing field "messageId" at line 1 column 43"#
    );
    assert_eq!(event("{}"), r#"missing field "type" at line 1 column 2"#);
    assert_eq!(
        event(r#"{"type":1}"#),
        "type: invalid type: integer `1`, expected a string at line 1 column 9"
    );
}

#[test]
fn a_wrong_type_is_named_with_its_path() {
    assert_eq!(
        event(r#"{"type":"TEXT_MESSAGE_CONTENT","messageId":"m","delta":{}}"#),
        "TEXT_MESSAGE_CONTENT: delta: invalid type: map, expected a string at line 1 column 55"
    );
    assert_eq!(
        event(r#"{"type":"TEXT_MESSAGE_START","messageId":"m","role":"robot"}"#),
        "TEXT_MESSAGE_START: role: invalid value: string \"robot\", expected one of \"developer\", \"system\", \"assistant\", \"user\" \
         at line 1 column 59"
    );
    assert_eq!(
        event(
            r#"{"type":"STATE_DELTA","delta":[{"op":"add","path":"/a","value":1},{"path":"/b","op":"move"}]}"#
        ),
        "STATE_DELTA: delta[1]: missing field \"from\" at line 1 column 91"
    );
}

#[test]
fn the_path_goes_through_lists_unions_and_early_fields() {
    let call = r#"{"id":"c","type":"function","function":{"arguments":"{}"}}"#;
    let message = format!(r#"{{"id":"m","role":"assistant","toolCalls":[{call}]}}"#);
    let late_role = format!(r#"{{"toolCalls":[{call}],"id":"m","role":"assistant"}}"#);
    for message in [message, late_role] {
        let input = format!(r#"{{"threadId":"t","runId":"r","messages":[{message}]}}"#);
        let error = serde_json::from_str::<RunAgentInput>(&input)
            .unwrap_err()
            .to_string();
        assert!(
            error
                .starts_with("messages[0].toolCalls[0].function: missing field \"name\" at line 1"),
            "{error}"
        );
        let error = event(&format!(
            r#"{{"type":"RUN_STARTED","threadId":"t","runId":"r","input":{input}}}"#
        ));
        assert!(
            error
                .starts_with("RUN_STARTED: input.messages[0].toolCalls[0].function: missing field"),
            "{error}"
        );
    }
    let error =
        serde_json::from_str::<RunAgentInput>(r#"{"threadId":"t","runId":"r","messages":"hi"}"#)
            .unwrap_err()
            .to_string();
    assert!(
        error.starts_with("messages: invalid type: string \"hi\", expected an array"),
        "{error}"
    );
    let content = r#"{"role":"user","id":"u","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"url"}}]}"#;
    let error = serde_json::from_str::<Message>(content)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("content[1].source: missing field \"value\""),
        "{error}"
    );
}

#[test]
fn what_contradicts_itself_is_an_error() {
    assert!(
        event(r#"{"type":"TEXT_MESSAGE_END","messageId":"a","messageId":"b"}"#)
            .contains("duplicate field \"messageId\"")
    );
    assert!(
        event(r#"{"type":"TEXT_MESSAGE_END","messageId":"a","type":"RUN_ERROR"}"#)
            .contains("expected \"TEXT_MESSAGE_END\"")
    );
    assert!(event(r#"{"type":"NEW","type":"NEWER"}"#).contains("duplicate field \"type\""));
    assert!(
        event(r#"{"type":"REASONING_MESSAGE_START","messageId":"a","role":"user"}"#)
            .contains("expected \"reasoning\"")
    );
}

#[test]
fn what_is_no_event_is_an_error() {
    for text in [
        "",
        "1",
        "[]",
        "null",
        "\"TEXT_MESSAGE_END\"",
        "{",
        r#"{"type":"TEXT_MESSAGE_CONTENT","messageId":"m","delta":"x"#,
    ] {
        assert!(serde_json::from_str::<Event>(text).is_err(), "{text}");
    }
    assert_eq!(
        event("[]"),
        r#"invalid type: sequence, expected an object with a "type" at line 1 column 0"#
    );
}
