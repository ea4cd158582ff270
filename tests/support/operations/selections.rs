//! What operations select.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::inputs::{Inputs, Values};
use super::schema::{OutputField, Schema};
use super::{Variable, print};
use crate::support::choices::Choices;

/// How deep selections go; upstream's schema has nothing deeper that is not there above.
const DEPTH: usize = 7;

#[derive(Debug)]
pub struct Fragment {
    pub name: String,
    pub on: String,
    pub selections: Vec<Selection>,
}

#[derive(Debug)]
pub struct Selection {
    /// What stands before the directives: a field with its alias and arguments, a spread, `... on Type`.
    head: String,
    directives: String,
    /// `@defer` or `@stream`.
    incremental: Option<String>,
    inner: Option<Vec<Selection>>,
}

impl Selection {
    fn plain(head: impl Into<String>) -> Self {
        Self {
            head: head.into(),
            directives: String::new(),
            incremental: None,
            inner: None,
        }
    }

    pub fn print(&self, text: &mut String, incremental: bool) {
        text.push_str(&self.head);
        text.push_str(&self.directives);
        if let Some(directive) = self.incremental.as_ref().filter(|_| incremental) {
            text.push(' ');
            text.push_str(directive);
        }
        if let Some(inner) = &self.inner {
            print(text, inner, incremental);
        }
    }
}

/// Makes the selections of one operation.
pub struct Selections<'a, 'b, 'c> {
    schema: &'a Schema,
    choices: &'b mut Choices<'c>,
    inputs: Inputs,
    fragments: Vec<Fragment>,
    variables: Vec<Variable>,
    /// Counts aliases, labels and names.
    made: usize,
    messages: usize,
    /// In how many fragments what follows stands that are delivered late, or may be.
    late: usize,
    /// How each field is streamed that has no alias: two selections of it must agree.
    streamed: HashMap<String, Option<String>>,
}

impl<'a, 'b, 'c> Selections<'a, 'b, 'c> {
    pub fn new(schema: &'a Schema, choices: &'b mut Choices<'c>, inputs: Inputs) -> Self {
        Self {
            schema,
            choices,
            inputs,
            fragments: Vec::new(),
            variables: Vec::new(),
            made: 0,
            messages: 0,
            late: 0,
            streamed: HashMap::new(),
        }
    }

    pub fn into_parts(self) -> (Vec<Fragment>, Vec<Variable>) {
        (self.fragments, self.variables)
    }

    /// The root's fields: few, under names of their own.
    pub fn root(&mut self, name: &str) -> Vec<Selection> {
        let schema = self.schema;
        let fields = &schema.fields[name];
        // Upstream lets the properties of one field reach the agents of the next.
        let usual = self.inputs == Inputs::Usual;
        let count = if !usual && self.choices.once_in(6) {
            2
        } else {
            1
        };
        let mut selections = Vec::new();
        for at in 0..count {
            let field = &fields[self.choices.below(fields.len())];
            let arguments = self.arguments(field, at);
            let alias = if at > 0 || self.choices.once_in(4) {
                format!("root{at}: ")
            } else {
                String::new()
            };
            let mut selection = Selection::plain(format!("{alias}{}{arguments}", field.name));
            if schema.is_composite(&field.kind.name) {
                let mut inner = self.selections(&field.kind.name, 0);
                let messages = schema.fields[&field.kind.name]
                    .iter()
                    .find(|it| it.name == "messages");
                // Without them upstream may not end, and may tell of nothing else either.
                if let Some(messages) = messages.filter(|_| usual) {
                    let mut messages = self.selected(messages, 0);
                    messages.directives.clear();
                    messages
                        .inner
                        .get_or_insert_default()
                        .extend(self.read_whole());
                    inner.insert(0, messages);
                }
                selection.inner = Some(inner);
            }
            selections.push(selection);
        }
        selections
    }

