//! The order of a conversation: each tool call beside its result, as model servers demand.

use std::borrow::Cow;
use std::collections::HashMap;

use super::content::{Reading, content};
use super::messages::{Call, ChatMessage, Content, Thought, plain};
use super::seal;
use super::wire::Wire;
use crate::generated::agui::{
    AssistantMessage, Message, ReasoningMessage, ResumeEntry, ResumeEntryStatus, RunAgentInput,
    ToolMessage,
};
use crate::runtime::error::AgentError;

/// The model server's names for the roles of the application's own messages; `None` leaves them out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Roles {
    pub system: Option<&'static str>,
    pub developer: Option<&'static str>,
}

/// The conversation. OpenAI refuses a call without a result as well as a result that does not follow its call, and a
/// thread that holds one would be refused for ever. So results move to their calls, and what has no counterpart is left
/// out, as is a second result for the same call. Several calls of one message stay together (upstream 1.10.6 splits
/// them, which OpenAI refuses too).
pub(super) fn convert<'a>(
    request: &'a RunAgentInput,
    roles: Roles,
    provider: &'static str,
    wire: &'static dyn Wire,
) -> Result<Vec<ChatMessage<'a>>, AgentError> {
    let messages = &request.messages;
    let answered = |message: &Message| matches!(message, Message::Assistant(_));
    let past = messages.iter().rposition(answered).unwrap_or(0);
    let mut conversation = Conversation {
        provider,
        wire,
        turns: Vec::new(),
        thoughts: Vec::new(),
        waiting: HashMap::new(),
        early: HashMap::new(),
        grows: false,
    };
    for (at, message) in messages.iter().enumerate() {
        let reading = if at < past {
            Reading::Past
        } else {
            Reading::Present
        };
        conversation.add(message, roles, reading)?;
    }
    for entry in request.resume.iter().flatten() {
        conversation.resume(entry);
    }
    Ok(conversation.into_messages())
}

struct Conversation<'a> {
    provider: &'static str,
    wire: &'static dyn Wire,
    turns: Vec<Turn<'a>>,
    /// Those that came before the next turn.
    thoughts: Vec<Thought<'a>>,
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
        thoughts: Vec<Thought<'a>>,
        text: Option<&'a str>,
        calls: Vec<(Call<'a>, Option<Cow<'a, str>>)>,
    },
}

impl<'a> Conversation<'a> {
    fn add(
        &mut self,
        message: &'a Message,
        roles: Roles,
        reading: Reading,
    ) -> Result<(), AgentError> {
        match message {
            Message::System(system) => self.instruction(roles.system, &system.content),
            Message::Developer(developer) => self.instruction(roles.developer, &developer.content),
            Message::User(user) => {
                if let Some(content) = content(&user.content, reading, self.wire)? {
                    self.plain(ChatMessage {
                        content: Some(content),
                        ..ChatMessage::text("user", "")
                    });
                }
            }
            Message::Assistant(assistant) => self.assistant(assistant),
            Message::Tool(tool) => self.tool(tool),
            Message::Reasoning(reasoning) => self.reasoning(reasoning),
            // Activities are for people, and what is newer than this runtime no model server knows.
            Message::Activity(_) | Message::Other(_) => {}
        }
        Ok(())
    }

    fn instruction(&mut self, role: Option<&'static str>, text: &'a str) {
        if let Some(role) = role {
            self.plain(ChatMessage::text(role, text));
        }
    }

    /// Reasoning is for people, but for what its provider wants back.
    fn reasoning(&mut self, message: &'a ReasoningMessage) {
        let sealed = message.encrypted_value.as_deref();
        if let Some(seal) = sealed.and_then(|value| seal::opened(self.provider, value)) {
            let text = &message.content;
            self.thoughts.push(Thought { text, seal });
            self.grows = false;
        }
    }

    fn plain(&mut self, message: ChatMessage<'a>) {
        self.thoughts.clear();
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
                thoughts: std::mem::take(&mut self.thoughts),
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
            let sealed = call.encrypted_value.as_deref();
            let call = Call {
                seal: sealed.and_then(|value| seal::opened(self.provider, value)),
                ..Call::new(id, &function.name, &function.arguments)
            };
            calls.push((call, result));
        }
    }

    /// A tool that failed without a word has its error as result.
    fn tool(&mut self, message: &'a ToolMessage) {
        let mut text = plain(&message.content);
        if text.is_empty()
            && let Some(error) = &message.error
        {
            text = error.into();
        }
        self.result(&message.tool_call_id, text);
    }

    /// The answer to an interrupt is the result of the call that waits for it (upstream 1.75.0).
    fn resume(&mut self, entry: &'a ResumeEntry) {
        let status = |status: &str| format!(r#"{{"status":"{status}"}}"#);
        let text = match (&entry.status, &entry.payload) {
            (ResumeEntryStatus::Cancelled, _) => status("cancelled"),
            (_, Some(payload)) => payload.to_string(),
            (_, None) => status("resolved"),
        };
        self.result(&entry.interrupt_id, text.into());
    }

    fn result(&mut self, id: &'a str, text: Cow<'a, str>) {
        match self.waiting.get_mut(id).map(Option::take) {
            Some(Some((turn, place))) => {
                if let Turn::Assistant { calls, .. } = &mut self.turns[turn] {
                    calls[place].1 = Some(text);
                }
                self.grows = false;
            }
            Some(None) => {}
            None => {
                self.early.entry(id).or_insert(text);
            }
        }
    }

    fn into_messages(self) -> Vec<ChatMessage<'a>> {
        let mut messages = Vec::with_capacity(self.turns.len());
        for turn in self.turns {
            match turn {
                Turn::Plain(message) => messages.push(message),
                Turn::Assistant {
                    thoughts,
                    text,
                    calls,
                } => answered(thoughts, text, calls, &mut messages),
            }
        }
        messages
    }
}

/// A message of the assistant with those of its calls that have results, and these.
fn answered<'a>(
    thoughts: Vec<Thought<'a>>,
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
        thoughts,
    });
    messages.extend(results);
}
