//! Blanks what may differ from run to run: times, uuids, ports, and the counters of the scripted model.

use serde_json::Value;

/// The value with everything blanked that is not the same in each run. Recorded stacks, blanked already, disappear.
pub fn blank(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(blank_text(text)),
        Value::Array(items) => items.iter().map(blank).collect(),
        Value::Object(entries) => entries
            .iter()
            .filter(|(key, value)| !is_blank_stack(key, value))
            .map(|(key, value)| (key.clone(), blank_entry(key, value)))
            .collect(),
        other => other.clone(),
    }
}

fn is_blank_stack(key: &str, value: &Value) -> bool {
    key == "stack" && matches!(value.as_str(), Some("<stack>" | ""))
}

fn blank_entry(key: &str, value: &Value) -> Value {
    match value.as_str() {
        Some(time) if key == "createdAt" && is_time(time) => "<time>".into(),
        _ => blank(value),
    }
}

/// JavaScript's `toISOString()`, which is what clients expect: `2026-11-22T06:19:54.554Z`.
fn is_time(text: &str) -> bool {
    shaped(text.as_bytes(), b"dddd-dd-ddTdd:dd:dd.dddZ") && text.len() == 24
}

/// Blanks inside a text.
pub fn blank_text(text: &str) -> String {
    const UUID: &[u8] = b"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    let mut blanked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if shaped(rest.as_bytes(), UUID) {
            blanked.push_str("<uuid>");
            rest = &rest[UUID.len()..];
        } else if let Some((prefix, after)) = numbered(rest) {
            blanked.push_str(prefix);
            blanked.push('#');
            rest = after;
        } else {
            blanked.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    blanked
}

/// A prefix that is followed by a number which counts requests or names a port, and what comes after the number.
fn numbered(text: &str) -> Option<(&'static str, &str)> {
    ["MOCK", "call_mock", "msg_mock", "127.0.0.1:"]
        .into_iter()
        .find_map(|prefix| {
            let after = text.strip_prefix(prefix)?;
            let rest = after.trim_start_matches(|character: char| character.is_ascii_digit());
            (rest.len() < after.len()).then_some((prefix, rest))
        })
}

/// Whether the bytes start like the pattern: `d` is a digit, `x` a hexadecimal digit, all else itself.
fn shaped(bytes: &[u8], pattern: &[u8]) -> bool {
    bytes.len() >= pattern.len()
        && pattern
            .iter()
            .zip(bytes)
            .all(|(wanted, byte)| match wanted {
                b'd' => byte.is_ascii_digit(),
                b'x' => byte.is_ascii_hexdigit(),
                exact => exact == byte,
            })
}
