//! Writes for clients of AG-UI 0.0.59 what AG-UI 1.0 says and they cannot read.
//!
//! An old client ends its stream without a word at the first event that its schema does not know, and shows an empty
//! history. What it cannot read is wrapped or told in the old way; nothing is changed in the log or the store.

use serde_json::json;

use crate::generated::agui::{
    ContentPart, Event, Message, MessageContent, PartSource, RawEvent, RunAgentInput,
    RunErrorEvent, RunFinishedEvent, RunFinishedOutcome, RunFinishedSuccessOutcome,
};

/// Which version of AG-UI a client reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// 0.0.59, as CopilotKit 1.75 does; what everybody can read.
    Old,
    /// 1.0.
    New,
}

impl Dialect {
    /// A client of 1.0 says so in its input.
    pub(super) fn of(input: &RunAgentInput) -> Self {
        match &input.protocol_version {
            Some(version) if version.starts_with("1.") => Self::New,
            _ => Self::Old,
        }
    }

    /// The event for this reader; `None` if it is right as it is.
    pub(super) fn adapt(self, event: &Event) -> Option<Event> {
        match (self, event) {
            (Self::Old, Event::Other(unknown)) if !unknown.tag.starts_with("THINKING_") => {
                let event = serde_json::to_value(event).unwrap_or_default();
                Some(RawEvent::new(event).into())
            }
            (Self::Old, Event::RunFinished(finished)) => finish(finished),
            (Self::Old, Event::ToolCallResult(result)) => {
                let text = as_text(&result.content)?;
                let mut result = result.clone();
                result.content = text;
                Some(result.into())
            }
            (_, Event::MessagesSnapshot(snapshot)) => {
                let messages = self.messages(&snapshot.messages)?;
                let mut snapshot = snapshot.clone();
                snapshot.messages = messages;
                Some(snapshot.into())
            }
            (_, Event::RunStarted(started)) => {
                let input = self.input(started.input.as_deref()?)?;
                let mut started = started.clone();
                started.input = Some(Box::new(input));
                Some(started.into())
            }
            _ => None,
        }
    }

    fn input(self, input: &RunAgentInput) -> Option<RunAgentInput> {
        let messages = self.messages(&input.messages);
        let lacks = self == Self::Old && (input.tools.is_none() || input.context.is_none());
        if messages.is_none() && !lacks {
            return None;
        }
        let mut input = input.clone();
        if let Some(messages) = messages {
            input.messages = messages;
        }
        if self == Self::Old {
            input.tools.get_or_insert_default();
            input.context.get_or_insert_default();
        }
        Some(input)
    }

    /// Messages of an unknown role stop every reader; tool messages in parts, and media of a provider's, the old one.
    fn messages(self, messages: &[Message]) -> Option<Vec<Message>> {
        let plain = |message: &Message| match message {
            Message::Tool(tool) if self == Self::Old => as_text(&tool.content),
            Message::User(user) if self == Self::Old => with_ids(&user.content),
            _ => None,
        };
        let fits =
            |message: &Message| !matches!(message, Message::Other(_)) && plain(message).is_none();
        if messages.iter().all(fits) {
            return None;
        }
        let known = messages
            .iter()
            .filter(|message| !matches!(message, Message::Other(_)));
        let adapted = known.map(|message| match (message, plain(message)) {
            (Message::Tool(tool), Some(text)) => {
                let mut tool = tool.clone();
                tool.content = text;
                Message::Tool(tool)
            }
            (Message::User(user), Some(content)) => {
                let mut user = user.clone();
                user.content = content;
                Message::User(user)
            }
            _ => message.clone(),
        });
        Some(adapted.collect())
    }
}

/// 0.0.59 knows `success` without anything in it and `interrupt` with interrupts alone.
fn finish(event: &RunFinishedEvent) -> Option<Event> {
    let outcome = match event.outcome.as_ref()? {
        RunFinishedOutcome::Interrupt(interrupt) => {
            if interrupt.extra.is_empty() {
                return None;
            }
            let mut interrupt = interrupt.clone();
            interrupt.extra.clear();
            Some(RunFinishedOutcome::Interrupt(interrupt))
        }
        RunFinishedOutcome::Success(success) => {
            if success.pending_tool_call_ids.is_none() && success.extra.is_empty() {
                return None;
            }
            Some(RunFinishedOutcome::Success(RunFinishedSuccessOutcome::new()))
        }
        // Its one way to hear of a run that was given up, and no alarm.
        RunFinishedOutcome::Cancelled(_) => {
            let mut cancelled = RunErrorEvent::new("The run was cancelled");
            cancelled.code = Some("abort".to_owned());
            return Some(cancelled.into());
        }
        RunFinishedOutcome::Other(_) => None,
    };
    let mut event = event.clone();
    event.outcome = outcome;
    Some(event.into())
}

