//! Compacts the events of a run that has ended, for the thread's history.

use crate::generated::agui::Event;

/// The events of a whole run, joined.
pub fn compact(events: Vec<Event>) -> Vec<Event> {
    events
}
