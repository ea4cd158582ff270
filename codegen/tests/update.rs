//! `agui-codegen update`, against an npm that is a script and a registry that is a directory.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use tempfile::TempDir;

/// Answers as npm does, from the directory beside it: `view`, `pack` and `install` are all that is asked.
const NPM: &str = r#"#!/bin/sh
registry=$(dirname "$0")/registry
last() { for word; do case "$word" in @*) echo "$word";; esac; done; }
spec=$(last "$@"); package=${spec%@*}; version=${spec##*@}
[ -n "$package" ] || package=$spec
[ "$version" = latest ] && version=$(cat "$registry/latest")
flat=$(echo "$package" | tr / _)
case "$1" in
  view)
    if [ "$3" = versions ]; then cat "$registry/$(echo "$spec" | tr / _).versions"; exit 0; fi
    if [ -e "$registry/offline" ]; then echo "npm error code ENOTFOUND" >&2; exit 1; fi
    if [ -d "$registry/$flat-$version" ]; then echo "\"$version\""; exit 0; fi
    echo "npm error code E404" >&2; exit 1;;
  pack)
    mkdir package && cp -r "$registry/$flat-$version/." package && tar -czf "$flat.tgz" package && echo "$flat.tgz";;
  install)
    cp -r "$registry/node_modules" .;;
esac
"#;

/// A project that is this one, and a registry that has nothing yet.
struct World {
    directory: TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self {
            directory: TempDir::new().unwrap(),
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        copy(&root.join("schema"), &world.path("project/schema"));
        world.write("bin/npm", NPM);
        fs::set_permissions(world.path("bin/npm"), fs::Permissions::from_mode(0o755)).unwrap();
        world.write("bin/registry/latest", "1.75.0");
        world.write(
            "bin/registry/@copilotkit_runtime-client-gql.versions",
            r#"["1.3.15", "1.5.20", "1.8.11", "1.10.6", "1.74.0"]"#,
        );
        for version in ["1.3.15", "1.5.20", "1.10.6"] {
            world.publish_client(version, version, |text| text.to_owned());
        }
        world
    }

    fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// Publishes a runtime whose package has the schema of `like`.
    fn publish_runtime(&self, version: &str, like: &str) {
        let package = format!("bin/registry/@copilotkit_runtime-{version}");
        self.write(
            &format!("{package}/__snapshots__/schema/schema.graphql"),
            &self.read(&format!("project/schema/history/{like}.graphql")),
        );
    }

    /// Publishes a client that sends what `like` sends, but for what `change` makes of it.
    fn publish_client(&self, version: &str, like: &str, change: impl Fn(&str) -> String) {
        let mut code = String::new();
        for file in fs::read_dir(self.path(&format!("project/schema/operations/{like}"))).unwrap() {
            let path = file.unwrap().path();
            if !path.to_string_lossy().ends_with(".wire.graphql") {
                let indented: String = fs::read_to_string(path)
                    .unwrap()
                    .lines()
                    .map(|line| format!("  {line}\n"))
                    .collect();
                code.push_str(&format!(
                    "export const q = graphql(/** GraphQL **/ `\n{}`);\n",
                    change(&indented)
                ));
            }
        }
        self.write(&format!("bin/registry/@copilotkit_runtime-client-gql-{version}/src/graphql/definitions/all.ts"), &code);
    }

    /// Runs `update`; gives back its exit code, output and errors.
    fn update(&self, version: &str) -> (i32, String, String) {
        let search = format!(
            "{}:{}",
            self.path("bin").display(),
            env::var("PATH").unwrap()
        );
        self.update_with(&[version], &search)
    }

    fn update_with(&self, arguments: &[&str], search: &str) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_agui-codegen"));
        command
            .args(["--root".as_ref(), self.path("project").as_os_str()])
            .arg("update")
            .args(arguments)
            .arg("--no-build");
        let output = command.env("PATH", search).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.code().unwrap(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    /// Everything that is vendored.
    fn vendored(&self) -> Vec<(PathBuf, String)> {
        let mut files = Vec::new();
        let mut open = vec![self.path("project/schema")];
        while let Some(directory) = open.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => open.push(path),
                    false => files.push((path.clone(), fs::read_to_string(path).unwrap())),
                }
            }
        }
        files.sort();
        files
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(path, target).unwrap()),
        }
    }
}

#[test]
fn the_vendored_version_brings_a_broken_tree_back() {
    let world = World::new();
    let before = world.vendored();
    world.publish_runtime("1.10.6", "1.10.6");
    let broken = world
        .read("project/schema/schema.graphql")
        .replace("type Agent {", "type Agent {\n  what: Is!!");
    world.write("project/schema/schema.graphql", &broken);
    world.write(
        "project/schema/operations/1.10.6/loadAgentState.wire.graphql",
        "{ a }",
    );
    world.write("project/schema/operations/1.5.20/extra.graphql", "{ a }");
    fs::remove_file(world.path("project/schema/history/1.10.6.graphql")).unwrap();
    let (code, output, errors) = world.update("1.10.6");
    assert_eq!(code, 0, "{errors}");
    assert!(
        output.contains("The schema before cannot be compared: schema/schema.graphql:"),
        "{output}"
    );
    assert_eq!(world.vendored(), before);
    assert!(world.path("project/generated/agui.rs").is_file());
    let (_, output, _) = world.update("1.10.6");
    assert_eq!(
        output,
        "vendored @copilotkit/runtime 1.10.6\n\nschema.graphql before → after: no changes\n"
    );
}

