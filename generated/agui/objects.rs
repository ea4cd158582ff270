// Generated from `schema/ag-ui.schema.json` by `just regenerate`; do not edit.
//! Objects: known keys go straight into their fields, and a tag at the front decides without buffering.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Map, Value};

use super::fields::{Field, Seed, within};
use super::Unknown;

/// A string that is borrowed from the input where it can be: a key or a tag.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text))
    }
}

/// The entries of an object: first those that had to be read to find the tag, then the rest of the input.
pub(super) struct Entries<A> {
    early: serde_json::map::IntoIter,
    early_value: Option<Value>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> Entries<A> {
    fn new(early: Map<String, Value>, rest: A) -> Self {
        Self {
            early: early.into_iter(),
            early_value: None,
            rest,
        }
    }

    /// The next key. Its value must be taken before the next one is asked for.
    pub(super) fn next_key(&mut self) -> Result<Option<Cow<'de, str>>, A::Error> {
        match self.early.next() {
            Some((key, value)) => {
                self.early_value = Some(value);
                Ok(Some(Cow::Owned(key)))
            }
            None => self.rest.next_key_seed(Text),
        }
    }

    /// The value of the key that was read last.
    pub(super) fn value<T: Field>(&mut self) -> Result<T, A::Error> {
        match self.early_value.take() {
            Some(value) => T::read(value).map_err(A::Error::custom),
            None => self.rest.next_value_seed(Seed(PhantomData)),
        }
    }

    /// Reads the value of `key` into its field.
    pub(super) fn fill<T: Field>(
        &mut self,
        key: &str,
        field: &mut Option<T>,
    ) -> Result<(), A::Error> {
        if field.is_some() {
            return Err(A::Error::custom(format_args!("duplicate field \"{key}\"")));
        }
        *field = Some(self.value().map_err(|error| within(key, error))?);
        Ok(())
    }

    /// Reads the value of `key`, which must be `constant`.
    pub(super) fn check(&mut self, key: &str, constant: &str) -> Result<(), A::Error> {
        let value: Value = self.value()?;
        if value == constant {
            return Ok(());
        }
        Err(A::Error::custom(format_args!(
            "{key}: expected \"{constant}\", found {value}"
        )))
    }
}

/// What was read into a field, or what stands for a missing key.
pub(super) fn filled<T: Field, E: Error>(field: Option<T>, key: &str) -> Result<T, E> {
    field
        .or_else(T::absent)
        .ok_or_else(|| E::custom(format_args!("missing field \"{key}\"")))
}

/// An object of one kind.
pub(super) trait Record: Sized {
    /// Reads the object's entries.
    fn read_entries<'de, A: MapAccess<'de>>(entries: Entries<A>) -> Result<Self, A::Error>;
}

/// An object whose kind is told by its tag.
pub(super) trait Tagged: Sized {
    /// The key of the tag.
    const TAG: &'static str;

    /// Reads the entries of an object with this tag.
    fn read_tagged<'de, A: MapAccess<'de>>(
        tag: Cow<'de, str>,
        entries: Entries<A>,
    ) -> Result<Self, A::Error>;
}

pub(super) struct RecordVisitor<T>(pub(super) PhantomData<T>);

impl<'de, T: Record> Visitor<'de> for RecordVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::read_entries(Entries::new(Map::new(), map))
    }
}

pub(super) struct TaggedVisitor<T>(pub(super) PhantomData<T>);

impl<'de, T: Tagged> Visitor<'de> for TaggedVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with a \"{}\"", T::TAG)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut early = Map::new();
        while let Some(key) = map.next_key_seed(Text)? {
            if key == T::TAG {
                let tag = map
                    .next_value_seed(Text)
                    .map_err(|error| within(T::TAG, error))?;
                return T::read_tagged(tag, Entries::new(early, map));
            }
            early.insert(key.into_owned(), map.next_value()?);
        }
        Err(A::Error::custom(format_args!(
            "missing field \"{}\"",
            T::TAG
        )))
    }
}

impl Unknown {
    /// Reads an object whose tag the contract does not know.
    pub(super) fn read<'de, A: MapAccess<'de>>(
        key: &str,
        tag: Cow<'de, str>,
        mut entries: Entries<A>,
    ) -> Result<Self, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = entries.next_key()? {
            if name == key {
                return Err(A::Error::custom(format_args!("duplicate field \"{key}\"")));
            }
            let value = entries.value()?;
            fields.insert(name.into_owned(), value);
        }
        Ok(Self {
            tag: tag.into_owned(),
            fields,
        })
    }

    /// Writes the tag under `key`, then everything else as it was read.
    pub(super) fn write<S: Serializer>(&self, key: &str, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(key, &self.tag)?;
        for (key, value) in &self.fields {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}
