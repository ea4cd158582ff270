//! Documents and variables checked before anything is executed, in the words of upstream's validator.
//!
//! Clients know the errors of graphql-js 16, as graphql-yoga answers with them; async-graphql words its own differently and knows
//! no rules for `@defer` and `@stream`. So a text is parsed and validated here first, once (what comes out is meant to be
//! cached), and its variables at every request; async-graphql gets what passed. Hostile texts are refused before they cost:
//! tokens and nesting are limited while reading, the size with fragments expanded is known before any rule runs, and the
//! one rule that compares pairs has a budget.
//!
//! Everything here is a pure function of text, schema and limits.

mod cost;
mod error;
mod js;
mod operation;
mod scalars;
mod schema;
mod suggest;
mod syntax;
mod validate;
mod variables;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Map, Value};

pub use error::{DocumentError, Location, OPERATION_RESOLUTION, PARSE_FAILED, VALIDATION_FAILED};
pub use operation::Operation;
pub use syntax::ast::OperationKind;

use error::Lines;
use schema::Schema;

/// How much a document may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Tokens of the text.
    pub tokens: usize,
    /// Levels of selections (or of brackets in values), with fragments expanded.
    pub depth: usize,
    /// Fields of one operation, with fragments expanded.
    pub complexity: usize,
    /// Those of them that have an alias.
    pub aliases: usize,
}

impl Default for Limits {
    /// Several times what upstream's clients and GraphiQL's introspection query need.
    fn default() -> Self {
        Self {
            tokens: 10_000,
            depth: 30,
            complexity: 2_000,
            aliases: 100,
        }
    }
}

/// Checks documents against one schema.
#[derive(Debug, Clone)]
pub struct Checker {
    schema: Arc<Schema>,
    limits: Limits,
}

impl Checker {
    /// Reads the SDL texts as one schema; later texts may extend what earlier ones define.
    pub fn new(sdl: &[&str], limits: Limits) -> Result<Self, String> {
        Ok(Self {
            schema: Arc::new(Schema::new(sdl)?),
            limits,
        })
    }

    /// Checks a document. What does not parse or is beyond the limits is an error here; whether it is valid is told with its
    /// operation, because a request that names no operation of it is told that first.
    pub fn check(&self, text: &str) -> Result<CheckedDocument, Vec<DocumentError>> {
        let lines = Lines::of(text);
        let refuse = |fault: error::Fault| vec![fault.locate(&lines)];
        let bounds = syntax::Bounds {
            tokens: self.limits.tokens,
            depth: self.limits.depth,
        };
        let document = syntax::parse(text, bounds).map_err(refuse)?;
        let shape = cost::measure(&document, &self.limits).map_err(refuse)?;
        let faults = validate::validate(&self.schema, &document, shape);
        Ok(CheckedDocument {
            operations: operation::collect(&self.schema, &document, &lines),
            invalid: faults
                .into_iter()
                .map(|fault| fault.locate(&lines))
                .collect(),
            schema: self.schema.clone(),
        })
    }
}

/// A document that parsed, with what is wrong with it and what its operations take.
#[derive(Debug)]
pub struct CheckedDocument {
    operations: Vec<Operation>,
    invalid: Vec<DocumentError>,
    schema: Arc<Schema>,
}

impl CheckedDocument {
    /// The operation a request means, valid or not: what it is decides whether GET may ask for it.
    pub fn select(&self, name: Option<&str>) -> Result<&Operation, DocumentError> {
        operation::select(&self.operations, name)
    }

    /// The operation a request means, if the document is valid.
    pub fn operation(&self, name: Option<&str>) -> Result<&Operation, Vec<DocumentError>> {
        let operation = self.select(name).map_err(|error| vec![error])?;
        if self.invalid.is_empty() {
            Ok(operation)
        } else {
            Err(self.invalid.clone())
        }
    }

    /// Whether a fragment on a type of this name applies wherever it may stand, since the type is a union of all that may be
    /// there.
    pub fn covers(&self, name: &str) -> bool {
        self.schema
            .find(name)
            .is_some_and(|id| self.schema.is_covering(id))
    }

    /// Checks the request's variables and returns those the operation declares, defaults filled in. Also the last
    /// word on an operation: one the schema has no root type for is refused here, as late as upstream does.
    pub fn coerce(
        &self,
        operation: &Operation,
        variables: Map<String, Value>,
    ) -> Result<Map<String, Value>, Vec<DocumentError>> {
        let coerced = variables::coerce(&self.schema, operation, variables)?;
        operation
            .refusal()
            .map_or(Ok(coerced), |error| Err(vec![error]))
    }
}
