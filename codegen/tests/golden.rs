//! Ten-line schemas and the Rust they give. `UPDATE_EXPECT=1` writes down what is given now; review the diff.
#![allow(clippy::unwrap_used, clippy::panic)]
use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use agui_codegen::{
    graphql::{Contract, generate},
    sdl::Source,
};

fn cases() -> Vec<PathBuf> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut cases: Vec<PathBuf> = fs::read_dir(golden)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    cases
}

fn source(case: &Path, path: &str) -> Option<Source> {
    Some(Source {
        path: path.to_owned(),
        text: fs::read_to_string(case.join(path)).ok()?,
    })
}

fn contract(case: &Path) -> Contract {
    let sources = |paths: &[&str]| paths.iter().filter_map(|path| source(case, path)).collect();
    Contract {
        schemas: sources(&["schema.graphql", "extensions.graphql"]),
        operations: sources(&["operations.graphql"]),
        history: vec![],
    }
}

fn expected(directory: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(directory) else {
        return BTreeMap::new();
    };
    let read = |path: PathBuf| {
        (
            path.file_name().unwrap().to_string_lossy().into_owned(),
            fs::read_to_string(path).unwrap(),
        )
    };
    entries.map(|entry| read(entry.unwrap().path())).collect()
}

#[test]
fn schemas_give_the_expected_rust() {
    let mut wrong = Vec::new();
    for case in cases() {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let generated =
            generate(&contract(&case)).unwrap_or_else(|errors| panic!("{name}:\n{errors}"));
        let given: BTreeMap<String, String> = generated
            .files
            .into_iter()
            .map(|file| (file.path, file.contents))
            .collect();
        let directory = case.join("expected");
        if env::var_os("UPDATE_EXPECT").is_some() {
            fs::remove_dir_all(&directory).ok();
            fs::create_dir_all(&directory).unwrap();
            given
                .iter()
                .for_each(|(path, contents)| fs::write(directory.join(path), contents).unwrap());
        }
        let expected = expected(&directory);
        for path in given.keys().chain(expected.keys()) {
            if given.get(path) != expected.get(path) {
                wrong.push(format!("{name}/expected/{path}"));
            }
        }
    }
    wrong.dedup();
    assert!(
        wrong.is_empty(),
        "not as expected (UPDATE_EXPECT=1 writes what is given now): {wrong:#?}"
    );
}

#[test]
fn the_same_input_gives_the_same_output() {
    for case in cases() {
        assert_eq!(generate(&contract(&case)), generate(&contract(&case)));
    }
}
