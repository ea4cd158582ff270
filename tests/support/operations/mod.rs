//! Operations on upstream's schema, made up: every one is valid, with aliases, fragments, variables and directives wherever
//! they may be.

mod inputs;
mod schema;
mod selections;

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::choices::Choices;
pub use inputs::Inputs;
use schema::SCHEMA;
use selections::{Fragment, Selection, Selections};

/// One operation with its variables.
#[derive(Debug)]
pub struct Operation {
    mutation: bool,
    selections: Vec<Selection>,
    fragments: Vec<Fragment>,
    variables: Vec<Variable>,
}

#[derive(Debug, Clone)]
struct Variable {
    name: String,
    kind: String,
    value: Value,
    /// Whether only `@defer` and `@stream` use it.
    incremental: bool,
}

impl Operation {
    /// An operation with such inputs; of several root fields, each has a thread of its own.
    pub fn random(choices: &mut Choices<'_>, inputs: Inputs) -> Self {
        let mutation = !choices.once_in(8);
        let mut making = Selections::new(&SCHEMA, choices, inputs);
        let selections = making.root(if mutation { "Mutation" } else { "Query" });
        let (fragments, variables) = making.into_parts();
        Self {
            mutation,
            selections,
            fragments,
            variables,
        }
    }

    /// The document; without incremental delivery where that is not wanted.
    pub fn text(&self, incremental: bool) -> String {
        let kind = if self.mutation { "mutation" } else { "query" };
        let mut text = format!("{kind} Made{}", self.definitions(incremental));
        print(&mut text, &self.selections, incremental);
        for fragment in &self.fragments {
            let _ = write!(text, " fragment {} on {}", fragment.name, fragment.on);
            print(&mut text, &fragment.selections, incremental);
        }
        text
    }

    /// The request's body.
    pub fn body(&self, incremental: bool) -> Value {
        let used = self.used(incremental);
        let given = used.filter(|variable| !variable.value.is_null());
        let variables: Map<String, Value> = given
            .map(|variable| (variable.name.clone(), variable.value.clone()))
            .collect();
        json!({"operationName": "Made", "query": self.text(incremental), "variables": variables})
    }

    fn used(&self, incremental: bool) -> impl Iterator<Item = &Variable> {
        let variables = self.variables.iter();
        variables.filter(move |variable| incremental || !variable.incremental)
    }

    fn definitions(&self, incremental: bool) -> String {
        let used = self.used(incremental);
        let definitions: Vec<String> = used
            .map(|variable| format!("${}: {}", variable.name, variable.kind))
            .collect();
        if definitions.is_empty() {
            String::new()
        } else {
            format!("({})", definitions.join(", "))
        }
    }
}

fn print(text: &mut String, selections: &[Selection], incremental: bool) {
    text.push_str(" {");
    for selection in selections {
        text.push(' ');
        selection.print(text, incremental);
    }
    text.push_str(" }");
}
