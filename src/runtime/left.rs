//! Ends runs whose node died: what they said is kept, what was open is closed, and an error says why there is no more.

use std::sync::Arc;

use super::protocol::{Transcript, Verifier, Why, compact};
use super::writer::INCOMPLETE_STREAM;
use crate::generated::agui::{Event, Message, RunErrorEvent};
use crate::store::{Batch, EndedRun, LeftRun, RunStatus, StateChange, StateKey, Store, StoreError};

/// What clients are told of such a run.
const INTERRUPTED: &str = "The server that the run was on went away, and the run with it.";

/// Ends a run that was taken over; who follows it reads the same as who comes later.
pub(super) async fn close(store: &dyn Store, left: LeftRun) -> Result<(), StoreError> {
    let (lease, run) = (Arc::new(left.lease), left.run);
    let key = StateKey {
        owner: lease.thread.owner.clone(),
        thread_id: lease.thread.id.clone(),
        agent_name: run.agent,
    };
    let before = store.load_state(&key).await?;
    let said = run.events.iter();
    let said: Vec<Event> = said
        .filter_map(|it| serde_json::from_str(it.get()).ok())
        .collect();
    let ends = ends(&said);
    let tail = store.cluster().map(|_| {
        let ends = ends
            .iter()
            .filter_map(|event| serde_json::to_string(event).ok());
        Batch::new(lease.clone(), run.events.len() as u64, ends)
    });
    let before = before.map(|before| before.messages).unwrap_or_default();
    let made = transcript(&before, &said);
    // To later readers a run that said nothing was not there; its error would come after another one's end.
    let events = match said.is_empty() {
        true => Vec::new(),
        false => compact(said.into_iter().chain(ends)),
    };
    let ended = EndedRun {
        status: RunStatus::Stopped,
        events: events.iter().filter_map(raw).collect(),
        tail,
        messages: told(&events),
        state: made.map(|(state, messages)| StateChange::Run {
            state,
            messages: values(&messages),
        }),
    };
    store.end_run(&lease, &ended).await?;
    tracing::warn!(
        thread = ?lease.thread.id,
        run = ?run.id,
        "a run whose server went away was ended: its thread is free"
    );
    Ok(())
}

/// The ends of what is open, and of the run.
fn ends(said: &[Event]) -> Vec<Event> {
    let mut ends = Verifier::after(said).close(Why::Incomplete(INTERRUPTED));
    let mut error = RunErrorEvent::new(INTERRUPTED);
    error.code = Some(INCOMPLETE_STREAM.to_owned());
    ends.push(error.into());
    ends
}

/// The state and the messages as far as the run came; nothing of a run that did not begin.
fn transcript(
    before: &[serde_json::Value],
    said: &[Event],
) -> Option<(Option<serde_json::Value>, Vec<Message>)> {
    let Some(Event::RunStarted(started)) = said.first() else {
        return None;
    };
    let input = started.input.as_ref()?;
    let before = before.iter().cloned().map(serde_json::from_value);
    let mut messages: Vec<Message> = before.filter_map(Result::ok).collect();
    // Only those that were new to the thread are there.
    messages.extend(input.messages.iter().cloned());
    let mut transcript = Transcript::new(input.state.clone(), messages);
    said.iter().for_each(|event| transcript.apply(event));
    Some(transcript.into_parts())
}

/// An event as the store keeps it.
pub(super) fn raw(event: &Event) -> Option<Box<serde_json::value::RawValue>> {
    serde_json::value::to_raw_value(event)
        .inspect_err(|error| tracing::error!(%error, "an event cannot be written as JSON"))
        .ok()
}

/// The ids of messages that have one.
pub(super) fn ids(messages: &[Message]) -> Vec<String> {
    let ids = messages.iter().filter_map(Message::id);
    ids.map(str::to_owned).collect()
}

/// The ids of the messages that a run's events tell whole, its input's among them. A message that has nothing but calls, or is
/// only in an agent's snapshot, is not told: the run after it has it in its input (upstream 1.75.0).
pub(super) fn told(events: &[Event]) -> Vec<String> {
    let mut told = Vec::new();
    for event in events {
        match event {
            Event::RunStarted(event) => {
                told.extend(event.input.iter().flat_map(|input| ids(&input.messages)));
            }
            Event::TextMessageStart(event) => told.push(event.message_id.clone()),
            Event::ToolCallResult(event) => told.push(event.message_id.clone()),
            Event::ReasoningStart(event) => told.push(event.message_id.clone()),
            Event::ReasoningMessageStart(event) => told.push(event.message_id.clone()),
            Event::ActivitySnapshot(event) => told.push(event.message_id.clone()),
            Event::ActivityDelta(event) => told.push(event.message_id.clone()),
            _ => {}
        }
    }
    told.sort_unstable();
    told.dedup();
    told
}

/// Messages as the store keeps them.
pub(super) fn values(messages: &[Message]) -> Vec<serde_json::Value> {
    let values = messages.iter().map(serde_json::to_value);
    values.filter_map(Result::ok).collect()
}
