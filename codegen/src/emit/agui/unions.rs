//! Enums: of structs told apart by a tag, of strings, of a text and a list.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse_quote;

use super::{call, docs, ident, pretty};
use crate::json_schema::{Accessor, RustType, TextOrList, Union, Words};

/// An enum of structs, its accessors and its reading and writing.
pub fn union(union: &Union) -> String {
    let name = ident(&union.name);
    let union_docs = docs(&union.docs);
    let variants = union.variants.iter().map(|variant| {
        let (name, record, variant_docs) = (
            ident(&variant.name),
            ident(&variant.record),
            docs(&variant.docs),
        );
        quote!(#(#variant_docs)* #name(#record))
    });
    let definition = parse_quote! {
        #(#union_docs)*
        #[derive(Debug, Clone, PartialEq)]
        pub enum #name {
            #(#variants,)*
            /// One that the contract does not know, kept as it is.
            Other(Unknown),
        }
    };
    let methods = std::iter::once(tag_accessor(union))
        .chain(union.accessors.iter().map(|shared| accessor(union, shared)));
    let methods = parse_quote!(impl #name { #(#methods)* });
    let errors = if union.tag_in_errors {
        " in errors"
    } else {
        ""
    };
    let head = format!("{} by {:?}{errors}", union.name, union.tag);
    let entries = union
        .variants
        .iter()
        .map(|v| format!("{:?}: {}({})", v.tag, v.name, v.record));
    format!(
        "{}\n{}",
        pretty([definition, methods]),
        call("tagged", &head, entries)
    )
}

fn tag_accessor(union: &Union) -> TokenStream {
    let (name, text) = &union.tag_accessor;
    let (name, method_docs) = (ident(name), docs(text));
    let arms = union.variants.iter().map(|variant| {
        let (variant, tag) = (ident(&variant.name), &variant.tag);
        quote!(Self::#variant(_) => #tag)
    });
    quote! {
        #(#method_docs)*
        pub fn #name(&self) -> &str {
            match self { #(#arms,)* Self::Other(unknown) => &unknown.tag }
        }
    }
}

fn accessor(union: &Union, shared: &Accessor) -> TokenStream {
    let (name, method_docs, key) = (ident(&shared.name), docs(&shared.docs), &shared.key);
    let (returned, known, unknown) = match shared.ty {
        RustType::String => (
            quote!(&str),
            quote!(.as_deref()),
            quote!(.and_then(Value::as_str)),
        ),
        RustType::Bool => (quote!(bool), quote!(), quote!(.and_then(Value::as_bool))),
        RustType::Integer => (quote!(i64), quote!(), quote!(.and_then(Value::as_i64))),
        // In a union, what is optional and as large as this is boxed.
        _ => (quote!(&Value), quote!(.as_deref()), quote!()),
    };
    let arms = union.variants.iter().map(|variant| {
        let variant = ident(&variant.name);
        let value = match (shared.optional, &shared.ty) {
            (true, _) => quote!(value.#name #known),
            (false, RustType::Bool | RustType::Integer) => quote!(Some(value.#name)),
            (false, _) => quote!(Some(&value.#name)),
        };
        quote!(Self::#variant(value) => #value)
    });
    quote! {
        #(#method_docs)*
        pub fn #name(&self) -> Option<#returned> {
            match self { #(#arms,)* Self::Other(unknown) => unknown.fields.get(#key) #unknown }
        }
    }
}

/// An enum of strings.
pub fn words(words: &Words) -> String {
    let name = ident(&words.name);
    let words_docs = docs(&words.docs);
    let variants = words.words.iter().map(|word| {
        let (name, word_docs) = (ident(&word.name), docs(&format!("`{}`", word.word)));
        quote!(#(#word_docs)* #name)
    });
    let definition = parse_quote! {
        #(#words_docs)*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum #name { #(#variants,)* }
    };
    let entries = words
        .words
        .iter()
        .map(|word| format!("{:?}: {}", word.word, word.name));
    format!(
        "{}\n{}",
        pretty([definition]),
        call("words", &words.name, entries)
    )
}

/// An enum of a text and a list.
pub fn text_or_list(either: &TextOrList) -> String {
    let (name, item, either_docs) = (ident(&either.name), ident(&either.item), docs(&either.docs));
    let definition = parse_quote! {
        #(#either_docs)*
        #[derive(Debug, Clone, PartialEq)]
        pub enum #name {
            /// Plain text.
            Text(String),
            /// Parts, in order.
            Parts(Vec<#item>),
        }
    };
    let entries = [
        "Text(String)".to_owned(),
        format!("Parts(Vec<{}>)", either.item),
    ];
    format!(
        "{}\n{}",
        pretty([definition]),
        call("text_or_list", &either.name, entries)
    )
}
