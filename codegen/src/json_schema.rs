//! Reads the AG-UI contract, a JSON Schema, and decides what becomes of it in Rust.
//!
//! Three steps: [`parse`] takes the JSON apart, `dedupe` finds definitions that say the same thing twice, `decide` names and
//! types everything. Nothing is left to decide for the emitter.

use crate::error::Errors;

mod decide;
mod dedupe;
mod docs;
mod model;
mod parse;
mod size;

pub use model::{
    Accessor, Alias, Constant, Contract, Field, Item, Record, RustType, TextOrList, Union, Variant,
    Word, Words,
};

/// Reads the JSON Schema in `text`; `path` is shown in errors.
pub fn read(path: &str, text: &str) -> Result<Contract, Errors> {
    let definitions = parse::parse(path, text)?;
    let definitions = dedupe::dedupe(definitions);
    decide::decide(path, &definitions)
}
