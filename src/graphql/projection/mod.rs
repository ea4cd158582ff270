//! Turns a run's AG-UI events into upstream's messages, statuses and meta-events (1.10.6).
//!
//! One answer has one [`Projection`] and one cursor in the run log. The lists and late fields of the answer are views of it:
//! whichever is polled moves the cursor on and wakes those it found something for.

mod draft;
mod messages;
mod meta;
mod predict;
mod state;
mod status;
mod told;
mod views;
mod waiting;

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use chrono::Utc;
use futures_util::Stream;
use parking_lot::Mutex;

pub(crate) use self::messages::flat;

use self::draft::Draft;
use self::state::AgentStateView;
use self::status::{Outcome, success};
use self::views::{Slot, View};
use self::waiting::{Topic, Waiting};
use super::deferred::Deferred;
use super::scalars::DateTimeIso;
use super::streamed::Streamed;
use crate::agents::OtherAgents;
use crate::generated::agui::{CustomEvent, Event};
use crate::generated::graphql::{
    AgentStateMessageOutput, BaseMessageOutput, BaseMetaEvent, MessageStatus, ResponseStatus,
};
use crate::runtime::log::{Entry, Follower, Origin};
use crate::runtime::run::Attached;

/// What a failed message of each kind says (upstream 1.10.6).
const TEXT_FAILED: &str = "Error streaming message content";
const CALL_FAILED: &str = "An unknown error has occurred in the action execution argument stream";

/// Whose run is projected.
pub(crate) struct Subject {
    pub(crate) thread_id: String,
    pub(crate) run_id: String,
    pub(crate) agent: String,
    /// Names of tool calls that the client sent, for results that come without their call.
    pub(crate) calls: HashMap<String, String>,
    /// The agents that may take the run over.
    pub(crate) others: OtherAgents,
}

/// A run as GraphQL sees it.
#[derive(Clone)]
pub(crate) struct Projection(Arc<Mutex<State>>);

struct State {
    follower: Follower,
    /// Ends the run with the last view: the client of this answer is the one the run is for.
    _attached: Option<Attached>,
    subject: Subject,
    agent: AgentStateView,
    /// Messages to come. Drafts, because a message holds views of this very projection.
    messages: VecDeque<Draft>,
    meta_events: VecDeque<BaseMetaEvent>,
    /// Whether the agent said in the old way that it waits: some say it in AG-UI's as well.
    interrupted: bool,
    /// Text and arguments that are being streamed, and what became of them.
    slots: Vec<Slot>,
    /// The slot of each open text message and tool call.
    open_texts: HashMap<String, usize>,
    open_calls: HashMap<String, usize>,
    outcome: Option<Outcome>,
    waiting: Arc<Waiting>,
    /// Wakes one of those that wait; what the log is polled with.
    driver: Waker,
    /// Whether anybody will take messages and meta-events; else they are not kept.
    messages_wanted: bool,
    meta_events_wanted: bool,
}

impl Projection {
    pub(crate) fn new(follower: Follower, attached: Option<Attached>, subject: Subject) -> Self {
        let waiting = Arc::new(Waiting::default());
        Self(Arc::new(Mutex::new(State {
            driver: Waker::from(waiting.clone()),
            waiting,
            messages_wanted: true,
            meta_events_wanted: true,
            follower,
            _attached: attached,
            subject,
            agent: AgentStateView::default(),
            messages: VecDeque::new(),
            meta_events: VecDeque::new(),
            interrupted: false,
            slots: Vec::new(),
            open_texts: HashMap::new(),
            open_calls: HashMap::new(),
            outcome: None,
        })))
    }

    /// The messages, each as soon as it begins.
    pub(crate) fn messages(&self) -> Streamed<BaseMessageOutput> {
        let projection = Arc::downgrade(&self.0);
        Streamed::new(self.view(Topic::Messages, move |state| {
            let projection = Self(projection.upgrade()?);
            let draft = state.messages.pop_front()?;
            if let Some(slot) = draft.slot() {
                state.slots[slot].taken = true;
            }
            Some(draft.finish(&projection))
        }))
    }

