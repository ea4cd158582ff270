//! Operations that the schema would not answer.
use graphql_tools::{
    parser::{parse_query, parse_schema},
    static_graphql::schema::Document,
    validation::{
        rules::default_rules_validation_plan,
        validate::{ValidationPlan, validate},
    },
};

use crate::{
    error::{Errors, Location, did_you_mean},
    schema::Schema,
    sdl::{Source, syntax_error},
};

/// What upstream's clients use and no schema defines, and what the validator does not know by itself.
const PRELUDE: &str = "
scalar Boolean
scalar Float
scalar ID
scalar Int
scalar String
directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @stream(if: Boolean! = true, label: String, initialCount: Int = 0) on FIELD
directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
";

/// Validates operations against one schema.
pub struct Validator<'a> {
    schema: &'a Schema,
    document: Document,
    plan: ValidationPlan,
}

impl<'a> Validator<'a> {
    /// For a schema that is sound.
    pub fn new(schema: &'a Schema) -> Result<Self, Errors> {
        let sdl = format!("{schema}{PRELUDE}");
        let document = parse_schema::<String>(&sdl)
            .map_err(|error| Errors::from(format!("the merged schema does not parse: {error}")))?;
        Ok(Self {
            schema,
            document: document.into_static(),
            plan: default_rules_validation_plan(),
        })
    }

    /// Finds all that the schema would not answer.
    pub fn check(&self, source: &Source) -> Result<(), Errors> {
        let operation = parse_query::<String>(&source.text)
            .map_err(|error| syntax_error(&source.path, &error.to_string()))?
            .into_static();
        let mut errors = Errors::default();
        for error in validate(&self.document, &operation, &self.plan) {
            // Some rules tell no place: then it is the whole operation.
            let place = error.locations.first().copied().unwrap_or_default();
            let location = Location {
                file: source.path.clone(),
                line: place.line.max(1),
                column: place.column.max(1),
            };
            let hint = hint(self.schema, &error.message);
            errors.at(
                &location,
                format!("{}{hint}", error.message.trim_end_matches('.')),
            );
        }
        errors.or(())
    }
}

/// What was probably meant: the validator only says what is unknown.
fn hint(schema: &Schema, message: &str) -> String {
    let quoted: Vec<&str> = message.split('"').skip(1).step_by(2).collect();
    match quoted.as_slice() {
        [name, ty] if message.starts_with("Cannot query field") => {
            let fields = schema
                .get(ty)
                .map(|ty| ty.fields.as_slice())
                .unwrap_or_default();
            did_you_mean(name, fields.iter().map(|field| field.name.text.as_str()))
        }
        [name] if message.starts_with("Unknown type") => did_you_mean(name, schema.names()),
        _ => String::new(),
    }
}
