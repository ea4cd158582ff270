//! `outputs.rs`
use proc_macro2::TokenStream;
use quote::quote;

use super::{attributes, deprecation, derived, list, tokens};
use crate::model::{Interface, Model, Object, Output, OutputField, Union};

/// The derives that the model needs.
pub fn derives(model: &Model) -> Vec<&'static str> {
    let derive = |output: &Output| match output {
        Output::Object(_) => "async_graphql::SimpleObject",
        Output::Interface(_) => "async_graphql::Interface",
        Output::Union(_) => "async_graphql::Union",
    };
    model.outputs.iter().map(derive).collect()
}

pub fn emit(model: &Model) -> Vec<TokenStream> {
    let render = |output: &Output| match output {
        Output::Object(definition) => object(definition),
        Output::Interface(definition) => interface(definition),
        Output::Union(definition) => union(definition),
    };
    model.outputs.iter().map(render).collect()
}

fn object(definition: &Object) -> TokenStream {
    let attributes_of_object = derived(&definition.item, quote! { SimpleObject });
    let name = tokens(&definition.item.rust);
    let fields = definition.fields.iter().map(|field| {
        let attributes = attributes(&field.item, vec![]);
        let (name, ty) = (tokens(&field.item.rust), tokens(&field.ty));
        quote! { #attributes pub #name: #ty }
    });
    quote! {
        #attributes_of_object
        pub struct #name { #(#fields),* }
    }
}

fn interface(definition: &Interface) -> TokenStream {
    let attributes = derived(&definition.item, quote! { Interface });
    let name = tokens(&definition.item.rust);
    let fields = definition.fields.iter().map(interface_field);
    let members = list(&definition.members);
    quote! {
        #attributes
        #(#fields)*
        pub enum #name { #(#members(#members)),* }
    }
}

fn interface_field(field: &OutputField) -> TokenStream {
    let method = field.item.rust.trim_start_matches("r#");
    let name = field.item.graphql.as_deref().map_or(
        quote! { name = #method },
        |name| quote! { name = #name, method = #method },
    );
    let ty = format!("&{}", field.ty);
    let description = field
        .item
        .description
        .iter()
        .map(|description| quote! { desc = #description });
    let more = description.chain(deprecation(&field.item.deprecated));
    quote! { #[graphql(field(#name, ty = #ty #(, #more)*))] }
}

fn union(definition: &Union) -> TokenStream {
    let attributes = derived(&definition.item, quote! { Union });
    let name = tokens(&definition.item.rust);
    let members = list(&definition.members);
    quote! {
        #attributes
        pub enum #name { #(#members(#members)),* }
    }
}
