//! docs/COMPATIBILITY.md: what upstream has and what becomes of it here, with a test behind each row; and that neither this page
//! nor MIGRATING.md leaves anything of upstream's public interface out.

mod adapters;
mod agents;
mod page;

use std::collections::BTreeSet;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use crate::support::golden::root;
use crate::support::http;
use crate::support::server::Binary;

use self::page::{Features, Is};

/// The names of all tests of this binary.
fn tests() -> BTreeSet<String> {
    let this = std::env::current_exe().expect("this binary");
    let listed = Command::new(this).arg("--list").output();
    let listed = String::from_utf8(listed.expect("a list").stdout).expect("UTF-8");
    let names = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"));
    names.map(str::to_owned).collect()
}

fn doc(name: &str) -> String {
    let path = root().join("docs").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_row_names_tests_that_there_are() {
    let tests = tests();
    for row in Features::load().rows() {
        assert!(!row.shown_by.is_empty(), "{}: nothing shows it", row.what);
        for name in &row.shown_by {
            assert!(
                tests.contains(name),
                "{}: there is no test {name}",
                row.what
            );
        }
        let reason = row.why.as_deref().map_or(0, str::len);
        assert!(row.is == Is::Works || reason > 10, "{}: why?", row.what);
    }
}

#[test]
fn the_page_is_what_the_features_give() {
    let (path, page) = (
        root().join("docs/COMPATIBILITY.md"),
        Features::load().page(),
    );
    if std::env::var("UPDATE_EXPECT").as_deref() == Ok("1") {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/COMPATIBILITY.md is not what tests/compatibility/features.toml gives; write it with \
         UPDATE_EXPECT=1 cargo test --test main compatibility"
    );
}

/// Some of upstream's public interface, and the page that speaks of it.
#[derive(Deserialize)]
struct Interface {
    of: String,
    page: String,
    names: Vec<String>,
}

#[test]
fn nothing_of_upstreams_interface_is_left_out() {
    #[derive(Deserialize)]
    struct Upstream {
        interface: Vec<Interface>,
    }
    let text = std::fs::read_to_string(root().join("tests/compatibility/upstream.toml"));
    let upstream: Upstream = toml::from_str(&text.expect("the names")).expect("TOML");
    let mut missing = Vec::new();
    for interface in upstream.interface {
        let page = doc(&interface.page);
        let words: BTreeSet<&str> = page
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .collect();
        let absent = interface
            .names
            .iter()
            .filter(|name| !words.contains(name.as_str()));
        missing.extend(absent.map(|name| format!("{}: {name} ({})", interface.page, interface.of)));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_operation_has_a_row() {
    let schema = std::fs::read_to_string(root().join("schema/schema.graphql")).expect("the schema");
    let features = Features::load();
    for kind in ["type Query {", "type Mutation {"] {
        let fields = schema.split_once(kind).expect("a root").1;
        let fields = fields.split_once("\n}").expect("its end").0;
        let names = fields
            .lines()
            .filter_map(|line| line.split(['(', ':']).next());
        for name in names.map(str::trim).filter(|name| !name.is_empty()) {
            features.speak_of(&format!("`{name}`"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_has_a_row() {
    let server = Binary::fresh().await;
    let request = b"GET /openapi.json HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let reply = http::ask(server.address, request.to_vec()).await;
    let features = Features::load();
    let reference: Value = reply.json();
    let paths = reference["paths"].as_object().expect("paths");
    assert!(paths.len() > 15, "{paths:?}");
    for path in paths.keys() {
        features.speak_of(path);
    }
}
