//! From the deduplicated schema to Rust: names, types, what is boxed, what unions are told apart by.

use super::dedupe::{Deduped, refers};
use super::docs;
use super::model::{
    Alias, Constant, Contract, Field, Item, Record, RustType, TextOrList, Word, Words,
};
use super::parse::{Definition, Definitions, Property, Schema};
use super::size::is_large;
use crate::error::Errors;
use crate::names::{escape, pascal, snake};

mod unions;

/// Decides what is generated from `deduped`.
pub fn decide(path: &str, deduped: &Deduped) -> Result<Contract, Errors> {
    let mut decider = Decider {
        path,
        definitions: &deduped.definitions,
        errors: Errors::default(),
    };
    let mut items: Vec<Item> = decider.text_or_list().into_iter().collect();
    for (name, definition) in decider.definitions {
        decider.item(name, definition, &mut items);
        let aliases = deduped.aliases.iter().filter(|(_, of)| *of == name);
        items.extend(aliases.map(|(other, _)| {
            Item::Alias(Alias {
                name: other.clone(),
                of: name.clone(),
            })
        }));
    }
    decider.errors.or(Contract {
        source: path.to_owned(),
        items,
    })
}

struct Decider<'a> {
    path: &'a str,
    definitions: &'a Definitions,
    errors: Errors,
}

impl Decider<'_> {
    fn wrong(&mut self, at: &str, message: &str) {
        self.errors
            .general(format!("{}#/$defs/{at}: {message}", self.path));
    }

    fn item(&mut self, name: &str, definition: &Definition, items: &mut Vec<Item>) {
        match &definition.schema {
            Schema::Object(properties) => {
                items.extend(inline_words(name, properties).map(Item::Words));
                items.push(Item::Record(self.record(name, definition, properties)));
            }
            Schema::OneOf(members) => {
                items.extend(self.union(name, definition, members).map(Item::Union))
            }
            Schema::Words(words) => items.push(Item::Words(words_of(
                name,
                definition.description.as_deref(),
                words,
            ))),
            _ => self.wrong(
                name,
                "only objects, unions and sets of strings become types",
            ),
        }
    }

    fn record(&mut self, name: &str, definition: &Definition, properties: &[Property]) -> Record {
        let union = self.union_of(name);
        let tag = union.and_then(|(_, members)| self.tag(members));
        let description = definition.description.as_deref();
        let docs = match (
            union,
            tag.as_deref().and_then(|tag| constant(properties, tag)),
        ) {
            (Some((union, _)), Some(value)) => docs::tagged(description, value, union),
            _ => docs::named(description, name),
        };
        let mut constants: Vec<Constant> = Vec::new();
        let mut fields = Vec::new();
        for property in properties {
            match &property.schema {
                // What is always the same in one kind of object is no field; if it may be missing, it is kept as unknown keys are.
                Schema::Constant(value) if tag.is_some() => {
                    let constant = Constant {
                        key: property.key.clone(),
                        value: value.clone(),
                    };
                    match Some(&property.key) == tag.as_ref() {
                        true => constants.insert(0, constant),
                        false if property.required => constants.push(constant),
                        false => {}
                    }
                }
                _ => fields.push(self.field(name, property, tag.is_some())),
            }
        }
        let default = fields.iter().all(|field| !field.required);
        Record {
            name: name.to_owned(),
            docs,
            constants,
            fields,
            default,
        }
    }

    fn field(&mut self, owner: &str, property: &Property, in_union: bool) -> Field {
        let mut ty = self.rust_type(owner, &property.key, &property.schema);
        let mut constant = None;
        if let Schema::Constant(value) = &property.schema {
            constant = property.required.then(|| value.clone());
        }
        if !property.required {
            if in_union && is_large(&property.schema, self.definitions) {
                ty = RustType::Boxed(Box::new(ty));
            }
            ty = RustType::Option(Box::new(ty));
        }
        Field {
            key: property.key.clone(),
            name: field_name(&property.key),
            docs: docs::property(property.description.as_deref(), &property.key),
            ty,
            required: property.required && constant.is_none(),
            constant,
        }
    }

    fn rust_type(&mut self, owner: &str, key: &str, schema: &Schema) -> RustType {
        match schema {
            Schema::Any => RustType::Value,
            Schema::String | Schema::Constant(_) => RustType::String,
            Schema::Bool => RustType::Bool,
            Schema::Integer => RustType::Integer,
            Schema::Number => RustType::Number,
            Schema::Words(_) => RustType::Named(format!("{owner}{}", pascal(key))),
            Schema::List(items) => RustType::List(Box::new(self.rust_type(owner, key, items))),
            Schema::Reference(name) => {
                if !self.definitions.iter().any(|(known, _)| known == name) {
                    self.wrong(
                        owner,
                        &format!("\"{key}\" refers to \"{name}\", which is not defined"),
                    );
                }
                RustType::Named(name.clone())
            }
            Schema::OneOf(_) if text_or_list_item(schema).is_some() => {
                RustType::FromText(self.text_or_list_name(key))
            }
            Schema::OneOf(_) | Schema::Object(_) => {
                self.wrong(
                    owner,
                    &format!("\"{key}\" needs a definition of its own to become a type"),
                );
                RustType::Value
            }
        }
    }

    /// The owners and keys of all properties that are a text or a list.
    fn text_or_list_places(&self) -> Vec<(&str, &Property)> {
        let objects =
            self.definitions
                .iter()
                .filter_map(|(name, definition)| match &definition.schema {
                    Schema::Object(properties) => Some((name.as_str(), properties)),
                    _ => None,
                });
        let places = objects
            .flat_map(|(name, properties)| properties.iter().map(move |property| (name, property)));
        places
            .filter(|(_, property)| text_or_list_item(&property.schema).is_some())
            .collect()
    }

    /// What most of the owners are, and the key: the `content` of messages is `MessageContent`.
    fn text_or_list_name(&self, key: &str) -> String {
        let owners: Vec<String> = self
            .text_or_list_places()
            .into_iter()
            .filter(|(_, property)| property.key == key)
            .filter_map(|(owner, _)| snake(owner).rsplit('_').next().map(pascal))
            .collect();
        let count = |word: &String| owners.iter().filter(|owner| *owner == word).count();
        let most = owners
            .iter()
            .max_by_key(|word| count(word))
            .cloned()
            .unwrap_or_default();
        format!("{most}{}", pascal(key))
    }

    fn text_or_list(&self) -> Vec<Item> {
        let mut found: Vec<TextOrList> = Vec::new();
        for (_, property) in self.text_or_list_places() {
            let Some(item) = text_or_list_item(&property.schema) else {
                continue;
            };
            let name = self.text_or_list_name(&property.key);
            if !found.iter().any(|known| known.name == name) {
                found.push(TextOrList {
                    docs: docs::named(None, &name),
                    name,
                    item: item.to_owned(),
                });
            }
        }
        found.into_iter().map(Item::TextOrList).collect()
    }

    /// The union that `name` is a member of.
    fn union_of(&self, name: &str) -> Option<(&str, &[Schema])> {
        self.definitions
            .iter()
            .find_map(|(union, definition)| match &definition.schema {
                Schema::OneOf(members) if members.contains(&Schema::Reference(name.to_owned())) => {
                    Some((union.as_str(), members.as_slice()))
                }
                _ => None,
            })
    }

    /// Whether any definition mentions `name`.
    fn is_contained(&self, name: &str) -> bool {
        self.definitions
            .iter()
            .any(|(_, definition)| refers(&definition.schema, name))
    }
}

