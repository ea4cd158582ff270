//! docs/MIGRATING.md, followed from top to bottom in a shell: files are written as it shows them, commands are run, and what they
//! print is what stands there. A scripted model is in OpenAI's place.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::{TempDir, tempdir};

use crate::support::external;
use crate::support::golden::root;
use crate::support::npm;
use crate::support::server::free_address;
use crate::support::upstream::Scripted;

const BINARY: &str = env!("CARGO_BIN_EXE_agui-runtime");

/// A fenced block, and the text before it.
struct Block {
    language: String,
    body: String,
    before: String,
}

impl Block {
    /// The file that the last sentence before the block names.
    fn file(&self) -> Option<&str> {
        let sentence = self.before.trim().rsplit(". ").next()?;
        let names = sentence.split('`').skip(1).step_by(2);
        let is_file = |name: &&str| name.ends_with(".toml") || name.ends_with(".mjs");
        names.filter(is_file).last()
    }
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut parts = page.split("```");
    let mut before = parts.next().unwrap_or_default();
    while let (Some(block), Some(after)) = (parts.next(), parts.next()) {
        let (language, body) = block.split_once('\n').expect("a block has lines");
        blocks.push(Block {
            language: language.to_owned(),
            body: body.to_owned(),
            before: before.to_owned(),
        });
        before = after;
    }
    blocks
}

/// A step of the page in the shell: what is done, and what is to be printed.
struct Step {
    commands: String,
    prints: String,
}

/// Writes the page's files, and tells its steps. Settings that belong to no file are checked by themselves.
fn steps(folder: &Path) -> Vec<Step> {
    let page = fs::read_to_string(root().join("docs/MIGRATING.md")).expect("the page");
    let mut steps: Vec<Step> = Vec::new();
    for block in blocks(&page) {
        match (&*block.language, block.file()) {
            ("toml" | "js", Some(file)) => {
                fs::write(folder.join(file), &block.body).expect("a file");
            }
            ("toml", None) => {
                fs::write(folder.join("part.toml"), &block.body).expect("a file");
                let check = run(folder, &["config", "check", "--config", "part.toml"]);
                assert!(check.status.success(), "{}\n{check:?}", block.body);
            }
            ("sh", _) => steps.push(Step {
                commands: block.body,
                prints: String::new(),
            }),
            ("text", _) => {
                let step = steps.last_mut().expect("a step before what it prints");
                assert_eq!(step.prints, "", "two outputs of one step");
                step.prints = block.body;
            }
            ("ts" | "tsx" | "python", _) => {}
            (language, _) => panic!("a block of {language:?}: {}", block.body),
        }
    }
    steps
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    let command = command.args(arguments).current_dir(folder);
    let output = command.env_clear().env("HOOKS_SECRET", "secret").output();
    output.expect("the binary starts")
}

/// A folder with the page's files, and with `agui-runtime` and Node's packages where a shell finds them.
fn prepared() -> (TempDir, Vec<Step>) {
    let folder = tempdir().expect("a temporary folder");
    let at = folder.path();
    let steps = steps(at);
    let modules = root().join("tests/npm/node_modules");
    std::os::unix::fs::symlink(modules, at.join("node_modules")).expect("a link");
    fs::create_dir(at.join("bin")).expect("a folder");
    std::os::unix::fs::symlink(BINARY, at.join("bin/agui-runtime")).expect("a link");
    (folder, steps)
}

/// The steps as one script: what each prints goes to a file of its own, what the server logs to another one.
fn script(steps: &[Step]) -> String {
    let mut script = String::from("set -u\n");
    for (n, step) in steps.iter().enumerate() {
        let commands = step
            .commands
            .replace("agui-runtime &", "agui-runtime 2>log &");
        let _ = writeln!(script, "{{\n{commands}}} >{n}.out 2>&1");
    }
    script + "kill %1\nwait %1\n"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_step_prints_what_the_page_says() {
    if !(external::node() && npm::clients()) {
        return;
    }
    let model = Scripted::model();
    let (folder, steps) = prepared();
    assert!(steps.len() >= 5, "the page has steps");
    let server = free_address();
    let path = std::env::var("PATH").unwrap_or_default();
    let (at, port) = (folder.path(), server.port());
    let mut shell = tokio::process::Command::new("bash");
    let shell = shell
        .args(["-c", &script(&steps)])
        .current_dir(at)
        .env_clear()
        .env("PATH", format!("{}:{path}", at.join("bin").display()))
        .env("OPENAI_BASE_URL", format!("http://{}/v1", model.address))
        .env("AGUI_SERVER__PORT", port.to_string())
        .env("AGUI_URL", format!("http://{server}/api/copilotkit"))
        .stdin(Stdio::null());
    let ended = shell.status().await.expect("bash starts");
    let log = fs::read_to_string(at.join("log")).unwrap_or_default();
    for (n, step) in steps.iter().enumerate() {
        let printed = fs::read_to_string(at.join(format!("{n}.out"))).expect("an output");
        // The machine's own 8000 may be taken.
        let printed = printed.replace(&format!(":{port}/"), ":8000/");
        assert_eq!(printed, step.prints, "{}\n--- log:\n{log}", step.commands);
    }
    assert!(ended.success(), "the server ends as it is asked to\n{log}");
    assert!(log.contains("has 1 tools"), "the actions are there\n{log}");
}
