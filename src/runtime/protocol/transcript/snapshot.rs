//! `MESSAGES_SNAPSHOT`: the agent states the whole conversation again.

use std::collections::{HashMap, HashSet};

use super::list::{Kind, List};
use crate::generated::agui::{Message, MessagesSnapshotEvent};

/// Replaces the messages. Those that are known keep their place; activities and reasoning, of which many agents keep no track,
/// stay if the snapshot has none at all.
pub(super) fn apply(list: &mut List, event: &MessagesSnapshotEvent) {
    let kinds: HashSet<Kind> = event.messages.iter().map(Kind::of).collect();
    let key = |message: &Message| Some((Kind::of(message), message.id()?.to_owned()));
    let mut new: HashMap<(Kind, String), &Message> = HashMap::new();
    new.extend(
        event
            .messages
            .iter()
            .filter_map(|message| Some((key(message)?, message))),
    );
    let mut messages = Vec::new();
    for known in std::mem::take(list).into_messages() {
        let kind = Kind::of(&known);
        match key(&known).and_then(|key| new.remove(&key)) {
            Some(again) => messages.push(again.clone()),
            None if kind != Kind::Text && !kinds.contains(&kind) => messages.push(known),
            None => {}
        }
    }
    for message in &event.messages {
        if key(message).is_none_or(|key| new.remove(&key).is_some()) {
            messages.push(message.clone());
        }
    }
    *list = List::new(messages);
}