    /// Interrupts and the like.
    pub(crate) fn meta_events(&self) -> Streamed<BaseMetaEvent> {
        Streamed::new(self.view(Topic::MetaEvents, |state| state.meta_events.pop_front()))
    }

    /// How the run ended.
    pub(crate) fn status(&self) -> Deferred<ResponseStatus> {
        let view = self.view(Topic::Outcome, |state| {
            state.outcome.as_ref().map(Outcome::response)
        });
        Deferred::new(async move { view.first().await.unwrap_or_else(status::interrupted) })
    }

    fn view<T>(
        &self,
        topic: Topic,
        take: impl FnMut(&mut State) -> Option<T> + Send + 'static,
    ) -> View<T> {
        View::new(self, topic, Box::new(take))
    }

    fn chunks(&self, slot: usize) -> Streamed<String> {
        let topic = Topic::Chunks(slot);
        Streamed::new(self.view(topic, move |state| state.slots[slot].chunks.pop_front()))
    }

    fn message_status(&self, slot: usize) -> Deferred<MessageStatus> {
        let view = self.view(Topic::End(slot), move |state| {
            state.slots[slot].ended.as_ref().map(status::message)
        });
        Deferred::new(async move { view.first().await.unwrap_or_else(success) })
    }
}

impl State {
    /// Takes in the log's next event, if it is there.
    fn advance(&mut self) -> Poll<()> {
        let mut cx = Context::from_waker(&self.driver);
        match std::task::ready!(Pin::new(&mut self.follower).poll_next(&mut cx)) {
            Some(entry) => self.take(&entry),
            None => self.end(Outcome::Interrupted),
        }
        Poll::Ready(())
    }

    /// A view may not be polled again, though it was the one that read the log for all: another takes its place if there is
    /// more to read, or as soon as there is.
    fn hand_over(&mut self) {
        let cx = Context::from_waker(&self.driver);
        if self.waiting.is_any() && self.follower.poll_ready(&cx).is_ready() {
            self.driver.wake_by_ref();
        }
    }

    /// Whether nothing on this topic can come any more.
    fn over(&self, topic: Topic) -> bool {
        self.outcome.is_some()
            || match topic {
                Topic::Chunks(slot) => self.slots[slot].ended.is_some(),
                _ => false,
            }
    }

    /// Projects one event, and wakes the views that it has something for.
    fn take(&mut self, entry: &Entry) {
        let error = match &entry.origin {
            Origin::Agent => None,
            Origin::Failed(error) => Some(&**error),
            // What the agent left open has failed here, and a run that was ended from outside says nothing (upstream
            // 1.10.6).
            Origin::Closing | Origin::Cancelled => return,
        };
        match &entry.event {
            Event::TextMessageStart(event) => {
                let slot = self.open(event.message_id.clone(), Kind::Text);
                self.message(Draft::text(event, slot));
            }
            Event::TextMessageContent(event) => {
                self.chunk(Kind::Text, &event.message_id, &event.delta);
            }
            Event::TextMessageEnd(event) => self.close(Kind::Text, &event.message_id),
            Event::ToolCallStart(event) => {
                let slot = self.open(event.tool_call_id.clone(), Kind::Call);
                let name = event.tool_call_name.clone();
                self.subject.calls.insert(event.tool_call_id.clone(), name);
                self.agent.call_started(event);
                self.message(Draft::call(event, slot));
            }
            Event::ToolCallArgs(event) => {
                self.chunk(Kind::Call, &event.tool_call_id, &event.delta);
                let predicted = self.agent.predicted(event, &self.subject);
                self.state(predicted);
            }
            Event::ToolCallEnd(event) => self.close(Kind::Call, &event.tool_call_id),
            Event::ToolCallResult(event) => {
                let name = self.subject.calls.get(&event.tool_call_id).cloned();
                let name = name.unwrap_or_default();
                if self.subject.others.took_over(&name, event) {
                    self.agent = AgentStateView::default();
                    self.subject.agent.clone_from(&name);
                }
                self.message(Draft::result(event, name));
            }
            Event::Custom(event) => self.custom(event),
            Event::RunError(event) => {
                self.end(Outcome::failed(
                    &event.message,
                    event.code.as_deref(),
                    error,
                ));
            }
            Event::RunFinished(event) => {
                let last = self.agent.finished(&self.subject);
                self.state(last);
                if !self.interrupted {
                    self.meta_event(meta::of_end(event));
                }
                self.end(Outcome::Success);
            }
            event => {
                let changed = self.agent.take(event, &self.subject);
                self.state(changed);
            }
        }
    }

