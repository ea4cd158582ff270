//! Values and types as graphql-js prints them in messages.

use super::ast::{Argument, TypeNode, Value, ValueKind};

/// A literal as graphql-js' printer writes it.
pub fn print_value(value: &Value<'_>) -> String {
    let mut out = String::new();
    write_value(value, false, &mut out);
    out
}

/// Arguments in the order of their names, so that two lists print alike if they mean the same.
pub fn print_arguments(arguments: &[Argument<'_>]) -> String {
    let mut out = String::new();
    write_fields(arguments, true, &mut out);
    out
}

fn write_fields(fields: &[Argument<'_>], sorted: bool, out: &mut String) {
    let mut fields: Vec<&Argument<'_>> = fields.iter().collect();
    if sorted {
        fields.sort_by_key(|field| field.name.text);
    }
    for (at, field) in fields.into_iter().enumerate() {
        out.push_str(if at > 0 { ", " } else { "" });
        out.push_str(field.name.text);
        out.push_str(": ");
        write_value(&field.value, sorted, out);
    }
}

fn write_value(value: &Value<'_>, sorted: bool, out: &mut String) {
    match &value.kind {
        ValueKind::Variable(name) => {
            out.push('$');
            out.push_str(name);
        }
        ValueKind::Int(text) | ValueKind::Float(text) | ValueKind::Enum(text) => out.push_str(text),
        ValueKind::String {
            value,
            block: false,
        } => write_string(value, out),
        ValueKind::String { value, block: true } => write_block_string(value, out),
        ValueKind::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
        ValueKind::Null => out.push_str("null"),
        ValueKind::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                write_value(item, sorted, out);
            }
            out.push(']');
        }
        ValueKind::Object(fields) => {
            out.push('{');
            write_fields(fields, sorted, out);
            out.push('}');
        }
    }
}

fn write_string(value: &str, out: &mut String) {
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn write_block_string(value: &str, out: &mut String) {
    const SHORT: usize = 70;
    let escaped = value.replace("\"\"\"", "\\\"\"\"");
    let starts_blank = |line: &str| line.starts_with([' ', '\t']);
    let lines: Vec<&str> = escaped.split('\n').collect();
    let single = lines.len() == 1;
    let force_leading = !single
        && lines[1..]
            .iter()
            .all(|line| line.is_empty() || starts_blank(line));
    let ends_in_triple = escaped.ends_with("\\\"\"\"");
    let force_trailing = (value.ends_with('"') && !ends_in_triple) || value.ends_with('\\');
    let long = value.encode_utf16().count() > SHORT;
    let several = !single || long || force_trailing || force_leading || ends_in_triple;
    out.push_str("\"\"\"");
    if (several && !(single && starts_blank(value))) || force_leading {
        out.push('\n');
    }
    out.push_str(&escaped);
    if several || force_trailing {
        out.push('\n');
    }
    out.push_str("\"\"\"");
}

/// A type reference as written.
pub fn print_type(node: &TypeNode<'_>) -> String {
    match node {
        TypeNode::Named(name) => name.text.to_owned(),
        TypeNode::List(_, inner) => format!("[{}]", print_type(inner)),
        TypeNode::NonNull(inner) => format!("{}!", print_type(inner)),
    }
}
