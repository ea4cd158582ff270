//! What is written, what is left alone, and what a frozen contract refuses.
#![allow(clippy::unwrap_used)]
use std::{fs, path::Path, time::SystemTime};

use agui_codegen::{
    sync::{Change, Mode, sync},
    upstream::sha256,
};
use tempfile::TempDir;

const SCHEMA: &str = "type Query {\n  color: Color!\n}\n\nenum Color {\n  red\n}\n";

/// A project with a contract, nothing generated yet.
fn project() -> TempDir {
    let project = TempDir::new().unwrap();
    let vendored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema");
    fs::create_dir_all(project.path().join("schema/operations/1.0.0")).unwrap();
    for entry in fs::read_dir(vendored)
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_file())
    {
        fs::copy(
            entry.path(),
            project.path().join("schema").join(entry.file_name()),
        )
        .unwrap();
    }
    put(&project, "schema/schema.graphql", SCHEMA);
    put(
        &project,
        "schema/extensions.graphql",
        "extend type Query {\n  size: Int!\n}\n",
    );
    put(
        &project,
        "schema/operations/1.0.0/color.graphql",
        "{ color }",
    );
    let upstream = fs::read_to_string(project.path().join("schema/upstream.toml")).unwrap();
    let vendored = upstream
        .lines()
        .find_map(|line| line.strip_prefix("sha256 = "))
        .unwrap()
        .trim_matches('"');
    put(
        &project,
        "schema/upstream.toml",
        &upstream.replace(vendored, &sha256(SCHEMA)),
    );
    project
}

fn put(project: &TempDir, path: &str, text: &str) {
    fs::write(project.path().join(path), text).unwrap();
}

fn get(project: &TempDir, path: &str) -> String {
    fs::read_to_string(project.path().join(path)).unwrap()
}

fn changes(project: &TempDir) -> Vec<Change> {
    sync(project.path(), Mode::Write).unwrap().changes
}

fn refused(project: &TempDir) -> String {
    sync(project.path(), Mode::Frozen).unwrap_err().to_string()
}

#[test]
fn everything_is_written_once_and_then_left_alone() {
    let project = project();
    let created = changes(&project);
    assert!(
        created.contains(&Change::Created("generated/graphql/enums.rs".into())),
        "{created:?}"
    );
    assert!(
        created.contains(&Change::Created("generated/mod.rs".into())),
        "{created:?}"
    );
    let written = || -> SystemTime {
        project
            .path()
            .join("generated/graphql/enums.rs")
            .metadata()
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = written();
    assert_eq!(changes(&project), []);
    assert_eq!(written(), before);
    assert!(sync(project.path(), Mode::Frozen).is_ok());
}

#[test]
fn only_what_differs_is_written() {
    let project = project();
    changes(&project);
    put(
        &project,
        "schema/schema.graphql",
        &SCHEMA.replace("red", "red\n  green"),
    );
    let report = sync(project.path(), Mode::Write).unwrap();
    assert_eq!(
        report.changes,
        [Change::Updated("generated/graphql/enums.rs".into())]
    );
    assert!(get(&project, "generated/graphql/enums.rs").contains("Green"));
    assert_eq!(
        report.warnings.len(),
        1,
        "the sha256 differs, which is no mistake here: {:?}",
        report.warnings
    );
    assert!(
        report.warnings[0].contains("sha256"),
        "{:?}",
        report.warnings
    );
}

#[test]
fn a_frozen_contract_names_what_is_stale_edited_missing_and_superfluous_and_writes_nothing() {
    let project = project();
    changes(&project);
    let edited = get(&project, "generated/graphql/outputs.rs") + "// by hand\n";
    put(&project, "generated/graphql/outputs.rs", &edited);
    put(
        &project,
        "schema/extensions.graphql",
        "extend type Query {\n  size: Float!\n}\n",
    );
    put(&project, "generated/graphql/extra.rs", "");
    fs::remove_file(project.path().join("generated/graphql/enums.rs")).unwrap();
    let message = refused(&project);
    for expected in [
        "generated/graphql/outputs.rs:2:1: stale, or edited by hand",
        "generated/graphql/resolvers.rs:",
        "generated/graphql/enums.rs: missing",
        "generated/graphql/extra.rs: nothing generates this file",
        "just regenerate",
        "cargo run -p agui-codegen -- regenerate",
    ] {
        assert!(
            message.contains(expected),
            "{expected}\nis not in\n{message}"
        );
    }
    assert!(!message.contains("inputs.rs"), "{message}");
    assert_eq!(get(&project, "generated/graphql/outputs.rs"), edited);
    assert!(!project.path().join("generated/graphql/enums.rs").exists());
}

#[test]
fn a_frozen_contract_refuses_a_schema_that_is_not_upstreams() {
    let project = project();
    put(
        &project,
        "schema/schema.graphql",
        &format!("{SCHEMA}# a comment changes nothing that is generated\n"),
    );
    changes(&project);
    let message = refused(&project);
    assert!(
        message.contains("schema/schema.graphql is not the one of @copilotkit/runtime 1.10.6"),
        "{message}"
    );
    assert!(message.contains("just schema-update 1.10.6"), "{message}");
    assert!(!message.contains("stale"), "{message}");
}

#[test]
fn a_removed_field_is_generated_as_removed_and_its_clients_are_named() {
    let project = project();
    fs::create_dir_all(project.path().join("schema/history")).unwrap();
    put(&project, "schema/history/1.0.0.graphql", SCHEMA);
    changes(&project);
    put(
        &project,
        "schema/schema.graphql",
        "type Query {\n  shade: Color!\n}\n\nenum Color {\n  red\n}\n",
    );
    let client =
        "schema/operations/1.0.0/color.graphql:1:3: Cannot query field \"color\" on type \"Query\"";
    let frozen = refused(&project);
    assert!(
        frozen.contains(client) && frozen.contains("generated/graphql/resolvers.rs:"),
        "{frozen}"
    );
    let report = sync(project.path(), Mode::Write).unwrap();
    assert_eq!(
        report.changes,
        [Change::Updated("generated/graphql/resolvers.rs".into())]
    );
    assert!(
        report
            .warnings
            .iter()
            .any(|warning| warning.starts_with(client)),
        "{:?}",
        report.warnings
    );
}

#[test]
fn files_of_an_older_generator_go_and_others_stay() {
    let project = project();
    changes(&project);
    put(
        &project,
        "generated/graphql/old.rs",
        "//! Old things, generated from nothing; do not edit.\n",
    );
    put(&project, "generated/graphql/mine.rs", "//! My own.\n");
    let report = sync(project.path(), Mode::Write).unwrap();
    assert_eq!(
        report.changes,
        [Change::Removed("generated/graphql/old.rs".into())]
    );
    assert!(
        report.warnings[0].contains("generated/graphql/mine.rs"),
        "{:?}",
        report.warnings
    );
    assert!(project.path().join("generated/graphql/mine.rs").exists());
}

#[test]
fn mistakes_write_nothing() {
    let project = project();
    put(
        &project,
        "schema/extensions.graphql",
        "extend type Query {\n  size: Itn!\n}\n",
    );
    for mode in [Mode::Write, Mode::Frozen] {
        let message = sync(project.path(), mode).unwrap_err().to_string();
        assert_eq!(
            message,
            "schema/extensions.graphql:2:9: unknown type \"Itn\"; did you mean \"Int\"?"
        );
    }
    assert!(!project.path().join("generated").exists());
}
