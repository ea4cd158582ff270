//! Texts that mean harm are refused with a limit's own words, and quickly.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::super::{DocumentError, VALIDATION_FAILED};
use super::served;

/// What is said to the text; generous with time, for this is a debug build on a busy machine.
fn refusal(text: &str) -> DocumentError {
    let checker = served();
    let start = Instant::now();
    let checked = checker.check(text);
    let errors = checked
        .and_then(|document| document.operation(None).map(|_| ()))
        .unwrap_err();
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "took {:?}",
        start.elapsed()
    );
    errors.into_iter().next().unwrap()
}

fn assert_limit(text: &str, words: &str) {
    let error = refusal(text);
    assert!(error.message.contains(words), "{}", error.message);
    assert_eq!(error.code, Some(VALIDATION_FAILED));
}

#[test]
fn deep_selections_are_refused_where_they_get_too_deep() {
    let text = format!("{{ {} a {} }}", "a { ".repeat(200), "} ".repeat(200));
    let error = refusal(&text);
    assert!(
        error.message.contains("deeper than 30 levels"),
        "{}",
        error.message
    );
    assert_eq!(error.locations[0].column, 2 + 30 * 4 - 1);
}

#[test]
fn megabytes_of_brackets_are_refused() {
    assert_eq!(
        refusal(&"{".repeat(4_000_000)).message,
        "Syntax Error: Expected Name, found \"{\"."
    );
    assert_limit(&"{a".repeat(2_000_000), "deeper than 30 levels");
    assert_limit(
        &format!("{{a(b:{}", "[".repeat(2_000_000)),
        "deeper than 30 levels",
    );
    assert_limit(
        &format!("query($a:{}", "[".repeat(2_000_000)),
        "deeper than 30 levels",
    );
}

#[test]
fn ten_thousand_aliases_are_refused() {
    let aliases: String = (0..10_000).map(|n| format!("a{n}: hello ")).collect();
    assert_limit(&format!("{{ {aliases} }}"), "more than 10000 tokens");
    let aliases: String = (0..3_000).map(|n| format!("a{n}: hello ")).collect();
    assert_limit(&format!("{{ {aliases} }}"), "selects 3000 fields");
}

#[test]
fn fragments_are_counted_as_often_as_they_are_spread() {
    let doubling: String = (0..25)
        .map(|n| format!("fragment F{n} on Query {{ ...F{m} ...F{m} }} ", m = n + 1))
        .collect();
    let text = format!("{{ ...F0 }} {doubling} fragment F25 on Query {{ hello }}");
    assert_limit(&text, "selects 33554432 fields");
}

#[test]
fn fragments_nest_as_selections_do() {
    let chain: String = (0..1_000)
        .map(|n| format!("fragment F{n} on Query {{ ...F{} }} ", n + 1))
        .collect();
    assert_limit(&format!("{{ ...F0 }} {chain}"), "deeper than 30 levels");
    let backwards: String = (1..1_000)
        .rev()
        .map(|n| format!("fragment F{n} on Query {{ ...F{} }} ", n + 1))
        .collect();
    assert_limit(&format!("{{ hello }} {backwards}"), "deeper than 30 levels");
}

#[test]
fn fragments_that_contain_themselves_are_refused_as_cycles() {
    let error =
        refusal("{ ...A } fragment A on Query { ...B ...B } fragment B on Query { ...A ...A }");
    assert_eq!(
        error.message,
        "Cannot spread fragment \"A\" within itself via \"B\"."
    );
}

#[test]
fn the_same_field_over_and_over_is_not_compared_for_ever() {
    assert_limit(
        &format!("{{ {} }}", "hello ".repeat(1_999)),
        "Select each field once",
    );
    let some = "availableAgents { agents { id } } ".repeat(100);
    assert!(
        served()
            .check(&format!("{{ {some} }}"))
            .unwrap()
            .operation(None)
            .is_ok()
    );
}

#[test]
fn a_huge_name_is_not_sent_back_in_full() {
    let error = refusal(&format!("{{ {} }}", "x".repeat(4_000_000)));
    assert!(error.message.starts_with("Cannot query field \"xxx"));
    assert!(error.message.len() < 21_000);
}

#[test]
fn a_huge_value_is_not_sent_back_in_full() {
    let checker = served();
    let document = checker
        .check("query Q($d: LoadAgentStateInput!) { loadAgentState(data: $d) { state } }")
        .unwrap();
    let operation = document.operation(None).unwrap();
    let mut data: Map<String, Value> = (0..60)
        .map(|n| (format!("unknown{n}"), Value::Null))
        .collect();
    data.insert("agentName".into(), json!("x".repeat(1_000_000)));
    let variables = Map::from_iter([("d".to_owned(), Value::Object(data))]);
    let errors = document.coerce(operation, variables).unwrap_err();
    assert_eq!(errors.len(), 51);
    let bytes: usize = errors.iter().map(|error| error.message.len()).sum();
    assert!(bytes < 600_000, "{bytes} bytes");
    assert!(
        errors[0].message.contains("… at") || errors[0].message.contains("…;"),
        "the cut shows"
    );
}
