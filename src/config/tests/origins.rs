//! Where values come from, and which variables are ours.

use serde_json::json;

use super::{NO_ENV, parse};
use crate::config::{Argument, Config, Source};

#[test]
fn each_value_is_printed_with_its_origin() {
    let text = "[server]\nhost = '::1'\n\n[cors]\norigins = ['https://a.example']\n[agents.a]\ntype = 'demo'";
    let config = parse(text, [("AGUI_SERVER__PORT", "9000")]).unwrap();
    let printed = config.to_toml_with_origins();
    for line in [
        "host = \"::1\"  # x.toml:2",
        "port = 9000  # environment variable AGUI_SERVER__PORT",
        "base_path = \"/api/copilotkit\"  # default",
        "origins = [\"https://a.example\"]  # x.toml:5",
        "[agents.a]\ntype = \"demo\"  # x.toml:7",
    ] {
        assert!(printed.contains(line), "{line}\n{printed}");
    }
    // What is behind `#` is none of it.
    assert_eq!(parse(&printed, NO_ENV).unwrap().to_toml(), config.to_toml());
    let told = config.to_json_with_origins();
    let of = |key: &str| {
        let mut all = told.as_array().unwrap().iter();
        all.find(|it| it["key"] == key).unwrap().clone()
    };
    assert_eq!(
        of("server.host"),
        json!({"key": "server.host", "value": "::1", "from": "file", "file": "x.toml", "line": 2})
    );
    assert_eq!(
        of("server.port"),
        json!({"key": "server.port", "value": 9000, "from": "environment", "variable": "AGUI_SERVER__PORT"})
    );
    assert_eq!(
        of("server.base_path"),
        json!({"key": "server.base_path", "value": "/api/copilotkit", "from": "default"})
    );
}

#[test]
fn the_command_line_stands_above_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.toml");
    std::fs::write(&file, "[server]\nport = 1\n").unwrap();
    let argument = |flag, key, value: &str| Argument {
        flag,
        key,
        value: value.to_owned(),
    };
    let source = |value| Source {
        file: Some(file.clone()),
        arguments: vec![argument("--port", "server.port", value)],
    };
    let config = source("9000").load().unwrap();
    assert_eq!(config.server.port, 9000);
    let line = "port = 9000  # command line, --port";
    assert!(config.to_toml_with_origins().contains(line));
    let error = source("70000").load().unwrap_err().to_string();
    assert!(
        error.starts_with("command line, --port: `server.port`: "),
        "{error}"
    );
}

#[test]
fn lists_of_sections_are_counted_in_the_environment() {
    let env = [
        ("AGUI_REMOTE_ENDPOINTS__0__URL", "http://a/ck"),
        ("AGUI_REMOTE_ENDPOINTS__1__URL", "http://b/ck"),
    ];
    let urls = |config: &Config| {
        let urls = config.remote_endpoints.iter().map(|it| it.url.clone());
        urls.collect::<Vec<_>>()
    };
    assert_eq!(
        urls(&parse("", env).unwrap()),
        ["http://a/ck", "http://b/ck"]
    );
    let file = "[[remote_endpoints]]\nurl = 'http://f/ck'\nretries = 7";
    let config = parse(file, env).unwrap();
    assert_eq!(
        urls(&config),
        ["http://a/ck", "http://b/ck"],
        "the second is a new one"
    );
    assert_eq!(config.remote_endpoints[0].retries, 7);
    let error = parse("", [("AGUI_REMOTE_ENDPOINTS__1__URL", "http://b/ck")]).unwrap_err();
    assert!(
        error.contains("its items are counted from 0, and there is no 0"),
        "{error}"
    );
    let all = r#"[{"url": "http://j/ck", "headers": {"x-a": "b"}}]"#;
    assert_eq!(
        urls(&parse("", [("AGUI_REMOTE_ENDPOINTS", all)]).unwrap()),
        ["http://j/ck"]
    );
}

#[test]
fn a_variable_that_is_none_is_refused_with_what_was_meant() {
    for (name, told) in [
        (
            "AGUI_PORT",
            "there is no such variable; did you mean `AGUI_SERVER__PORT`?",
        ),
        (
            "AGUI_SERVER_PORT",
            "there is no such variable; did you mean `AGUI_SERVER__PORT`?",
        ),
        (
            "AGUI_SERVER__PROT",
            "unknown key `server.prot`; did you mean `server.port`?",
        ),
        (
            "AGUI_QWXZ",
            "there is no such variable; write `AGUI_SECTION__KEY`, or remove it",
        ),
    ] {
        let error = parse("", [(name, "1")]).unwrap_err();
        assert_eq!(error, format!("environment variable {name}: {told}"));
    }
}

#[test]
fn what_kubernetes_says_of_services_is_no_mistake() {
    let env = [
        ("AGUI_RUNTIME_SERVICE_HOST", "10.0.0.1"),
        ("AGUI_RUNTIME_SERVICE_PORT", "80"),
        ("AGUI_RUNTIME_SERVICE_PORT_HTTP", "80"),
        ("AGUI_RUNTIME_PORT", "tcp://10.0.0.1:80"),
        ("AGUI_RUNTIME_PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("AGUI_RUNTIME_PORT_80_TCP_PROTO", "tcp"),
        ("AGUI_RUNTIME_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("AGUI_URL", "http://a client's"),
    ];
    assert_eq!(parse("", env).unwrap().server.port, 8000);
}
