//! The messages of a thread, found by their ids.

use std::collections::HashMap;

use crate::generated::agui::{AssistantMessage, Message, ToolCall, ToolMessage};

/// An id is unique among messages of one kind only: reasoning often has that of the text it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Text,
    Reasoning,
    Activity,
}

impl Kind {
    pub(super) fn of(message: &Message) -> Self {
        match message {
            Message::Reasoning(_) => Self::Reasoning,
            Message::Activity(_) => Self::Activity,
            _ => Self::Text,
        }
    }
}

/// Messages in the order in which they came.
#[derive(Debug, Clone, Default)]
pub(super) struct List {
    messages: Vec<Message>,
    texts: HashMap<String, usize>,
    reasoning: HashMap<String, usize>,
    activities: HashMap<String, usize>,
    /// In which message, and where in it, a tool call is.
    calls: HashMap<String, (usize, usize)>,
    /// The results of a message's calls that came later than the message after it.
    results: HashMap<usize, Vec<usize>>,
}

impl List {
    pub(super) fn new(messages: Vec<Message>) -> Self {
        let mut list = Self::default();
        for message in messages {
            list.push(message);
        }
        list
    }

    /// The messages. Results stand behind the message that has their calls, as models want it.
    pub(super) fn into_messages(self) -> Vec<Message> {
        if self.results.is_empty() {
            return self.messages;
        }
        let Self {
            messages, results, ..
        } = self;
        let mut messages: Vec<Option<Message>> = messages.into_iter().map(Some).collect();
        let mut ordered = Vec::with_capacity(messages.len());
        let mut moved: Vec<Message> = Vec::new();
        let is_moved: std::collections::HashSet<usize> =
            results.values().flatten().copied().collect();
        for at in 0..messages.len() {
            if is_moved.contains(&at) {
                continue;
            }
            let message = messages[at].take();
            if !matches!(message, Some(Message::Tool(_))) {
                ordered.append(&mut moved);
            }
            ordered.extend(message);
            for result in results.get(&at).into_iter().flatten() {
                moved.extend(messages[*result].take());
            }
        }
        ordered.append(&mut moved);
        ordered
    }

    pub(super) fn push(&mut self, message: Message) {
        let at = self.messages.len();
        if let Some(id) = message.id() {
            let id = id.to_owned();
            self.ids(Kind::of(&message)).entry(id).or_insert(at);
        }
        if let Message::Assistant(message) = &message {
            for (call_at, call) in message.tool_calls.iter().flatten().enumerate() {
                self.calls.entry(call.id.clone()).or_insert((at, call_at));
            }
        }
        self.messages.push(message);
    }

    /// Adds a message that is not there yet.
    pub(super) fn add_new(&mut self, message: &Message) {
        let is_new = |id| !self.ids_of(Kind::of(message)).contains_key(id);
        if message.id().is_some_and(is_new) {
            self.push(message.clone());
        }
    }

    pub(super) fn get_mut(&mut self, kind: Kind, id: &str) -> Option<&mut Message> {
        let at = *self.ids_of(kind).get(id)?;
        self.messages.get_mut(at)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter()
    }

    pub(super) fn call_mut(&mut self, id: &str) -> Option<&mut ToolCall> {
        let (at, call_at) = *self.calls.get(id)?;
        match self.messages.get_mut(at) {
            Some(Message::Assistant(message)) => message.tool_calls.as_mut()?.get_mut(call_at),
            _ => None,
        }
    }

    /// Adds a call to the assistant's message `parent`; to a new one if that is not there or is no assistant's.
    pub(super) fn push_call(
        &mut self,
        parent: Option<&str>,
        call: ToolCall,
        subagent: Option<&String>,
    ) {
        let known = parent.and_then(|parent| self.texts.get(parent)).copied();
        let assistant = |at: &usize| matches!(self.messages.get(*at), Some(Message::Assistant(_)));
        let at = known.filter(assistant).unwrap_or_else(|| {
            let id = parent.filter(|_| known.is_none()).unwrap_or(&call.id);
            let mut message = AssistantMessage::new(id);
            message.subagent_run_id = subagent.cloned();
            self.push(message.into());
            self.messages.len() - 1
        });
        if let Some(Message::Assistant(message)) = self.messages.get_mut(at) {
            let calls = message.tool_calls.get_or_insert_default();
            self.calls.insert(call.id.clone(), (at, calls.len()));
            calls.push(call);
        }
    }

    pub(super) fn push_result(&mut self, message: ToolMessage) {
        let caller = self.calls.get(&message.tool_call_id).map(|(at, _)| *at);
        self.push(message.into());
        if let Some(caller) = caller {
            let at = self.messages.len() - 1;
            self.results.entry(caller).or_default().push(at);
        }
    }

    fn ids(&mut self, kind: Kind) -> &mut HashMap<String, usize> {
        match kind {
            Kind::Text => &mut self.texts,
            Kind::Reasoning => &mut self.reasoning,
            Kind::Activity => &mut self.activities,
        }
    }

    fn ids_of(&self, kind: Kind) -> &HashMap<String, usize> {
        match kind {
            Kind::Text => &self.texts,
            Kind::Reasoning => &self.reasoning,
            Kind::Activity => &self.activities,
        }
    }
}
