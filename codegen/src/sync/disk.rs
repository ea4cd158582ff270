//! The only part of the library that touches the disk.
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{emit::GeneratedFile, error::Errors, graphql::Contract, sdl::Source};

/// Upstream's schema.
pub const SCHEMA: &str = "schema/schema.graphql";
/// The AG-UI contract.
pub const AG_UI: &str = "schema/ag-ui.schema.json";
const EXTENSIONS: &str = "schema/extensions.graphql";
const OPERATIONS: &str = "schema/operations";
const HISTORY: &str = "schema/history";

/// Reads the GraphQL contract of the project at `root`.
pub fn contract(root: &Path) -> Result<Contract, Errors> {
    let mut errors = Errors::default();
    let mut source = |path: &str| {
        Some(Source {
            path: path.to_owned(),
            text: errors.absorb(read(root, path))?,
        })
    };
    let schemas = [SCHEMA, EXTENSIONS]
        .into_iter()
        .filter_map(&mut source)
        .collect();
    let operations = walk(root, OPERATIONS)?
        .iter()
        .filter_map(|path| source(path))
        .collect();
    let history = walk(root, HISTORY)?
        .iter()
        .filter_map(|path| source(path))
        .collect();
    errors.or(Contract {
        schemas,
        operations,
        history,
    })
}

/// Reads a file.
pub fn read(root: &Path, path: &str) -> Result<String, Errors> {
    fs::read_to_string(root.join(path)).map_err(|error| failed("read", path, &error))
}

/// The files that are there already: those that are to be generated, and all in the directories `generated`.
pub fn present(
    root: &Path,
    files: &[GeneratedFile],
    generated: &[&str],
) -> Result<BTreeMap<String, String>, Errors> {
    let mut paths = Vec::new();
    for directory in generated {
        paths.extend(walk(root, directory)?);
    }
    paths.extend(files.iter().map(|file| file.path.clone()));
    let mut present = BTreeMap::new();
    for path in paths {
        match fs::read(root.join(&path)) {
            Ok(bytes) => drop(present.insert(path, String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed("read", &path, &error)),
        }
    }
    Ok(present)
}

/// Writes a file, and the directories on the way.
pub fn write(root: &Path, file: &GeneratedFile) -> Result<(), Errors> {
    let path = root.join(&file.path);
    let directories = path.parent().map_or(Ok(()), fs::create_dir_all);
    directories
        .and_then(|()| fs::write(&path, &file.contents))
        .map_err(|error| failed("write", &file.path, &error))
}

/// Removes a file.
pub fn remove(root: &Path, path: &str) -> Result<(), Errors> {
    fs::remove_file(root.join(path)).map_err(|error| failed("remove", path, &error))
}

/// The files below a directory, sorted; none if there is no such directory.
fn walk(root: &Path, directory: &str) -> Result<Vec<String>, Errors> {
    let mut files = Vec::new();
    let mut open = vec![PathBuf::from(directory)];
    while let Some(directory) = open.pop() {
        let entries = match fs::read_dir(root.join(&directory)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed("read", &directory.to_string_lossy(), &error)),
        };
        for entry in entries {
            let entry =
                entry.map_err(|error| failed("read", &directory.to_string_lossy(), &error))?;
            let path = directory.join(entry.file_name());
            if entry.path().is_dir() {
                open.push(path);
            } else {
                // Errors show paths with slashes, on every system.
                files.push(path.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    files.sort();
    Ok(files)
}

fn failed(what: &str, path: &str, error: &io::Error) -> Errors {
    Errors::from(format!("cannot {what} {path}: {error}"))
}
