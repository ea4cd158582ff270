//! The scalars: which values they take, as literals and as variables, and what they say to the others.

use serde_json::Value as Json;

use super::js;
use super::syntax::ast::{Value, ValueKind};
use super::syntax::print_value;

/// What a scalar of the schema accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    Int,
    Float,
    String,
    Boolean,
    Id,
    DateTime,
    Json,
    JsonObject,
}

impl Scalar {
    /// The scalar of that name; one we do not know takes anything, as graphql-js has it.
    pub fn named(name: &str) -> Self {
        match name {
            "Int" => Self::Int,
            "Float" => Self::Float,
            "String" => Self::String,
            "Boolean" => Self::Boolean,
            "ID" => Self::Id,
            "DateTimeISO" => Self::DateTime,
            "JSONObject" => Self::JsonObject,
            _ => Self::Json,
        }
    }

    /// Whether a variable's value will do; if not, why.
    pub fn check_value(self, value: &Json) -> Result<(), String> {
        match (self, value) {
            (Self::Int, Json::Number(number)) if js::is_integer(number) => match number.as_f64() {
                Some(int) if in_range(int) => Ok(()),
                _ => Err(int_range(&js::show_number(number))),
            },
            (Self::Float, Json::Number(_))
            | (Self::String | Self::Id, Json::String(_))
            | (Self::Boolean, Json::Bool(_))
            | (Self::JsonObject, Json::Object(_))
            | (Self::Json, _) => Ok(()),
            (Self::Id, Json::Number(number)) if js::is_integer(number) => Ok(()),
            (Self::DateTime, Json::String(text)) => date_time(text),
            (Self::Id, _) => Err(format!(
                "ID cannot represent value: {}",
                js::inspect(value, js::INNER)
            )),
            (Self::DateTime, _) => Err(no_date(&js::stringify(value))),
            (Self::JsonObject, _) => Err(no_object(&js::to_string(value))),
            _ => Err(self.refuse(&js::inspect(value, js::INNER))),
        }
    }

    /// Whether a literal will do; if not, why. `expected` names the type with its exclamation mark.
    pub fn check_literal(
        self,
        value: &Value<'_>,
        expected: impl FnOnce() -> String,
    ) -> Result<(), String> {
        match (self, &value.kind) {
            (Self::Int, ValueKind::Int(text)) => match text.parse() {
                Ok(int) if in_range(int) => Ok(()),
                _ => Err(int_range(text)),
            },
            (Self::Float, ValueKind::Int(_) | ValueKind::Float(_))
            | (Self::String, ValueKind::String { .. })
            | (Self::Boolean, ValueKind::Boolean(_))
            | (Self::Id, ValueKind::String { .. } | ValueKind::Int(_))
            | (Self::JsonObject, ValueKind::Object(_)) => Ok(()),
            (Self::DateTime, ValueKind::String { value, .. }) => date_time(value),
            (Self::DateTime, ValueKind::List(_) | ValueKind::Object(_)) => Err(no_date("false")),
            (Self::DateTime, _) => Err(no_date(&print_value(value))),
            (Self::Json, ValueKind::Enum(text)) => Err(format!(
                "Expected value of type \"{}\", found {text}.",
                expected()
            )),
            (Self::Json, _) => Ok(()),
            (Self::JsonObject, _) => Err(no_object(&print_value(value))),
            _ => Err(self.refuse(&print_value(value))),
        }
    }

    fn refuse(self, shown: &str) -> String {
        let complaint = match self {
            Self::Int => "Int cannot represent non-integer value",
            Self::Float => "Float cannot represent non numeric value",
            Self::String => "String cannot represent a non string value",
            Self::Boolean => "Boolean cannot represent a non boolean value",
            _ => "ID cannot represent a non-string and non-integer value",
        };
        format!("{complaint}: {shown}")
    }
}

fn in_range(int: f64) -> bool {
    (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&int)
}

fn int_range(shown: &str) -> String {
    format!("Int cannot represent non 32-bit signed integer value: {shown}")
}

fn no_date(shown: &str) -> String {
    format!("DateTime cannot represent non string or Date type {shown}")
}

fn no_object(shown: &str) -> String {
    format!("JSONObject cannot represent non-object value: {shown}")
}

fn date_time(text: &str) -> Result<(), String> {
    match is_date_time(text.as_bytes()) {
        true => Ok(()),
        false => {
            let shown = js::to_string(&Json::String(text.to_owned()));
            Err(format!(
                "DateTime cannot represent an invalid date-time-string {shown}."
            ))
        }
    }
}

/// RFC 3339, with a day the month has and no leap second, as upstream's scalar has it.
fn is_date_time(text: &[u8]) -> bool {
    let number = |from: usize, to: usize| -> Option<u32> {
        let digits = text.get(from..to)?;
        digits.iter().try_fold(0, |value, &digit| {
            Some(value * 10 + char::from(digit).to_digit(10)?)
        })
    };
    let separators = [(4, "-"), (7, "-"), (10, "Tt"), (13, ":"), (16, ":")];
    let separated = separators.iter().all(|(at, any)| {
        text.get(*at)
            .is_some_and(|byte| any.as_bytes().contains(byte))
    });
    let parts = (
        number(0, 4),
        number(5, 7),
        number(8, 10),
        number(11, 13),
        number(14, 16),
        number(17, 19),
    );
    let (Some(year), Some(month), Some(day), Some(hour), Some(minute), Some(second)) = parts else {
        return false;
    };
    let leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    let in_bounds = (1..=days).contains(&day) && hour < 24 && minute < 60 && second < 60;
    separated && in_bounds && is_offset(after_fraction(&text[19..]))
}

/// What follows a fraction of a second; a full stop without digits is no fraction and stays.
fn after_fraction(text: &[u8]) -> &[u8] {
    let [b'.', digits @ ..] = text else {
        return text;
    };
    match digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
    {
        0 => text,
        count => &digits[count..],
    }
}

fn is_offset(text: &[u8]) -> bool {
    let digit = |byte: &u8| byte.is_ascii_digit();
    match text {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            [h1, h2, m1, m2].into_iter().all(digit) && [*h1, *h2] < [b'2', b'4'] && *m1 < b'6'
        }
        _ => false,
    }
}
