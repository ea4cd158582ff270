//! The table of attacks in `docs/SECURITY.md` names tests that are there.

use std::path::Path;

/// The tests that the table names: module and function.
fn named() -> Vec<(String, String)> {
    let page = include_str!("../../docs/SECURITY.md");
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let cells = rows.filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next());
    let tests = cells.flat_map(|cell| cell.split('`'));
    let tests = tests.filter_map(|name| name.rsplit_once("::"));
    tests
        .map(|(module, test)| (module.replace("::", "/"), test.to_owned()))
        .collect()
}

#[test]
fn every_test_that_the_table_names_is_there() {
    let named = named();
    assert!(named.len() >= 25, "{named:?}");
    for (module, test) in &named {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/{module}.rs"));
        let source = std::fs::read_to_string(&file);
        let source = source.unwrap_or_else(|error| panic!("{module}: {error}"));
        assert!(
            source.contains(&format!("fn {test}(")),
            "{module} has no {test}"
        );
    }
}

#[test]
fn every_attack_is_in_the_table() {
    let named = named();
    let attacks = include_str!("attacks.rs").split("#[tokio::test]").skip(1);
    for attack in attacks.filter_map(|it| it.split("async fn ").nth(1)?.split('(').next()) {
        assert!(
            named.iter().any(|(_, test)| test == attack),
            "{attack} is not in the table"
        );
    }
}
