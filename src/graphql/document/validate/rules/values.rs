//! Literals fit the types they stand for.

use std::collections::HashMap;

use super::super::super::schema::{Inputs, TypeId, TypeKind};
use super::super::super::suggest::did_you_mean;
use super::super::super::syntax::ast::{Argument, Value, ValueKind};
use super::super::super::syntax::print_value;
use super::super::super::variables::enum_hint;
use super::{Context, Node, Rule};

/// Every literal is of the type expected of it.
#[derive(Default)]
pub struct OfCorrectType {
    /// The list or object that is wrong as a whole: what it consists of is not looked at.
    skipping: Option<usize>,
}

impl<'a> Rule<'a> for OfCorrectType {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        match node {
            _ if self.skipping.is_some() => {}
            Node::Value(value) => self.skipping = (!check(value, cx)).then_some(value.at),
            Node::ObjectField(field) => check_object_field(field, cx),
            _ => {}
        }
    }

    fn leave(&mut self, node: Node<'a>, _cx: &mut Context<'a>) {
        if let Node::Value(value) = node
            && self.skipping == Some(value.at)
        {
            self.skipping = None;
        }
    }
}

/// Checks one literal; returns whether to look inside.
fn check<'a>(value: &'a Value<'a>, cx: &mut Context<'a>) -> bool {
    match &value.kind {
        ValueKind::Variable(_) => {}
        ValueKind::Null => {
            if let Some(ty) = cx.info.input().filter(|ty| ty.is_non_null()) {
                let ty = cx.show(ty);
                cx.report(
                    format!("Expected value of type \"{ty}\", found null."),
                    [value.at],
                );
            }
        }
        ValueKind::List(_) => {
            // Inside a list already, so the list's own type is the one around.
            if cx.info.parent_input().is_none_or(|ty| ty.item().is_none()) {
                check_leaf(value, cx);
                return false;
            }
        }
        ValueKind::Object(given) => {
            let input = cx.info.input().map(|ty| cx.schema.get(ty.id()));
            match input.map(|ty| (ty.name.as_str(), &ty.kind)) {
                Some((name, TypeKind::Input { fields, one_of })) => {
                    check_object(value, given, (name, fields), *one_of, cx);
                }
                _ => {
                    check_leaf(value, cx);
                    return false;
                }
            }
        }
        _ => check_leaf(value, cx),
    }
    true
}

fn check_leaf(value: &Value<'_>, cx: &mut Context<'_>) {
    let Some(expected) = cx.info.input() else {
        return;
    };
    let ty = cx.schema.get(expected.id());
    let complaint = match &ty.kind {
        TypeKind::Scalar(scalar) => scalar.check_literal(value, || cx.show(expected)).err(),
        TypeKind::Enum(values) => check_enum(&ty.name, values, value).err(),
        _ => Some(format!(
            "Expected value of type \"{}\", found {}.",
            cx.show(expected),
            print_value(value)
        )),
    };
    if let Some(complaint) = complaint {
        cx.report(complaint, [value.at]);
    }
}

fn check_enum(name: &str, values: &[String], value: &Value<'_>) -> Result<(), String> {
    let shown = print_value(value);
    let hint = enum_hint(&shown, values);
    match &value.kind {
        ValueKind::Enum(given) if values.iter().any(|value| value == given) => Ok(()),
        ValueKind::Enum(_) => Err(format!(
            "Value \"{shown}\" does not exist in \"{name}\" enum.{hint}"
        )),
        _ => Err(format!(
            "Enum \"{name}\" cannot represent non-enum value: {shown}.{hint}"
        )),
    }
}

fn check_object(
    value: &Value<'_>,
    given: &[Argument<'_>],
    ty: (&str, &Inputs),
    one_of: bool,
    cx: &mut Context<'_>,
) {
    let (type_name, fields) = ty;
    for (name, field) in fields.iter().filter(|(_, field)| field.is_required()) {
        if given.iter().all(|argument| argument.name.text != name) {
            let wanted = cx.show(&field.ty);
            let message = format!(
                "Field \"{type_name}.{name}\" of required type \"{wanted}\" was not provided."
            );
            cx.report(message, [value.at]);
        }
    }
    if !one_of {
        return;
    }
    // A key given twice is one key; the last of them counts.
    let keys: HashMap<&str, &Argument<'_>> = given
        .iter()
        .map(|argument| (argument.name.text, argument))
        .collect();
    let mut keys = keys.into_values();
    match (keys.next(), keys.next()) {
        (Some(only), None) => {
            if matches!(only.value.kind, ValueKind::Null) {
                cx.report(
                    format!("Field \"{type_name}.{}\" must be non-null.", only.name.text),
                    [value.at],
                );
            }
        }
        _ => cx.report(
            format!("OneOf Input Object \"{type_name}\" must specify exactly one key."),
            [value.at],
        ),
    }
}

fn check_object_field(field: &Argument<'_>, cx: &mut Context<'_>) {
    let Some(object) = cx.info.parent_input().map(|ty| ty.id()) else {
        return;
    };
    let Some(fields) = input_fields(object, cx) else {
        return;
    };
    let name = field.name.text;
    if !fields.contains_key(name) {
        let hint = did_you_mean(name, fields.keys().map(String::as_str));
        let type_name = &cx.schema.get(object).name;
        cx.report(
            format!("Field \"{name}\" is not defined by type \"{type_name}\".{hint}"),
            [field.name.at],
        );
    }
}

fn input_fields<'a>(id: TypeId, cx: &Context<'a>) -> Option<&'a Inputs> {
    match &cx.schema.get(id).kind {
        TypeKind::Input { fields, .. } => Some(fields),
        _ => None,
    }
}

/// No field of an object literal is given twice.
#[derive(Default)]
pub struct UniqueFields<'a> {
    open: Vec<HashMap<&'a str, usize>>,
}

impl<'a> Rule<'a> for UniqueFields<'a> {
    fn enter(&mut self, node: Node<'a>, cx: &mut Context<'a>) {
        match node {
            Node::Value(Value {
                kind: ValueKind::Object(_),
                ..
            }) => self.open.push(HashMap::new()),
            Node::ObjectField(Argument { name, .. }) => {
                let Some(known) = self.open.last_mut() else {
                    return;
                };
                if let Some(&first) = known.get(name.text) {
                    let message =
                        format!("There can be only one input field named \"{}\".", name.text);
                    cx.report(message, [first, name.at]);
                } else {
                    known.insert(name.text, name.at);
                }
            }
            _ => {}
        }
    }

    fn leave(&mut self, node: Node<'a>, _cx: &mut Context<'a>) {
        if let Node::Value(Value {
            kind: ValueKind::Object(_),
            ..
        }) = node
        {
            self.open.pop();
        }
    }
}
