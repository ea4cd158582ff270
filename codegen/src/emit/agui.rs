//! Renders the AG-UI types. Structs and enums are printed here; how they are read and written is the same for all and stands in
//! the files under `agui/`, which are copied as they are.

use super::GeneratedFile;
use crate::json_schema::{Contract, Item};

mod records;
mod unions;

/// Renders `agui.rs` and the files beside it, relative to `generated`.
pub fn files(contract: &Contract) -> Vec<GeneratedFile> {
    let header = format!(
        "// Generated from `{}` by `just regenerate`; do not edit.\n",
        contract.source
    );
    let types = types(contract);
    let files = [
        ("agui.rs", types.as_str()),
        ("agui/extra.rs", include_str!("agui/extra.rs")),
        ("agui/fields.rs", include_str!("agui/fields.rs")),
        ("agui/macros.rs", include_str!("agui/macros.rs")),
        ("agui/objects.rs", include_str!("agui/objects.rs")),
    ];
    files
        .into_iter()
        .map(|(path, code)| GeneratedFile {
            path: path.to_owned(),
            contents: format!("{header}{code}"),
        })
        .collect()
}

const PREAMBLE: &str = r#"//! AG-UI: the events that agents send, the messages and inputs that they get, and what they can do.
//!
//! Nothing is lost on the way through: keys that the contract does not know are kept in `extra`, objects with an unknown tag in
//! `Other`. What the contract knows must have its shape; errors name the path to what has not.

use serde_json::{Map, Value};

#[macro_use]
#[path = "agui/macros.rs"]
mod macros;
#[path = "agui/extra.rs"]
mod extra;
#[path = "agui/fields.rs"]
mod fields;
#[path = "agui/objects.rs"]
mod objects;

pub use extra::Extra;

/// An object with a tag that the contract does not know.
#[derive(Debug, Clone, PartialEq)]
pub struct Unknown {
    /// The tag: what stands under `type`, `role` or `op`.
    pub tag: String,
    /// Everything else.
    pub fields: Map<String, Value>,
}
"#;

fn types(contract: &Contract) -> String {
    let mut code = PREAMBLE.to_owned();
    for item in &contract.items {
        code.push('\n');
        code.push_str(&match item {
            Item::Record(record) => records::record(record),
            Item::Union(union) => unions::union(union),
            Item::Words(words) => unions::words(words),
            Item::TextOrList(either) => unions::text_or_list(either),
            Item::Alias(alias) => format!(
                "/// Another name of [`{0}`].\npub type {1} = {0};\n",
                alias.of, alias.name
            ),
        });
    }
    code
}

/// Formats items, one blank line between them and between methods.
fn pretty(items: impl IntoIterator<Item = syn::Item>) -> String {
    let print = |item| {
        prettyplease::unparse(&syn::File {
            shebang: None,
            frontmatter: None,
            attrs: Vec::new(),
            items: vec![item],
        })
    };
    items
        .into_iter()
        .map(print)
        .collect::<Vec<_>>()
        .join("\n")
        .replace("\n    }\n    ///", "\n    }\n\n    ///")
}

/// Formats the call of one of the macros in `agui/macros.rs`, one entry a line.
fn call(name: &str, head: &str, entries: impl IntoIterator<Item = String>) -> String {
    let entries: String = entries
        .into_iter()
        .map(|entry| format!("    {entry},\n"))
        .collect();
    match entries.is_empty() {
        true => format!("{name}!({head} {{}});\n"),
        false => format!("{name}!({head} {{\n{entries}}});\n"),
    }
}

/// A doc comment, as the attributes that stand for it.
fn docs(text: &str) -> Vec<syn::Attribute> {
    text.lines()
        .map(|line| {
            let line = if line.is_empty() {
                String::new()
            } else {
                format!(" {line}")
            };
            syn::parse_quote!(#[doc = #line])
        })
        .collect()
}

/// An identifier of a name that may be raw (`r#type`).
fn ident(name: &str) -> proc_macro2::Ident {
    match name.strip_prefix("r#") {
        Some(raw) => proc_macro2::Ident::new_raw(raw, proc_macro2::Span::call_site()),
        None => quote::format_ident!("{name}"),
    }
}
