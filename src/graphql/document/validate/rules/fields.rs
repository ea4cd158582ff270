//! Fields exist, leaves have no selection and others have one.

use std::collections::HashMap;

use super::super::super::schema::{Schema, TypeId};
use super::super::super::suggest::{did_you_mean, natural_order, sentence};
use super::{Context, Node, Rule};

/// Scalars and enums take no selection, everything else needs one.
pub struct Leaves;

impl<'a> Rule<'a> for Leaves {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::Field(field) = node else { return };
        let Some(ty) = cx.info.ty() else { return };
        let (name, shown) = (field.name.text, cx.show(ty));
        match (&field.selection, cx.schema.is_leaf(ty.id())) {
            (Some(set), true) => {
                let message = format!(
                    "Field \"{name}\" must not have a selection since type \"{shown}\" has no subfields."
                );
                cx.report(message, [set.at]);
            }
            (None, false) => {
                let message = format!(
                    "Field \"{name}\" of type \"{shown}\" must have a selection of subfields. \
                     Did you mean \"{name} {{ ... }}\"?"
                );
                cx.report(message, [field.at]);
            }
            _ => {}
        }
    }
}

/// The type one selects from has the field.
pub struct OnType;

impl<'a> Rule<'a> for OnType {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        let Node::Field(field) = node else { return };
        let Some(parent) = cx.info.parent() else {
            return;
        };
        if cx.info.field().is_some() {
            return;
        }
        let name = field.name.text;
        let mut hint = sentence(
            "to use an inline fragment on",
            &types_with(cx.schema, parent, name),
        );
        if hint.is_empty()
            && let Some(fields) = cx.schema.fields(parent)
        {
            hint = did_you_mean(name, fields.keys().map(String::as_str));
        }
        let type_name = &cx.schema.get(parent).name;
        cx.report(
            format!("Cannot query field \"{name}\" on type \"{type_name}\".{hint}"),
            [field.at],
        );
    }
}

/// The types behind an abstract one that have the field: the most common first, interfaces before what implements them.
fn types_with<'a>(schema: &'a Schema, parent: TypeId, field: &str) -> Vec<&'a str> {
    if !schema.is_abstract(parent) {
        return Vec::new();
    }
    let has_field = |id: &TypeId| {
        schema
            .fields(*id)
            .is_some_and(|fields| fields.contains_key(field))
    };
    let mut uses: HashMap<TypeId, usize> = HashMap::new();
    for id in schema.possible(parent).into_iter().filter(has_field) {
        uses.insert(id, 1);
        for &interface in schema.interfaces(id).iter().filter(|id| has_field(id)) {
            *uses.entry(interface).or_default() += 1;
        }
    }
    let mut found: Vec<TypeId> = uses.keys().copied().collect();
    found.sort_by(|a, b| {
        let by_name = || natural_order(&schema.get(*a).name, &schema.get(*b).name);
        let above = |a: TypeId, b: TypeId| schema.is_interface(a) && schema.is_sub_type(a, b);
        let by_rank = above(*b, *a).cmp(&above(*a, *b));
        uses[b].cmp(&uses[a]).then(by_rank).then_with(by_name)
    });
    found
        .into_iter()
        .map(|id| schema.get(id).name.as_str())
        .collect()
}
