//! The scalars of the contract. Their descriptions are upstream's, word for word, since they are served.
use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, SecondsFormat, Utc};

/// A point in time, written like `2026-11-22T06:15:59.844Z`: with milliseconds, and `Z` for UTC, as JavaScript writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTimeIso(pub DateTime<Utc>);

impl DateTimeIso {
    /// The present.
    pub fn now() -> Self {
        Self(Utc::now())
    }
}

impl From<DateTime<Utc>> for DateTimeIso {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time)
    }
}

/// A date-time string at UTC, such as 2007-12-03T10:15:30Z, compliant with the `date-time` format outlined in section 5.6 of the RFC 3339 profile of the ISO 8601 standard for representation of dates and times using the Gregorian calendar.This scalar is serialized to a string in ISO 8601 format and parsed from a string in ISO 8601 format.
#[Scalar(name = "DateTimeISO")]
impl ScalarType for DateTimeIso {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => DateTime::parse_from_rfc3339(text)
                .map(|time| Self(time.to_utc()))
                .map_err(|_| {
                    InputValueError::custom(format!(
                        "DateTime cannot represent an invalid date-time-string {text}."
                    ))
                }),
            other => Err(InputValueError::custom(format!(
                "DateTime cannot represent non string or Date type {other}"
            ))),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// Any JSON value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Json(pub serde_json::Value);

impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        Self(value)
    }
}

/// The `JSON` scalar type represents JSON values as specified by [ECMA-404](http://www.ecma-international.org/publications/files/ECMA-ST/ECMA-404.pdf).
#[Scalar(
    name = "JSON",
    specified_by_url = "http://www.ecma-international.org/publications/files/ECMA-ST/ECMA-404.pdf"
)]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        // Fails for no value: JSON is what both of them hold.
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

/// A JSON object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JsonObject(pub serde_json::Map<String, serde_json::Value>);

impl From<serde_json::Map<String, serde_json::Value>> for JsonObject {
    fn from(object: serde_json::Map<String, serde_json::Value>) -> Self {
        Self(object)
    }
}

/// The `JSONObject` scalar type represents JSON objects as specified by [ECMA-404](http://www.ecma-international.org/publications/files/ECMA-ST/ECMA-404.pdf).
#[Scalar(
    name = "JSONObject",
    specified_by_url = "http://www.ecma-international.org/publications/files/ECMA-ST/ECMA-404.pdf"
)]
impl ScalarType for JsonObject {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value.into_json()? {
            serde_json::Value::Object(object) => Ok(Self(object)),
            other => {
                let shown = other
                    .as_str()
                    .map_or_else(|| other.to_string(), str::to_owned);
                Err(InputValueError::custom(format!(
                    "JSONObject cannot represent non-object value: {shown}"
                )))
            }
        }
    }

    fn to_value(&self) -> Value {
        Value::from_json(serde_json::Value::Object(self.0.clone())).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use async_graphql::{InputType, Value};
    use serde_json::json;

    use super::{DateTimeIso, Json, JsonObject};

    /// What a client is told about a value that does not fit.
    fn message<T: InputType>(value: impl Into<Value>) -> String {
        T::parse(Some(value.into()))
            .map(|_| ())
            .unwrap_err()
            .into_server_error(Default::default())
            .message
    }

    fn json(value: serde_json::Value) -> Option<Value> {
        Some(Value::from_json(value).unwrap())
    }

    #[test]
    fn times_have_milliseconds_and_a_z() {
        for (given, shown) in [
            ("2026-11-22T07:15:59.8446+01:00", "2026-11-22T06:15:59.844Z"),
            ("2026-11-22T06:15:59Z", "2026-11-22T06:15:59.000Z"),
        ] {
            let time = DateTimeIso::parse(Some(given.into())).unwrap();
            assert_eq!(time.to_value(), Value::from(shown));
        }
    }

    #[test]
    fn what_is_no_time_is_named() {
        let expected = "DateTime cannot represent an invalid date-time-string not-a-date.";
        assert!(message::<DateTimeIso>("not-a-date").ends_with(expected));
        let expected = "DateTime cannot represent non string or Date type 7";
        assert!(message::<DateTimeIso>(7).ends_with(expected));
    }

    #[test]
    fn json_survives_both_ways() {
        let value = json!({"a": [1, 2.5, null, "x"], "b": {"c": true}});
        let parsed = Json::parse(json(value.clone())).unwrap();
        assert_eq!(parsed, Json(value.clone()));
        assert_eq!(parsed.to_value().into_json().unwrap(), value);
    }

    #[test]
    fn only_objects_are_objects() {
        let expected = "JSONObject cannot represent non-object value: str";
        assert!(message::<JsonObject>("str").ends_with(expected));
        let parsed = JsonObject::parse(json(json!({"a": 1}))).unwrap();
        assert_eq!(parsed.to_value().into_json().unwrap(), json!({"a": 1}));
    }
}