#[test]
fn another_version_is_vendored_once_and_its_changes_are_shown() {
    let world = World::new();
    world.publish_runtime("1.8.11", "1.8.11");
    world.publish_client("1.8.11", "1.10.6", |text| {
        text.replace("($data", "(\n    $data")
    });
    let (code, output, errors) = world.update("1.8.11");
    assert_eq!(code, 0, "{errors}");
    assert!(
        output.contains("GenerateCopilotResponseInput.context  (breaking for both)"),
        "{output}"
    );
    assert_eq!(
        world.read("project/schema/schema.graphql"),
        world.read("project/schema/history/1.8.11.graphql")
    );
    let upstream = world.read("project/schema/upstream.toml");
    assert!(upstream.contains("version = \"1.8.11\"\n"), "{upstream}");
    // The client says the same in another layout.
    assert!(
        upstream.contains("versions = [\"1.3.15\", \"1.5.20\", \"1.10.6\"]"),
        "{upstream}"
    );
    assert!(!world.path("project/schema/operations/1.8.11").exists());
}

#[test]
fn what_is_new_is_added_to_the_history_and_the_operations() {
    let world = World::new();
    let schema = world
        .read("project/schema/schema.graphql")
        .replace("type Agent {\n", "type Agent {\n  fresh: String\n");
    world.write(
        "bin/registry/@copilotkit_runtime-1.74.0/__snapshots__/schema/schema.graphql",
        &schema,
    );
    world.publish_client("1.74.0", "1.10.6", |text| {
        text.replace(
            "        description\n",
            "        description\n        fresh\n",
        )
    });
    let (code, output, errors) = world.update("1.74.0");
    assert_eq!(code, 0, "{errors}");
    assert!(
        output.contains("Agent.fresh  (clients: safe, resolvers: breaking)"),
        "{output}"
    );
    assert!(
        output.contains("created schema/history/1.74.0.graphql"),
        "{output}"
    );
    assert!(
        world
            .read("project/schema/operations/1.74.0/availableAgents.wire.graphql")
            .contains("fresh\n      __typename")
    );
    assert!(
        world
            .read("project/schema/upstream.toml")
            .contains("\"1.10.6\", \"1.74.0\"]")
    );
    assert!(
        world
            .read("project/generated/graphql/outputs.rs")
            .contains("pub fresh: Option<String>")
    );
}

#[test]
fn without_a_snapshot_the_package_prints_its_schema() {
    if Command::new("node").arg("--version").output().is_err() {
        assert!(env::var_os("REQUIRE_ALL").is_none(), "node is not there");
        eprintln!("skipped: node is not there");
        return;
    }
    let world = World::new();
    world.write("bin/registry/@copilotkit_runtime-1.75.0/package.json", "{}");
    world.publish_client("1.74.0", "1.10.6", str::to_owned);
    world.write(
        "bin/registry/node_modules/reflect-metadata/package.json",
        r#"{"main": "index.js"}"#,
    );
    world.write(
        "bin/registry/node_modules/reflect-metadata/index.js",
        "globalThis.reflected = true;",
    );
    world.write(
        "bin/registry/node_modules/@copilotkit/runtime/package.json",
        r#"{"main": "index.js"}"#,
    );
    let code = r#"exports.buildSchema = ({ emitSchemaFile }) => {
        if (globalThis.reflected && process.env.COPILOTKIT_TELEMETRY_DISABLED) require("fs").copyFileSync(__dirname + "/s.graphql", emitSchemaFile);
    };"#;
    world.write(
        "bin/registry/node_modules/@copilotkit/runtime/index.js",
        code,
    );
    world.write(
        "bin/registry/node_modules/@copilotkit/runtime/s.graphql",
        &world.read("project/schema/history/1.10.6.graphql"),
    );
    let before = world.read("project/schema/schema.graphql");
    let (code, output, errors) = world.update("latest");
    assert_eq!(code, 0, "{errors}");
    assert!(
        output.starts_with("vendored @copilotkit/runtime 1.75.0\nupdated schema/upstream.toml\n"),
        "{output}"
    );
    assert_eq!(world.read("project/schema/schema.graphql"), before);
    let upstream = world.read("project/schema/upstream.toml");
    assert!(
        upstream.contains("version = \"1.75.0\"\npath = \"buildSchema()\"\n"),
        "{upstream}"
    );
}

#[test]
fn what_goes_wrong_is_said_and_changes_nothing() {
    let world = World::new();
    let before = world.vendored();
    let (code, _, errors) = world.update("9.9.9");
    assert_eq!(
        (
            code,
            errors.contains("@copilotkit/runtime has no version \"9.9.9\"")
        ),
        (1, true),
        "{errors}"
    );
    let (code, _, errors) = world.update_with(&["1.10.6"], "/nowhere");
    assert_eq!(
        (code, errors.as_str()),
        (
            1,
            "npm is not there; the update needs Node.js with npm, and tar\n"
        )
    );
    world.publish_runtime("1.10.6", "1.5.14");
    fs::remove_dir_all(world.path("bin/registry/@copilotkit_runtime-client-gql-1.5.20/src"))
        .unwrap();
    let (code, _, errors) = world.update("1.10.6");
    assert_eq!(
        (code, errors.contains("1.5.20: no operations in")),
        (1, true),
        "{errors}"
    );
    world.write("bin/registry/offline", "");
    let (code, _, errors) = world.update("latest");
    assert_eq!(
        (code, errors.as_str()),
        (
            1,
            "npm cannot reach its registry (ENOTFOUND); nothing was changed\n"
        )
    );
    assert_eq!(world.vendored(), before);
}
