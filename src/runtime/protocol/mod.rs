//! AG-UI's rules for the events of a run: how chunks expand, which order is right, what is left open, what is kept.

mod chunks;
mod compact;
mod document;
mod history;
mod metadata;
mod transcript;
mod verify;

pub(crate) use chunks::Chunks;
pub use compact::compact;
pub(crate) use document::{Document, Unfit};
pub use history::messages;
pub use transcript::Transcript;
pub(in crate::runtime) use verify::{Verifier, Why};
