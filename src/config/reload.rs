//! What a server that runs can take over from a new configuration, and what it cannot.

use serde::Serialize;
use serde_json::Value;

use super::path::Path;
use super::{Config, ServerSection, TelemetrySection};

impl Config {
    /// Takes from the configuration before what a running server cannot change. The keys that say something else here: they
    /// need a restart.
    pub(crate) fn keep_what_needs_a_restart(&mut self, before: &Self) -> Vec<String> {
        let server = ServerSection {
            keep_alive_seconds: self.server.keep_alive_seconds,
            introspection: self.server.introspection,
            graphiql: self.server.graphiql,
            trusted_proxies: self.server.trusted_proxies.clone(),
            console: self.server.console,
            ..before.server.clone()
        };
        let telemetry = TelemetrySection {
            level: self.telemetry.level.clone(),
            debug_events: self.telemetry.debug_events,
            log_content: self.telemetry.log_content,
            metrics: self.telemetry.metrics,
            ..before.telemetry.clone()
        };
        let store = before.store.clone();
        let mut changed = Vec::new();
        differences(&"server".into(), &self.server, &server, &mut changed);
        differences(&"store".into(), &self.store, &store, &mut changed);
        differences(
            &"telemetry".into(),
            &self.telemetry,
            &telemetry,
            &mut changed,
        );
        (self.server, self.store, self.telemetry) = (server, store, telemetry);
        changed
    }

    /// Whether both have the same written at this place.
    pub(crate) fn says_the_same<'a>(
        &self,
        other: &Self,
        keys: impl IntoIterator<Item = &'a str>,
    ) -> bool {
        let path = Path::default().children(keys);
        match (self.tree.get(&path), other.tree.get(&path)) {
            (Some(here), Some(there)) => here.says_the_same(there),
            (here, there) => here.is_none() && there.is_none(),
        }
    }
}

/// The keys in which two sections differ.
fn differences<T: Serialize>(path: &Path, one: &T, other: &T, found: &mut Vec<String>) {
    // Sections have texts for keys, and so can be written as JSON.
    let [one, other] = [one, other].map(|it| serde_json::to_value(it).unwrap_or_default());
    compare(path, &one, &other, found);
}

fn compare(path: &Path, one: &Value, other: &Value, found: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let only_there = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(only_there) {
                let [one, other] = [one, other].map(|it| it.get(key).unwrap_or(&Value::Null));
                compare(&path.child(key), one, other, found);
            }
        }
        _ if one != other => found.push(path.to_string()),
        _ => {}
    }
}
