//! The files by which services are run: each is what its program takes, and what they say of the binary holds.

use std::collections::BTreeMap;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;
use tempfile::tempdir;

use super::{BINARY, packaged, printed, run, told};
use crate::support::external;
use crate::support::golden::root;
use crate::support::http;
use crate::support::server::Binary;

fn yaml(name: &str) -> Value {
    serde_yaml_ng::from_str(&packaged(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What `config check` says with this environment and this configuration.
fn checked(text: &str, env: &[(&str, &str)]) -> String {
    let folder = tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("agui-runtime.toml"), text).expect("a configuration");
    printed(&run(folder.path(), &["config", "check"], env)).to_owned()
}

#[test]
fn the_unit_is_valid_and_confined() {
    if !external::is_there("systemd-analyze") {
        return;
    }
    let unit = packaged("systemd/agui-runtime.service");
    assert!(unit.contains("ExecStart=/usr/bin/agui-runtime serve "));
    let folder = tempdir().expect("a temporary folder");
    let path = folder.path().join("agui-runtime.service");
    // What it starts has to be there.
    std::fs::write(&path, unit.replace("/usr/bin/agui-runtime", BINARY)).expect("a unit");
    let analyze = |arguments: &[&str]| {
        let output = Command::new("systemd-analyze")
            .args(arguments)
            .arg(&path)
            .output();
        output.expect("it starts")
    };
    let verified = analyze(&["verify", "--man=no"]);
    assert!(
        verified.status.success() && verified.stderr.is_empty(),
        "{verified:?}"
    );
    // In tenths of the 10 points of a unit without any confinement.
    let exposed = analyze(&["security", "--offline=true", "--threshold=15", "--no-pager"]);
    assert!(exposed.status.success(), "{exposed:?}");
}

/// The variables that the image sets.
fn of_the_image() -> Vec<(String, String)> {
    let dockerfile = packaged("Dockerfile");
    let words = dockerfile.split_whitespace();
    let set = words.filter_map(|word| word.starts_with("AGUI_").then(|| word.split_once('='))?);
    set.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn the_composed_servers_start_as_configured() {
    let compose = yaml("compose.yaml");
    let services = compose["services"].as_object().expect("services");
    for name in ["first", "second", "migrate"] {
        // YAML's merge keys are the engine's business; what is merged is the same for all.
        let server = &services[name]["<<"];
        let mut env: BTreeMap<String, String> = of_the_image().into_iter().collect();
        assert_eq!(
            env.get("AGUI_SERVER__HOST").map(String::as_str),
            Some("0.0.0.0")
        );
        for (name, value) in server["environment"].as_object().expect("variables") {
            let value = value.as_str().expect("a text");
            let value = value.replace("${POSTGRES_PASSWORD:?set it}", "secret");
            env.insert(name.clone(), value.replace("${OPENAI_API_KEY:-}", ""));
        }
        let env: Vec<_> = env.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let check = checked("", &env);
        assert!(check.contains("http://0.0.0.0:8000/"), "{check}");
        assert!(
            check.contains("postgres://agui:***@postgres:5432/agui"),
            "{check}"
        );
        assert_eq!(server["read_only"], true);
        assert_eq!(server["cap_drop"][0], "ALL");
        // Who has not said who may ask is reached from this machine only.
        for port in services[name]["ports"].as_array().into_iter().flatten() {
            assert!(
                port.as_str().is_some_and(|it| it.starts_with("127.0.0.1:")),
                "{port}"
            );
        }
    }
    assert_eq!(
        compose["x-server"]["build"]["dockerfile"],
        "packaging/Dockerfile"
    );
}

#[test]
fn a_container_that_asks_nobody_who_they_are_does_not_start() {
    let env = of_the_image();
    let env: Vec<_> = env.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let folder = tempdir().expect("a temporary folder");
    let ended = run(folder.path(), &["serve"], &env);
    let (error, code) = told(&ended);
    assert!(
        error.contains("`server.host`") && error.contains("[auth]"),
        "{error}"
    );
    assert_eq!(code, Some(2));
}

/// What the chart's values say that the binary has to do with.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Values {
    config: String,
    termination_grace_seconds: u64,
    stop_delay_seconds: u64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_charts_configuration_is_taken_and_its_probes_are_answered() {
    let values = packaged("helm/agui-runtime/values.yaml");
    let values: Values = serde_yaml_ng::from_str(&values).expect("values");
    let check = checked(&values.config, &[("APP_API_KEY", "k-of-a-test")]);
    assert!(check.contains("http://0.0.0.0:8000/"), "{check}");
    let config: toml::Table = toml::from_str(&values.config).expect("TOML");
    let grace = config["server"]["shutdown_grace_seconds"]
        .as_integer()
        .expect("seconds");
    let grace = u64::try_from(grace).expect("seconds") + values.stop_delay_seconds;
    assert!(values.termination_grace_seconds > grace, "runs may end");
    let chart = yaml("helm/agui-runtime/Chart.yaml");
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
    let deployment = packaged("helm/agui-runtime/templates/deployment.yaml");
    let probes = deployment
        .lines()
        .filter_map(|line| line.split_once("httpGet: { path: "));
    let probes: Vec<_> = probes.filter_map(|(_, it)| it.split(',').next()).collect();
    assert_eq!(probes, ["/health/startup", "/health/ready", "/health/live"]);
    let server = Binary::fresh().await;
    for probe in probes {
        let request =
            format!("GET {probe} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let reply = http::ask(server.address, request.into_bytes()).await;
        assert_eq!(reply.code(), 200, "{probe}");
    }
}

#[test]
fn the_list_of_parts_has_what_is_locked() {
    if !external::is_there("python3") {
        return;
    }
    let sbom = || {
        let made = Command::new(root().join("packaging/sbom"))
            .current_dir(root())
            .output();
        let made = made.expect("the script starts");
        printed(&made).to_owned()
    };
    let text = sbom();
    assert_eq!(text, sbom(), "the same lock file gives the same list");
    let bom: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(bom["bomFormat"], "CycloneDX");
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).expect("the lock file");
    let components = bom["components"].as_array().expect("components");
    let has = |name: &str| components.iter().any(|it| it["name"] == name);
    assert!(components.len() > 200 && has("tokio") && has("poem") && has("sqlx"));
    // What only tests need is not in it.
    assert!(!has("insta") && !has("proptest"));
    for component in components {
        let name = component["name"].as_str().expect("a name");
        assert!(lock.contains(&format!("name = \"{name}\"")), "{name}");
        let own = name == "agui-codegen";
        assert_eq!(component.get("hashes").is_none(), own, "{component}");
        assert!(component.get("licenses").is_some(), "{component}");
    }
}
