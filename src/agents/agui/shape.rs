//! What AG-UI's schema asks of an event and its type here does not: where it is not kept, clients end their streams without
//! a word. And what upstream's parser writes out of what an agent leaves open (1.75.0).

use std::borrow::Borrow;

use serde_json::Value;

use crate::generated::agui::{
    ContentPart, Event, Extra, Message, MessageContent, RunFinishedOutcome, TextMessageRole,
};

/// The event as clients of every version read it; or which of its keys none of them reads, and what that should be.
pub(super) fn settle(event: Event) -> Result<Event, &'static str> {
    let mut event = match event.metadata() {
        None | Some(Value::Object(_)) => event,
        Some(Value::Null) => without_metadata(event),
        Some(_) => return Err("metadata: expected an object"),
    };
    match &mut event {
        Event::TextMessageStart(event) => {
            event.role.get_or_insert(TextMessageRole::Assistant);
        }
        Event::ToolCallResult(event) => match event.extra.get("role") {
            None => {}
            Some(Value::Null) => drop(event.extra.shift_remove("role")),
            Some(role) if role == "tool" => {}
            Some(_) => return Err("TOOL_CALL_RESULT: role: expected \"tool\""),
        },
        Event::ActivitySnapshot(event) => {
            if !event.content.is_object() {
                return Err("ACTIVITY_SNAPSHOT: content: expected an object");
            }
            event.replace.get_or_insert(true);
        }
        Event::RunFinished(event) => {
            nobodys(&mut event.extra);
            if let Some(RunFinishedOutcome::Interrupt(outcome)) = &mut event.outcome {
                if outcome.interrupts.is_empty() {
                    return Err("RUN_FINISHED: outcome: expected at least one interrupt");
                }
                for interrupt in &mut outcome.interrupts {
                    object(&mut interrupt.metadata)?;
                    object(&mut interrupt.response_schema)?;
                }
            }
        }
        Event::MessagesSnapshot(event) => {
            nobodys(&mut event.extra);
            event.messages.iter_mut().try_for_each(message)?;
        }
        Event::RunError(event) => nobodys(&mut event.extra),
        Event::RunStarted(event) => {
            nobodys(&mut event.extra);
            let input = event.input.iter_mut();
            let mut messages = input.flat_map(|input| &mut input.messages);
            messages.try_for_each(message)?;
        }
        _ => {}
    }
    Ok(event)
}

/// `null` is what some libraries write for a key that is not there.
fn without_metadata(event: Event) -> Event {
    let mut json = serde_json::to_value(&event).unwrap_or_default();
    if let Some(keys) = json.as_object_mut() {
        keys.shift_remove("metadata");
    }
    serde_json::from_value(json).unwrap_or(event)
}

/// These events are of no subagent, which some libraries say with a `null` that stops clients.
fn nobodys(extra: &mut Extra) {
    if extra.get("subagentRunId").is_some_and(Value::is_null) {
        extra.shift_remove("subagentRunId");
    }
}

/// An object where there is something; `null` is nothing.
fn object<V: Borrow<Value>>(value: &mut Option<V>) -> Result<(), &'static str> {
    match value.as_ref().map(V::borrow) {
        None | Some(Value::Object(_)) => {}
        Some(Value::Null) => *value = None,
        Some(_) => return Err("metadata or responseSchema: expected an object"),
    }
    Ok(())
}

fn message(message: &mut Message) -> Result<(), &'static str> {
    match message {
        Message::Developer(it) => object(&mut it.metadata),
        Message::System(it) => object(&mut it.metadata),
        Message::Reasoning(it) => object(&mut it.metadata),
        Message::User(it) => content(&it.content).and_then(|()| object(&mut it.metadata)),
        Message::Tool(it) => content(&it.content).and_then(|()| object(&mut it.metadata)),
        Message::Activity(it) if !it.content.is_object() => {
            Err("an activity's content: expected an object")
        }
        Message::Activity(it) => object(&mut it.metadata),
        Message::Assistant(it) => {
            let mut calls = it.tool_calls.iter_mut().flatten();
            calls.try_for_each(|call| object(&mut call.metadata))?;
            object(&mut it.metadata)
        }
        // Told by its role.
        Message::Other(_) => Ok(()),
    }
}

fn content(content: &MessageContent) -> Result<(), &'static str> {
    let MessageContent::Parts(parts) = content else {
        return Ok(());
    };
    // Older agents send all media so (AG-UI 0.0.59).
    let known = |part: &ContentPart| match part {
        ContentPart::Other(part) => part.tag == "binary",
        _ => true,
    };
    match parts.iter().all(known) {
        true => Ok(()),
        false => Err("a message's content: a part of an unknown type"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn settled(event: Value) -> Result<Value, &'static str> {
        let event = serde_json::from_value(event).unwrap();
        settle(event).map(|event| serde_json::to_value(event).unwrap())
    }

    #[test]
    fn what_is_left_open_is_written_out() {
        let start = json!({"type": "TEXT_MESSAGE_START", "messageId": "m", "metadata": null});
        let expected = json!({"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"});
        assert_eq!(settled(start), Ok(expected));
        let shown = json!({"type": "ACTIVITY_SNAPSHOT", "messageId": "m", "activityType": "a", "content": {}});
        assert_eq!(settled(shown).unwrap()["replace"], true);
        let result = json!({"type": "TOOL_CALL_RESULT", "messageId": "m", "toolCallId": "c", "content": "x", "role": null});
        assert_eq!(settled(result).unwrap().get("role"), None);
    }

    #[test]
    fn nothing_is_not_null() {
        let call = json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": ""}, "metadata": null});
        let told = settled(json!({"type": "MESSAGES_SNAPSHOT", "messages": [
            {"id": "u", "role": "user", "content": "x", "metadata": null},
            {"id": "a", "role": "assistant", "toolCalls": [call], "metadata": null},
        ]}));
        assert!(!told.unwrap().to_string().contains("null"));
        let interrupt = json!({"id": "i", "reason": "r", "metadata": null, "responseSchema": null});
        let told = settled(
            json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r",
            "outcome": {"type": "interrupt", "interrupts": [interrupt]}}),
        );
        assert!(!told.unwrap().to_string().contains("null"));
    }

    #[test]
    fn what_no_client_reads_is_refused() {
        for message in [
            json!({"id": "a", "role": "activity", "activityType": "a", "content": [1]}),
            json!({"id": "u", "role": "user", "content": [{"type": "odd"}]}),
            json!({"id": "u", "role": "system", "content": "x", "metadata": "m"}),
        ] {
            let event = json!({"type": "MESSAGES_SNAPSHOT", "messages": [message]});
            assert!(settled(event.clone()).is_err(), "{event}");
        }
    }

    #[test]
    fn what_is_said_stays() {
        for event in [
            json!({"type": "TEXT_MESSAGE_START", "metadata": {"a": 1}, "messageId": "m", "role": "user"}),
            json!({"type": "ACTIVITY_SNAPSHOT", "messageId": "m", "activityType": "a", "content": {}, "replace": false}),
            json!({"type": "TOOL_CALL_RESULT", "messageId": "m", "toolCallId": "c", "content": "x", "role": "tool"}),
            json!({"type": "SOMETHING_NEW", "metadata": {"a": 1}}),
        ] {
            assert_eq!(settled(event.clone()), Ok(event));
        }
    }
}
