//! A conversation as the client keeps it: GraphQL clients send all of it each time.

use agui_runtime::client::chat::{
    ActionExecutionMessageInput, Message, MessageInput, MessageRole, MessageStatus, MetaEvent,
    MetaEventInput, Piece, Question, ResultMessageInput, TextMessageInput,
};
use chrono::Utc;

/// What was said so far, and what the agent waits for.
#[derive(Debug, Default)]
pub struct Conversation {
    thread_id: Option<String>,
    agent: Option<String>,
    messages: Vec<MessageInput>,
    /// Where the answer that is arriving begins.
    answer_at: usize,
    /// The places in the answer of what is kept of it; `None` for what is only shown.
    kept: Vec<Option<usize>>,
    interrupts: Vec<MetaEvent>,
}

impl Conversation {
    pub fn new(thread_id: Option<String>, agent: Option<String>) -> Self {
        Self {
            thread_id,
            agent,
            ..Self::default()
        }
    }

    /// What the user says: the answer to an interrupt, if the agent waits for one.
    pub fn say(&mut self, text: &str) -> Question {
        let waiting = std::mem::take(&mut self.interrupts);
        let answers: Vec<_> = waiting
            .iter()
            .filter_map(MetaEvent::question)
            .map(|(name, value)| MetaEventInput {
                name,
                value: value.to_owned(),
                response: Some(text.to_owned()),
            })
            .collect();
        if answers.is_empty() {
            let text_message = Some(TextMessageInput {
                content: text.to_owned(),
                role: MessageRole::User,
            });
            self.messages.push(MessageInput {
                text_message,
                ..empty(uuid::Uuid::new_v4().to_string())
            });
        }
        self.question(answers)
    }

    /// Whether the answer ended with a result that its agent has not seen: then it is to be asked again.
    pub fn wants_more(&self) -> bool {
        let last = self.messages.last();
        self.messages.len() > self.answer_at
            && self.interrupts.is_empty()
            && last.is_some_and(|message| message.result_message.is_some())
    }

    /// Asks again with what is there.
    pub fn go_on(&mut self) -> Question {
        self.question(Vec::new())
    }

    /// Keeps what arrives.
    pub fn take(&mut self, piece: &Piece) {
        match piece {
            Piece::Thread(thread) => self.thread_id = Some(thread.clone()),
            Piece::Message(_, message) => {
                let kept = input(message);
                self.kept
                    .push(kept.is_some().then_some(self.messages.len()));
                self.messages.extend(kept);
            }
            Piece::Chunk(at, text) => {
                if let Some(message) = self.kept_at(*at) {
                    append(message, text);
                }
            }
            // Half of a call would be refused with the next question.
            Piece::MessageEnd(at, MessageStatus::FailedMessageStatus(_)) => {
                if let Some(message) = self.kept_at(*at) {
                    message.action_execution_message = None;
                }
            }
            Piece::Meta(event) => self.interrupts.push(event.clone()),
            Piece::MessageEnd(..) | Piece::End(_) => {}
        }
    }

    fn kept_at(&mut self, at: usize) -> Option<&mut MessageInput> {
        let place = self.kept.get(at).copied().flatten()?;
        self.messages.get_mut(place)
    }

    fn question(&mut self, meta_events: Vec<MetaEventInput>) -> Question {
        self.messages.retain(has_content);
        self.messages.iter_mut().for_each(fill_in);
        self.answer_at = self.messages.len();
        self.kept.clear();
        Question {
            thread_id: self.thread_id.clone(),
            agent: self.agent.clone(),
            messages: self.messages.clone(),
            meta_events,
        }
    }
}

fn has_content(message: &MessageInput) -> bool {
    message.text_message.is_some()
        || message.action_execution_message.is_some()
        || message.result_message.is_some()
}

/// A call without arguments says so in JSON: upstream's server drops calls whose arguments are none.
fn fill_in(message: &mut MessageInput) {
    if let Some(call) = &mut message.action_execution_message
        && call.arguments.trim().is_empty()
    {
        call.arguments = "{}".to_owned();
    }
}

fn empty(id: String) -> MessageInput {
    MessageInput {
        id,
        created_at: Utc::now(),
        text_message: None,
        action_execution_message: None,
        result_message: None,
    }
}

/// The message of an answer as it goes into the next question.
fn input(message: &Message) -> Option<MessageInput> {
    match message {
        Message::Text(text) => Some(MessageInput {
            text_message: Some(TextMessageInput {
                content: text.content.concat(),
                role: text.role,
            }),
            created_at: text.created_at,
            ..empty(text.id.clone())
        }),
        Message::ToolCall(call) => Some(MessageInput {
            action_execution_message: Some(ActionExecutionMessageInput {
                name: call.name.clone(),
                arguments: call.arguments.concat(),
            }),
            created_at: call.created_at,
            ..empty(call.id.clone())
        }),
        Message::ToolResult(result) => Some(MessageInput {
            result_message: Some(ResultMessageInput {
                action_execution_id: result.action_execution_id.clone(),
                action_name: result.action_name.clone(),
                result: result.result.clone(),
            }),
            created_at: result.created_at,
            ..empty(result.id.clone())
        }),
        Message::State(_) | Message::Image(_) | Message::Other => None,
    }
}

