//! The generator's goldens compile, and serve the schema that they were made from.
#![allow(
    missing_docs,
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    reason = "a golden is compiled, and nobody uses it"
)]
use std::{fs, path::Path};

use async_graphql::{Context, ID, ObjectType, Result, SDLExportOptions, SchemaBuilder};

use crate::support::sdl;

/// A module for each case, and the list of them.
macro_rules! goldens {
    ($($case:ident: $path:literal,)*) => {
        $(
            #[path = $path]
            mod $case;
        )*
        const COMPILED: &[&str] = &[$($path),*];
    };
}

goldens! {
    abstract_types: "../codegen/tests/golden/abstract/expected/mod.rs",
    enum_types: "../codegen/tests/golden/enums/expected/mod.rs",
    input_types: "../codegen/tests/golden/inputs/expected/mod.rs",
    late: "../codegen/tests/golden/late/expected/mod.rs",
    names: "../codegen/tests/golden/names/expected/mod.rs",
    recursive: "../codegen/tests/golden/recursive/expected/mod.rs",
    roots: "../codegen/tests/golden/roots/expected/mod.rs",
}

#[test]
fn every_golden_is_compiled() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("codegen/tests/golden");
    let entries = fs::read_dir(golden)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let mut cases: Vec<String> = entries
        .map(|case| {
            format!(
                "../codegen/tests/golden/{}/expected/mod.rs",
                case.to_string_lossy()
            )
        })
        .collect();
    cases.sort();
    assert_eq!(cases, COMPILED);
}

/// Resolves nothing: the types of a schema do not depend on it.
struct Nobody;

/// `impl`s of resolver traits, and the schema that they make with `case`'s types.
macro_rules! nobody {
    ($($resolver:path { $($method:ident($($arg:ty),*) -> $result:ty;)* })*) => {
        $(impl $resolver for Nobody {
            $(async fn $method(&self, _: &Context<'_>, $(_: $arg),*) -> Result<$result> {
                Err("nobody resolves this".into())
            })*
        })*
    };
}

nobody! {
    abstract_types::QueryResolver {
        found() -> Option<abstract_types::Found>;
        nodes() -> Vec<abstract_types::Node>;
    }
    enum_types::QueryResolver { light() -> enum_types::Light; }
    input_types::QueryResolver { search(input_types::Filter) -> Vec<ID>; }
    late::QueryResolver { book() -> late::Book; }
    names::QueryResolver {
        r#match(String, Option<names::JSONPatch>) -> names::User;
        http_status() -> i32;
        private() -> Option<names::OptionType>;
        v2() -> String;
    }
    recursive::QueryResolver { root(Option<recursive::Condition>) -> recursive::Tree; }
    roots::ReadsResolver {
        item(i32, Option<bool>) -> Option<roots::Item>;
        old() -> Option<String>;
    }
    roots::APIWritesResolver {
        add(roots::NewItem) -> roots::Item;
        add_all(Vec<roots::NewItem>) -> Vec<roots::Item>;
    }
}

fn check<Q: ObjectType + 'static, M: ObjectType + 'static>(
    case: &str,
    schema: SchemaBuilder<Q, M, async_graphql::EmptySubscription>,
) {
    let case = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("codegen/tests/golden")
        .join(case);
    let read = |name: &str| fs::read_to_string(case.join(name)).unwrap_or_default();
    let (base, extensions) = (read("schema.graphql"), read("extensions.graphql"));
    let roots = if base.contains("schema {") {
        ""
    } else {
        "schema { query: Query }"
    };
    let served = schema
        .finish()
        .sdl_with_options(SDLExportOptions::new().include_specified_by());
    let files: Vec<&str> = [base.as_str(), &extensions, roots]
        .into_iter()
        .filter(|file| !file.is_empty())
        .collect();
    // The scalars have descriptions of their own, which these schemas leave out.
    let about_types = |facts: &String| !facts.starts_with("scalar ");
    let facts = |files: &[&str]| sdl::facts(files).into_iter().filter(about_types).collect();
    let differences = sdl::differences(&facts(&[&served]), &facts(&files));
    assert!(
        differences.is_empty(),
        "{}: {differences:#?}",
        case.display()
    );
}

#[test]
fn every_golden_serves_its_schema() {
    check("abstract", abstract_types::schema_builder(Nobody));
    check("enums", enum_types::schema_builder(Nobody));
    check("inputs", input_types::schema_builder(Nobody));
    check("late", late::schema_builder(Nobody));
    check("names", names::schema_builder(Nobody));
    check("recursive", recursive::schema_builder(Nobody));
    check("roots", roots::schema_builder(Nobody, Nobody));
}