/// What is in the list, if `schema` is a text or a list of objects.
fn text_or_list_item(schema: &Schema) -> Option<&str> {
    match schema {
        Schema::OneOf(members) => match members.as_slice() {
            [Schema::String, Schema::List(items)] => match &**items {
                Schema::Reference(name) => Some(name),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The constant under `key`.
fn constant<'a>(properties: &'a [Property], key: &str) -> Option<&'a str> {
    properties
        .iter()
        .find_map(|property| match &property.schema {
            Schema::Constant(value) if property.required && property.key == key => {
                Some(value.as_str())
            }
            _ => None,
        })
}

/// The sets of strings that are written where they are used.
fn inline_words<'a>(
    owner: &'a str,
    properties: &'a [Property],
) -> impl Iterator<Item = Words> + 'a {
    properties
        .iter()
        .filter_map(move |property| match &property.schema {
            Schema::Words(words) => {
                let name = format!("{owner}{}", pascal(&property.key));
                Some(words_of(&name, property.description.as_deref(), words))
            }
            _ => None,
        })
}

fn words_of(name: &str, description: Option<&str>, words: &[String]) -> Words {
    let word = |word: &String| Word {
        name: pascal(&word.replace('-', "_")),
        word: word.clone(),
    };
    Words {
        name: name.to_owned(),
        docs: docs::named(description, name),
        words: words.iter().map(word).collect(),
    }
}

/// The Rust name of a field; `extra` is where unknown keys go.
fn field_name(key: &str) -> String {
    match snake(key).as_str() {
        "extra" => "extra_".to_owned(),
        name => escape(name.to_owned()),
    }
}
