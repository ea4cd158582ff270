//! `tests/golden/deviations.toml` and `deviations-ag-ui.toml`: where this runtime differs from upstream on purpose, exactly how, and why.

use serde::Deserialize;
use serde_json::Value;

use super::golden::root;

/// One entry: the same reason and the same changes for some scenarios.
#[derive(Debug, Deserialize)]
pub struct Deviation {
    /// Scenario names; a trailing `*` stands for any ending.
    pub scenarios: Vec<String>,
    /// Why it is better.
    pub reason: String,
    /// What differs, in the canonical form.
    pub changes: Vec<Change>,
}

/// One place of the canonical form, and what is there instead of what was recorded.
#[derive(Debug, Deserialize)]
pub struct Change {
    /// JSON pointer.
    pub at: String,
    /// The value instead, as JSON.
    #[serde(default)]
    pub json: Option<String>,
    /// A text with this in it instead.
    #[serde(default)]
    pub contains: Option<String>,
    /// Nothing instead.
    #[serde(default)]
    pub absent: bool,
}

#[derive(Deserialize)]
struct File {
    deviation: Vec<Deviation>,
}

/// All entries about GraphQL.
pub fn load() -> Vec<Deviation> {
    load_from("deviations.toml")
}

/// All entries of a file in `tests/golden/`.
pub fn load_from(file: &str) -> Vec<Deviation> {
    let text =
        std::fs::read_to_string(root().join("tests/golden").join(file)).expect("the list is there");
    let list: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    list.deviation
}

impl Deviation {
    /// Whether the entry speaks of this scenario.
    pub fn covers(&self, scenario: &str) -> bool {
        self.scenarios
            .iter()
            .any(|pattern| match pattern.strip_suffix('*') {
                Some(start) => scenario.starts_with(start),
                None => pattern == scenario,
            })
    }
}

/// Turns what was recorded into what is expected of us. An entry that changes nothing is an error: its reason is gone.
pub fn apply(
    scenario: &str,
    recorded: &Value,
    actual: &Value,
    list: &[Deviation],
) -> Result<Value, String> {
    let mut expected = recorded.clone();
    for deviation in list.iter().filter(|deviation| deviation.covers(scenario)) {
        for change in &deviation.changes {
            let before = expected.clone();
            change.apply(&mut expected, actual)?;
            if expected == before {
                return Err(format!(
                    "deviations.toml: {} no longer differs; remove it ({})",
                    change.at, deviation.reason
                ));
            }
        }
    }
    Ok(expected)
}

impl Change {
    fn apply(&self, expected: &mut Value, actual: &Value) -> Result<(), String> {
        if self.absent {
            return remove(expected, &self.at);
        }
        if let Some(text) = &self.json {
            let value = serde_json::from_str(text)
                .map_err(|error| format!("deviations.toml: {} {error}", self.at))?;
            return put(expected, &self.at, value);
        }
        let wanted = self
            .contains
            .as_deref()
            .ok_or_else(|| format!("deviations.toml: {} says nothing", self.at))?;
        match actual.pointer(&self.at).and_then(Value::as_str) {
            Some(text) if text.contains(wanted) => put(expected, &self.at, text.into()),
            other => Err(format!("{}: {wanted:?} is not in {other:?}", self.at)),
        }
    }
}

fn split(pointer: &str) -> Result<(&str, &str), String> {
    pointer
        .rsplit_once('/')
        .ok_or_else(|| format!("{pointer:?} is no JSON pointer"))
}

fn put(target: &mut Value, pointer: &str, value: Value) -> Result<(), String> {
    let (parent, key) = split(pointer)?;
    match target.pointer_mut(parent) {
        Some(Value::Object(entries)) => {
            entries.insert(key.to_owned(), value);
            Ok(())
        }
        Some(Value::Array(items)) => match key.parse::<usize>() {
            Ok(index) if index < items.len() => {
                items[index] = value;
                Ok(())
            }
            Ok(index) if index == items.len() => {
                items.push(value);
                Ok(())
            }
            _ => Err(format!("{pointer}: the list has no such index")),
        },
        _ => Err(format!("{pointer}: was not recorded")),
    }
}

/// What is not there changes nothing, which [`apply`] reports.
fn remove(target: &mut Value, pointer: &str) -> Result<(), String> {
    let (parent, key) = split(pointer)?;
    match target.pointer_mut(parent) {
        Some(Value::Object(entries)) => {
            entries.shift_remove(key);
        }
        Some(Value::Array(items)) => {
            let index = key.parse().unwrap_or(usize::MAX);
            (index < items.len()).then(|| items.remove(index));
        }
        _ => {}
    }
    Ok(())
}
