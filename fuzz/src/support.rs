//! What the tests have already: generators, and the reader of incremental answers.

#[path = "../../tests/support/blank.rs"]
pub mod blank;
#[path = "../../tests/support/choices.rs"]
pub mod choices;
#[path = "../../tests/agui_protocol/generate.rs"]
mod generate;
#[path = "../../tests/support/operations/mod.rs"]
pub mod operations;
#[path = "../../tests/support/payloads.rs"]
pub mod payloads;
#[path = "../../tests/support/script.rs"]
pub mod script;

pub use generate::Schema;
