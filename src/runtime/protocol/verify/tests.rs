#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::{Verifier, Why};
use crate::generated::agui::Event;

fn event(event: Value) -> Event {
    serde_json::from_value(event).unwrap()
}

/// Puts events through as the writer does; what was written, and why it ended if it did.
fn write(events: Vec<Value>) -> (Vec<Value>, Option<String>) {
    let mut verifier = Verifier::default();
    let mut written = Vec::new();
    for value in [
        vec![json!({"type": "RUN_STARTED", "threadId": "t", "runId": "r"})],
        events,
    ]
    .concat()
    {
        let event = event(value);
        for event in verifier.mend(&event).into_iter().chain([event]) {
            if let Err(reason) = verifier.check(&event) {
                return (written, Some(reason));
            }
            written.push(serde_json::to_value(&event).unwrap());
        }
    }
    (written.split_off(1), None)
}

fn refusal(events: Vec<Value>) -> String {
    write(events)
        .1
        .unwrap_or_else(|| "nothing is wrong".to_owned())
}

fn text(kind: &str, id: &str) -> Value {
    json!({"type": format!("TEXT_MESSAGE_{kind}"), "messageId": id, "delta": "x"})
}

fn call(kind: &str, id: &str) -> Value {
    json!({"type": format!("TOOL_CALL_{kind}"), "toolCallId": id, "toolCallName": "n", "delta": "x"})
}

fn reasoning(kind: &str, id: &str) -> Value {
    json!({"type": format!("REASONING_{kind}"), "messageId": id, "delta": "x"})
}

fn step(kind: &str, name: &str) -> Value {
    json!({"type": format!("STEP_{kind}"), "stepName": name})
}

fn subagent(kind: &str, id: &str) -> Value {
    json!({"type": format!("SUBAGENT_{kind}"), "subagentRunId": id, "name": "n", "message": "m"})
}

fn by(subagent: &str, mut event: Value) -> Value {
    event["subagentRunId"] = json!(subagent);
    event
}

fn thinking(kind: &str) -> Value {
    json!({"type": format!("THINKING_{kind}")})
}

fn finished() -> Value {
    json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r"})
}

fn started() -> Value {
    json!({"type": "RUN_STARTED", "threadId": "t", "runId": "r"})
}