    /// What upstream waits for somebody to read before a message, and with it the answer, ends.
    fn read_whole(&mut self) -> [Selection; 2] {
        let lists = [
            ("TextMessageOutput", "content"),
            ("ActionExecutionMessageOutput", "arguments"),
        ];
        lists.map(|(on, name)| {
            let field = self.schema.fields[on]
                .iter()
                .find(|field| field.name == name);
            let mut list = self.selected(field.expect("upstream has it"), DEPTH);
            list.directives.clear();
            let mut fragment = Selection::plain(format!("... on {on}"));
            fragment.inner = Some(vec![list]);
            fragment
        })
    }

    /// The arguments, each in a variable.
    fn arguments(&mut self, field: &OutputField, thread: usize) -> String {
        let mut given = Vec::new();
        for (name, kind) in &field.arguments {
            let mut values = Values {
                schema: self.schema,
                choices: self.choices,
                inputs: self.inputs,
                thread,
                made: &mut self.messages,
            };
            if let Some(value) = values.value(name, kind, 0) {
                let variable = format!("{name}{}", self.next());
                self.variables.push(Variable {
                    name: variable.clone(),
                    kind: kind.text.clone(),
                    value,
                    incremental: false,
                });
                given.push(format!("{name}: ${variable}"));
            }
        }
        if given.is_empty() {
            String::new()
        } else {
            format!("({})", given.join(", "))
        }
    }

    fn next(&mut self) -> usize {
        self.made += 1;
        self.made
    }

    /// Selections on a type, at least one.
    fn selections(&mut self, on: &str, depth: usize) -> Vec<Selection> {
        let mut selections = Vec::new();
        let most = if depth < 3 { 7 } else { 4 };
        let count = 1 + self.choices.below(most);
        for _ in 0..count {
            let selection = match self.choices.below(8) {
                0..=4 => self.field(on, depth),
                5 => Some(Selection::plain(if self.choices.once_in(3) {
                    "kind: __typename"
                } else {
                    "__typename"
                })),
                6 => self.inline(on, depth),
                _ => self.spread(on, depth),
            };
            selections.extend(selection);
        }
        if selections.is_empty() {
            selections.push(Selection::plain("__typename"));
        }
        selections
    }

    fn field(&mut self, on: &str, depth: usize) -> Option<Selection> {
        let schema = self.schema;
        let Some(fields) = schema.fields.get(on) else {
            return self.inline(on, depth);
        };
        let field = &fields[self.choices.below(fields.len())];
        let usual = self.inputs == Inputs::Usual;
        if schema.is_composite(&field.kind.name) && depth >= DEPTH
            || usual && field.kind.list && self.late > 0
        {
            return None;
        }
        Some(self.selected(field, depth))
    }

    /// This field.
    fn selected(&mut self, field: &OutputField, depth: usize) -> Selection {
        // Of a list that is selected twice upstream gives each item to one of the two.
        let once = self.inputs == Inputs::Usual && field.kind.list;
        // What is blanked by its name keeps it.
        let aliased = self.choices.once_in(8) && field.name != "createdAt" && !once;
        let alias = if aliased {
            format!("{}{}: ", field.name, self.next())
        } else {
            String::new()
        };
        let mut selection = Selection::plain(format!("{alias}{}", field.name));
        selection.directives = self.conditions();
        if field.kind.list {
            selection.incremental = match aliased {
                true => self.stream(true),
                false => match self.streamed.get(&field.name) {
                    Some(known) => known.clone(),
                    None => {
                        let stream = self.stream(false);
                        self.streamed.insert(field.name.clone(), stream.clone());
                        stream
                    }
                },
            };
        }
        if self.schema.is_composite(&field.kind.name) {
            selection.inner = Some(self.selections(&field.kind.name, depth + 1));
        }
        selection
    }

    /// A type that something of this type may be: itself, what it can be, or what it is.
    fn condition(&mut self, on: &str) -> String {
        let schema = self.schema;
        let mut of = vec![on];
        let possible = schema.possible.get(on).into_iter().flatten();
        of.extend(possible.map(String::as_str));
        let wider = schema.possible.iter();
        let wider = wider.filter(|(_, possible)| possible.iter().any(|it| it == on));
        of.extend(wider.map(|(wider, _)| wider.as_str()));
        let at = self.choices.below(of.len());
        of[at].to_owned()
    }

