//! What the targets share.

mod answers;
mod exchange;
mod loopback;
mod runs;
mod support;
mod world;

pub use exchange::exchange;
pub use loopback::{Answer, Loopback};
pub use runs::{Scripted, Steps, input, typed, untyped};
pub use support::{Schema, blank, choices, operations, payloads, script};
pub use world::{Answered, Asked, World, steps};
