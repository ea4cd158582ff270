//! What packagers install beside the binary: completions and manual pages.

use std::collections::BTreeSet;
use std::process::Command;

use tempfile::tempdir;

use super::{BINARY, printed, run};
use crate::support::external;

#[test]
fn bash_completes_commands_and_options() {
    if !external::is_there("bash") {
        return;
    }
    let completed = |line: &str| {
        let script = r#"
            source <("$0" completions bash)
            COMP_WORDS=($1); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            complete=($(complete -p agui-runtime)); words=" ${complete[*]} "
            [[ $words =~ -F\ ([^\ ]+) ]] && "${BASH_REMATCH[1]}" agui-runtime "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\n' "${COMPREPLY[@]}""#;
        let output = Command::new("bash")
            .args(["-c", script, BINARY, line])
            .output();
        let output = output.expect("bash starts");
        let words = printed(&output).lines().map(str::to_owned);
        words.collect::<BTreeSet<_>>()
    };
    let only = |word: &str| BTreeSet::from([word.to_owned()]);
    assert_eq!(completed("agui-runtime store mi"), only("migrate"));
    assert_eq!(completed("agui-runtime chat --th"), only("--thread"));
    let commands = completed("agui-runtime c");
    assert!(
        commands.contains("chat") && commands.contains("config"),
        "{commands:?}"
    );
}

#[test]
fn every_shell_knows_every_command() {
    let folder = tempdir().expect("a temporary folder");
    let help = run(folder.path(), &["--help"], &[]);
    let commands = printed(&help)
        .split_once("Commands:\n")
        .expect("commands")
        .1;
    let commands = commands.split_once("\n\n").expect("their end").0;
    let commands: Vec<_> = commands
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() > 8, "{commands:?}");
    for shell in ["bash", "zsh", "fish"] {
        let script = run(folder.path(), &["completions", shell], &[]);
        for command in &commands {
            assert!(printed(&script).contains(command), "{shell}: {command}");
        }
    }
    let unknown = run(folder.path(), &["completions", "tcsh"], &[]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn every_command_has_a_page() {
    let folder = tempdir().expect("a temporary folder");
    let page = run(folder.path(), &["man"], &[]);
    assert!(printed(&page).contains(".TH agui-runtime 1"), "{page:?}");
    let pages = folder.path().join("man");
    let written = run(folder.path(), &["man", "--to", "man"], &[]);
    assert_eq!(printed(&written), "");
    for name in [
        "agui-runtime",
        "agui-runtime-health",
        "agui-runtime-store-migrate",
    ] {
        let page = std::fs::read_to_string(pages.join(format!("{name}.1"))).expect(name);
        assert!(page.contains(".SH SYNOPSIS"), "{name}: {page}");
    }
    // Formatted as a reader sees it, without a warning.
    if !external::is_there("groff") {
        return;
    }
    for page in std::fs::read_dir(&pages).expect("pages") {
        let path = page.expect("a page").path();
        let shown = Command::new("groff")
            .args(["-K", "utf8", "-man", "-Tutf8", "-ww"])
            .arg(&path)
            .output();
        let shown = shown.expect("groff starts");
        assert!(shown.status.success(), "{path:?}");
        assert_eq!(String::from_utf8_lossy(&shown.stderr), "", "{path:?}");
    }
}
