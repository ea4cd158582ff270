//! `enums.rs`
use proc_macro2::TokenStream;
use quote::quote;

use super::{attributes, derived, tokens};
use crate::model::{Enum, Model};

pub fn emit(model: &Model) -> Vec<TokenStream> {
    model.enums.iter().map(render).collect()
}

fn render(definition: &Enum) -> TokenStream {
    let attributes_of_enum = derived(
        &definition.item,
        quote! { Enum, Debug, Clone, Copy, PartialEq, Eq, Hash },
    );
    let name = tokens(&definition.item.rust);
    let values = definition.values.iter().map(|value| {
        let attributes = attributes(value, vec![]);
        let name = tokens(&value.rust);
        quote! { #attributes #name }
    });
    quote! {
        #attributes_of_enum
        pub enum #name { #(#values),* }
    }
}
