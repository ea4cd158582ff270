//! Activity messages: what an agent shows of its work, as JSON that its frontend knows how to draw.

use super::super::document::{self, Extent, Room, Unfit};
use super::super::metadata;
use super::list::{Kind, List};
use crate::generated::agui::{ActivityDeltaEvent, ActivityMessage, ActivitySnapshotEvent, Message};

/// Sets what an activity shows; one that is there already stays as it is if the event says so.
pub(super) fn snapshot(
    list: &mut List,
    room: &mut Room,
    event: &ActivitySnapshotEvent,
) -> Result<(), Unfit> {
    let id = &*event.message_id;
    let known = list.get_mut(Kind::Activity, id).is_some();
    if !known || event.replace != Some(false) {
        room.take(Extent::of(&event.content), || used(list))?;
    }
    match list.get_mut(Kind::Activity, id) {
        Some(Message::Activity(message)) => {
            if event.replace != Some(false) {
                message.activity_type.clone_from(&event.activity_type);
                message.content = event.content.clone();
                message.subagent_run_id.clone_from(&event.subagent_run_id);
            }
            metadata::merge(&mut message.metadata, event.metadata.as_deref());
        }
        _ => {
            let mut message =
                ActivityMessage::new(id, &*event.activity_type, event.content.clone());
            message.subagent_run_id.clone_from(&event.subagent_run_id);
            message.metadata.clone_from(&event.metadata);
            list.push(message.into());
        }
    }
    Ok(())
}

/// Changes what an activity shows.
pub(super) fn delta(
    list: &mut List,
    room: &mut Room,
    event: &ActivityDeltaEvent,
) -> Result<(), Unfit> {
    let Some(Message::Activity(message)) = list.get_mut(Kind::Activity, &event.message_id) else {
        return Ok(());
    };
    metadata::merge(&mut message.metadata, event.metadata.as_deref());
    // Measuring looks at all activities, so this one has to be in none of them meanwhile.
    let mut content = message.content.take();
    let applied = document::apply(&mut content, &event.patch, room, |content| {
        used(list) + Extent::of(content).bytes()
    });
    if let Some(Message::Activity(message)) = list.get_mut(Kind::Activity, &event.message_id) {
        message.content = content;
        if applied.is_ok() {
            message.activity_type.clone_from(&event.activity_type);
        }
    }
    applied
}

/// What all activities take.
fn used(list: &List) -> usize {
    let sizes = list.iter().map(|message| match message {
        Message::Activity(message) => Extent::of(&message.content).bytes(),
        _ => 0,
    });
    sizes.sum()
}
