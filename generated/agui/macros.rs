// Generated from `schema/ag-ui.schema.json` by `just regenerate`; do not edit.
//! What every type of the contract has in common: reading and writing, written once.

/// Implements reading and writing of a struct: constants first, then `"key": field` in order, then unknown keys.
macro_rules! record {
    ($name:ident { $(const $constant:literal = $value:literal,)* $($key:literal: $field:ident,)* }) => {
        impl objects::Record for $name {
            fn read_entries<'de, A>(mut entries: objects::Entries<A>) -> Result<Self, A::Error>
            where
                A: serde::de::MapAccess<'de>,
            {
                let mut extra = Extra::new();
                $(let mut $field = None;)*
                while let Some(key) = entries.next_key()? {
                    match &*key {
                        $($key => entries.fill($key, &mut $field)?,)*
                        $($constant => entries.check($constant, $value)?,)*
                        _ => {
                            let value = entries.value()?;
                            extra.insert(key.into_owned(), value);
                        }
                    }
                }
                Ok(Self { $($field: objects::filled($field, $key)?,)* extra })
            }
        }

        impl fields::Field for $name {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_map(objects::RecordVisitor(std::marker::PhantomData))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                fields::Field::read(deserializer)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                $(map.serialize_entry($constant, $value)?;)*
                $(if !fields::Field::is_absent(&self.$field) {
                    map.serialize_entry($key, &self.$field)?;
                })*
                for (key, value) in &self.extra {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    };
}

/// Implements reading and writing of an enum of structs, told apart by the string under `$tag`; `Other` keeps unknown ones.
///
/// With `in errors`, errors start with the tag.
macro_rules! tagged {
    ($name:ident by $tag:literal $(in $errors:ident)? { $($value:literal: $variant:ident($record:ident),)* }) => {
        impl objects::Tagged for $name {
            const TAG: &'static str = $tag;

            fn read_tagged<'de, A>(
                tag: std::borrow::Cow<'de, str>,
                entries: objects::Entries<A>,
            ) -> Result<Self, A::Error>
            where
                A: serde::de::MapAccess<'de>,
            {
                let read = match &*tag {
                    $($value => <$record as objects::Record>::read_entries(entries).map(Self::$variant),)*
                    _ => return Unknown::read($tag, tag, entries).map(Self::Other),
                };
                $(let read = read.map_err(|$errors| serde::de::Error::custom(format_args!("{tag}: {}", $errors)));)?
                read
            }
        }

        impl fields::Field for $name {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_map(objects::TaggedVisitor(std::marker::PhantomData))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                fields::Field::read(deserializer)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(value) => serde::Serialize::serialize(value, serializer),)*
                    Self::Other(unknown) => unknown.write($tag, serializer),
                }
            }
        }

        $(impl From<$record> for $name {
            fn from(value: $record) -> Self {
                Self::$variant(value)
            }
        })*
    };
}

/// Implements reading and writing of an enum of strings.
macro_rules! words {
    ($name:ident { $($word:literal: $variant:ident,)* }) => {
        impl $name {
            /// The word as it goes over the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fields::Field for $name {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(fields::WordVisitor(&[$(($word, Self::$variant),)*]))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                fields::Field::read(deserializer)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

/// Implements reading and writing of an enum of a text and a list.
macro_rules! text_or_list {
    ($name:ident { $text:ident(String), $list:ident(Vec<$item:ident>), }) => {
        impl fields::Field for $name {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(
                    match deserializer
                        .deserialize_any(fields::TextOrListVisitor(std::marker::PhantomData))?
                    {
                        fields::TextOrList::Text(text) => Self::$text(text),
                        fields::TextOrList::List(list) => Self::$list(list),
                    },
                )
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                fields::Field::read(deserializer)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    Self::$text(text) => serde::Serialize::serialize(text, serializer),
                    Self::$list(list) => serde::Serialize::serialize(list, serializer),
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::$text(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::$text(text.to_owned())
            }
        }

        impl From<Vec<$item>> for $name {
            fn from(list: Vec<$item>) -> Self {
                Self::$list(list)
            }
        }
    };
}
