//! `[hooks]` and `[guardrails]`: who has a say in runs.

use super::{NO_ENV, parse};
use crate::runtime::OnFailure;

#[test]
fn who_has_a_say_in_runs_is_read_and_no_secret_of_theirs_is_printed() {
    let text = r#"
        [hooks]
        before_run = "https://u:geheim@app.example/before?key=geheim"
        secret_env = "MY_SECRET"
        on_failure = "allow"
        [guardrails]
        url = "https://u:geheim@judge.example"
        deny = ["bomb"]
        wait = "question"
    "#;
    let config = parse(text, [("AGUI_GUARDRAILS__MAX_CHARS", "2000")]).unwrap();
    assert_eq!(config.hooks.on_failure, OnFailure::Allow);
    assert_eq!(config.guardrails.max_chars, Some(2000));
    let printed = config.to_toml();
    assert!(!printed.contains("geheim"), "{printed}");
    for line in ["MY_SECRET", "wait = \"question\"", "deny = [\"bomb\"]"] {
        assert!(printed.contains(line), "{printed}");
    }
}

#[test]
fn who_has_a_say_in_runs_must_be_somebody() {
    let mistakes = [
        (
            "[hooks]\nbefore_run = 'app.example'",
            "x.toml:2: `hooks.before_run`: relative URL without a base",
        ),
        (
            "[hooks]\ntimeout_seconds = 0",
            "`hooks.timeout_seconds`: is from 1 to 55",
        ),
        ("[hooks]\nretries = 9", "`hooks.retries`: is at most 5"),
        ("[hooks]\non_failure = 'ignore'", "hooks.on_failure"),
        ("[hooks]\nafter = 'x'", "did you mean `hooks.after_run`?"),
        (
            "[guardrails]\nurl = 'x'",
            "`guardrails.url`: relative URL without a base",
        ),
        (
            "[guardrails]\ndeny_patterns = ['(']",
            "`guardrails.deny_patterns`: ",
        ),
        (
            "[guardrails]\ndeny = ['']",
            "`guardrails.deny`: an empty text",
        ),
        (
            "[guardrails]\ntimeout_seconds = 100",
            "`guardrails.timeout_seconds`: is from 1 to 55",
        ),
        ("[guardrails]\nwait = 'no'", "guardrails.wait"),
    ];
    for (text, expected) in mistakes {
        let error = parse(text, NO_ENV).unwrap_err();
        assert!(error.contains(expected), "{expected}: {error}");
    }
}
