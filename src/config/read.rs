//! From the tree to the typed sections, by serde, with a place for every mistake.
//!
//! Two things differ from other formats: text from the environment becomes whatever type the field wants, and an enum
//! of tables is told apart by the table's `type` key.

use std::cell::RefCell;
use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::problem::{Problem, nearest};
use super::tree::{Node, Origin, Tree, Value};

/// The key that tells an enum's variants apart.
const TAG: &str = "type";

/// The typed value, unless something in it could not be read. Unknown keys are problems too, but stop nothing.
pub(super) fn read<T: DeserializeOwned>(tree: &Tree, problems: &mut Vec<Problem>) -> Option<T> {
    let found = RefCell::new(Vec::new());
    let reader = Reader {
        node: &tree.root,
        path: String::new(),
        without_tag: false,
        problems: &found,
    };
    let read =
        T::deserialize(reader).map_err(|error| found.borrow_mut().push(error.into_problem()));
    problems.extend(found.into_inner());
    read.ok()
}

/// Reads one node.
#[derive(Clone)]
struct Reader<'a> {
    node: &'a Node,
    /// Dotted, for messages.
    path: String,
    /// The tag was read already and is no field.
    without_tag: bool,
    problems: &'a RefCell<Vec<Problem>>,
}

impl<'a> Reader<'a> {
    fn child(&self, key: &str, node: &'a Node) -> Self {
        let path = if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        };
        Self {
            node,
            path,
            without_tag: false,
            problems: self.problems,
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
            (Value::Text(text), Origin::Env(_)) => Some(text.trim()),
            _ => None,
        }
    }

    fn report_unknown(&self, fields: &[&str]) {
        for (key, child) in self.entries().filter(|(key, _)| !fields.contains(key)) {
            let meant = nearest(key, fields);
            let hint = |rest: &str| match meant {
                Some(meant) => {
                    let path = child.path.strip_suffix(key).unwrap_or_default();
                    format!("did you mean `{path}{meant}{rest}`?")
                }
                None => format!("known here: {}", fields.join(", ")),
            };
            let report = |origin: &Origin, rest: &str| {
                let message = format!("unknown key `{}{rest}`; {}", child.path, hint(rest));
                self.problems
                    .borrow_mut()
                    .push(Problem::new(origin, message));
            };
            match &child.node.value {
                Value::Table(inner) if !inner.is_empty() => {
                    inner
                        .iter()
                        .for_each(|(inner, node)| report(&node.origin, &format!(".{inner}")));
                }
                _ => report(&child.node.origin, ""),
            }
        }
    }

    /// Gives an error the place of this node, unless it has one from further inside.
    fn place<T>(&self, result: Result<T, ReadError>) -> Result<T, ReadError> {
        result.map_err(|mut error| {
            error
                .place
                .get_or_insert_with(|| (self.path.clone(), self.node.origin.clone()));
            error
        })
    }

    fn any<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, ReadError> {
        match &self.node.value {
            Value::Text(text) => visitor.visit_str(text),
            Value::Integer(integer) => visitor.visit_i64(*integer),
            Value::Float(float) => visitor.visit_f64(*float),
            Value::Bool(boolean) => visitor.visit_bool(*boolean),
            Value::List(items) => visitor.visit_seq(SeqDeserializer::new(
                items
                    .iter()
                    .enumerate()
                    .map(|(n, node)| self.child(&n.to_string(), node)),
            )),
            Value::Table(_) => visitor.visit_map(MapDeserializer::new(self.entries())),
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
        self.place(match self.untyped() {
            Some(text) => visitor.visit_seq(SeqDeserializer::new(text.split(',').map(str::trim))),
            None => self.any(visitor),
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
                visitor.visit_map(MapDeserializer::new(known))
            }
            _ => Err(de::Error::custom(format!(
                "is a section: write `[{}]` and its keys below",
                self.path
            ))),
        })
    }

    /// A word, or a table with a `type`.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        let tag = match &self.node.value {
            Value::Table(table) => match table.get(TAG) {
                Some(tag) => self.child(TAG, tag),
                None => {
                    let message = format!("needs `{TAG}`, one of: {}", variants.join(", "));
                    return self.place(Err(de::Error::custom(message)));
                }
            },
            _ => self.clone(),
        };
        let Value::Text(word) = &tag.node.value else {
            return tag.deserialize_str(visitor);
        };
        if !variants.contains(&word.as_str()) {
            return tag.place(Err(de::Error::unknown_variant(word, variants)));
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

/// One variant of an enum: its name, and the node that has the rest.
struct Variant<'a> {
    word: &'a str,
    content: Reader<'a>,
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = ReadError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), ReadError> {
        let word: StrDeserializer<'_, ReadError> = self.word.into_deserializer();
        Ok((seed.deserialize(word)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = ReadError;

    fn unit_variant(self) -> Result<(), ReadError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        mut self,
        seed: T,
    ) -> Result<T::Value, ReadError> {
        self.content.without_tag = true;
        seed.deserialize(self.content)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ReadError> {
        self.content.any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        mut self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.content.without_tag = true;
        self.content.deserialize_struct("", fields, visitor)
    }
}

/// A value of the wrong kind.
#[derive(Debug)]
struct ReadError {
    message: String,
    place: Option<(String, Origin)>,
}

impl ReadError {
    fn into_problem(self) -> Problem {
        match self.place {
            Some((path, origin)) if !path.is_empty() => {
                Problem::new(&origin, format!("`{path}`: {}", self.message))
            }
            Some((_, origin)) => Problem::new(&origin, self.message),
            None => Problem::new(&Origin::Default, self.message),
        }
    }
}

impl de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            message: message.to_string(),
            place: None,
        }
    }

    fn unknown_variant(word: &str, variants: &'static [&'static str]) -> Self {
        Self::custom(match nearest(word, variants) {
            Some(meant) => format!("there is no `{word}`; did you mean `{meant}`?"),
            None => format!("there is no `{word}`; there are: {}", variants.join(", ")),
        })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::custom(format!("needs `{field}`"))
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}
