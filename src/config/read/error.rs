//! A value that cannot be read, in words for the person who wrote it.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::Mistake;
use super::mend::Cure;
use crate::config::path::Path;
use crate::config::tree::Origin;
use crate::nearest::nearest;

/// A value of the wrong kind.
#[derive(Debug)]
pub(super) struct ReadError {
    message: String,
    place: Option<(Path, Origin)>,
    cure: Cure,
}

impl ReadError {
    pub(super) fn with_cure(message: String, cure: Cure) -> Self {
        Self {
            message,
            place: None,
            cure,
        }
    }

    /// At this place, unless it has one.
    pub(super) fn at(mut self, path: &Path, origin: &Origin) -> Self {
        self.place
            .get_or_insert_with(|| (path.clone(), origin.clone()));
        self
    }

    /// Nothing where it has no place: it is none of the tree's then.
    pub(super) fn into_mistake(self) -> Option<Mistake> {
        let (path, origin) = self.place?;
        let message = match path.is_root() {
            true => self.message,
            false => format!("`{path}`: {}", self.message),
        };
        Some(Mistake {
            path,
            origin,
            message,
            cure: self.cure,
        })
    }
}

impl de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::with_cure(message.to_string(), Cure::Drop)
    }

    fn unknown_variant(word: &str, variants: &'static [&'static str]) -> Self {
        de::Error::custom(match nearest(word, variants.iter().copied()) {
            Some(meant) => format!("there is no `{word}`; did you mean `{meant}`?"),
            None => format!("there is no `{word}`; there are: {}", variants.join(", ")),
        })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::with_cure(format!("needs `{field}`"), Cure::Fill(field))
    }

    fn invalid_type(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        let wanted = in_words(&wanted.to_string());
        // The value is not repeated: it may be a key that stands in the wrong place.
        let (found, remedy) = match found {
            Unexpected::Str(_) if wanted.starts_with("a list") => {
                ("a text", "; put it in brackets".to_owned())
            }
            Unexpected::Str(text) if is_bare(text) && !wanted.contains("text") => {
                ("a text", "; remove the quotes".to_owned())
            }
            Unexpected::Str(_) => ("a text", String::new()),
            Unexpected::Bool(_) => ("true or false", quotes(&wanted)),
            Unexpected::Signed(_) | Unexpected::Unsigned(_) | Unexpected::Float(_) => {
                ("a number", quotes(&wanted))
            }
            Unexpected::Seq => ("a list", String::new()),
            Unexpected::Map if wanted.starts_with("a list") => {
                ("a table", "; its sections begin `[[…]]`".to_owned())
            }
            Unexpected::Map => ("a table", String::new()),
            _ => ("something else", String::new()),
        };
        de::Error::custom(format!("expected {wanted}, found {found}{remedy}"))
    }

    fn invalid_value(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        let wanted = in_words(&wanted.to_string());
        let found = match found {
            Unexpected::Signed(number) => number.to_string(),
            Unexpected::Unsigned(number) => number.to_string(),
            Unexpected::Float(number) => number.to_string(),
            _ => "something else".to_owned(),
        };
        de::Error::custom(format!("expected {wanted}, found {found}"))
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}

/// What serde and Rust call a type, for people who write TOML.
fn in_words(wanted: &str) -> String {
    let words = match wanted {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" => "a text in quotes",
        "a sequence" => "a list in brackets",
        "a map" => "a table: `{ key = … }`",
        other => other,
    };
    words.to_owned()
}

/// Whether a text would be a number or a boolean without its quotes.
fn is_bare(text: &str) -> bool {
    text.parse::<f64>().is_ok() || text.parse::<bool>().is_ok()
}

fn quotes(wanted: &str) -> String {
    match wanted.starts_with("a text") {
        true => "; put it in quotes".to_owned(),
        false => String::new(),
    }
}
