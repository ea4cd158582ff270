//! The order of a conversation: each tool call beside its result, as model servers demand.

use std::borrow::Cow;
use std::collections::HashMap;

use super::messages::{Call, ChatMessage, Content, content, plain};
use crate::generated::agui::{AssistantMessage, Message, ToolMessage};

/// The conversation. OpenAI refuses a call without a result as well as a result that does not follow its call, and a
/// thread that holds one would be refused for ever. So results move to their calls, and what has no counterpart is left
/// out, as is a second result for the same call. Several calls of one message stay together (upstream 1.10.6 splits
/// them, which OpenAI refuses too).
pub(super) fn convert<'a>(
    messages: &'a [Message],
    system_role: &'static str,
) -> Vec<ChatMessage<'a>> {
    let mut conversation = Conversation::default();
    for message in messages {
        match message {
            Message::System(system) => {
                conversation.plain(ChatMessage::text(system_role, &system.content));
            }
            Message::Developer(developer) => {
                conversation.plain(ChatMessage::text(system_role, &developer.content));
            }
            Message::User(user) => {
                if let Some(content) = content(&user.content) {
                    conversation.plain(ChatMessage {
                        role: "user",
                        content: Some(content),
                        tool_calls: Vec::new(),
                        tool_call_id: None,
                    });
                }
            }
            Message::Assistant(assistant) => conversation.assistant(assistant),
            Message::Tool(tool) => conversation.result(tool),
            // Reasoning and activities are for people, and what is newer than this runtime no model server knows.
            _ => {}
        }
    }
    conversation.into_messages()
}

#[derive(Default)]
struct Conversation<'a> {
    turns: Vec<Turn<'a>>,
    /// Where the call of this id waits for its result; `None` when it has it.
    waiting: HashMap<&'a str, Option<(usize, usize)>>,
    /// Results that came before their calls.
    early: HashMap<&'a str, Cow<'a, str>>,
    /// Whether the last turn takes in the calls of the next message.
    grows: bool,
}

enum Turn<'a> {
    Plain(ChatMessage<'a>),
    Assistant {
        text: Option<&'a str>,
        calls: Vec<(Call<'a>, Option<Cow<'a, str>>)>,
    },
}

impl<'a> Conversation<'a> {
    fn plain(&mut self, message: ChatMessage<'a>) {
        self.turns.push(Turn::Plain(message));
        self.grows = false;
    }

    fn assistant(&mut self, message: &'a AssistantMessage) {
        let text = message.content.as_deref().filter(|text| !text.is_empty());
        let asked = message.tool_calls.as_deref().unwrap_or_default();
        if text.is_none() && asked.is_empty() {
            return;
        }
        // Client 1.3.15 sends the calls of one answer as messages of their own.
        if !self.grows || text.is_some() {
            self.turns.push(Turn::Assistant {
                text,
                calls: Vec::new(),
            });
            self.grows = text.is_none();
        }
        let turn = self.turns.len() - 1;
        let Some(Turn::Assistant { calls, .. }) = self.turns.last_mut() else {
            return;
        };
        for call in asked {
            let id = call.id.as_str();
            let result = self.early.remove(id);
            let place = result.is_none().then_some((turn, calls.len()));
            self.waiting.insert(id, place);
            let function = &call.function;
            calls.push((Call::new(id, &function.name, &function.arguments), result));
        }
    }

    fn result(&mut self, message: &'a ToolMessage) {
        let id = message.tool_call_id.as_str();
        match self.waiting.get_mut(id).map(Option::take) {
            Some(Some((turn, place))) => {
                if let Turn::Assistant { calls, .. } = &mut self.turns[turn] {
                    calls[place].1 = Some(plain(&message.content));
                }
                self.grows = false;
            }
            Some(None) => {}
            None => {
                self.early
                    .entry(id)
                    .or_insert_with(|| plain(&message.content));
            }
        }
    }

    fn into_messages(self) -> Vec<ChatMessage<'a>> {
        let mut messages = Vec::with_capacity(self.turns.len());
        for turn in self.turns {
            match turn {
                Turn::Plain(message) => messages.push(message),
                Turn::Assistant { text, calls } => answered(text, calls, &mut messages),
            }
        }
        messages
    }
}

/// A message of the assistant with those of its calls that have results, and these.
fn answered<'a>(
    text: Option<&'a str>,
    calls: Vec<(Call<'a>, Option<Cow<'a, str>>)>,
    messages: &mut Vec<ChatMessage<'a>>,
) {
    let (tool_calls, results): (Vec<_>, Vec<_>) = calls
        .into_iter()
        .filter_map(|(call, result)| {
            let result = ChatMessage::tool_result(call.id, result?);
            Some((call, result))
        })
        .unzip();
    if text.is_none() && tool_calls.is_empty() {
        return;
    }
    messages.push(ChatMessage {
        role: "assistant",
        content: text.map(|text| Content::Text(text.into())),
        tool_calls,
        tool_call_id: None,
    });
    messages.extend(results);
}
