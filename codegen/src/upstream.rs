//! `schema/upstream.toml`: what is vendored, and from where.
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Diagnostic, Errors};

/// Where it is.
pub const PATH: &str = "schema/upstream.toml";

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// Where `schema.graphql` is from.
    pub schema: VendoredSchema,
    /// Where `operations/` is from.
    pub operations: VendoredVersions,
    /// Where the AG-UI schemas are from.
    #[serde(rename = "ag-ui")]
    pub ag_ui: VendoredVersions,
}

/// One file of one version of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendoredSchema {
    /// The npm package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The path in it.
    pub path: String,
    /// The digest of the vendored file.
    pub sha256: String,
}

/// Several versions of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendoredVersions {
    /// The npm package.
    pub package: String,
    /// The versions.
    pub versions: Vec<String>,
}

impl Upstream {
    /// Reads the file.
    pub fn parse(text: &str) -> Result<Self, Errors> {
        toml::from_str(text)
            .map_err(|error| Errors::from(format!("{PATH}: {}", error.to_string().trim_end())))
    }

    /// Says how `schema` differs from what was vendored, if it does.
    pub fn mismatch(&self, schema: &str) -> Option<Diagnostic> {
        let VendoredSchema {
            package,
            version,
            sha256: expected,
            ..
        } = &self.schema;
        let found = sha256(schema);
        let message = format!(
            "schema/schema.graphql is not the one of {package} {version}: its sha256 is {found}, but {PATH} has {expected}; \
             `just schema-update {version}` brings it back"
        );
        (found != *expected).then_some(Diagnostic {
            location: None,
            message,
        })
    }
}

/// The digest, in hexadecimal.
pub fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
