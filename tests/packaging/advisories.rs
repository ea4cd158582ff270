//! The advisories that are ignored: the same by every tool, and for a reason that holds.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::golden::root;

fn ignored(file: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join(file)).expect(file);
    let parsed: toml::Table = text.parse().expect(file);
    let listed = parsed["advisories"]["ignore"].as_array().expect("a list");
    let id = |it: &toml::Value| it.as_str().or_else(|| it["id"].as_str()).map(str::to_owned);
    listed.iter().map(|it| id(it).expect("an id")).collect()
}

#[test]
fn every_tool_ignores_the_same() {
    assert_eq!(ignored("deny.toml"), ignored(".cargo/audit.toml"));
}

/// All Rust files below a folder.
fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => sources(&path, found),
            false => found.push(std::fs::read_to_string(&path).unwrap_or_default()),
        }
    }
}

/// What both advisories are about is a parser, which comes with a library and is used by nobody.
#[test]
fn nothing_here_parses_xml() {
    let mut found = Vec::new();
    for folder in ["src", "generated"] {
        sources(&root().join(folder), &mut found);
    }
    assert!(found.len() > 300, "{} files", found.len());
    for parser in ["quick_xml", "payload::Xml", "Xml("] {
        assert!(!found.iter().any(|it| it.contains(parser)), "{parser}");
    }
}