    fn inline(&mut self, on: &str, depth: usize) -> Option<Selection> {
        if depth >= DEPTH {
            return None;
        }
        let bare = schema_has_fields(self.schema, on) && self.choices.once_in(4);
        let on = if bare {
            on.to_owned()
        } else {
            self.condition(on)
        };
        let head = if bare {
            "...".to_owned()
        } else {
            format!("... on {on}")
        };
        let mut selection = Selection::plain(head);
        selection.directives = self.conditions();
        selection.incremental = self.defer();
        let late = usize::from(selection.incremental.is_some());
        self.late += late;
        selection.inner = Some(self.selections(&on, depth + 1));
        self.late -= late;
        Some(selection)
    }

    fn spread(&mut self, on: &str, depth: usize) -> Option<Selection> {
        if depth >= DEPTH {
            return None;
        }
        let known: Vec<usize> = (0..self.fragments.len())
            .filter(|at| self.fragments[*at].on == on)
            .collect();
        let name = if known.is_empty() || self.choices.once_in(2) {
            let on = self.condition(on);
            let name = format!("Part{}", self.next());
            self.late += 1;
            let selections = self.selections(&on, depth + 1);
            self.late -= 1;
            self.fragments.push(Fragment {
                name: name.clone(),
                on,
                selections,
            });
            name
        } else {
            self.fragments[known[self.choices.below(known.len())]]
                .name
                .clone()
        };
        let mut selection = Selection::plain(format!("...{name}"));
        selection.directives = self.conditions();
        selection.incremental = self.defer();
        Some(selection)
    }

    /// `@skip` and `@include`, now and then.
    fn conditions(&mut self) -> String {
        if !self.choices.once_in(12) {
            return String::new();
        }
        let (name, holds) = [
            ("skip", false),
            ("include", true),
            ("skip", true),
            ("include", false),
        ][self.choices.below(4)];
        let value = self.boolean(holds, false);
        format!(" @{name}(if: {value})")
    }

    fn boolean(&mut self, value: bool, incremental: bool) -> String {
        if self.choices.once_in(2) {
            self.variable("Boolean!", json!(value), incremental)
        } else {
            value.to_string()
        }
    }

    fn variable(&mut self, kind: &str, value: Value, incremental: bool) -> String {
        let name = format!("v{}", self.next());
        self.variables.push(Variable {
            name: name.clone(),
            kind: kind.to_owned(),
            value,
            incremental,
        });
        format!("${name}")
    }

    fn defer(&mut self) -> Option<String> {
        if self.choices.below(3) > 0 {
            return None;
        }
        Some(self.incremental("defer", true, Vec::new()))
    }

    fn stream(&mut self, labelled: bool) -> Option<String> {
        if self.choices.below(3) == 2 {
            return None;
        }
        let mut arguments = Vec::new();
        if self.choices.once_in(4) {
            let count = self.choices.below(4);
            let count = if self.choices.once_in(2) {
                self.variable("Int", json!(count), true)
            } else {
                count.to_string()
            };
            arguments.push(format!("initialCount: {count}"));
        }
        Some(self.incremental("stream", labelled, arguments))
    }

    fn incremental(&mut self, name: &str, labelled: bool, mut arguments: Vec<String>) -> String {
        if self.choices.once_in(6) {
            let on = self.choices.below(2) == 0;
            arguments.push(format!("if: {}", self.boolean(on, true)));
        }
        if labelled && self.choices.once_in(8) {
            arguments.push(format!("label: \"l{}\"", self.next()));
        }
        if arguments.is_empty() {
            format!("@{name}")
        } else {
            format!("@{name}({})", arguments.join(", "))
        }
    }
}

fn schema_has_fields(schema: &Schema, on: &str) -> bool {
    schema.fields.contains_key(on)
}
