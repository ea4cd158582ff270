//! Upstream's validators name many shapes twice and carry bases that no message has. Here each shape keeps one name.

use std::collections::BTreeMap;

use super::parse::{Definition, Definitions, Property, Schema};

/// The definitions that are left, and the other names of those.
#[derive(Debug, Default)]
pub struct Deduped {
    /// What is generated, in the order of the schema.
    pub definitions: Definitions,
    /// Other name → name.
    pub aliases: BTreeMap<String, String>,
}

/// Resolves names that stand for plain values, folds equal tagged shapes into one and leaves out bases.
pub fn dedupe(definitions: Definitions) -> Deduped {
    let definitions = inline_plain(definitions);
    let aliases = aliases(&definitions);
    let kept: Definitions = definitions
        .into_iter()
        .filter(|(name, _)| !aliases.contains_key(name))
        .map(|(name, mut definition)| {
            rewrite(
                &mut definition.schema,
                &|reference| match aliases.get(reference) {
                    Some(name) => Schema::Reference(name.clone()),
                    None => Schema::Reference(reference.to_owned()),
                },
            );
            (name, definition)
        })
        .collect();
    Deduped {
        definitions: without_bases(kept),
        aliases,
    }
}

/// Replaces references to definitions that are no type of their own (`JsonPointer` is a string, `State` anything).
fn inline_plain(mut definitions: Definitions) -> Definitions {
    // A plain definition may refer to another, so this is repeated until only types are left.
    loop {
        let plain: BTreeMap<String, Schema> = definitions
            .iter()
            .filter(|(_, definition)| {
                !matches!(
                    definition.schema,
                    Schema::Object(_) | Schema::OneOf(_) | Schema::Words(_)
                )
            })
            .map(|(name, definition)| (name.clone(), definition.schema.clone()))
            .collect();
        if plain.is_empty() {
            return definitions;
        }
        definitions.retain(|(name, _)| !plain.contains_key(name));
        let resolve = |reference: &str| match plain.get(reference) {
            Some(schema) if *schema != Schema::Reference(reference.to_owned()) => schema.clone(),
            Some(_) => Schema::Any,
            None => Schema::Reference(reference.to_owned()),
        };
        for (_, definition) in &mut definitions {
            // Each chain of plain definitions is followed to its end, which is at most all of them away.
            for _ in 0..plain.len() {
                rewrite(&mut definition.schema, &resolve);
            }
        }
    }
}

/// Replaces every reference inside `schema`.
fn rewrite(schema: &mut Schema, replace: &dyn Fn(&str) -> Schema) {
    match schema {
        Schema::Reference(name) => *schema = replace(name),
        Schema::List(items) => rewrite(items, replace),
        Schema::Object(properties) => {
            for property in properties {
                rewrite(&mut property.schema, replace);
            }
        }
        Schema::OneOf(members) => {
            for member in members {
                rewrite(member, replace);
            }
        }
        _ => {}
    }
}

/// Which tagged shapes and unions equal another one; the shortest name stands, of equally short ones the first.
///
/// Folding members can make unions equal, and folding those other members: repeated until nothing changes.
fn aliases(definitions: &[(String, Definition)]) -> BTreeMap<String, String> {
    let mut aliases = BTreeMap::<String, String>::new();
    loop {
        let mut groups: Vec<(Schema, Vec<&String>)> = Vec::new();
        for (name, definition) in definitions
            .iter()
            .filter(|(_, definition)| can_fold(&definition.schema))
        {
            let mut schema = definition.schema.clone();
            rewrite(&mut schema, &|reference| {
                Schema::Reference(
                    aliases
                        .get(reference)
                        .map_or_else(|| reference.to_owned(), Clone::clone),
                )
            });
            match groups.iter_mut().find(|(known, _)| *known == schema) {
                Some((_, names)) => names.push(name),
                None => groups.push((schema, vec![name])),
            }
        }
        let mut found = BTreeMap::new();
        for (_, names) in groups {
            let Some(stands) = names.iter().min_by_key(|name| name.len()) else {
                continue;
            };
            let others = names.iter().filter(|name| *name != stands);
            found.extend(others.map(|other| ((*other).clone(), (*stands).clone())));
        }
        if found == aliases {
            return aliases;
        }
        aliases = found;
    }
}

/// Only a tag or a list of members says that two shapes mean the same; `{name, value}` may mean many things.
fn can_fold(schema: &Schema) -> bool {
    match schema {
        Schema::OneOf(_) => true,
        Schema::Object(properties) => properties
            .iter()
            .any(|p| p.required && matches!(p.schema, Schema::Constant(_))),
        _ => false,
    }
}

/// Leaves out untagged objects that nothing refers to and whose keys others contain: the validators build on them, no message
/// is one.
fn without_bases(definitions: Definitions) -> Definitions {
    let is_base = |name: &str, properties: &[Property]| {
        let keys: Vec<&str> = properties
            .iter()
            .map(|property| property.key.as_str())
            .collect();
        let extends = |(other, definition): &&(String, Definition)| match &definition.schema {
            Schema::Object(theirs) if other != name => {
                keys.iter().all(|key| theirs.iter().any(|p| p.key == *key))
            }
            _ => false,
        };
        !definitions
            .iter()
            .any(|(_, definition)| refers(&definition.schema, name))
            && definitions.iter().filter(extends).count() >= 2
    };
    let bases: Vec<String> = definitions
        .iter()
        .filter(|(name, definition)| match &definition.schema {
            Schema::Object(properties) => {
                !can_fold(&definition.schema) && is_base(name, properties)
            }
            _ => false,
        })
        .map(|(name, _)| name.clone())
        .collect();
    definitions
        .into_iter()
        .filter(|(name, _)| !bases.contains(name))
        .collect()
}

/// Whether `schema` mentions `name`.
pub fn refers(schema: &Schema, name: &str) -> bool {
    match schema {
        Schema::Reference(reference) => reference == name,
        Schema::List(items) => refers(items, name),
        Schema::Object(properties) => properties
            .iter()
            .any(|property| refers(&property.schema, name)),
        Schema::OneOf(members) => members.iter().any(|member| refers(member, name)),
        _ => false,
    }
}
