//! Finds everything that is wrong with the contract, at once.
use crate::{
    error::Errors,
    schema::Schema,
    sdl::{self, Sdl, Source},
};

mod definitions;
mod duplicates;
mod interfaces;
mod operations;
mod references;
mod supported;

use operations::Validator;

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

/// Checks the operations, for a schema that is sound.
///
/// What is wrong with an operation that a schema of the `history` answers is no mistake in it: the schema has drifted. Such
/// findings are the value, and mistakes are the error.
pub fn operations(
    schema: &Schema,
    operations: &[Source],
    history: &[Source],
) -> Result<Errors, Errors> {
    let validator = Validator::new(schema)?;
    let (mut drift, mut errors) = (Errors::default(), Errors::default());
    for operation in operations {
        if let Err(found) = validator.check(operation) {
            let answered = history.iter().any(|schema| answers(schema, operation));
            let findings = if answered { &mut drift } else { &mut errors };
            findings.0.extend(found.0);
        }
    }
    errors.or(drift)
}

fn answers(schema: &Source, operation: &Source) -> bool {
    let schema = sdl::parse(schema).map(|file| Schema::merge(&[file]));
    schema.is_ok_and(|schema| {
        Validator::new(&schema).is_ok_and(|validator| validator.check(operation).is_ok())
    })
}
