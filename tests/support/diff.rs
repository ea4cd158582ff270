//! Where two JSON values differ, as JSON pointers with both sides: what a person wants to read when a golden fails.

use serde_json::Value;

/// One line per difference; empty when the values are equal (the order of object keys aside).
pub fn diff(expected: &Value, actual: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    walk(expected, actual, &mut String::new(), &mut lines);
    lines
}

fn walk(expected: &Value, actual: &Value, pointer: &mut String, lines: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(left), Value::Object(right)) => {
            for (key, value) in left {
                at(pointer, key, |pointer| match right.get(key) {
                    Some(other) => walk(value, other, pointer, lines),
                    None => {
                        lines.push(format!("{pointer}\n    expected {value}\n    is not there"))
                    }
                });
            }
            for (key, value) in right.iter().filter(|(key, _)| !left.contains_key(*key)) {
                at(pointer, key, |pointer| {
                    lines.push(format!("{pointer}\n    is there unexpectedly: {value}"))
                });
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            for index in 0..left.len().max(right.len()) {
                at(pointer, &index.to_string(), |pointer| {
                    match (left.get(index), right.get(index)) {
                        (Some(value), Some(other)) => walk(value, other, pointer, lines),
                        (Some(value), None) => {
                            lines.push(format!("{pointer}\n    expected {value}\n    is not there"))
                        }
                        (None, Some(other)) => {
                            lines.push(format!("{pointer}\n    is there unexpectedly: {other}"))
                        }
                        (None, None) => {}
                    }
                });
            }
        }
        _ if expected == actual => {}
        _ => lines.push(format!(
            "{pointer}\n    expected {expected}\n    actual   {actual}"
        )),
    }
}

fn at(pointer: &mut String, key: &str, visit: impl FnOnce(&mut String)) {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(key);
    visit(pointer);
    pointer.truncate(length);
}
