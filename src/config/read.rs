//! From the tree to the typed sections, by serde, with a place for every mistake.
//!
//! Serde stops at the first value that it cannot read. So that all are told at once, such a value is mended in the tree as
//! its writer probably meant it, or left out, and the tree is read again.
//!
//! Two things differ from other formats: text from the environment becomes whatever type the field wants, and an enum
//! of tables is told apart by the table's `type` key.

mod access;
mod error;
mod mend;

use std::cell::RefCell;

use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use self::access::{Entries, Items, Variant};
use self::error::ReadError;
use self::mend::Cure;
use super::path::Path;
use super::problem::Found;
use super::tree::{Node, Origin, Tree, Value};
use crate::nearest::nearest;

/// The key that tells an enum's variants apart.
const TAG: &str = "type";

/// The typed value of what can be read of the tree, which holds only that afterwards.
pub(super) fn read<T: DeserializeOwned>(tree: &mut Tree, found: &mut Found) -> Option<T> {
    loop {
        let mistakes = RefCell::new(Vec::new());
        let reader = Reader {
            node: &tree.root,
            path: Path::default(),
            without_tag: false,
            mistakes: &mistakes,
        };
        let read = T::deserialize(reader);
        let mut mistakes = mistakes.into_inner();
        match read {
            Ok(value) if mistakes.is_empty() => return Some(value),
            // What is missing may be there under the name that was misspelled.
            Err(error) if mistakes.is_empty() => mistakes.push(error.into_mistake()?),
            _ => {}
        }
        for mistake in mistakes {
            mistake.tell(tree, found);
            // Every cure makes the tree smaller, or something in it known: this comes to an end.
            tree.mend(&mistake.path, &mistake.cure);
        }
    }
}

/// What is wrong in the tree, and what makes the rest of it readable.
#[derive(Debug)]
struct Mistake {
    path: Path,
    origin: Origin,
    message: String,
    cure: Cure,
}

impl Mistake {
    fn tell(&self, tree: &mut Tree, found: &mut Found) {
        // What was not written is told already: it is missing.
        if !tree
            .get_mut(&self.path)
            .is_some_and(|node| node.is_stand_in())
        {
            let wrong = match &self.cure {
                Cure::Fill(key) => self.path.child(key),
                _ => self.path.clone(),
            };
            found.refuse(wrong, &self.origin, self.message.as_str());
        }
    }
}

/// Reads one node.
#[derive(Clone)]
struct Reader<'a> {
    node: &'a Node,
    path: Path,
    /// The tag was read already and is no field.
    without_tag: bool,
    mistakes: &'a RefCell<Vec<Mistake>>,
}

impl<'a> Reader<'a> {
    fn child(&self, key: impl std::fmt::Display, node: &'a Node) -> Self {
        Self {
            node,
            path: self.path.child(key),
            without_tag: false,
            mistakes: self.mistakes,
        }
    }

    fn entries(&self) -> impl Iterator<Item = (&'a str, Self)> {
        let table = match &self.node.value {
            Value::Table(table) => Some(table),
            _ => None,
        };
        table
            .into_iter()
            .flatten()
            .filter(|(key, _)| !(self.without_tag && *key == TAG))
            .map(|(key, node)| (key.as_str(), self.child(key, node)))
    }

