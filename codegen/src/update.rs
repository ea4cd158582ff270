//! What is vendored of a version of upstream, decided before anything is written: fetching is the binary's business.

use crate::{
    emit::GeneratedFile,
    upstream::{self, Upstream, sha256},
};

pub mod operations;
pub mod versions;

pub use operations::Operation;

/// A published schema.
#[derive(Debug, Clone)]
pub struct Published {
    /// The version of the package.
    pub version: String,
    /// Where in the package it was found.
    pub path: String,
    /// The SDL.
    pub schema: String,
}

/// What a published client sends.
#[derive(Debug, Clone)]
pub struct Client {
    /// The version of the package.
    pub version: String,
    /// Its operations, by name.
    pub operations: Vec<Operation>,
}

/// A schema that upstream published earlier.
#[derive(Debug, Clone)]
pub struct Known {
    /// The first version that had it.
    pub version: String,
    /// The SDL.
    pub schema: String,
}

/// The files to have under `schema/`, all but what is ours: upstream's schema, its operations, its history and `upstream.toml`.
///
/// `clients` are those that `upstream` lists, and the one that belongs to the published schema. Which of the latter's operations
/// some listed client sends as well is not vendored twice.
pub fn vendored(
    upstream: &Upstream,
    history: &[Known],
    published: &Published,
    clients: &[Client],
) -> Vec<GeneratedFile> {
    let mut upstream = upstream.clone();
    upstream.schema.version.clone_from(&published.version);
    upstream.schema.path.clone_from(&published.path);
    upstream.schema.sha256 = sha256(&published.schema);
    let mut files = vec![file("schema/schema.graphql".to_owned(), &published.schema)];
    if !history.iter().any(|known| known.schema == published.schema) {
        files.push(file(
            format!("schema/history/{}.graphql", published.version),
            &published.schema,
        ));
    }
    let (listed, new): (Vec<&Client>, Vec<&Client>) = clients
        .iter()
        .partition(|client| upstream.operations.versions.contains(&client.version));
    for client in new {
        if !listed.iter().any(|known| sends_the_same(known, client)) {
            upstream.operations.versions.push(client.version.clone());
        }
    }
    upstream
        .operations
        .versions
        .sort_by_key(|version| versions::key(version));
    for client in clients
        .iter()
        .filter(|client| upstream.operations.versions.contains(&client.version))
    {
        let directory = format!("schema/operations/{}", client.version);
        for operation in &client.operations {
            files.push(file(
                format!("{directory}/{}.graphql", operation.name),
                &operation.document,
            ));
            files.push(file(
                format!("{directory}/{}.wire.graphql", operation.name),
                &operation.wire,
            ));
        }
    }
    files.push(file(upstream::PATH.to_owned(), &rendered(&upstream)));
    files
}

fn file(path: String, contents: &str) -> GeneratedFile {
    GeneratedFile {
        path,
        contents: contents.to_owned(),
    }
}

fn sends_the_same(one: &Client, other: &Client) -> bool {
    let wires = |client: &Client| -> Vec<String> {
        let mut wires: Vec<String> = client
            .operations
            .iter()
            .map(|operation| operation.wire.clone())
            .collect();
        wires.sort();
        wires
    };
    wires(one) == wires(other)
}

/// `upstream.toml` as it is written.
fn rendered(upstream: &Upstream) -> String {
    let versions = |versions: &[String]| {
        let quoted: Vec<String> = versions
            .iter()
            .map(|version| format!("{version:?}"))
            .collect();
        quoted.join(", ")
    };
    let Upstream {
        schema,
        operations,
        ag_ui,
    } = upstream;
    format!(
        "\
# What is vendored here and from where. `just schema-update [VERSION]` writes this file.

[schema]
package = {:?}
version = {:?}
path = {:?}
sha256 = {:?}

# The distinct sets of operations that upstream's clients ever sent, each named by the first version known to send it.
[operations]
package = {:?}
versions = [{}]

[ag-ui]
package = {:?}
versions = [{}]
",
        schema.package,
        schema.version,
        schema.path,
        schema.sha256,
        operations.package,
        versions(&operations.versions),
        ag_ui.package,
        versions(&ag_ui.versions),
    )
}
