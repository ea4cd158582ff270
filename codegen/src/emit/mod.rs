//! Renders the model as Rust. Nothing here decides anything about meaning.
use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    error::Errors,
    model::{Deprecated, Item, Model, Uses},
};

pub mod agui;
mod enums;
mod inputs;
mod outputs;
mod resolvers;
pub mod stubs;

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFile {
    /// The path, relative to the directory that the caller has in mind.
    pub path: String,
    /// The contents.
    pub contents: String,
}

impl GeneratedFile {
    /// The same file in a directory.
    pub fn under(self, directory: &str) -> Self {
        Self {
            path: format!("{directory}/{}", self.path),
            ..self
        }
    }
}

/// Why a file has items without documentation.
const UNDESCRIBED: &str = "a doc comment is served as a description, and the schema has none here";

/// Renders `mod.rs`, `enums.rs`, `inputs.rs`, `outputs.rs` and `resolvers.rs`; `source` says what they were made from.
pub fn graphql(model: &Model, source: &str) -> Result<Vec<GeneratedFile>, Errors> {
    let header =
        |what: &str| format!("{what}, generated from {source} by `just regenerate`; do not edit.");
    let files = [
        (
            "mod.rs",
            "The GraphQL contract",
            &Uses::new(),
            false,
            modules(),
        ),
        (
            "enums.rs",
            "The enums of the contract",
            &uses(&["async_graphql::Enum"], &Uses::new()),
            true,
            enums::emit(model),
        ),
        (
            "inputs.rs",
            "The inputs of the contract",
            &uses(&["async_graphql::InputObject"], &model.input_uses),
            true,
            inputs::emit(model),
        ),
        (
            "outputs.rs",
            "What the contract answers with",
            &uses(&outputs::derives(model), &model.output_uses),
            true,
            outputs::emit(model),
        ),
        (
            "resolvers.rs",
            "What the server must resolve",
            &uses(&resolvers::uses(model), &model.root_uses),
            false,
            resolvers::emit(model),
        ),
    ];
    let mut errors = Errors::default();
    let mut generated = Vec::new();
    for (path, what, uses, undescribed, items) in files {
        let uses = if items.is_empty() { &Uses::new() } else { uses };
        if let Some(contents) = errors.absorb(file(
            &header(what),
            uses,
            undescribed && !items.is_empty(),
            items,
        )) {
            generated.push(GeneratedFile {
                path: path.to_owned(),
                contents,
            });
        }
    }
    errors.or(generated)
}

fn modules() -> Vec<TokenStream> {
    let modules = quote! {
        pub mod enums;
        pub mod inputs;
        pub mod outputs;
        pub mod resolvers;
    };
    let exports = quote! { pub use self::{enums::*, inputs::*, outputs::*, resolvers::*}; };
    vec![modules, exports]
}

fn uses(own: &[&str], others: &Uses) -> Uses {
    own.iter()
        .map(|path| (*path).to_owned())
        .chain(others.iter().cloned())
        .collect()
}

/// Lays out a file: one header line, `use` lines, and a blank line between items.
pub fn file(
    header: &str,
    uses: &Uses,
    undescribed: bool,
    items: Vec<TokenStream>,
) -> Result<String, Errors> {
    let mut text = format!("//! {header}\n");
    if undescribed {
        text.push_str(&format!(
            "#![allow(missing_docs, reason = \"{UNDESCRIBED}\")]\n"
        ));
    }
    for group in grouped(uses) {
        text.push('\n');
        text.push_str(&pretty(group)?);
    }
    for item in items {
        text.push('\n');
        text.push_str(&spaced(&pretty(item)?));
    }
    Ok(text)
}

