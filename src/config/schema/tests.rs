//! Every key that the types have, in the example and in the environment.

#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::Value;

use super::blocks::{Block, Step, blocks};
use super::{example, schema};
use crate::config::Config;
use crate::config::path::Path;
use crate::config::print::toml;

const NO_ENV: [(String, String); 0] = [];

fn parse(text: &str, env: impl IntoIterator<Item = (String, String)>) -> Result<Config, String> {
    Config::parse(text, "x.toml", env).map_err(|error| error.to_string())
}

/// The block, behind those of the sections that it is in.
fn with_sections_above<'a>(block: &'a Block, all: &'a [Block]) -> Vec<&'a Block> {
    let above =
        (1..block.path.len()).filter_map(|n| all.iter().find(|it| it.path == block.path[..n]));
    above.chain([block]).collect()
}

fn as_file(blocks: &[&Block]) -> String {
    let lines = blocks.iter().flat_map(|block| {
        let keys = block.keys.iter();
        let keys = keys.map(|key| format!("{} = {}\n", key.name, toml(&key.value)));
        std::iter::once(format!("{}\n", block.header())).chain(keys)
    });
    lines.collect()
}

/// Lists of plain texts with commas, all else that has parts as JSON.
fn as_variable(value: &Value) -> String {
    let plain = |text: &&str| !text.contains([',', '[', '{']);
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if !items.is_empty() => {
            let texts: Option<Vec<_>> = items.iter().map(|it| it.as_str().filter(plain)).collect();
            texts.map_or_else(|| value.to_string(), |texts| texts.join(", "))
        }
        other => other.to_string(),
    }
}

fn path_of(block: &Block) -> Path {
    let keys = block.path.iter().flat_map(|step| match step {
        Step::Key(key) => vec![key.as_str()],
        Step::Item(key) => vec![key.as_str(), "0"],
    });
    Path::default().children(keys)
}

#[test]
fn every_section_of_the_example_loads_with_all_its_keys() {
    let all = blocks(&schema());
    assert!(all.iter().map(|block| block.keys.len()).sum::<usize>() > 150);
    for block in &all {
        let text = as_file(&with_sections_above(block, &all));
        if let Err(error) = parse(&text, NO_ENV) {
            panic!("{error}\n{text}");
        }
    }
}

#[test]
fn every_key_can_be_set_by_the_environment_and_says_the_same_there() {
    let all = blocks(&schema());
    for block in &all {
        let blocks = with_sections_above(block, &all);
        let file = parse(&as_file(&blocks), NO_ENV).unwrap();
        let variables = blocks.iter().flat_map(|block| {
            let keys = block.keys.iter();
            keys.map(|key| (block.variable(key), as_variable(&key.value)))
        });
        let variables: Vec<_> = variables.collect();
        let env = match parse("", variables.clone()) {
            Ok(env) => env,
            Err(error) => panic!("{error}\n{variables:#?}"),
        };
        assert_eq!(env.to_toml(), file.to_toml(), "{variables:#?}");
        let told = env.to_json_with_origins();
        let told: Vec<_> = told.as_array().unwrap().iter().collect();
        for key in &block.keys {
            let (path, variable) = (
                path_of(block).child(&key.name).to_string(),
                block.variable(key),
            );
            let within = |it: &&&Value| {
                let key = it["key"].as_str().unwrap();
                key == path || key.starts_with(&format!("{path}."))
            };
            let mut here = told.iter().filter(within).peekable();
            assert!(here.peek().is_some(), "{path} is not printed");
            assert!(
                here.all(|it| it["variable"] == variable.as_str()),
                "{path} is not from {variable}"
            );
        }
    }
}

#[test]
fn the_example_as_it_is_changes_nothing() {
    let config = parse(&example(), NO_ENV).unwrap();
    assert_eq!(config.to_toml(), Config::default().to_toml());
}

#[test]
fn every_key_is_described_and_no_line_of_the_example_is_too_long() {
    for block in blocks(&schema()) {
        assert!(!block.about.is_empty(), "{}", block.header());
        for key in &block.keys {
            let name = format!("{} {}", block.header(), key.name);
            assert!(
                !key.about.is_empty() || key.name == "type",
                "{name} has no doc comment"
            );
            assert_ne!(key.value, "…", "{name} has neither default nor example");
        }
    }
    let long = example();
    let long = long
        .lines()
        .find(|line| line.starts_with("# ") && line.chars().count() > 110);
    assert_eq!(long, None);
}

/// `UPDATE_EXPECT=1` writes it.
#[test]
fn the_committed_example_is_that_of_the_types() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/agui-runtime.example.toml");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(file, example()).unwrap();
    }
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(
        committed == example(),
        "agui-runtime.example.toml is not what the types say; write it with \
         `UPDATE_EXPECT=1 cargo test --lib the_committed_example`"
    );
}
