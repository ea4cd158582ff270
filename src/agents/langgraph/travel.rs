//! Time travel: a client that asks again for the answer to a message that has one, edited or not, goes on from before that
//! message. What came after it stays on the server, on a branch of its own.
//!
//! Upstream 1.10.6 does so whenever the thread has more messages than the client; later versions (`@ag-ui/langgraph` 0.0.43)
//! hardly ever. Here it is done where nothing else can be meant: the client's last message is a user's that the thread has,
//! with others behind it.

use serde_json::{Map, Value, json};

use super::messages::of_state;
use super::server::{Question, Session};
use super::state::Brought;
use super::thread::{Thread, ThreadState};
use crate::agents::RunInput;
use crate::generated::agui::Message;
use crate::runtime::error::AgentError;

/// So many states are asked for at once.
const PAGE: usize = 100;
/// So many states are gone back at most.
const FARTHEST: usize = 10_000;

/// Where a run goes on from.
pub(super) struct Past {
    /// The checkpoint before the message.
    pub(super) checkpoint: String,
    /// What the state got along with the message.
    pub(super) state: Map<String, Value>,
    /// The message, as the client has it now.
    pub(super) message: Value,
}

/// The id of the message to which a new answer is wanted, if one is.
pub(super) fn asked_again<'a>(input: &'a RunInput, known: &[Value]) -> Option<&'a str> {
    let Some(Message::User(last)) = input.request.messages.last() else {
        return None;
    };
    let at = known.iter().position(|it| it["id"] == *last.id)?;
    let answered = known[at + 1..].iter().any(|it| it["type"] != "system");
    answered.then_some(&*last.id)
}

/// The state of the thread before the message of this id, on the branch that leads to the present one; nothing if the server
/// does not have it any more.
pub(super) async fn before(
    session: &Session,
    thread: &Thread,
    present: &ThreadState,
    brought: &Brought<'_>,
    id: &str,
) -> Result<Option<Past>, AgentError> {
    let Some(message) = brought.message(id) else {
        return Ok(None);
    };
    let mut history: Vec<ThreadState> = Vec::new();
    let mut wanted = present.checkpoint_id().map(str::to_owned);
    let mut with: Option<ThreadState> = None;
    while let Some(checkpoint) = wanted {
        let found = loop {
            let of_id = |state: &ThreadState| state.checkpoint_id() == Some(&*checkpoint);
            if let Some(at) = history.iter().position(of_id) {
                // What is newer is on no way further back.
                break Some(history.drain(..=at).next_back());
            }
            let last = history
                .last()
                .or(with.as_ref())
                .and_then(ThreadState::checkpoint_id);
            let page = page(session, thread, last.map(str::to_owned)).await?;
            if page.is_empty() || history.len() > FARTHEST {
                break None;
            }
            history.extend(page);
        };
        let Some(Some(state)) = found else {
            return Ok(None);
        };
        if !of_state(&state.values).iter().any(|it| it["id"] == id) {
            return Ok(Some(Past {
                checkpoint,
                state: gained(&state.values, with.map(|it| it.values).unwrap_or_default()),
                message: message.clone(),
            }));
        }
        wanted = state.parent_id().map(str::to_owned);
        with = Some(state);
    }
    Ok(None)
}

/// The thread's states, newest first, from behind the one of this checkpoint.
async fn page(
    session: &Session,
    thread: &Thread,
    behind: Option<String>,
) -> Result<Vec<ThreadState>, AgentError> {
    let path = thread.path("/history");
    let (what, path) = ("the thread's history", &*path);
    let mut body = json!({"limit": PAGE});
    if let Some(checkpoint) = behind {
        body["before"] = json!({"checkpoint_id": checkpoint});
    }
    session.post(Question { what, path }, &body).await
}

/// What a state has that the one before did not, but for the messages.
fn gained(before: &Map<String, Value>, mut after: Map<String, Value>) -> Map<String, Value> {
    after.retain(|key, value| key != "messages" && before.get(key) != Some(&*value));
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_came_with_the_message_is_given_again() {
        let map = |value: Value| value.as_object().cloned().unwrap_or_default();
        let before = map(json!({"messages": [], "kept": 1, "changed": 1}));
        let after = map(json!({"messages": [1], "kept": 1, "changed": 2, "new": 3}));
        assert_eq!(gained(&before, after), map(json!({"changed": 2, "new": 3})));
    }
}
