//! Finds everything that is wrong with the contract, at once.
use crate::{
    error::Errors,
    schema::Schema,
    sdl::{Sdl, Source},
};

mod definitions;
mod duplicates;
mod interfaces;
mod operations;
mod references;
mod supported;

/// Checks the definitions: `files` as they were written, upstream's first, and `schema` as they were merged.
pub fn schema(files: &[Sdl], schema: &Schema) -> Result<(), Errors> {
    let mut errors = Errors::default();
    definitions::check(files, schema, &mut errors);
    duplicates::check(schema, &mut errors);
    references::check(files, schema, &mut errors);
    interfaces::check(schema, &mut errors);
    supported::check(schema, &mut errors);
    errors.or(())
}

/// Checks that every operation is valid, for a schema that is.
pub fn operations(schema: &Schema, operations: &[Source]) -> Result<(), Errors> {
    operations::check(schema, operations)
}
