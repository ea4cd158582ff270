//! The files by which services are run: each is what its program takes, and what they say of the binary holds.

use std::collections::BTreeMap;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;
use tempfile::tempdir;

use super::{BINARY, packaged, printed, run};
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

#[test]
fn the_composed_servers_start_as_configured() {
    let compose = yaml("compose.yaml");
    let services = compose["services"].as_object().expect("services");
    let servers = ["first", "second", "migrate"].map(|name| &services[name]);
    for server in servers {
        // YAML's merge keys are the engine's business; what is merged is the same for all.
        let server = server.get("<<").unwrap_or(server);
        let env: BTreeMap<&str, &str> = server["environment"]
            .as_object()
            .expect("variables")
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().expect("a text")))
            .collect();
        let url = env["AGUI_STORE__URL"].replace("${POSTGRES_PASSWORD:?set it}", "secret");
        let check = checked(
            "",
            &[
                ("AGUI_STORE__URL", &url),
                ("AGUI_TELEMETRY__FORMAT", env["AGUI_TELEMETRY__FORMAT"]),
            ],
        );
        assert!(
            check.contains("postgres://agui:***@postgres:5432/agui"),
            "{check}"
        );
        assert_eq!(server["read_only"], true);
        assert_eq!(server["cap_drop"][0], "ALL");
    }
    let dockerfile = server_dockerfile(&compose);
    assert!(root().join("packaging").join(dockerfile).exists());
}

fn server_dockerfile(compose: &Value) -> String {
    let file = compose["x-server"]["build"]["dockerfile"]
        .as_str()
        .expect("a file");
    file.trim_start_matches("packaging/").to_owned()
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
    let check = checked(&values.config, &[]);
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
