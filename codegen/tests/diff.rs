//! `agui-codegen diff`: what it prints, and what it exits with.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

/// Runs the command in `tests/diff`; gives back its exit code, output and errors.
fn diff(arguments: &[&str]) -> (i32, String, String) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO_BIN_EXE_agui-codegen"))
        .current_dir(here.join("tests/diff"))
        .arg("--root")
        .arg(here.parent().unwrap())
        .arg("diff")
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Compares with a file in `tests/diff`, or writes it with `UPDATE_EXPECT=1`.
fn expect(file: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/diff")
        .join(file);
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, found).unwrap();
    }
    assert_eq!(found, fs::read_to_string(&path).unwrap(), "{file}");
}

#[test]
fn every_kind_of_change_is_found_and_classified() {
    let (code, text, _) = diff(&["old.graphql", "new.graphql"]);
    assert_eq!(code, 1);
    expect("kinds.txt", &text);
    let (code, json, _) = diff(&["old.graphql", "new.graphql", "--json"]);
    assert_eq!(code, 1);
    expect("kinds.json", &json);
}

#[test]
fn the_history_of_upstream_is_told_as_it_was() {
    let (code, text, _) = diff(&["1.5.14", "1.10.6"]);
    assert_eq!(code, 1);
    expect("1.5.14-1.10.6.txt", &text);
    let (_, json, _) = diff(&["1.5.14", "1.10.6", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let paths: Vec<&str> = json["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["path"].as_str().unwrap())
        .collect();
    // 1.5.19, 1.6.0 with 1.8.11, 1.8.7, 1.10.6: what each brought, and nothing else.
    let mut expected = vec![
        "BaseMetaEvent",
        "CopilotKitLangGraphInterruptEvent",
        "CopilotKitLangGraphInterruptEventData",
        "CopilotResponse.metaEvents",
        "GenerateCopilotResponseInput.metaEvents",
        "LangGraphInterruptEvent",
        "MetaEventInput",
        "MetaEventName",
        "AgentStateInput.config",
        "MessageRole.developer",
        "BaseMessageOutput",
        "ImageMessageInput",
        "ImageMessageOutput",
        "MessageInput.imageMessage",
        "CopilotContextInput",
        "GenerateCopilotResponseInput.context",
    ];
    let mut found = paths.clone();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn a_renamed_input_field_breaks_old_clients() {
    let (code, text, _) = diff(&["1.8.7", "1.8.11"]);
    assert_eq!(code, 1);
    assert!(
        text.contains("input field removed (renamed to config?)"),
        "{text}"
    );
}

#[test]
fn each_published_schema_is_compared_with_the_next() {
    let versions = [
        "1.0.0", "1.1.1", "1.3.0", "1.4.7", "1.5.11", "1.5.14", "1.5.19", "1.6.0", "1.8.7",
        "1.8.11", "1.10.6",
    ];
    let mut breaking = BTreeMap::new();
    for pair in versions.windows(2) {
        let (code, json, errors) = diff(&[pair[0], pair[1], "--json"]);
        assert_eq!(errors, "");
        let json: Value = serde_json::from_str(&json).unwrap();
        assert!(!json["changes"].as_array().unwrap().is_empty(), "{pair:?}");
        assert_eq!(json["breaking"], code == 1);
        let clients = json["changes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|c| c["clients"] == "breaking");
        breaking.insert(
            pair[1],
            clients
                .map(|c| c["path"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>(),
        );
    }
    breaking.retain(|_, paths| !paths.is_empty());
    expect("breaking-clients.txt", &format!("{breaking:#?}\n"));
}

#[test]
fn equal_schemas_have_no_differences() {
    let (code, text, _) = diff(&["1.10.6", "../../../schema/schema.graphql"]);
    assert_eq!(
        (code, text.as_str()),
        (0, "1.10.6 → ../../../schema/schema.graphql: no changes\n")
    );
}

#[test]
fn what_cannot_be_compared_is_an_error_of_its_own() {
    let (code, _, errors) = diff(&["1.5.41", "1.10.6"]);
    assert_eq!(code, 2);
    assert!(
        errors.contains(
            "\"1.5.41\" is neither a file nor a version in schema/history; did you mean \"1.5.11\"?"
        ),
        "{errors}"
    );
    assert!(
        errors.contains("There are 1.0.0, 1.1.1, 1.3.0, 1.4.7, 1.5.11, "),
        "{errors}"
    );
    let (code, _, errors) = diff(&["kinds.txt", "1.10.6"]);
    assert_eq!(code, 2);
    assert!(errors.contains("kinds.txt:1:"), "{errors}");
    assert_eq!(diff(&["1.10.6"]).0, 2);
}
