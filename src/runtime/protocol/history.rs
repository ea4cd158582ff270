//! The messages of a thread, from all its events.

use super::Transcript;
use crate::generated::agui::{Event, Message};

/// The messages that a thread's events make, in order: those that its runs were started with, each once, and those that
/// came of them.
pub fn messages<'a>(events: impl IntoIterator<Item = &'a Event>) -> Vec<Message> {
    let mut transcript = Transcript::default();
    for event in events {
        transcript.apply(event);
    }
    transcript.into_parts().1
}