/// The words are what `verifyEvents` of `@ag-ui/client` 0.0.59 said to these very events; 1.0 says the same, but knows nothing
/// of thinking.
#[test]
fn what_is_out_of_order_is_refused_in_upstreams_words() {
    let cases: Vec<(Vec<Value>, &str)> = vec![
        (
            vec![started()],
            "Cannot send 'RUN_STARTED' while a run is still active. The previous run must be finished with 'RUN_FINISHED' before starting a new run.",
        ),
        (
            vec![finished(), text("START", "m")],
            "Cannot send event type 'TEXT_MESSAGE_START': The run has already finished with 'RUN_FINISHED'. Start a new run with 'RUN_STARTED'.",
        ),
        (
            vec![json!({"type": "RUN_ERROR", "message": "m"}), finished()],
            "Cannot send event type 'RUN_FINISHED': The run has already errored with 'RUN_ERROR'. No further events can be sent.",
        ),
        (
            vec![text("START", "m"), text("START", "m")],
            "Cannot send 'TEXT_MESSAGE_START' event: A text message with ID 'm' is already in progress. Complete it with 'TEXT_MESSAGE_END' first.",
        ),
        (
            vec![text("CONTENT", "m")],
            "Cannot send 'TEXT_MESSAGE_CONTENT' event: No active text message found with ID 'm'. Start a text message with 'TEXT_MESSAGE_START' first.",
        ),
        (
            vec![text("END", "m")],
            "Cannot send 'TEXT_MESSAGE_END' event: No active text message found with ID 'm'. A 'TEXT_MESSAGE_START' event must be sent first.",
        ),
        (
            vec![call("START", "c"), call("START", "c")],
            "Cannot send 'TOOL_CALL_START' event: A tool call with ID 'c' is already in progress. Complete it with 'TOOL_CALL_END' first.",
        ),
        (
            vec![call("ARGS", "c")],
            "Cannot send 'TOOL_CALL_ARGS' event: No active tool call found with ID 'c'. Start a tool call with 'TOOL_CALL_START' first.",
        ),
        (
            vec![call("END", "c")],
            "Cannot send 'TOOL_CALL_END' event: No active tool call found with ID 'c'. A 'TOOL_CALL_START' event must be sent first.",
        ),
        (
            vec![step("STARTED", "s"), step("STARTED", "s")],
            "Step \"s\" is already active for 'STEP_STARTED'",
        ),
        (
            vec![by("a", step("STARTED", "s")), by("a", step("STARTED", "s"))],
            "Step \"s\" is already active for 'STEP_STARTED' in subagent 'a'",
        ),
        (
            vec![step("FINISHED", "s")],
            "Cannot send 'STEP_FINISHED' for step \"s\" that was not started",
        ),
        (
            vec![step("STARTED", "s"), by("a", step("FINISHED", "s"))],
            "Cannot send 'STEP_FINISHED' for step \"s\" attributed to subagent 'a': that step is open under the parent agent. A step must be finished by whoever started it.",
        ),
        (
            vec![subagent("STARTED", "a"), subagent("STARTED", "a")],
            "Cannot send 'SUBAGENT_STARTED': subagent 'a' is already active. Finish it with 'SUBAGENT_FINISHED' first.",
        ),
        (
            vec![
                subagent("STARTED", "a"),
                subagent("FINISHED", "a"),
                subagent("STARTED", "a"),
            ],
            "Cannot send 'SUBAGENT_STARTED': subagent 'a' has already finished in this run. Subagent IDs are per-invocation and cannot be reused.",
        ),
        (
            vec![
                json!({"type": "SUBAGENT_STARTED", "subagentRunId": "a", "name": "n", "parentSubagentRunId": "b"}),
            ],
            "Cannot send 'SUBAGENT_STARTED': parentSubagentRunId 'b' has not been started in this run.",
        ),
        (
            vec![subagent("ERROR", "a")],
            "Cannot send 'SUBAGENT_ERROR': no active subagent found with ID 'a'. A 'SUBAGENT_STARTED' event must be sent first.",
        ),
        (
            vec![
                subagent("STARTED", "a"),
                json!({"type": "SUBAGENT_FINISHED", "subagentRunId": "a", "outcome": {"type": "odd"}}),
            ],
            "Cannot send 'SUBAGENT_FINISHED' with outcome type 'odd'. The outcome is either { type: \"success\" } or { type: \"suspended\" }.",
        ),
        (
            vec![
                step("STARTED", "s"),
                by("a", step("STARTED", "z")),
                finished(),
            ],
            "Cannot send 'RUN_FINISHED' while steps are still active: s, z (subagent 'a')",
        ),
        (
            vec![text("START", "b"), text("START", "a"), finished()],
            "Cannot send 'RUN_FINISHED' while text messages are still active: b, a",
        ),
        (
            vec![call("START", "c"), finished()],
            "Cannot send 'RUN_FINISHED' while tool calls are still active: c",
        ),
        (
            vec![subagent("STARTED", "a"), finished()],
            "Cannot send 'RUN_FINISHED' while subagents are still active: a",
        ),
        (
            vec![text("START", "m"), by("a", text("CONTENT", "m"))],
            "Cannot send 'TEXT_MESSAGE_CONTENT': subagentRunId 'a' does not match the message 'm' opener's subagent '(the parent agent)'.",
        ),
        (
            vec![
                by("a", text("START", "m")),
                text("END", "m"),
                by("b", text("START", "m")),
            ],
            "Cannot send 'TEXT_MESSAGE_START': subagentRunId 'b' does not match the message 'm' opener's subagent 'a'.",
        ),
        (
            vec![by("a", call("START", "c")), by("b", call("ARGS", "c"))],
            "Cannot send 'TOOL_CALL_ARGS': subagentRunId 'b' does not match the tool call 'c' opener's subagent 'a'.",
        ),
        (
            vec![
                by("a", reasoning("START", "r")),
                by("b", reasoning("MESSAGE_START", "r")),
            ],
            "Cannot send 'REASONING_MESSAGE_START': subagentRunId 'b' does not match the reasoning message 'r' opener's subagent 'a'.",
        ),
        (
            vec![
                text("START", "m"),
                json!({"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "n", "parentMessageId": "m", "subagentRunId": "a"}),
            ],
            "Cannot send 'TOOL_CALL_START': subagentRunId 'a' does not match its parent message 'm' owner '(the parent agent)'. A tool call belongs to the message that carries it.",
        ),
        (
            vec![
                by("a", call("START", "c")),
                call("END", "c"),
                text("START", "m"),
                json!({"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "n", "parentMessageId": "m"}),
            ],
            "Cannot send 'TOOL_CALL_START': tool call 'c' is owned by 'a' but its parent message 'm' is owned by '(the parent agent)'. A tool call belongs to the message that carries it.",
        ),
        (
            vec![
                by("a", call("START", "c")),
                json!({"type": "REASONING_ENCRYPTED_VALUE", "subtype": "tool-call", "entityId": "c", "encryptedValue": "", "subagentRunId": "b"}),
            ],
            "Cannot send 'REASONING_ENCRYPTED_VALUE': subagentRunId 'b' does not match the tool call 'c' opener's subagent 'a'.",
        ),
        (
            vec![
                json!({"type": "ACTIVITY_SNAPSHOT", "messageId": "m", "activityType": "x", "content": {}}),
                json!({"type": "ACTIVITY_DELTA", "messageId": "m", "activityType": "x", "patch": [], "subagentRunId": "a"}),
            ],
            "Cannot send 'ACTIVITY_DELTA': subagentRunId 'a' does not match the activity 'm' opener's subagent '(the parent agent)'.",
        ),
        (
            vec![
                json!({"type": "MESSAGES_SNAPSHOT", "messages": [{"role": "assistant", "id": "m", "subagentRunId": "a"}]}),
                by("b", text("START", "m")),
            ],
            "Cannot send 'TEXT_MESSAGE_START': subagentRunId 'b' does not match the message 'm' opener's subagent 'a'.",
        ),
        (
            vec![thinking("TEXT_MESSAGE_START")],
            "Cannot send 'THINKING_TEXT_MESSAGE_START' event: A thinking step is not in progress. Create one with 'THINKING_START' first.",
        ),
        (
            vec![
                thinking("START"),
                thinking("TEXT_MESSAGE_START"),
                thinking("TEXT_MESSAGE_START"),
            ],
            "Cannot send 'THINKING_TEXT_MESSAGE_START' event: A thinking message is already in progress. Complete it with 'THINKING_TEXT_MESSAGE_END' first.",
        ),
        (
            vec![thinking("TEXT_MESSAGE_CONTENT")],
            "Cannot send 'THINKING_TEXT_MESSAGE_CONTENT' event: No active thinking message found. Start a message with 'THINKING_TEXT_MESSAGE_START' first.",
        ),
        (
            vec![thinking("TEXT_MESSAGE_END")],
            "Cannot send 'THINKING_TEXT_MESSAGE_END' event: No active thinking message found. A 'THINKING_TEXT_MESSAGE_START' event must be sent first.",
        ),
        (
            vec![thinking("START"), thinking("START")],
            "Cannot send 'THINKING_START' event: A thinking step is already in progress. End it with 'THINKING_END' first.",
        ),
        (
            vec![thinking("END")],
            "Cannot send 'THINKING_END' event: No active thinking step found. A 'THINKING_START' event must be sent first.",
        ),
    ];
    for (events, message) in cases {
        assert_eq!(refusal(events), message);
    }
}

#[test]
fn a_run_begins_with_its_start_or_an_error() {
    let mut verifier = Verifier::default();
    let first = verifier.check(&event(text("START", "m")));
    assert_eq!(first.unwrap_err(), "First event must be 'RUN_STARTED'");
    Verifier::default()
        .check(&event(json!({"type": "RUN_ERROR", "message": "m"})))
        .unwrap();
}

#[test]
fn a_second_run_of_a_stream_begins_with_a_clean_slate() {
    let run = vec![
        by("a", text("START", "m")),
        text("END", "m"),
        subagent("STARTED", "a"),
        subagent("FINISHED", "a"),
        finished(),
    ];
    let again = vec![
        started(),
        by("b", text("START", "m")),
        subagent("STARTED", "a"),
        json!({"type": "RUN_ERROR", "message": "m"}),
        started(),
        text("START", "m"),
    ];
    assert_eq!(write([run, again].concat()).1, None);
}

#[test]
fn events_of_unknown_types_pass() {
    let unknown = json!({"type": "NOT_YET_INVENTED", "some": {"thing": 1}});
    assert_eq!(write(vec![unknown.clone()]), (vec![unknown], None));
}

#[test]
fn reasoning_that_only_the_older_client_accepts_is_mended() {
    let (written, refusal) = write(vec![
        reasoning("MESSAGE_CONTENT", "a"),
        reasoning("MESSAGE_START", "a"),
        reasoning("END", "b"),
        reasoning("START", "c"),
        reasoning("START", "c"),
        thinking("START"),
        thinking("TEXT_MESSAGE_START"),
        finished(),
    ]);
    assert_eq!(refusal, None);
    let told: Vec<String> = written
        .iter()
        .map(|event| {
            let id = event["messageId"].as_str().unwrap_or_default();
            format!("{} {id}", event["type"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            "REASONING_MESSAGE_START a",
            "REASONING_MESSAGE_CONTENT a",
            "REASONING_MESSAGE_END a",
            "REASONING_MESSAGE_START a",
            "REASONING_START b",
            "REASONING_END b",
            "REASONING_START c",
            "REASONING_END c",
            "REASONING_START c",
            "THINKING_START ",
            "THINKING_TEXT_MESSAGE_START ",
            "REASONING_MESSAGE_END a",
            "REASONING_END c",
            "THINKING_TEXT_MESSAGE_END ",
            "THINKING_END ",
            "RUN_FINISHED ",
        ]
    );
}

#[test]
fn what_is_open_is_ended_and_calls_get_a_result() {
    let mut verifier = Verifier::default();
    for value in [
        started(),
        by("a", text("START", "m")),
        call("START", "done"),
        call("END", "done"),
        json!({"type": "TOOL_CALL_RESULT", "messageId": "r", "toolCallId": "done", "content": ""}),
        call("START", "ended"),
        call("END", "ended"),
        call("START", "open"),
        reasoning("MESSAGE_START", "r"),
    ] {
        verifier.check(&event(value)).unwrap();
    }
    let closing: Vec<Value> = verifier
        .close(Why::Incomplete("terminated"))
        .iter()
        .map(|event| serde_json::to_value(event).unwrap())
        .collect();
    let result = |id: &str| {
        json!({"type": "TOOL_CALL_RESULT", "messageId": format!("{id}-result"), "toolCallId": id, "role": "tool",
               "content": "{\"status\":\"error\",\"reason\":\"missing_terminal_event\",\"message\":\"terminated\"}"})
    };
    assert_eq!(
        closing,
        [
            json!({"type": "TEXT_MESSAGE_END", "messageId": "m", "subagentRunId": "a"}),
            json!({"type": "REASONING_MESSAGE_END", "messageId": "r"}),
            result("ended"),
            json!({"type": "TOOL_CALL_END", "toolCallId": "open"}),
            result("open"),
        ]
    );
    assert_eq!(verifier.close(Why::Stopped), []);
}