/// Parts as one text; `None` if it is a text already.
fn as_text(content: &MessageContent) -> Option<MessageContent> {
    let MessageContent::Parts(parts) = content else {
        return None;
    };
    let texts = parts.iter().map(|part| match part {
        ContentPart::Text(text) => text.text.clone(),
        part => serde_json::to_string(part).unwrap_or_default(),
    });
    Some(MessageContent::Text(texts.collect::<Vec<_>>().join("\n")))
}

/// Media that a provider keeps, in the old way; `None` if there are none among the parts.
fn with_ids(content: &MessageContent) -> Option<MessageContent> {
    let MessageContent::Parts(parts) = content else {
        return None;
    };
    if !parts.iter().any(|part| by_id(part).is_some()) {
        return None;
    }
    let parts = parts
        .iter()
        .map(|part| by_id(part).unwrap_or_else(|| part.clone()));
    Some(MessageContent::Parts(parts.collect()))
}

/// A medium that a provider keeps under an id, as the binary part that it was before AG-UI 1.0.
fn by_id(part: &ContentPart) -> Option<ContentPart> {
    let source = match part {
        ContentPart::Image(it) => &it.source,
        ContentPart::Audio(it) => &it.source,
        ContentPart::Video(it) => &it.source,
        ContentPart::Document(it) => &it.source,
        ContentPart::Text(_) | ContentPart::Other(_) => return None,
    };
    let PartSource::File(file) = source else {
        return None;
    };
    let kind = file.mime_type.as_deref();
    let kind = kind.unwrap_or("application/octet-stream");
    let part = json!({"type": "binary", "mimeType": kind, "id": file.value});
    serde_json::from_value(part).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::Value;

    use super::*;

    fn old(event: Value) -> Value {
        let event: Event = serde_json::from_value(event).unwrap();
        let adapted = Dialect::Old.adapt(&event).unwrap_or(event);
        serde_json::to_value(adapted).unwrap()
    }

    #[test]
    fn an_old_reader_gets_what_its_schema_knows() {
        let finished = json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r"});
        let with = |outcome: Value| {
            let mut event = finished.clone();
            event["outcome"] = outcome;
            event
        };
        let interrupt = json!({"type": "interrupt", "interrupts": [{"id": "i", "reason": "ask"}]});
        let mut more = interrupt.clone();
        more["more"] = json!(1);
        let unknown = json!({"type": "SOMETHING_NEW", "x": 1});
        let thinking = json!({"type": "THINKING_START", "title": "hm"});
        let result = |content: Value| json!({"type": "TOOL_CALL_RESULT", "messageId": "m", "toolCallId": "c", "content": content});
        for (event, expected) in [
            (unknown.clone(), json!({"type": "RAW", "event": unknown})),
            (thinking.clone(), thinking),
            (
                with(json!({"type": "success", "pendingToolCallIds": ["c"]})),
                with(json!({"type": "success"})),
            ),
            (with(interrupt.clone()), with(interrupt.clone())),
            (with(more), with(interrupt)),
            (
                with(json!({"type": "cancelled"})),
                json!({"type": "RUN_ERROR", "message": "The run was cancelled", "code": "abort"}),
            ),
            (
                result(json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])),
                result(json!("a\nb")),
            ),
            (result(json!("a")), result(json!("a"))),
            (
                json!({"type": "MESSAGES_SNAPSHOT", "messages": [
                    {"id": "1", "role": "alien", "content": "x"},
                    {"id": "2", "role": "tool", "toolCallId": "c", "content": [{"type": "text", "text": "a"}]},
                    {"id": "3", "role": "user", "content": [{"type": "image", "source": {"type": "file", "value": "f", "mimeType": "image/png"}}]},
                ]}),
                json!({"type": "MESSAGES_SNAPSHOT", "messages": [
                    {"id": "2", "role": "tool", "toolCallId": "c", "content": "a"},
                    {"id": "3", "role": "user", "content": [{"type": "binary", "mimeType": "image/png", "id": "f"}]},
                ]}),
            ),
            (
                json!({"type": "RUN_STARTED", "threadId": "t", "runId": "r", "input": {
                    "threadId": "t", "runId": "r", "messages": []}}),
                json!({"type": "RUN_STARTED", "threadId": "t", "runId": "r", "input": {
                    "threadId": "t", "runId": "r", "messages": [], "tools": [], "context": []}}),
            ),
        ] {
            assert_eq!(old(event.clone()), expected, "{event}");
        }
    }

    #[test]
    fn a_reader_of_1_0_gets_it_as_it_is() {
        for event in [
            json!({"type": "SOMETHING_NEW", "x": 1}),
            json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r", "outcome": {"type": "cancelled"}}),
        ] {
            let event: Event = serde_json::from_value(event).unwrap();
            assert_eq!(Dialect::New.adapt(&event), None);
        }
        let mut input = RunAgentInput::new("t", "r", Vec::new());
        assert_eq!(Dialect::of(&input), Dialect::Old);
        input.protocol_version = Some("1.0".to_owned());
        assert_eq!(Dialect::of(&input), Dialect::New);
    }
}
