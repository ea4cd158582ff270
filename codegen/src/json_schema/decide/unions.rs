//! Unions: what tells their members apart, what the variants are called, what all of them share.

use super::super::model::{Accessor, RustType, Union, Variant};
use super::super::parse::{Definition, Property, Schema};
use super::{Decider, constant, docs, field_name};
use crate::names::{pascal, snake};

impl<'a> Decider<'a> {
    pub(super) fn union(
        &mut self,
        name: &str,
        definition: &Definition,
        members: &[Schema],
    ) -> Option<Union> {
        let Some(tag) = self.tag(members) else {
            self.wrong(name, "the members of a union must be objects, each with a string of its own under the same key");
            return None;
        };
        let records: Vec<(&str, &[Property])> = members
            .iter()
            .filter_map(|member| self.member(member))
            .collect();
        let names: Vec<Vec<String>> = records.iter().map(|(record, _)| words(record)).collect();
        let variants = records.iter().zip(variant_names(name, &names)).filter_map(
            |((record, properties), variant)| {
                let value = constant(properties, &tag)?.to_owned();
                let docs = docs::tagged(None, &value, name);
                Some(Variant {
                    name: variant,
                    tag: value,
                    record: (*record).to_owned(),
                    docs,
                })
            },
        );
        Some(Union {
            name: name.to_owned(),
            docs: docs::union(definition.description.as_deref(), name, &tag),
            tag_accessor: tag_accessor(name, &tag),
            tag_in_errors: !self.is_contained(name),
            variants: variants.collect(),
            accessors: accessors(&records),
            tag,
        })
    }

    /// The key under which every member has a string of its own.
    pub(super) fn tag(&self, members: &[Schema]) -> Option<String> {
        let members: Vec<&[Property]> = members
            .iter()
            .map(|member| self.member(member).map(|(_, properties)| properties))
            .collect::<Option<_>>()?;
        let candidates = members.first()?.iter().map(|property| &property.key);
        let tells_apart = |key: &&String| {
            let mut values: Vec<&str> = members
                .iter()
                .filter_map(|properties| constant(properties, key))
                .collect();
            values.sort_unstable();
            values.dedup();
            values.len() == members.len()
        };
        candidates.into_iter().find(tells_apart).cloned()
    }

    fn member(&self, member: &Schema) -> Option<(&'a str, &'a [Property])> {
        let Schema::Reference(name) = member else {
            return None;
        };
        self.definitions
            .iter()
            .find_map(|(known, definition)| match &definition.schema {
                Schema::Object(properties) if known == name => {
                    Some((known.as_str(), properties.as_slice()))
                }
                _ => None,
            })
    }
}

/// The words of a Pascal case name.
fn words(name: &str) -> Vec<String> {
    snake(name).split('_').map(str::to_owned).collect()
}

/// The members' names without the words that all of them start or end with.
fn variant_names(union: &str, members: &[Vec<String>]) -> Vec<String> {
    let shortest = members
        .iter()
        .map(Vec::len)
        .min()
        .unwrap_or(0)
        .saturating_sub(1);
    let same = |pick: &dyn Fn(&Vec<String>) -> Option<String>| {
        let mut picked = members.iter().map(pick);
        let first = picked.next().flatten();
        first.is_some() && picked.all(|word| word == first)
    };
    let mut last = (0..shortest)
        .take_while(|n| same(&|words| words.iter().rev().nth(*n).cloned()))
        .count();
    if members.len() == 1 {
        last = usize::from(
            members
                .iter()
                .all(|words| words.last() == self::words(union).last() && words.len() > 1),
        );
    }
    let first = match members.len() {
        1 => 0,
        _ => (0..shortest - last)
            .take_while(|n| same(&|words| words.get(*n).cloned()))
            .count(),
    };
    members
        .iter()
        .map(|words| {
            words[first..words.len() - last]
                .iter()
                .map(|word| pascal(word))
                .collect()
        })
        .collect()
}

/// `Event` and `type` give `event_type`; a `role` is called that.
fn tag_accessor(union: &str, tag: &str) -> (String, String) {
    let name = match (tag, words(union).last()) {
        ("type", Some(word)) => format!("{word}_type"),
        _ => field_name(tag),
    };
    (name, format!("The `{tag}`, as on the wire."))
}

/// The fields that all members have, with the same type, where a reference to it is of use.
fn accessors(records: &[(&str, &[Property])]) -> Vec<Accessor> {
    let Some((_, first)) = records.first() else {
        return Vec::new();
    };
    let shared = first.iter().filter(|property| {
        records.iter().all(|(_, properties)| {
            properties.iter().any(|p| {
                p.key == property.key
                    && p.schema == property.schema
                    && p.required == property.required
            })
        })
    });
    shared
        .filter_map(|property| {
            let ty = match property.schema {
                Schema::String => RustType::String,
                Schema::Bool => RustType::Bool,
                Schema::Integer => RustType::Integer,
                Schema::Any => RustType::Value,
                _ => return None,
            };
            Some(Accessor {
                key: property.key.clone(),
                name: field_name(&property.key),
                docs: docs::property(property.description.as_deref(), &property.key),
                ty,
                optional: !property.required,
            })
        })
        .collect()
}
