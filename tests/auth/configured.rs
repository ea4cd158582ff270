//! What the configuration says of who may ask, and the keys that the command line makes.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::tokens::{Ec, Rsa};
use super::{RUN, ask};
use crate::support::server::{Binary, config};

fn run(folder: &Path, arguments: &[&str], env: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_agui-runtime"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(env.iter().copied())
        .output()
        .expect("the binary starts")
}

/// What `config check` says of this, with these variables: nothing wrong, or all that is.
fn checked(text: &str, env: &[(&str, &str)]) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("c.toml"), text).expect("a configuration");
    let output = run(
        folder.path(),
        &["config", "check", "--config", "c.toml"],
        env,
    );
    match output.status.code() {
        Some(0) => Ok(()),
        _ => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

const KEY: &str = "[[auth.api_keys]]\nname = \"k\"\nowner = \"ann\"\nkey_env = \"KEY\"\n";

#[test]
fn what_others_can_reach_asks_who_they_are() {
    for host in ["0.0.0.0", "::", "192.168.7.1", "::ffff:192.168.7.1"] {
        let open = format!("[server]\nhost = \"{host}\"\n");
        let refused = checked(&open, &[]).expect_err(host);
        assert!(
            refused.starts_with("error: c.toml:2: `server.host`: others can reach this address"),
            "{refused}"
        );
        assert!(refused.contains("auth.allow_anonymous = true"), "{refused}");
        assert_eq!(
            checked(&format!("{open}[auth]\nallow_anonymous = true"), &[]),
            Ok(())
        );
        assert_eq!(checked(&format!("{open}{KEY}"), &[("KEY", "k")]), Ok(()));
    }
    for host in [
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "localhost",
        "::ffff:127.0.0.1",
    ] {
        assert_eq!(
            checked(&format!("[server]\nhost = \"{host}\"\n"), &[]),
            Ok(()),
            "{host}"
        );
    }
    assert_eq!(
        checked(
            "",
            &[
                ("AGUI_SERVER__HOST", "0.0.0.0"),
                ("AGUI_AUTH__ALLOW_ANONYMOUS", "true")
            ]
        ),
        Ok(())
    );
}

#[test]
fn a_server_does_not_start_where_strangers_are_let_in_by_the_command_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(folder.path(), &["--host", "0.0.0.0", "--port", "0"], &[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("others can reach this address"), "{told}");
    // Nothing was begun, the store least of all.
    assert_eq!(
        std::fs::read_dir(folder.path())
            .expect("the folder")
            .count(),
        0
    );
}

#[test]
fn mistakes_are_told_with_their_place() {
    let (rsa, ec) = (Rsa::new(), Ec::new());
    let env = [
        ("RSA", rsa.pem()),
        ("EC", ec.pem()),
        ("SHORT", "secret".to_owned()),
        ("PRIVATE", "-----BEGIN PRIVATE KEY-----".to_owned()),
    ];
    let env: Vec<_> = env
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    for (text, expected) in [
        (
            KEY,
            "c.toml:4: `auth.api_keys.0.key_env`: the environment variable `KEY` is not set",
        ),
        (
            "[[auth.api_keys]]\nname = \"k\"\nowner = \"ann\"",
            "`auth.api_keys.0.sha256`: is missing; `agui-runtime key new` makes one",
        ),
        (
            "[[auth.api_keys]]\nname = \"k\"\nowner = \"ann\"\nsha256 = \"00\"",
            "c.toml:4: `auth.api_keys.0.sha256`: is no SHA-256",
        ),
        (
            "[[auth.api_keys]]\nname = \"k\"\nowner = \"anonymous\"\nkey_env = \"RSA\"",
            "`auth.api_keys.0.owner`: `anonymous` is nobody",
        ),
        (
            "[[auth.api_keys]]\nname = \"k\"\nowner = \"a\"\nkey_env = \"RSA\"\nexpires = \"soon\"",
            "c.toml:5: `auth.api_keys.0.expires`: is no time",
        ),
        (
            "[[auth.api_keys]]\nname = \"k\"\nowner = \"a\"\nkye_env = \"RSA\"",
            "did you mean `auth.api_keys.0.key_env`?",
        ),
        (
            "[auth.jwt]\nissuer = \"i\"",
            "`auth.jwt`: needs what tokens are checked with",
        ),
        (
            "[auth.jwt]\nsecret_env = \"SHORT\"",
            "c.toml:2: `auth.jwt.secret_env`: the secret has 6 bytes; HS256 needs 32",
        ),
        (
            "[auth.jwt]\nsecret_env = \"SHORT\"\njwks_url = \"https://i\"",
            "there is `secret_env` too; remove one of them",
        ),
        (
            "[auth.jwt]\npublic_key_env = \"PRIVATE\"",
            "`auth.jwt.public_key_env`: is a private key",
        ),
        (
            "[auth.jwt]\npublic_key_env = \"SHORT\"",
            "`auth.jwt.public_key_env`: is no public key",
        ),
        (
            "[auth.jwt]\npublic_key_file = \"none.pem\"",
            "`auth.jwt.public_key_file`: `none.pem` cannot be read",
        ),
        (
            "[auth.jwt]\npublic_key_env = \"RSA\"\nalgorithms = [\"HS256\"]",
            "`auth.jwt.algorithms`: the key is for RS256, not for HS256",
        ),
        (
            "[auth.jwt]\npublic_key_env = \"EC\"\nalgorithms = [\"RS256\"]",
            "`auth.jwt.algorithms`: the key is for ES256, not for RS256",
        ),
        (
            "[auth.jwt]\npublic_key_env = \"EC\"\nalgorithms = [\"none\"]",
            "there is no `none`",
        ),
        (
            "[auth.jwt]\njwks_url = \"https://i\"\nalgorithms = [\"HS256\"]",
            "not for HS256",
        ),
        (
            "[auth.jwt]\njwks_url = \"file:///etc/passwd\"",
            "`auth.jwt.jwks_url`: begins with http:// or https://",
        ),
        (
            "[auth.jwt]\njwks_url = \"https://i\"\nleeway_seconds = 86400",
            "`auth.jwt.leeway_seconds`: is more than 600",
        ),
        (
            "[auth.proxy]\nowner_header = \"x-user\"\nfrom = []",
            "`auth.proxy.from`: needs the addresses of your proxies",
        ),
        (
            "[auth.proxy]\nowner_header = \"x-user\"\nfrom = [\"0.0.0.0/0\"]",
            "is every address there is",
        ),
        (
            "[auth.proxy]\nowner_header = \"x user\"\nfrom = [\"10.0.0.1\"]",
            "`auth.proxy.owner_header`: `x user` is no header name",
        ),
        (
            "[auth.agents]\ndemmo = { roles = [\"a\"] }",
            "`auth.agents.demmo`: there is no agent `demmo`; did you mean `demo`?",
        ),
    ] {
        let told = checked(text, &env).expect_err(text);
        assert!(told.contains(expected), "{text} is told as\n{told}");
        // Nothing of what the variables hold.
        let secrets = env.iter().flat_map(|(_, value)| value.lines());
        for secret in secrets.filter(|line| line.len() > 40) {
            assert!(!told.contains(secret), "{told}");
        }
    }
    for text in [
        "[auth.jwt]\npublic_key_env = \"RSA\"",
        "[auth.jwt]\npublic_key_env = \"EC\"\nalgorithms = [\"ES256\"]",
        "[auth.agents]\n\"*\" = {}",
    ] {
        assert_eq!(checked(text, &env), Ok(()), "{text}");
    }
}

/// What `key new` writes: the key, and the lines for the configuration.
fn new_key(arguments: &[&str]) -> Output {
    let folder: TempDir = tempfile::tempdir().expect("a folder");
    run(
        folder.path(),
        &[&["key", "new"][..], arguments].concat(),
        &[],
    )
}

#[tokio::test]
async fn a_new_key_opens_what_its_lines_are_pasted_into() {
    let made = new_key(&["--owner", "ann", "--role", "staff", "--expires", "90"]);
    let out = String::from_utf8(made.stdout).expect("text");
    let (key, lines) = out.split_once('\n').expect("lines");
    assert!(
        key.starts_with("agk_") && key.len() == 47 && !lines.contains(key),
        "{out}"
    );
    let agents =
        "[agents.default]\ntype = \"demo\"\n[auth.agents]\ndefault = { roles = [\"staff\"] }\n";
    let server = Binary::start(&format!("{}\n{lines}", config(agents))).await;
    let run = "POST /copilotkit/agent/default/run";
    assert_eq!(
        ask(server.address, run, &[("x-api-key", key)], RUN)
            .await
            .code(),
        200
    );
    assert_eq!(ask(server.address, run, &[], RUN).await.code(), 401);

    let other = String::from_utf8(new_key(&["--owner", "ann"]).stdout).expect("text");
    assert_ne!(other.lines().next(), Some(key));
    for wrong in [
        &["--owner", "anonymous"][..],
        &["--owner", ""],
        &["--owner", "a", "--expires", "soon"],
        &[],
    ] {
        let refused = new_key(wrong);
        assert_eq!(
            (refused.status.code(), refused.stdout.len()),
            (Some(2), 0),
            "{wrong:?}"
        );
    }
}
