//! The configuration as a whole, fit for a terminal or a bug report: defaults included, secrets blanked, and of each value
//! where it comes from.

use serde_json::{Map, Value as Json, json};

use super::Config;
use super::path::Path;
use super::tree::Origin;
use crate::store::without_secrets;

const BLANK: &str = "***";

/// The configuration as TOML.
pub(super) fn to_toml(config: &Config, with_origins: bool) -> String {
    let mut printer = Printer {
        config,
        with_origins,
        text: String::new(),
    };
    if let Json::Object(root) = shown(config) {
        printer.table(&Path::default(), "", &root);
    }
    printer.text
}

/// Each value of the configuration by its key, with its origin.
pub(super) fn to_json(config: &Config) -> Json {
    let mut found = Vec::new();
    leaves(&Path::default(), &shown(config), &mut |path, value| {
        let mut told = json!({"key": path.to_string(), "value": value});
        let (from, place) = match config.tree.written(path) {
            Origin::Default => ("default", json!({})),
            Origin::File(file) => ("file", json!({"file": file})),
            Origin::Line { file, line } => ("file", json!({"file": file, "line": line})),
            Origin::Env(name) => ("environment", json!({"variable": name})),
            Origin::Argument(flag) => ("command line", json!({"argument": flag})),
        };
        told["from"] = from.into();
        if let (Json::Object(told), Json::Object(place)) = (&mut told, place) {
            told.extend(place);
        }
        found.push(told);
    });
    Json::Array(found)
}

/// What may be shown of the configuration, without what is not set.
fn shown(config: &Config) -> Json {
    // Sections have texts for keys, and so can be written as JSON.
    blanked("", serde_json::to_value(config).unwrap_or_default())
}

fn blanked(key: &str, value: Json) -> Json {
    match value {
        Json::String(_) if is_secret(key) => BLANK.into(),
        // What has none stays as it was written.
        Json::String(text) => match without_secrets(&text) {
            shown if shown.contains(BLANK) => shown.into(),
            _ => text.into(),
        },
        Json::Array(items) => items.into_iter().map(|item| blanked(key, item)).collect(),
        Json::Object(table) => {
            let set = table.into_iter().filter(|(_, value)| !value.is_null());
            set.map(|(key, value)| {
                let value = blanked(&key, value);
                (key, value)
            })
            .collect()
        }
        other => other,
    }
}

/// Whether a key's value is one that its type does not know to be secret: in what is handed through to others.
fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let ends = [
        "_key",
        "-key",
        "apikey",
        "secret",
        "password",
        "token",
        "authorization",
    ];
    ends.iter().any(|end| key.ends_with(end))
}

/// Calls `tell` with each value that is no section.
fn leaves(path: &Path, value: &Json, tell: &mut impl FnMut(&Path, &Json)) {
    match value {
        Json::Object(table) => {
            for (key, value) in table {
                leaves(&path.child(key), value, tell);
            }
        }
        Json::Array(items) if is_sections(items) => {
            for (n, item) in items.iter().enumerate() {
                leaves(&path.child(n), item, tell);
            }
        }
        leaf => tell(path, leaf),
    }
}

/// Whether a value stands in its section, and is no section itself.
fn is_leaf(value: &Json) -> bool {
    match value {
        Json::Object(_) => false,
        Json::Array(items) => !is_sections(items),
        _ => true,
    }
}

fn is_sections(items: &[Json]) -> bool {
    !items.is_empty() && items.iter().all(Json::is_object)
}

struct Printer<'a> {
    config: &'a Config,
    with_origins: bool,
    text: String,
}

impl Printer<'_> {
    /// A table: its own values first, for what follows a section's name belongs to it.
    fn table(&mut self, path: &Path, name: &str, table: &Map<String, Json>) {
        for (key, value) in table.iter().filter(|(_, value)| is_leaf(value)) {
            let line = format!("{} = {}", Path::default().child(key), toml(value));
            self.line(&line, &path.child(key));
        }
        let inner = |key: &str| {
            let key = Path::default().child(key);
            match name {
                "" => key.to_string(),
                name => format!("{name}.{key}"),
            }
        };
        for (key, value) in table {
            match value {
                Json::Object(table) => {
                    let name = inner(key);
                    if table.values().any(is_leaf) {
                        self.header(&format!("[{name}]"));
                    }
                    self.table(&path.child(key), &name, table);
                }
                Json::Array(items) if is_sections(items) => {
                    let (name, path) = (inner(key), path.child(key));
                    for (n, item) in items.iter().enumerate() {
                        self.header(&format!("[[{name}]]"));
                        if let Json::Object(table) = item {
                            self.table(&path.child(n), &name, table);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn header(&mut self, header: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(header);
        self.text.push('\n');
    }

    fn line(&mut self, line: &str, path: &Path) {
        self.text.push_str(line);
        if self.with_origins {
            let origin = match self.config.tree.written(path) {
                Origin::Default => "default".to_owned(),
                written => written.to_string(),
            };
            self.text.push_str("  # ");
            // A variable's name may hold what a comment in TOML must not.
            self.text
                .push_str(&origin.replace(char::is_control, "\u{fffd}"));
        }
        self.text.push('\n');
    }
}

/// A value as TOML has it, on one line.
pub(super) fn toml(value: &Json) -> String {
    match toml::Value::try_from(value) {
        Ok(value) => value.to_string(),
        // Only for numbers beyond 63 bits.
        Err(_) => value.to_string(),
    }
}
