//! What the README and the pages in docs/ show works as it stands: settings pass `config check`, commands run. The steps of
//! docs/MIGRATING.md are followed in `migrating.rs`.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use regex::Regex;

use crate::support::external;
use crate::support::golden::root;
use crate::support::server::Binary;

const BINARY: &str = env!("CARGO_BIN_EXE_agui-runtime");

/// The fenced blocks in this language, of a page.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("{language}\n");
    let blocks = page.split("```").skip(1).step_by(2);
    blocks
        .filter_map(|block| Some(block.strip_prefix(&fence)?.to_owned()))
        .collect()
}

fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).expect("the pages");
    let docs = docs.map(|page| page.expect("a page").path());
    let mut pages: Vec<_> = docs
        .filter(|path| path.extension().is_some_and(|it| it == "md"))
        .collect();
    pages.push(root().join("README.md"));
    pages
}

/// `config check` of these settings, with all variables set that they name.
fn check(settings: &str) -> Output {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("page.toml"), settings).expect("a file");
    let named = Regex::new(r#"env = "([A-Z_]+)""#).expect("a pattern");
    let variables = named
        .captures_iter(settings)
        .map(|it| (it[1].to_owned(), "secret".repeat(6)));
    let mut command = Command::new(BINARY);
    let command = command.args(["config", "check", "--config", "page.toml"]);
    let command = command
        .current_dir(folder.path())
        .env_clear()
        .envs(variables);
    command.output().expect("the binary starts")
}

/// What a page leaves to the reader: the hash of a key, and agents that other sections are about.
fn filled_in(block: &str) -> String {
    let mut settings = block.replace(
        "sha256 = \"…\"",
        &format!("sha256 = \"{}\"", "0".repeat(64)),
    );
    if settings.contains("researcher = {") {
        settings.push_str("\n[agents.researcher]\ntype = \"demo\"\n");
    }
    settings
}

#[test]
fn all_settings_on_the_pages_pass_the_check() {
    let mut checked = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        for block in blocks(&text, "toml") {
            let output = check(&filled_in(&block));
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success(),
                "{}:\n{block}\n{told}",
                page.display()
            );
            checked += 1;
        }
    }
    assert!(checked > 12, "the pages show settings");
}

#[test]
fn the_example_passes_the_check_and_can_be_printed() {
    let example =
        fs::read_to_string(root().join("agui-runtime.example.toml")).expect("the example");
    assert!(check(&example).status.success());
    let printed = Command::new(BINARY).args(["config", "example"]).output();
    let printed = printed.expect("the binary starts").stdout;
    assert_eq!(String::from_utf8_lossy(&printed), example);
    let schema = Command::new(BINARY).args(["config", "schema"]).output();
    let schema: serde_json::Value =
        serde_json::from_slice(&schema.expect("the binary starts").stdout).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("JSON Schema");
    let text = "[server]\nport = 1\n[agents.default]\ntype = \"llm\"\nmodel = \"openai/m\"\nbreaker = { failures = 3 }\n";
    let right: serde_json::Value = toml::from_str(text).expect("TOML");
    assert!(
        validator.is_valid(&right),
        "{:?}",
        validator.iter_errors(&right).next()
    );
    for wrong in [
        text.replace("port", "prot"),
        text.replace("\"llm\"", "\"lmm\""),
        text.replace("model = \"openai/m\"\n", ""),
        text.replace("failures = 3", "failures = \"3\""),
    ] {
        let wrong: serde_json::Value = toml::from_str(&wrong).expect("TOML");
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_of_the_readme_run_against_a_fresh_server() {
    if !external::is_there("curl") {
        return;
    }
    let server = Binary::fresh().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).expect("a folder");
    std::os::unix::fs::symlink(BINARY, bin.join("agui-runtime")).expect("a link");
    let path = std::env::var("PATH").unwrap_or_default();
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let mut printed = String::new();
    for block in blocks(&readme, "sh") {
        // Building, testing and updating are not a server's.
        if !(block.starts_with("curl") || block.starts_with("agui-runtime")) {
            continue;
        }
        let block = block.replace("127.0.0.1:8000", &server.address.to_string());
        let mut shell = tokio::process::Command::new("bash");
        let shell = shell
            .args(["-euc", &block])
            .current_dir(folder.path())
            .env_clear();
        let shell = shell
            .env("PATH", format!("{}:{path}", bin.display()))
            .stdin(Stdio::null());
        let output = shell.output().await.expect("bash starts");
        assert!(output.status.success(), "{block}\n{output:?}");
        printed.push_str(&String::from_utf8_lossy(&output.stdout));
    }
    for told in [
        "generateCopilotResponse",
        "RUN_FINISHED",
        "[[auth.api_keys]]",
    ] {
        assert!(printed.contains(told), "{told} is not in\n{printed}");
    }
}
