//! What is inside tables, lists and enums. An error that a value's own type makes of it gets the place of that value, not
//! of the table that it is in.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::Reader;
use super::error::ReadError;

/// The entries of a table.
pub(super) struct Entries<'a, I> {
    entries: I,
    value: Option<Reader<'a>>,
}

impl<'a, I: Iterator<Item = (&'a str, Reader<'a>)>> Entries<'a, I> {
    pub(super) fn new(entries: I) -> Self {
        let value = None;
        Self { entries, value }
    }
}

impl<'de, 'a, I: Iterator<Item = (&'a str, Reader<'a>)>> MapAccess<'de> for Entries<'a, I> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        let key: StrDeserializer<'_, ReadError> = key.into_deserializer();
        let key = value.place(seed.deserialize(key))?;
        self.value = Some(value);
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        match self.value.take() {
            Some(value) => value.place(seed.deserialize(value.clone())),
            None => Err(serde::de::Error::custom("a value without a key")),
        }
    }
}

/// The items of a list.
pub(super) struct Items<I>(I);

impl<I> Items<I> {
    pub(super) fn new(items: I) -> Self {
        Self(items)
    }
}

impl<'de, T: IntoDeserializer<'de, ReadError>, I: Iterator<Item = T>> SeqAccess<'de> for Items<I> {
    type Error = ReadError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ReadError> {
        let item = self.0.next();
        item.map(|item| seed.deserialize(item.into_deserializer()))
            .transpose()
    }
}

/// One variant of an enum: its name, and the node that has the rest.
pub(super) struct Variant<'a> {
    pub word: &'a str,
    pub content: Reader<'a>,
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
