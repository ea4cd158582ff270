//! Leaves only what the contract knows in an input, as upstream does.

use crate::generated::agui::{
    ContentPart, Extra, Message, MessageContent, PartSource, RunAgentInput,
};

/// Clears the keys that the contract does not know, unless a message or a content part is of an unknown kind: `false`.
pub(super) fn only(input: &mut RunAgentInput) -> bool {
    input.extra.clear();
    let tools = input.tools.iter_mut().flatten();
    tools.for_each(|tool| tool.extra.clear());
    let context = input.context.iter_mut().flatten();
    context.for_each(|context| context.extra.clear());
    let resume = input.resume.iter_mut().flatten();
    resume.for_each(|entry| entry.extra.clear());
    let mut messages = input.messages.iter_mut();
    messages.all(message)
}

fn message(message: &mut Message) -> bool {
    match message {
        Message::Developer(it) => it.extra.clear(),
        Message::System(it) => it.extra.clear(),
        Message::Reasoning(it) => it.extra.clear(),
        Message::Activity(it) => it.extra.clear(),
        Message::User(it) => {
            it.extra.clear();
            return content(&mut it.content);
        }
        Message::Tool(it) => {
            it.extra.clear();
            return content(&mut it.content);
        }
        Message::Assistant(it) => {
            it.extra.clear();
            for call in it.tool_calls.iter_mut().flatten() {
                call.extra.clear();
                call.function.extra.clear();
            }
        }
        Message::Other(_) => return false,
    }
    true
}

fn content(content: &mut MessageContent) -> bool {
    match content {
        MessageContent::Text(_) => true,
        MessageContent::Parts(parts) => parts.iter_mut().all(part),
    }
}

fn part(part: &mut ContentPart) -> bool {
    match part {
        ContentPart::Text(it) => it.extra.clear(),
        ContentPart::Image(it) => return source(&mut it.extra, &mut it.source),
        ContentPart::Audio(it) => return source(&mut it.extra, &mut it.source),
        ContentPart::Video(it) => return source(&mut it.extra, &mut it.source),
        ContentPart::Document(it) => return source(&mut it.extra, &mut it.source),
        // Older clients send all media so (AG-UI 0.0.59).
        ContentPart::Other(it) => {
            let payload = ["id", "url", "data"].map(|key| it.fields.get(key));
            let some = |value: &serde_json::Value| value.as_str().is_some_and(|it| !it.is_empty());
            return it.tag == "binary"
                && it.fields.get("mimeType").is_some_and(some)
                && payload.into_iter().flatten().any(some);
        }
    }
    true
}

fn source(extra: &mut Extra, source: &mut PartSource) -> bool {
    extra.clear();
    match source {
        PartSource::Data(it) => it.extra.clear(),
        PartSource::Url(it) => it.extra.clear(),
        PartSource::File(it) => it.extra.clear(),
        PartSource::Other(_) => return false,
    }
    true
}
