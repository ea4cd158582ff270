//! The dashboard and the alerts in `packaging/`: each metric that they ask for is there on a server after a few runs.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::metrics::after_runs;
use super::samples::Samples;

fn packaged(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("packaging")
        .join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

/// All values of this key, wherever they are.
fn all<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| match value {
            Value::String(text) if name == key => found.push(text),
            value => all(value, key, found),
        }),
        Value::Array(items) => items.iter().for_each(|item| all(item, key, found)),
        _ => {}
    }
}

/// The names of metrics in a query: words that begin as ours or the process's do.
fn metrics_in(query: &str) -> impl Iterator<Item = &str> {
    let words = query.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("agui_") || word.starts_with("process_"))
}

fn assert_there(samples: &Samples, queries: &[&str]) {
    let there = samples.names();
    let asked: BTreeSet<&str> = queries.iter().flat_map(|query| metrics_in(query)).collect();
    let missing: Vec<_> = asked.difference(&there).collect();
    assert!(missing.is_empty(), "no such metric: {missing:?}");
    assert!(
        queries
            .iter()
            .all(|query| metrics_in(query).next().is_some())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_query_finds_its_metric() {
    let (_server, samples) = after_runs().await;
    let dashboard = packaged("grafana/agui-runtime.json");
    let dashboard: Value = serde_json::from_str(&dashboard).expect("JSON");
    let (mut queries, mut titles) = (Vec::new(), Vec::new());
    all(&dashboard, "expr", &mut queries);
    all(&dashboard, "title", &mut titles);
    assert!(queries.len() >= 25, "{}", queries.len());
    assert_there(&samples, &queries);
    let rules = packaged("prometheus/alerts.yml");
    let alerts: Vec<&str> = rules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "))
        .collect();
    assert!(alerts.len() >= 6, "{alerts:?}");
    assert_eq!(alerts.len(), rules.matches("- alert: ").count());
    assert_there(&samples, &alerts);
    // What is measured and shown nowhere is of no use to anybody.
    let asked: BTreeSet<&str> = queries
        .iter()
        .chain(&alerts)
        .flat_map(|it| metrics_in(it))
        .collect();
    let family = |name: &'_ str| {
        let ends = ["_bucket", "_sum", "_count"];
        let end = ends.iter().find_map(|end| name.strip_suffix(end));
        end.unwrap_or(name).to_owned()
    };
    let shown: BTreeSet<String> = asked.into_iter().map(family).collect();
    let there: BTreeSet<String> = samples.names().into_iter().map(family).collect();
    let unseen: Vec<_> = there.difference(&shown).collect();
    assert!(unseen.is_empty(), "on no dashboard: {unseen:?}");
}
