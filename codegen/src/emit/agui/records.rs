//! Structs: their fields, `new`, and how they are read and written.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse_quote;

use super::{call, docs, ident, pretty};
use crate::json_schema::{Field, Record, RustType};

/// The struct, its `new` and its reading and writing.
pub fn record(record: &Record) -> String {
    let name = ident(&record.name);
    let record_docs = docs(&record.docs);
    let default = record.default.then(|| quote!(, Default));
    let fields = record.fields.iter().map(|field| {
        let (name, ty, field_docs) = (ident(&field.name), rust_type(&field.ty), docs(&field.docs));
        quote!(#(#field_docs)* pub #name: #ty)
    });
    let definition = parse_quote! {
        #(#record_docs)*
        #[derive(Debug, Clone, PartialEq #default)]
        pub struct #name {
            #(#fields,)*
            /// Keys that the contract does not know.
            pub extra: Extra,
        }
    };
    let constants = record
        .constants
        .iter()
        .map(|constant| format!("const {:?} = {:?}", constant.key, constant.value));
    let entries = record
        .fields
        .iter()
        .map(|field| format!("{:?}: {}", field.key, field.name));
    let serde = call("record", &record.name, constants.chain(entries));
    format!("{}\n{serde}", pretty([definition, constructor(record)]))
}

fn constructor(record: &Record) -> syn::Item {
    let name = ident(&record.name);
    let required: Vec<&Field> = record
        .fields
        .iter()
        .filter(|field| field.required)
        .collect();
    let arguments = required.iter().map(|field| {
        let (name, ty) = (ident(&field.name), argument_type(&field.ty));
        quote!(#name: #ty)
    });
    let values = record.fields.iter().map(|field| {
        let (name, value) = (ident(&field.name), initial(field));
        match value {
            Some(value) => quote!(#name: #value),
            None => quote!(#name),
        }
    });
    let new_docs = docs(match required.len() {
        0 => "An empty one.",
        _ => "One with what is required, and nothing else.",
    });
    parse_quote! {
        impl #name {
            #(#new_docs)*
            pub fn new(#(#arguments),*) -> Self {
                Self { #(#values,)* extra: Extra::new() }
            }
        }
    }
}

/// What `new` puts into a field; `None` if that is the argument itself.
fn initial(field: &Field) -> Option<TokenStream> {
    let name = ident(&field.name);
    match (&field.constant, &field.ty) {
        (Some(constant), _) => Some(quote!(#constant.to_owned())),
        (None, RustType::Option(_)) => Some(quote!(None)),
        (None, RustType::String | RustType::FromText(_)) => Some(quote!(#name.into())),
        (None, _) => None,
    }
}

fn argument_type(ty: &RustType) -> TokenStream {
    let plain = rust_type(ty);
    match ty {
        RustType::String | RustType::FromText(_) => quote!(impl Into<#plain>),
        _ => plain,
    }
}

/// The type as it is written in Rust.
pub fn rust_type(ty: &RustType) -> TokenStream {
    match ty {
        RustType::Value => quote!(Value),
        RustType::String => quote!(String),
        RustType::Bool => quote!(bool),
        RustType::Integer => quote!(i64),
        RustType::Number => quote!(f64),
        RustType::Named(name) | RustType::FromText(name) => {
            let name = ident(name);
            quote!(#name)
        }
        RustType::List(items) => {
            let items = rust_type(items);
            quote!(Vec<#items>)
        }
        RustType::Boxed(inner) => {
            let inner = rust_type(inner);
            quote!(Box<#inner>)
        }
        RustType::Option(inner) => {
            let inner = rust_type(inner);
            quote!(Option<#inner>)
        }
    }
}
