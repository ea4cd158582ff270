//! Reads what `/metrics` says.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use super::get;
use crate::support::http;

/// All samples of one look.
pub struct Samples(Vec<Sample>);

struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Samples {
    /// Asks the server.
    pub async fn of(address: SocketAddr) -> Self {
        let reply = http::ask(address, get("/metrics")).await;
        assert_eq!(reply.code(), 200);
        let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        assert_eq!(reply.header("content-type"), Some(kind));
        let text = reply.text();
        assert!(text.ends_with("# EOF\n"), "it is cut off");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        Self(lines.map(Sample::read).collect())
    }

    /// The sum of all samples of this name with these labels.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let fits = |sample: &&Sample| {
            let has =
                |(key, value): &(&str, &str)| sample.labels.get(*key).is_some_and(|it| it == value);
            sample.name == name && labels.iter().all(has)
        };
        let found: Vec<&Sample> = self.0.iter().filter(fits).collect();
        assert!(!found.is_empty(), "there is no {name} {labels:?}");
        found.iter().map(|sample| sample.value).sum()
    }

    /// The names of all samples.
    pub fn names(&self) -> BTreeSet<&str> {
        self.0.iter().map(|sample| sample.name.as_str()).collect()
    }

    /// The names and values of all labels.
    pub fn labels(&self) -> BTreeSet<(&str, &str)> {
        let labels = self.0.iter().flat_map(|sample| &sample.labels);
        labels
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect()
    }
}

impl Sample {
    /// Reads `name{key="value",…} 1.5`.
    fn read(line: &str) -> Self {
        let (series, value) = line.rsplit_once(' ').expect("a value");
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, labels.strip_suffix('}').expect("an end")),
            None => (series, ""),
        };
        let labels = labels
            .split("\",")
            .filter(|it| !it.is_empty())
            .map(|label| {
                let (key, value) = label.split_once("=\"").expect("a label");
                (key.to_owned(), value.trim_end_matches('"').to_owned())
            });
        Self {
            name: name.to_owned(),
            labels: labels.collect(),
            value: value
                .parse()
                .unwrap_or_else(|_| panic!("no number: {line}")),
        }
    }
}
