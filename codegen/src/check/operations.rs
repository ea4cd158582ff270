//! Operations that the schema would not answer.
use graphql_tools::{
    parser::{parse_query, parse_schema},
    validation::{rules::default_rules_validation_plan, validate::validate},
};

use crate::{
    error::{Errors, Location},
    schema::Schema,
    sdl::{Source, syntax_error},
};

/// What upstream's clients use and no schema defines.
const DIRECTIVES: &str = "
directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @stream(if: Boolean! = true, label: String, initialCount: Int = 0) on FIELD
directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
";

pub fn check(schema: &Schema, operations: &[Source]) -> Result<(), Errors> {
    let sdl = format!("{schema}{DIRECTIVES}");
    let document = parse_schema::<String>(&sdl)
        .map_err(|error| Errors::from(format!("the merged schema does not parse: {error}")))?
        .into_static();
    let plan = default_rules_validation_plan();
    let mut errors = Errors::default();
    for source in operations {
        let operation = match parse_query::<String>(&source.text) {
            Ok(operation) => operation.into_static(),
            Err(error) => {
                errors
                    .0
                    .extend(syntax_error(&source.path, &error.to_string()).0);
                continue;
            }
        };
        for error in validate(&document, &operation, &plan) {
            let place = error
                .locations
                .first()
                .map_or((1, 1), |place| (place.line, place.column));
            errors.at(
                &Location {
                    file: source.path.clone(),
                    line: place.0,
                    column: place.1,
                },
                error.message,
            );
        }
    }
    errors.or(())
}
