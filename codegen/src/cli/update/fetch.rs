//! Gets what upstream published: the schema of a version, and what the clients send.
use std::{
    fs,
    path::{Path, PathBuf},
};

use agui_codegen::{
    error::Errors,
    update::{Client, Operation, Published, operations::operations, versions},
    upstream::Upstream,
};

use super::{npm, scratch::Scratch};

/// All that is needed of one version.
pub struct Fetched {
    /// The schema.
    pub published: Published,
    /// The listed clients, and the one that goes with the schema.
    pub clients: Vec<Client>,
}

/// Fetches the version of the runtime that `wanted` stands for.
pub fn fetch(upstream: &Upstream, wanted: &str) -> Result<Fetched, Errors> {
    let scratch = Scratch::new()?;
    let version = npm::version(&scratch, &upstream.schema.package, wanted)?;
    let published = schema(&scratch, &upstream.schema.package, version)?;
    let package = &upstream.operations.package;
    let known = npm::versions(&scratch, package)?;
    let matching = versions::matching(&published.version, &known);
    let mut wanted: Vec<&str> = upstream
        .operations
        .versions
        .iter()
        .map(String::as_str)
        .collect();
    wanted.extend(matching.filter(|matching| {
        !upstream
            .operations
            .versions
            .iter()
            .any(|version| version == matching)
    }));
    let clients = wanted
        .into_iter()
        .map(|version| client(&scratch, package, version))
        .collect::<Result<_, _>>()?;
    Ok(Fetched { published, clients })
}

/// Where packages have the schema, up to 1.57.3.
const SNAPSHOT: &str = "__snapshots__/schema/schema.graphql";
/// What stands for the path where the schema is printed instead.
const PRINTED: &str = "buildSchema()";

/// Upstream made its snapshots with this function and option, so what later versions print is laid out the same.
const PRINT: &str = r#"import "reflect-metadata";
import { resolve } from "node:path";
import { buildSchema } from "@copilotkit/runtime";
buildSchema({ emitSchemaFile: resolve("schema.graphql") });
"#;

fn schema(scratch: &Scratch, package: &str, version: String) -> Result<Published, Errors> {
    let snapshot = npm::unpacked(scratch, package, &version)?.join(SNAPSHOT);
    if snapshot.is_file() {
        return Ok(Published {
            version,
            path: SNAPSHOT.to_owned(),
            schema: read(&snapshot)?,
        });
    }
    let directory = npm::installed(scratch, package, &version)?;
    let script = directory.join("print.mjs");
    fs::write(&script, PRINT)
        .map_err(|error| format!("cannot write {}: {error}", script.display()))?;
    npm::node(&directory, "print.mjs")?;
    Ok(Published {
        version,
        path: PRINTED.to_owned(),
        schema: read(&directory.join("schema.graphql"))?,
    })
}

/// Where the client's code has its operations; the first directory with any counts.
const SOURCES: &[&str] = &[
    "src/graphql/definitions",
    "dist/graphql/definitions",
    "dist",
];

fn client(scratch: &Scratch, package: &str, version: &str) -> Result<Client, Errors> {
    let directory = npm::unpacked(scratch, package, version)?;
    let mut found = SOURCES
        .iter()
        .map(|source| operations_in(&directory.join(source)));
    match found.find(|operations| !matches!(operations, Ok(operations) if operations.is_empty())) {
        Some(operations) => Ok(Client {
            version: version.to_owned(),
            operations: operations?,
        }),
        None => Err(Errors::from(format!(
            "{package} {version}: no operations in {}",
            SOURCES.join(", ")
        ))),
    }
}

fn operations_in(directory: &Path) -> Result<Vec<Operation>, Errors> {
    let is_code = |path: &PathBuf| {
        matches!(
            path.extension().and_then(|e| e.to_str()),
            Some("ts" | "mjs" | "js" | "cjs")
        )
    };
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(is_code)
        .collect();
    files.sort();
    let mut found: Vec<Operation> = Vec::new();
    for file in files {
        found.extend(operations(&read(&file)?));
    }
    // The same operation is in the CommonJS and in the ES modules.
    found.sort();
    found.dedup_by(|one, other| one.name == other.name);
    Ok(found)
}

fn read(path: &Path) -> Result<String, Errors> {
    fs::read_to_string(path)
        .map_err(|error| Errors::from(format!("cannot read {}: {error}", path.display())))
}