    fn message(&mut self, draft: Draft) {
        if self.messages_wanted {
            self.messages.push_back(draft);
            self.waiting.changed(Topic::Messages);
        }
    }

    fn state(&mut self, message: Option<AgentStateMessageOutput>) {
        if let Some(message) = message {
            self.message(Draft::state(message));
        }
    }

    /// A view is gone: what only it would take is not kept any more.
    fn forget(&mut self, topic: Topic) {
        match topic {
            Topic::Messages => {
                self.messages_wanted = false;
                self.messages.clear();
                self.slots.iter_mut().for_each(Slot::forget_if_untaken);
            }
            Topic::MetaEvents => {
                self.meta_events_wanted = false;
                self.meta_events.clear();
            }
            Topic::Chunks(slot) => self.slots[slot].forget(),
            Topic::Outcome | Topic::End(_) => {}
        }
    }

    fn custom(&mut self, event: &CustomEvent) {
        self.agent.custom(event);
        let interrupt = meta::of_custom(event);
        self.interrupted |= interrupt.is_some();
        self.meta_event(interrupt);
    }

    fn meta_event(&mut self, event: Option<BaseMetaEvent>) {
        if let Some(event) = event
            && self.meta_events_wanted
        {
            self.meta_events.push_back(event);
            self.waiting.changed(Topic::MetaEvents);
        }
    }

    fn places(&mut self, kind: Kind) -> &mut HashMap<String, usize> {
        match kind {
            Kind::Text => &mut self.open_texts,
            Kind::Call => &mut self.open_calls,
        }
    }

    /// A new text or call. One of the same id that was not ended ends here.
    fn open(&mut self, id: String, kind: Kind) -> usize {
        self.close(kind, &id);
        self.slots.push(Slot::new(self.messages_wanted));
        let slot = self.slots.len() - 1;
        self.places(kind).insert(id, slot);
        slot
    }

    fn chunk(&mut self, kind: Kind, id: &str, delta: &str) {
        if let Some(slot) = self.places(kind).get(id).copied()
            && self.slots[slot].push(delta)
        {
            self.waiting.changed(Topic::Chunks(slot));
        }
    }

    fn close(&mut self, kind: Kind, id: &str) {
        if let Some(slot) = self.places(kind).remove(id) {
            self.slots[slot].ended = Some(Ok(()));
            self.waiting.changed(Topic::Chunks(slot));
            self.waiting.changed(Topic::End(slot));
        }
    }

    /// Ends everything that is still open along with the run.
    fn end(&mut self, outcome: Outcome) {
        let failed = !matches!(outcome, Outcome::Success);
        for (kind, reason) in [(Kind::Text, TEXT_FAILED), (Kind::Call, CALL_FAILED)] {
            for (_, slot) in std::mem::take(self.places(kind)) {
                if let Some(slot) = self.slots.get_mut(slot) {
                    slot.ended = Some(if failed { Err(reason) } else { Ok(()) });
                }
            }
        }
        self.outcome = Some(outcome);
        self.waiting.wake_all();
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Call,
}

fn now() -> DateTimeIso {
    Utc::now().into()
}
