//! Literals as values: the defaults of variables and of the schema.

use serde_json::{Map, Number, Value as Json};

use super::super::schema::{Schema, TypeRef};
use super::super::syntax::ast::{Value, ValueKind};
use super::complete;

/// A constant literal as JSON; enum values become strings.
pub fn to_json(value: &Value<'_>) -> Json {
    match &value.kind {
        ValueKind::Int(text) | ValueKind::Float(text) => number(text),
        ValueKind::String { value, .. } => Json::String(value.to_string()),
        ValueKind::Enum(text) => Json::String((*text).to_owned()),
        ValueKind::Boolean(value) => Json::Bool(*value),
        // The parser lets no variable into a constant.
        ValueKind::Null | ValueKind::Variable(_) => Json::Null,
        ValueKind::List(items) => items.iter().map(to_json).collect(),
        ValueKind::Object(fields) => {
            let entry = |field: &super::super::syntax::ast::Argument<'_>| {
                (field.name.text.to_owned(), to_json(&field.value))
            };
            Json::Object(fields.iter().map(entry).collect::<Map<_, _>>())
        }
    }
}

fn number(text: &str) -> Json {
    let whole = text.parse::<i64>().map(Number::from).ok();
    let real = || text.parse::<f64>().ok().and_then(Number::from_f64);
    whole.or_else(real).map_or(Json::Null, Json::Number)
}

/// A constant literal as a value of the type.
pub fn coerced(schema: &Schema, value: &Value<'_>, ty: &TypeRef) -> Json {
    let mut json = to_json(value);
    complete(schema, ty, &mut json);
    json
}