    /// Text from the environment, which has no types.
    fn untyped(&self) -> Option<&'a str> {
        match (&self.node.value, &self.node.origin) {
            (Value::Text(text), Origin::Env(_) | Origin::Argument(_)) => Some(text.trim()),
            _ => None,
        }
    }

    /// The items of a list that the environment tells one by one, as `AGUI_MCP_SERVERS__0__URL`.
    fn numbered(&self) -> Option<Result<Vec<Self>, ReadError>> {
        let (Value::Table(table), Origin::Env(_)) = (&self.node.value, &self.node.origin) else {
            return None;
        };
        let numbers = table.keys().map(|key| key.parse::<usize>().ok());
        if !numbers.clone().all(|number| number.is_some()) {
            return None;
        }
        let items = (0..table.len()).map(|n| match table.get(&n.to_string()) {
            Some(node) => Ok(self.child(n, node)),
            None => Err(de::Error::custom(format!(
                "its items are counted from 0, and there is no {n}"
            ))),
        });
        Some(items.collect())
    }

    fn report_unknown(&self, fields: &'static [&'static str]) {
        for (key, child) in self.entries().filter(|(key, _)| !fields.contains(key)) {
            let meant = nearest(key, fields.iter().copied());
            let told = |path: &Path, rest: &str, origin: &Origin, cure| {
                let hint = match meant {
                    Some(meant) => format!("did you mean `{}{rest}`?", self.path.child(meant)),
                    None => format!("known here: {}", fields.join(", ")),
                };
                Mistake {
                    path: path.clone(),
                    origin: origin.clone(),
                    message: format!("unknown key `{path}`; {hint}"),
                    cure,
                }
            };
            let mut mistakes = self.mistakes.borrow_mut();
            match &child.node.value {
                // Each variable is named.
                Value::Table(inner) if matches!(child.node.origin, Origin::Env(_)) => {
                    mistakes.extend(inner.iter().map(|(key, node)| {
                        let (path, rest) = (child.path.child(key), format!(".{key}"));
                        told(&path, &rest, &node.origin, Cure::DropAbove)
                    }));
                }
                _ => {
                    let cure = meant.map_or(Cure::Drop, Cure::Rename);
                    mistakes.push(told(&child.path, "", &child.node.origin, cure));
                }
            }
        }
    }

    /// Gives an error the place of this node, unless it has one from further inside.
    fn place<T>(&self, result: Result<T, ReadError>) -> Result<T, ReadError> {
        result.map_err(|error| error.at(&self.path, &self.node.origin))
    }

    fn any<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Text(text) => visitor.visit_str(text),
            Value::Integer(integer) => visitor.visit_i64(*integer),
            Value::Float(float) => visitor.visit_f64(*float),
            Value::Bool(boolean) => visitor.visit_bool(*boolean),
            Value::List(items) => visitor.visit_seq(Items::new(
                items
                    .iter()
                    .enumerate()
                    .map(|(n, node)| self.child(n, node)),
            )),
            Value::Table(_) => visitor.visit_map(Entries::new(self.entries())),
        }
    }
}

/// Numbers and booleans: as they are, or parsed from the environment's text.
macro_rules! from_text {
    ($($method:ident => $parsed:ty, $visit:ident;)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            self.place(match self.untyped().map(str::parse::<$parsed>) {
                Some(Ok(value)) => visitor.$visit(value),
                _ => self.any(visitor),
            })
        })+
    };
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.place(self.any(visitor))
    }

    from_text! {
        deserialize_bool => bool, visit_bool;
        deserialize_i8 => i64, visit_i64;
        deserialize_i16 => i64, visit_i64;
        deserialize_i32 => i64, visit_i64;
        deserialize_i64 => i64, visit_i64;
        deserialize_u8 => i64, visit_i64;
        deserialize_u16 => i64, visit_i64;
        deserialize_u32 => i64, visit_i64;
        deserialize_u64 => i64, visit_i64;
        deserialize_f32 => f64, visit_f64;
        deserialize_f64 => f64, visit_f64;
    }

    /// What is there is set.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_newtype_struct(self)
    }

    /// A list; in the environment `a, b` will do.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.place(match (self.untyped(), self.numbered()) {
            (Some(text), _) => visitor.visit_seq(Items::new(text.split(',').map(str::trim))),
            (None, Some(items)) => {
                items.and_then(|items| visitor.visit_seq(Items::new(items.into_iter())))
            }
            (None, None) => self.any(visitor),
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.report_unknown(fields);
        self.place(match &self.node.value {
            Value::Table(_) => {
                let known = self.entries().filter(|(key, _)| fields.contains(key));
                visitor.visit_map(Entries::new(known))
            }
            _ => {
                let header = match self.path.split_last() {
                    Some((list, n)) if n.parse::<usize>().is_ok() => format!("[[{list}]]"),
                    _ => format!("[{}]", self.path),
                };
                let message = format!("is a section: write `{header}` and its keys below");
                Err(de::Error::custom(message))
            }
        })
    }

    /// A word, or a table with a `type`.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let all = || variants.join(", ");
        let tag = match &self.node.value {
            Value::Table(table) => match table.get(TAG) {
                Some(tag) => self.child(TAG, tag),
                None => {
                    let message = format!("needs `{TAG}`, one of: {}", all());
                    return self.place(Err(de::Error::custom(message)));
                }
            },
            _ => self.clone(),
        };
        let without_meaning = |message: String| {
            let cure = match tag.path == self.path {
                true => Cure::Drop,
                false => Cure::DropAbove,
            };
            tag.place(Err(ReadError::with_cure(message, cure)))
        };
        let Value::Text(word) = &tag.node.value else {
            return without_meaning(format!("must be one of these, in quotes: {}", all()));
        };
        if !variants.contains(&word.as_str()) {
            let Some(meant) = nearest(word, variants.iter().copied()) else {
                return without_meaning(format!("there is no `{word}`; there are: {}", all()));
            };
            let message = format!("there is no `{word}`; did you mean `{meant}`?");
            return tag.place(Err(ReadError::with_cure(message, Cure::Say(meant))));
        }
        self.place(visitor.visit_enum(Variant {
            word,
            content: self.clone(),
        }))
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct map identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, ReadError> for Reader<'_> {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}
