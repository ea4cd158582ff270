//! About how large a type is in memory, to keep the rare and large behind a `Box`.

use super::parse::{Definitions, Schema};

/// An optional field larger than this is boxed where the struct is a variant of an enum: every value of the enum would pay.
/// Events are kept by the hundred for each run, most of them with one word.
const LARGE: usize = 64;
/// `serde_json::Value`.
const JSON: usize = 72;
/// What an object has besides the keys of the contract.
const EXTRA: usize = 8;

/// Whether a field of this type is too large to be carried along where it is seldom there.
pub fn is_large(schema: &Schema, definitions: &Definitions) -> bool {
    size(schema, definitions, &mut Vec::new()).is_none_or(|bytes| bytes > LARGE)
}

/// The size in bytes, `None` for a type that contains itself.
fn size<'a>(
    schema: &'a Schema,
    definitions: &'a Definitions,
    inside: &mut Vec<&'a str>,
) -> Option<usize> {
    match schema {
        Schema::Any => Some(JSON),
        Schema::String | Schema::List(_) => Some(size_of::<String>()),
        Schema::Bool | Schema::Words(_) => Some(1),
        Schema::Integer | Schema::Number => Some(16),
        Schema::Constant(_) => Some(0),
        Schema::Object(properties) => {
            let fields = properties
                .iter()
                .map(|property| size(&property.schema, definitions, inside));
            fields.sum::<Option<usize>>().map(|bytes| bytes + EXTRA)
        }
        Schema::OneOf(members) => {
            let sizes = members
                .iter()
                .map(|member| size(member, definitions, inside));
            sizes
                .collect::<Option<Vec<_>>>()
                .map(|sizes| 8 + sizes.into_iter().max().unwrap_or(0))
        }
        Schema::Reference(name) => {
            if inside.contains(&name.as_str()) {
                return None;
            }
            let (_, definition) = definitions.iter().find(|(known, _)| known == name)?;
            inside.push(name);
            let bytes = size(&definition.schema, definitions, inside);
            inside.pop();
            bytes
        }
    }
}
