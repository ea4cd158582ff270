//! Brings `generated/` in line with `schema/`.
use std::{fs, path::Path};

use crate::{error::Errors, graphql::{self, Contract}, sdl::Source};

/// Writes what has changed.
pub fn sync(root: &Path) -> Result<Vec<String>, Errors> {
    let read = |path: &str| -> Result<Source, Errors> {
        let text = fs::read_to_string(root.join(path)).map_err(|error| Errors::from(format!("{path}: {error}")))?;
        Ok(Source { path: path.to_owned(), text })
    };
    let mut operations = vec![];
    for v in ["1.10.6", "1.3.15", "1.5.20"] {
        for e in fs::read_dir(root.join("schema/operations").join(v)).unwrap() {
            let p = e.unwrap().file_name().into_string().unwrap();
            operations.push(read(&format!("schema/operations/{v}/{p}"))?);
        }
    }
    let contract = Contract { schemas: vec![read("schema/schema.graphql")?, read("schema/extensions.graphql")?], operations };
    let mut changed = vec![];
    for file in graphql::generate(&contract)? {
        let path = root.join("generated/graphql").join(&file.path);
        fs::write(&path, &file.contents).unwrap();
        changed.push(file.path);
    }
    Ok(changed)
}
