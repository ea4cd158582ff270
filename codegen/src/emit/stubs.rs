//! Stubs to paste: an `impl` of each resolver trait with every method.
use quote::quote;

use super::{resolvers::args, tokens};
use crate::{
    error::Errors,
    model::{Model, Root},
};

/// Prints the stubs of a root type, or of all.
pub fn emit(model: &Model, only: Option<&str>) -> Result<String, Errors> {
    let wanted: Vec<&Root> = model
        .roots
        .iter()
        .filter(|root| only.is_none_or(|name| root.item.rust == name))
        .collect();
    if wanted.is_empty() {
        let known: Vec<&str> = model
            .roots
            .iter()
            .map(|root| root.item.rust.as_str())
            .collect();
        return Err(Errors::from(format!(
            "\"{}\" is no root type; there are {}",
            only.unwrap_or_default(),
            known.join(" and ")
        )));
    }
    let mut text = String::new();
    for root in wanted {
        let (resolver, name) = (
            tokens(&root.resolver),
            tokens(&format!("My{}", root.item.rust)),
        );
        let methods = root.methods.iter().map(|method| {
            let (name, ty, args) = (tokens(&method.item.rust), tokens(&method.ty), args(&method.args));
            quote! { async fn #name(&self, ctx: &Context<'_> #(, #args)*) -> Result<#ty> { todo!() } }
        });
        let stub = super::pretty(quote! { impl #resolver for #name { #(#methods)* } })?;
        text.push_str(&super::spaced(&stub));
        text.push('\n');
    }
    Ok(text)
}