fn append(message: &mut MessageInput, text: &str) {
    match (
        &mut message.text_message,
        &mut message.action_execution_message,
    ) {
        (Some(said), _) => said.content.push_str(text),
        (_, Some(call)) => call.arguments.push_str(text),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::*;

    fn arrive(conversation: &mut Conversation, at: usize, message: Value) {
        conversation.take(&Piece::Message(
            at,
            serde_json::from_value(message).unwrap(),
        ));
    }

    fn text(id: &str, content: &[&str]) -> Value {
        json!({"__typename": "TextMessageOutput", "id": id, "createdAt": "2026-01-01T00:00:00Z",
            "content": content, "role": "assistant"})
    }

    fn call(id: &str) -> Value {
        json!({"__typename": "ActionExecutionMessageOutput", "id": id, "createdAt": "2026-01-01T00:00:00Z",
            "name": "go", "arguments": []})
    }

    fn result(call: &str) -> Value {
        json!({"__typename": "ResultMessageOutput", "id": "r", "createdAt": "2026-01-01T00:00:00Z",
            "actionExecutionId": call, "actionName": "go", "result": "gone"})
    }

    fn state() -> Value {
        json!({"__typename": "AgentStateMessageOutput", "agentName": "a", "nodeName": "n", "state": "{}",
            "running": true})
    }

    /// What the question carries, in short.
    fn sent(question: &Question) -> Vec<String> {
        let line = |message: &MessageInput| match (
            &message.text_message,
            &message.action_execution_message,
        ) {
            (Some(text), _) => text.content.clone(),
            (_, Some(call)) => format!("{}({})", call.name, call.arguments),
            _ => message.result_message.clone().unwrap().result,
        };
        question.messages.iter().map(line).collect()
    }

    #[test]
    fn the_next_question_carries_all_that_was_said() {
        let mut conversation = Conversation::new(None, Some("a".into()));
        let first = conversation.say("one");
        assert_eq!(
            (sent(&first), first.thread_id),
            (vec!["one".to_owned()], None)
        );
        conversation.take(&Piece::Thread("t".into()));
        arrive(&mut conversation, 0, state());
        arrive(&mut conversation, 1, text("m1", &["He"]));
        arrive(&mut conversation, 2, call("c1"));
        // Chunks of two messages by turns.
        for (at, chunk) in [(1, "ll"), (2, "{"), (1, "o"), (2, "}")] {
            conversation.take(&Piece::Chunk(at, chunk.into()));
        }
        assert!(!conversation.wants_more());
        let second = conversation.say("two");
        assert_eq!(sent(&second), ["one", "Hello", "go({})", "two"]);
        assert_eq!(
            (second.thread_id.as_deref(), second.agent.as_deref()),
            (Some("t"), Some("a"))
        );
    }

    #[test]
    fn an_answer_that_ends_with_a_result_is_asked_for_again_once() {
        let mut conversation = Conversation::default();
        conversation.say("one");
        arrive(&mut conversation, 0, call("c1"));
        arrive(&mut conversation, 1, result("c1"));
        assert!(conversation.wants_more());
        assert_eq!(sent(&conversation.go_on()), ["one", "go({})", "gone"]);
        // An empty answer changes nothing about the last message.
        assert!(!conversation.wants_more());
    }

    #[test]
    fn what_is_said_after_an_interrupt_answers_it() {
        let mut conversation = Conversation::default();
        conversation.say("one");
        let interrupt = json!({"__typename": "LangGraphInterruptEvent", "name": "LangGraphInterruptEvent", "value": "?"});
        conversation.take(&Piece::Meta(serde_json::from_value(interrupt).unwrap()));
        let resumed = conversation.say("yes");
        assert_eq!(sent(&resumed), ["one"]);
        assert_eq!(resumed.meta_events[0].response.as_deref(), Some("yes"));
        let next = conversation.say("two");
        assert_eq!(
            (sent(&next), next.meta_events.len()),
            (vec!["one".to_owned(), "two".to_owned()], 0)
        );
    }

    #[test]
    fn half_a_call_is_not_sent_back() {
        let mut conversation = Conversation::default();
        conversation.say("one");
        arrive(&mut conversation, 0, call("c1"));
        let failed = json!({"__typename": "FailedMessageStatus", "reason": "broke"});
        conversation.take(&Piece::MessageEnd(
            0,
            serde_json::from_value(failed).unwrap(),
        ));
        assert_eq!(sent(&conversation.say("two")), ["one", "two"]);
    }
}
