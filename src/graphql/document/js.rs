//! JSON values as JavaScript shows them: messages about variables quote them that way.

use std::fmt::Write as _;

use serde_json::{Number, Value};

/// What a message quotes of a value at most. A client that sent a megabyte need not get it back fifty times.
const SHOWN: usize = 8 * 1024;

/// How much of a nested value is shown. Upstream mixes two libraries, and so two styles.
#[derive(Clone, Copy)]
pub struct Style {
    levels: usize,
    items: usize,
}

/// As the variable's value is shown before the `;`.
pub const OUTER: Style = Style {
    levels: 3,
    items: usize::MAX,
};
/// As a scalar's or an enum's own complaint shows it.
pub const INNER: Style = Style {
    levels: 2,
    items: 10,
};

/// JavaScript-like notation, cut at some depth.
pub fn inspect(value: &Value, style: Style) -> String {
    let mut out = String::new();
    inspect_into(value, style, 0, &mut out);
    cut(out)
}

fn inspect_into(value: &Value, style: Style, depth: usize, out: &mut String) {
    if out.len() > SHOWN {
        return;
    }
    match value {
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Object(fields) if fields.is_empty() => out.push_str("{}"),
        Value::Array(_) if depth >= style.levels => out.push_str("[Array]"),
        Value::Object(_) if depth >= style.levels => out.push_str("[Object]"),
        Value::Array(items) => inspect_items(items, style, depth, out),
        Value::Object(fields) => {
            out.push_str("{ ");
            for (at, (name, field)) in fields.iter().enumerate() {
                if out.len() > SHOWN {
                    break;
                }
                out.push_str(if at > 0 { ", " } else { "" });
                out.push_str(name);
                out.push_str(": ");
                inspect_into(field, style, depth + 1, out);
            }
            out.push_str(" }");
        }
        leaf => stringify_into(leaf, out),
    }
}

fn inspect_items(items: &[Value], style: Style, depth: usize, out: &mut String) {
    out.push('[');
    for (at, item) in items.iter().take(style.items).enumerate() {
        if out.len() > SHOWN {
            break;
        }
        out.push_str(if at > 0 { ", " } else { "" });
        inspect_into(item, style, depth + 1, out);
    }
    match items.len().saturating_sub(style.items) {
        0 => {}
        1 => out.push_str(", ... 1 more item"),
        more => out.push_str(&format!(", ... {more} more items")),
    }
    out.push(']');
}

fn cut(mut out: String) -> String {
    if out.len() > SHOWN {
        out.truncate(out.floor_char_boundary(SHOWN));
        out.push('…');
    }
    out
}

/// `JSON.stringify`.
pub fn stringify(value: &Value) -> String {
    let mut out = String::new();
    stringify_into(value, &mut out);
    cut(out)
}

fn stringify_into(value: &Value, out: &mut String) {
    match value {
        Value::Number(number) => out.push_str(&show_number(number)),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                stringify_into(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (at, (name, field)) in fields.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                quote_into(name, out);
                out.push(':');
                stringify_into(field, out);
            }
            out.push('}');
        }
        Value::String(text) => quote_into(text, out),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Null => out.push_str("null"),
    }
}

fn quote_into(text: &str, out: &mut String) {
    // Only as much as can be shown, to quote a huge text cheaply.
    let shown = &text[..text.floor_char_boundary(SHOWN + 1)];
    out.push('"');
    for c in shown.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// `String(value)`.
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    to_string_into(value, &mut out);
    cut(out)
}

fn to_string_into(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => out.push_str(&text[..text.floor_char_boundary(SHOWN + 1)]),
        Value::Object(_) => out.push_str("[object Object]"),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                if !item.is_null() {
                    to_string_into(item, out);
                }
            }
        }
        leaf => stringify_into(leaf, out),
    }
}

/// A number as JavaScript prints it: shortest digits, exponents only for the very large and the very small.
pub fn show_number(number: &Number) -> String {
    const EXACT: u64 = 1 << 53;
    if let Some(int) = number.as_i64()
        && int.unsigned_abs() <= EXACT
    {
        return int.to_string();
    }
    let value = number.as_f64().unwrap_or(f64::NAN);
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-6..21).contains(&exponent) {
        return value.to_string();
    }
    let sign = if exponent > 0 { "+" } else { "" };
    format!("{mantissa}e{sign}{exponent}")
}

/// Whether JavaScript's `Number.isInteger` holds.
pub fn is_integer(number: &Number) -> bool {
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|value| value.fract() == 0.0)
}
