//! `inputs.rs`
use proc_macro2::TokenStream;
use quote::quote;

use super::{attributes, default, derived, tokens};
use crate::model::{Input, Model};

pub fn emit(model: &Model) -> Vec<TokenStream> {
    model.inputs.iter().map(render).collect()
}

fn render(definition: &Input) -> TokenStream {
    let attributes_of_input = derived(&definition.item, quote! { InputObject, Debug, Clone });
    let name = tokens(&definition.item.rust);
    let fields = definition.fields.iter().map(|field| {
        let attributes = attributes(&field.item, default(field.default.as_ref()));
        let (name, ty) = (tokens(&field.item.rust), tokens(&field.ty));
        quote! { #attributes pub #name: #ty }
    });
    quote! {
        #attributes_of_input
        pub struct #name { #(#fields),* }
    }
}
