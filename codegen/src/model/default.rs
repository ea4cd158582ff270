//! Defaults of inputs as Rust expressions.
use super::{Uses, types::Types};
use crate::{
    names::value_name,
    operations::Late,
    schema::Schema,
    sdl::{Kind, TypeRef, Value},
};

/// The expression for a default, or `None` if there can be none.
pub fn expression(types: &mut Types<'_>, value: &Value, ty: &TypeRef) -> Option<String> {
    match (ty, value) {
        (TypeRef::NonNull(_), Value::Null) => None,
        (TypeRef::NonNull(inner), value) => non_null(types, value, inner),
        (_, Value::Null) => Some("None".to_owned()),
        (nullable, value) => Some(format!("Some({})", non_null(types, value, nullable)?)),
    }
}

fn non_null(types: &mut Types<'_>, value: &Value, ty: &TypeRef) -> Option<String> {
    match ty {
        TypeRef::NonNull(inner) => non_null(types, value, inner),
        TypeRef::List(item) => {
            let single = std::slice::from_ref(value);
            let values = if let Value::List(values) = value {
                values.as_slice()
            } else {
                single
            };
            let items: Option<Vec<String>> = values
                .iter()
                .map(|value| expression(types, value, item))
                .collect();
            let items = items?;
            Some(if items.is_empty() {
                "Vec::new()".to_owned()
            } else {
                format!("vec![{}]", items.join(", "))
            })
        }
        TypeRef::Named(name) => leaf(types, value, &name.text),
    }
}

fn leaf(types: &mut Types<'_>, value: &Value, name: &str) -> Option<String> {
    match (name, value) {
        ("Boolean", Value::Boolean(flag)) => Some(flag.to_string()),
        ("Int", Value::Int(number)) => i32::try_from(number.as_i64()?)
            .ok()
            .map(|number| number.to_string()),
        ("Float", Value::Int(number)) => Some(format!("{:?}", number.as_i64()? as f64)),
        ("Float", Value::Float(number)) => Some(format!("{number:?}")),
        ("String", Value::String(text)) => Some(format!("String::from({text:?})")),
        ("ID", Value::String(text)) => Some(format!("{}::from({text:?})", types.named(name))),
        (_, Value::Enum(value)) if has_value(types.schema, name, value) => {
            Some(format!("{}::{}", types.named(name), value_name(value).rust))
        }
        _ => None,
    }
}

fn has_value(schema: &Schema, name: &str, value: &str) -> bool {
    schema.get(name).is_some_and(|ty| {
        ty.kind == Kind::Enum && ty.values.iter().any(|known| known.name.text == value)
    })
}

/// Whether the value is one of the type, and one that Rust can have as a default.
pub fn fits(schema: &Schema, value: &Value, ty: &TypeRef) -> bool {
    let late = Late::default();
    let mut types = Types {
        schema,
        late: &late,
        file: "",
        uses: Uses::new(),
    };
    expression(&mut types, value, ty).is_some()
}
