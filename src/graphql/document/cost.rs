//! How deep and how large a document is with its fragments expanded, found without expanding them.

use std::collections::HashMap;

use super::Limits;
use super::error::Fault;
use super::syntax::ast::{Definition, Document, Fragment, Selection, SelectionSet};

/// The depth of a selection, and the number of its fields and of those with an alias.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    depth: usize,
    fields: usize,
    aliases: usize,
}

enum State {
    /// Being measured: met again, it is a cycle, which validation reports.
    Open,
    Done(Size),
}

struct Measure<'a, 't> {
    fragments: HashMap<&'t str, &'a Fragment<'t>>,
    states: HashMap<&'t str, State>,
    limit: usize,
    cyclic: bool,
}

/// What the walk through a document tells validation.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Some fragment contains itself.
    pub cyclic: bool,
}

/// Refuses what is deeper or larger than the limits.
pub fn measure(document: &Document<'_>, limits: &Limits) -> Result<Shape, Fault> {
    let fragments = document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            Definition::Fragment(fragment) => Some((fragment.name.text, fragment)),
            _ => None,
        });
    let fragments = fragments.collect();
    let mut measure = Measure {
        fragments,
        states: HashMap::new(),
        limit: limits.depth,
        cyclic: false,
    };
    for definition in &document.definitions {
        match definition {
            Definition::Operation(operation) => {
                let size = measure.selection(&operation.selection, 0)?;
                check_size(size, limits, operation.at)?;
            }
            Definition::Fragment(fragment) => {
                measure.fragment(fragment.name.text, 0)?;
            }
            Definition::System(_) => {}
        }
    }
    Ok(Shape {
        cyclic: measure.cyclic,
    })
}

fn check_size(size: Size, limits: &Limits, at: usize) -> Result<(), Fault> {
    let Size {
        fields, aliases, ..
    } = size;
    let message = if fields > limits.complexity {
        format!(
            "The operation selects {fields} fields with its fragments expanded, more than the {} this server allows \
             (limits.query_complexity). Select fewer fields or aliases.",
            limits.complexity
        )
    } else if aliases > limits.aliases {
        format!(
            "The operation has {aliases} aliases with its fragments expanded, more than the {} this server allows \
             (limits.query_aliases). Send several requests.",
            limits.aliases
        )
    } else {
        return Ok(());
    };
    Err(Fault::invalid(message, [at]))
}

impl<'t> Measure<'_, 't> {
    /// `above` levels are already around the selection. That bounds the recursion, too.
    fn selection(&mut self, set: &SelectionSet<'t>, above: usize) -> Result<Size, Fault> {
        let mut size = Size::default();
        for item in &set.items {
            let inner = match item {
                Selection::Field(field) => match &field.selection {
                    Some(set) => self.selection(set, above + 1)?,
                    None => Size::default(),
                },
                Selection::Inline(inline) => self.selection(&inline.selection, above + 1)?,
                Selection::Spread(spread) => self.fragment(spread.name.text, above + 1)?,
            };
            size.depth = size.depth.max(inner.depth);
            let (field, alias) = match item {
                Selection::Field(field) => (1, usize::from(field.alias.is_some())),
                Selection::Inline(_) | Selection::Spread(_) => (0, 0),
            };
            size.fields = size.fields.saturating_add(inner.fields + field);
            size.aliases = size.aliases.saturating_add(inner.aliases + alias);
        }
        size.depth += 1;
        self.check_depth(above + size.depth, set.at)?;
        Ok(size)
    }

    fn fragment(&mut self, name: &'t str, above: usize) -> Result<Size, Fault> {
        let Some(&fragment) = self.fragments.get(name) else {
            return Ok(Size::default());
        };
        match self.states.get(name) {
            Some(State::Done(size)) => {
                let size = *size;
                self.check_depth(above + size.depth, fragment.at)?;
                Ok(size)
            }
            Some(State::Open) => {
                self.cyclic = true;
                Ok(Size::default())
            }
            None => {
                self.check_depth(above, fragment.at)?;
                self.states.insert(name, State::Open);
                let size = self.selection(&fragment.selection, above)?;
                self.states.insert(name, State::Done(size));
                Ok(size)
            }
        }
    }

    fn check_depth(&self, depth: usize, at: usize) -> Result<(), Fault> {
        if depth <= self.limit {
            return Ok(());
        }
        Err(Fault::invalid(super::syntax::too_deep(self.limit), [at]))
    }
}