/// `use` lines, a line for each module, in a group for other crates, one for ours and one for this contract.
fn grouped(uses: &Uses) -> Vec<TokenStream> {
    let origin = |path: &str| match path.split("::").next() {
        Some("agui_runtime") => 1,
        Some("super") => 2,
        _ => 0,
    };
    let group = |wanted: usize| {
        let mut modules = std::collections::BTreeMap::<&str, Vec<TokenStream>>::new();
        for (module, name) in uses
            .iter()
            .filter(|path| origin(path) == wanted)
            .filter_map(|path| path.rsplit_once("::"))
        {
            modules.entry(module).or_default().push(tokens(name));
        }
        let lines = modules.into_iter().map(|(module, names)| {
            let module = tokens(module);
            match names.as_slice() {
                [name] => quote! { use #module::#name; },
                names => quote! { use #module::{#(#names),*}; },
            }
        });
        lines.collect::<TokenStream>()
    };
    (0..3)
        .map(group)
        .filter(|group| !group.is_empty())
        .collect()
}

fn pretty(item: TokenStream) -> Result<String, Errors> {
    let shown = item.to_string();
    let file = syn::parse2::<syn::File>(item).map_err(|error| {
        Errors::from(format!("generated code does not parse: {error}: {shown}"))
    })?;
    Ok(prettyplease::unparse(&file))
}

/// Puts a blank line before each documented item inside an item that is not the first.
fn spaced(text: &str) -> String {
    let mut spaced = String::new();
    let mut previous = "";
    for line in text.lines() {
        let trimmed = line.trim_start();
        let starts = line.starts_with(' ')
            && (trimmed.starts_with("///")
                || trimmed.starts_with("#[graphql")
                || trimmed.starts_with("async fn"));
        if starts
            && (previous.ends_with([';', '}'])
                || previous.ends_with(',') && trimmed.starts_with("///"))
        {
            spaced.push('\n');
        }
        spaced.push_str(line);
        spaced.push('\n');
        previous = line;
    }
    spaced
}

/// Text that the model decided on, as tokens.
fn tokens(text: &str) -> TokenStream {
    text.parse()
        .unwrap_or_else(|_| quote! { compile_error!(#text) })
}

fn list(texts: &[String]) -> Vec<TokenStream> {
    texts.iter().map(|text| tokens(text)).collect()
}

/// Doc comments.
fn docs(description: Option<&str>) -> TokenStream {
    let lines = description.unwrap_or_default().lines().map(|line| {
        if line.is_empty() {
            String::new()
        } else {
            format!(" {line}")
        }
    });
    quote! { #(#[doc = #lines])* }
}

/// The description, the derive and `#[graphql(…)]` of a type, in the order that Rust wants.
fn derived(item: &Item, derive: TokenStream) -> TokenStream {
    let docs = docs(item.description.as_deref());
    let graphql = graphql_attribute(item, vec![]);
    quote! { #docs #[derive(#derive)] #graphql }
}

/// The description and `#[graphql(…)]` of a field, value or argument, with `more` that its kind needs.
fn attributes(item: &Item, more: Vec<TokenStream>) -> TokenStream {
    let docs = docs(item.description.as_deref());
    let graphql = graphql_attribute(item, more);
    quote! { #docs #graphql }
}

fn graphql_attribute(item: &Item, more: Vec<TokenStream>) -> TokenStream {
    let name = item.graphql.iter().map(|name| quote! { name = #name });
    let parts: Vec<TokenStream> = name
        .chain(deprecation(&item.deprecated))
        .chain(more)
        .collect();
    if parts.is_empty() {
        TokenStream::new()
    } else {
        quote! { #[graphql(#(#parts),*)] }
    }
}

fn deprecation(deprecated: &Deprecated) -> Option<TokenStream> {
    deprecated.as_ref().map(|reason| match reason {
        Some(reason) => quote! { deprecation = #reason },
        None => quote! { deprecation },
    })
}

fn default(default: Option<&String>) -> Vec<TokenStream> {
    default
        .iter()
        .map(|expression| quote! { default_with = #expression })
        .collect()
}
