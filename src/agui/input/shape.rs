//! Shapes of JSON, and what is wrong with a value that should have one: every issue, in the order in which zod 3 finds them.

use serde_json::{Value, json};

use super::issues::{self, Issue, Path, Step};

/// What a value may look like.
pub(super) enum Shape {
    Any,
    Text,
    Literal(&'static str),
    Word(&'static [&'static str]),
    /// Any object.
    Map,
    /// An object with these fields; others do not matter.
    Object(&'static [Field]),
    List(&'static Shape),
    /// An object; which one says the tag.
    Tagged {
        tag: &'static str,
        choices: &'static [(&'static str, Shape)],
    },
    TextOr(&'static Shape),
    /// An object that needs one of `id`, `url` and `data`.
    Binary(&'static [Field]),
    /// What AG-UI 0.0.59 demands, and 1.0's wider rule.
    Widened {
        old: &'static Shape,
        new: &'static Shape,
    },
}

/// By whose rules a value is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// AG-UI 0.0.59's, which upstream 1.75.0 has.
    Old,
    /// These, and what 1.0 allows besides.
    Both,
}

/// A key of an object.
pub(super) struct Field {
    name: &'static str,
    shape: Shape,
    need: Need,
}

enum Need {
    Always,
    /// AG-UI 1.0 has a default.
    ByOldRules,
    Never,
}

pub(super) const fn required(name: &'static str, shape: Shape) -> Field {
    let need = Need::Always;
    Field { name, shape, need }
}

pub(super) const fn required_once(name: &'static str, shape: Shape) -> Field {
    let need = Need::ByOldRules;
    Field { name, shape, need }
}

pub(super) const fn optional(name: &'static str, shape: Shape) -> Field {
    let need = Need::Never;
    Field { name, shape, need }
}

/// All that is wrong with a value.
pub(super) fn check(shape: &'static Shape, value: &Value, rules: Rules) -> Vec<Issue> {
    let mut check = Check {
        rules,
        path: Vec::new(),
        issues: Vec::new(),
    };
    check.value(shape, Some(value));
    check.issues
}

struct Check {
    rules: Rules,
    path: Path,
    issues: Vec<Issue>,
}

impl Check {
    /// Checks a value, or that there is none.
    fn value(&mut self, shape: &'static Shape, value: Option<&Value>) {
        match shape {
            Shape::Any => {}
            Shape::Text => match value {
                Some(Value::String(_)) => {}
                other => self.wrong_type("string", other),
            },
            Shape::Literal(literal) => match value {
                Some(Value::String(text)) if text == literal => {}
                other => self.add(issues::invalid_literal(literal, other, &self.path)),
            },
            Shape::Word(words) => match value {
                Some(Value::String(text)) if words.contains(&text.as_str()) => {}
                other => self.add(issues::invalid_word(words, other, &self.path)),
            },
            Shape::Map => match value {
                Some(Value::Object(_)) => {}
                other => self.wrong_type("object", other),
            },
            Shape::Object(fields) | Shape::Binary(fields) => {
                self.object(fields, value, matches!(shape, Shape::Binary(_)));
            }
            Shape::List(item) => self.list(item, value),
            Shape::Tagged { tag, choices } => self.tagged(tag, choices, value),
            Shape::TextOr(other) => self.text_or(other, value),
            Shape::Widened { old, new } => match self.rules {
                Rules::Old => self.value(old, value),
                Rules::Both => self.value(new, value),
            },
        }
    }

    fn object(&mut self, fields: &'static [Field], value: Option<&Value>, binary: bool) {
        let Some(Value::Object(object)) = value else {
            return self.wrong_type("object", value);
        };
        let before = self.issues.len();
        for field in fields {
            let value = object.get(field.name);
            let needed = match field.need {
                Need::Always => true,
                Need::ByOldRules => self.rules == Rules::Old,
                Need::Never => false,
            };
            if value.is_some() || needed {
                self.path.push(Step::Key(field.name));
                self.value(&field.shape, value);
                self.path.pop();
            }
        }
        let given = |key| object.get(key).is_some_and(|value| *value != json!(""));
        if binary && before == self.issues.len() && !["id", "url", "data"].into_iter().any(given) {
            self.add(issues::no_payload(&self.path));
        }
    }

    fn list(&mut self, item: &'static Shape, value: Option<&Value>) {
        let Some(Value::Array(items)) = value else {
            return self.wrong_type("array", value);
        };
        for (at, value) in items.iter().enumerate() {
            self.path.push(Step::Index(at));
            self.value(item, Some(value));
            self.path.pop();
        }
    }

    fn tagged(
        &mut self,
        tag: &'static str,
        choices: &'static [(&'static str, Shape)],
        value: Option<&Value>,
    ) {
        let Some(Value::Object(object)) = value else {
            return self.wrong_type("object", value);
        };
        let told = object.get(tag).and_then(Value::as_str);
        match choices.iter().find(|(name, _)| Some(*name) == told) {
            Some((_, shape)) => self.value(shape, value),
            None => {
                let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
                self.add(issues::unknown_tag(tag, &names, &self.path));
            }
        }
    }

    fn text_or(&mut self, other: &'static Shape, value: Option<&Value>) {
        if let Some(Value::String(_)) = value {
            return;
        }
        let before = std::mem::take(&mut self.issues);
        self.wrong_type("string", value);
        let as_text = std::mem::take(&mut self.issues);
        self.value(other, value);
        let as_other = std::mem::replace(&mut self.issues, before);
        if as_other.is_empty() {
            return;
        }
        // A value of the right types that breaks a rule is told about as what it is.
        match as_other.iter().all(Issue::is_rule) {
            true => self.issues.extend(as_other),
            false => self.add(issues::neither(&[as_text, as_other], &self.path)),
        }
    }

    fn wrong_type(&mut self, expected: &str, received: Option<&Value>) {
        self.add(issues::invalid_type(expected, received, &self.path));
    }

    fn add(&mut self, issue: Issue) {
        self.issues.push(issue);
    }
}
