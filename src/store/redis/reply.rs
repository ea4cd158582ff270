//! Reads what scripts answer: arrays of texts, one field after the other.

use std::str::FromStr;
use std::vec::IntoIter;

use ::redis::Value;

use super::errors::{Failure, strange};

/// The fields of an array that are yet to be read.
#[derive(Debug)]
pub(super) struct Fields(IntoIter<Value>);

impl Fields {
    pub(super) fn of(value: Value) -> Result<Self, Failure> {
        match value {
            Value::Array(fields) => Ok(Self(fields.into_iter())),
            _ => Err(strange("an array")),
        }
    }

    /// The next field, which is an array itself.
    pub(super) fn fields(&mut self) -> Result<Self, Failure> {
        Self::of(self.next()?)
    }

    /// The next field; not there or nil is `None`.
    pub(super) fn optional(&mut self) -> Result<Option<String>, Failure> {
        text(self.0.next().unwrap_or(Value::Nil))
    }

    pub(super) fn text(&mut self) -> Result<String, Failure> {
        self.optional()?.ok_or_else(|| strange("a text"))
    }

    pub(super) fn number<N: FromStr>(&mut self) -> Result<N, Failure> {
        number(self.next()?)
    }

    /// All that are left, each a number.
    pub(super) fn numbers<N: FromStr>(self) -> Result<Vec<N>, Failure> {
        self.0.map(number).collect()
    }

    /// All that are left, each a text.
    pub(super) fn texts(self) -> Result<Vec<String>, Failure> {
        let read = |field| text(field)?.ok_or_else(|| strange("a text"));
        self.0.map(read).collect()
    }

    /// All that are left, each an array.
    pub(super) fn rows(self) -> impl Iterator<Item = Result<Self, Failure>> {
        self.0.map(Self::of)
    }

    fn next(&mut self) -> Result<Value, Failure> {
        self.0.next().ok_or_else(|| strange("more fields"))
    }
}

/// The text of an answer, if it is one.
pub(super) fn text(value: Value) -> Result<Option<String>, Failure> {
    match value {
        Value::Nil => Ok(None),
        Value::BulkString(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(strange("a text in UTF-8")),
        },
        Value::Int(number) => Ok(Some(number.to_string())),
        _ => Err(strange("a text")),
    }
}

/// The number of an answer, as an integer or as text.
pub(super) fn number<N: FromStr>(value: Value) -> Result<N, Failure> {
    let number = text(value)?.and_then(|text| text.parse().ok());
    number.ok_or_else(|| strange("a number"))
}
