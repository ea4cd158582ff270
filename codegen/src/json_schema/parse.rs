//! Takes a JSON Schema apart, as far as the AG-UI contract uses it; anything else is an error that names its place.

use serde_json::{Map, Value};

use crate::error::{Errors, Location};

/// The definitions by name, in the order of the file.
pub type Definitions = Vec<(String, Definition)>;

/// One entry of `$defs`.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// Its description, where it has one.
    pub description: Option<String>,
    /// What it allows.
    pub schema: Schema,
}

/// What a schema allows.
#[derive(Debug, Clone, PartialEq)]
pub enum Schema {
    /// Anything.
    Any,
    /// Any string.
    String,
    /// A boolean.
    Bool,
    /// An integer.
    Integer,
    /// A number.
    Number,
    /// One string.
    Constant(String),
    /// One of these strings.
    Words(Vec<String>),
    /// What another definition allows.
    Reference(String),
    /// A list.
    List(Box<Schema>),
    /// An object.
    Object(Vec<Property>),
    /// One of these.
    OneOf(Vec<Schema>),
}

/// A property of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// Its key.
    pub key: String,
    /// Its description, where it has one.
    pub description: Option<String>,
    /// What it allows.
    pub schema: Schema,
    /// Whether it must be there.
    pub required: bool,
}

/// Keywords that narrow what is allowed without changing the Rust type, and those that are read elsewhere.
const NARROWING: &[&str] = &[
    "additionalProperties",
    "default",
    "description",
    "maximum",
    "minItems",
    "minimum",
    "pattern",
    "required",
    "title",
];

/// Parses `text`; `path` is shown in errors.
pub fn parse(path: &str, text: &str) -> Result<Definitions, Errors> {
    let document: Value = serde_json::from_str(text).map_err(|error| {
        let mut errors = Errors::default();
        let location = Location {
            file: path.to_owned(),
            line: error.line(),
            column: error.column(),
        };
        errors.at(&location, format!("not JSON: {error}"));
        errors
    })?;
    let mut parser = Parser {
        path,
        errors: Errors::default(),
    };
    let mut definitions = Definitions::new();
    match document.get("$defs").and_then(Value::as_object) {
        Some(found) => {
            for (name, value) in found {
                let schema = parser.schema(&format!("$defs/{name}"), value);
                definitions.push((
                    name.clone(),
                    Definition {
                        description: description(value),
                        schema,
                    },
                ));
            }
        }
        None => parser.errors.general(format!("{path}: no \"$defs\"")),
    }
    parser.errors.or(definitions)
}

fn description(value: &Value) -> Option<String> {
    value
        .get("description")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

struct Parser<'a> {
    path: &'a str,
    errors: Errors,
}

impl Parser<'_> {
    fn wrong(&mut self, at: &str, message: &str) -> Schema {
        self.errors
            .general(format!("{}#/{at}: {message}", self.path));
        Schema::Any
    }

    fn schema(&mut self, at: &str, value: &Value) -> Schema {
        let Some(keywords) = value.as_object() else {
            return self.wrong(at, "expected a schema, which is an object");
        };
        let mut deciding = keywords
            .keys()
            .map(String::as_str)
            .filter(|key| !NARROWING.contains(key))
            .collect::<Vec<_>>();
        deciding.sort_unstable();
        match deciding.as_slice() {
            [] => Schema::Any,
            ["$ref"] => self.reference(at, keywords),
            ["oneOf"] => self.one_of(at, "oneOf", keywords),
            ["anyOf"] => self.one_of(at, "anyOf", keywords),
            ["const", "type"] | ["const"] => match keywords.get("const").and_then(Value::as_str) {
                Some(constant) => Schema::Constant(constant.to_owned()),
                None => self.wrong(at, "only strings are supported as \"const\""),
            },
            ["enum", "type"] | ["enum"] => self.words(at, keywords),
            ["type"] | ["properties", "type"] | ["items", "type"] => self.typed(at, keywords),
            other => {
                let message = format!(
                    "this combination of keywords is not supported: {}",
                    other.join(", ")
                );
                self.wrong(at, &message)
            }
        }
    }

    fn reference(&mut self, at: &str, keywords: &Map<String, Value>) -> Schema {
        let target = keywords
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|target| target.strip_prefix("#/$defs/"));
        match target {
            Some(name) if !name.contains('/') => Schema::Reference(name.to_owned()),
            _ => self.wrong(at, "only references to \"#/$defs/…\" are supported"),
        }
    }

    fn one_of(&mut self, at: &str, keyword: &str, keywords: &Map<String, Value>) -> Schema {
        let Some(members) = keywords.get(keyword).and_then(Value::as_array) else {
            return self.wrong(at, &format!("\"{keyword}\" must be an array"));
        };
        let present = members
            .iter()
            .enumerate()
            .filter(|(_, member)| member.get("type") != Some(&Value::from("null")));
        let mut schemas: Vec<_> = present
            .map(|(index, member)| self.schema(&format!("{at}/{keyword}/{index}"), member))
            .collect();
        // What may also be null is no union, but optional.
        if schemas.len() == 1 && members.len() > 1 {
            schemas.remove(0)
        } else {
            Schema::OneOf(schemas)
        }
    }

    fn words(&mut self, at: &str, keywords: &Map<String, Value>) -> Schema {
        let words = keywords.get("enum").and_then(Value::as_array);
        let words: Option<Vec<String>> = words.and_then(|words| {
            words
                .iter()
                .map(|word| word.as_str().map(str::to_owned))
                .collect()
        });
        match words {
            Some(words) => Schema::Words(words),
            None => self.wrong(at, "only strings are supported in \"enum\""),
        }
    }

    fn typed(&mut self, at: &str, keywords: &Map<String, Value>) -> Schema {
        match keywords.get("type").and_then(Value::as_str) {
            Some("string") => Schema::String,
            Some("boolean") => Schema::Bool,
            Some("integer") => Schema::Integer,
            Some("number") => Schema::Number,
            Some("array") => match keywords.get("items") {
                Some(items) => Schema::List(Box::new(self.schema(&format!("{at}/items"), items))),
                None => Schema::List(Box::new(Schema::Any)),
            },
            Some("object") => match keywords.get("properties").and_then(Value::as_object) {
                Some(properties) => self.object(at, keywords, properties),
                None => Schema::Any,
            },
            _ => self.wrong(at, "this \"type\" is not supported"),
        }
    }

    fn object(
        &mut self,
        at: &str,
        keywords: &Map<String, Value>,
        properties: &Map<String, Value>,
    ) -> Schema {
        let required: Vec<&str> = match keywords.get("required").and_then(Value::as_array) {
            Some(required) => required.iter().filter_map(Value::as_str).collect(),
            None => Vec::new(),
        };
        let property = |(key, value): (&String, &Value)| Property {
            key: key.clone(),
            description: description(value),
            schema: self.schema(&format!("{at}/properties/{key}"), value),
            required: required.contains(&key.as_str()),
        };
        Schema::Object(properties.iter().map(property).collect())
    }
}
