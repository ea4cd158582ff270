//! `resolvers.rs`: a trait for each root type, and the glue that serves what implements it.
use proc_macro2::TokenStream;
use quote::quote;

use super::{attributes, default, docs, graphql_attribute, tokens};
use crate::model::{InputField, Method, Model, Role, Root, Unreachable};

/// What the file uses of async-graphql.
pub fn uses(model: &Model) -> Vec<&'static str> {
    let mutates = model.roots.iter().any(|root| root.role == Role::Mutation);
    let mut uses = vec![
        "async_graphql::Context",
        "async_graphql::EmptySubscription",
        "async_graphql::Object",
        "async_graphql::Result",
        "async_graphql::Schema",
        "async_graphql::SchemaBuilder",
    ];
    uses.extend((!mutates).then_some("async_graphql::EmptyMutation"));
    uses
}

pub fn emit(model: &Model) -> Vec<TokenStream> {
    let mut items: Vec<TokenStream> = model
        .roots
        .iter()
        .flat_map(|root| [resolver(root), holder(root), glue(root)])
        .collect();
    items.push(builder(model));
    items
}

fn resolver(root: &Root) -> TokenStream {
    let (name, schema_name) = (tokens(&root.resolver), &root.item.rust);
    let docs = docs(Some(&format!("Resolves the fields of `{schema_name}`.")));
    let message = format!("`{{Self}}` does not resolve the fields of `{schema_name}`");
    let note = format!(
        "implement `{}` for it; `just schema-stubs {schema_name}` prints a start",
        root.resolver
    );
    let methods = root.methods.iter().map(|method| {
        let head = signature(method);
        quote! { #head; }
    });
    quote! {
        #docs
        #[diagnostic::on_unimplemented(message = #message, note = #note)]
        pub trait #name: Send + Sync + 'static { #(#methods)* }
    }
}

/// A method of the trait, documented, without the end.
fn signature(method: &Method) -> TokenStream {
    let described = method
        .item
        .description
        .clone()
        .unwrap_or_else(|| format!("Resolves `{}`.", method.path));
    let docs = docs(Some(&described));
    let (name, ty) = (tokens(&method.item.rust), tokens(&method.ty));
    let args = args(&method.args);
    quote! { #docs fn #name(&self, ctx: &Context<'_> #(, #args)*) -> impl Future<Output = Result<#ty>> + Send }
}

/// `name: Type` of each argument.
pub fn args(args: &[InputField]) -> Vec<TokenStream> {
    let arg = |arg: &InputField| {
        let (name, ty) = (tokens(&arg.item.rust), tokens(&arg.ty));
        quote! { #name: #ty }
    };
    args.iter().map(arg).collect()
}

fn holder(root: &Root) -> TokenStream {
    let (name, resolver) = (tokens(&root.item.rust), &root.resolver);
    let docs = docs(Some(&format!("Serves what a [`{resolver}`] resolves.")));
    quote! { #docs pub struct #name<R>(pub R); }
}

fn glue(root: &Root) -> TokenStream {
    let docs = docs(root.item.description.as_deref());
    let named = root
        .item
        .graphql
        .iter()
        .map(|name| quote! { (name = #name) });
    let (name, resolver) = (tokens(&root.item.rust), tokens(&root.resolver));
    let methods = root.methods.iter().map(glue_method);
    quote! {
        #docs
        #[Object #(#named)*]
        impl<R: #resolver> #name<R> { #(#methods)* }
    }
}

fn glue_method(method: &Method) -> TokenStream {
    let attributes = attributes(&method.item, vec![]);
    let (name, ty) = (tokens(&method.item.rust), tokens(&method.ty));
    let names = method.args.iter().map(|arg| tokens(&arg.item.rust));
    let args = method.args.iter().map(|arg| {
        let mut more = default(arg.default.as_ref());
        more.extend(
            arg.item
                .description
                .iter()
                .map(|description| quote! { desc = #description }),
        );
        let attribute = graphql_attribute(&arg.item, more);
        let (name, ty) = (tokens(&arg.item.rust), tokens(&arg.ty));
        quote! { #attribute #name: #ty }
    });
    quote! {
        #attributes
        async fn #name(&self, ctx: &Context<'_> #(, #args)*) -> Result<#ty> { self.0.#name(ctx #(, #names)*).await }
    }
}

fn builder(model: &Model) -> TokenStream {
    let root = |role| {
        model
            .roots
            .iter()
            .find(|root| root.role == role)
            .map(|root| (tokens(&root.item.rust), tokens(&root.resolver)))
    };
    let Some((query, query_resolver)) = root(Role::Query) else {
        return TokenStream::new();
    };
    let registered = model
        .unreachable
        .iter()
        .map(|unreachable| match unreachable {
            Unreachable::Output(name) => {
                let name = tokens(name);
                quote! { .register_output_type::<#name>() }
            }
            Unreachable::Input(name) => {
                let name = tokens(name);
                quote! { .register_input_type::<#name>() }
            }
        });
    match root(Role::Mutation) {
        Some((mutation, mutation_resolver)) => quote! {
            /// Starts a schema that `query` and `mutation` resolve.
            pub fn schema_builder<Q: #query_resolver, M: #mutation_resolver>(query: Q, mutation: M) -> SchemaBuilder<#query<Q>, #mutation<M>, EmptySubscription> {
                Schema::build(#query(query), #mutation(mutation), EmptySubscription) #(#registered)*
            }
        },
        None => quote! {
            /// Starts a schema that `query` resolves.
            pub fn schema_builder<Q: #query_resolver>(query: Q) -> SchemaBuilder<#query<Q>, EmptyMutation, EmptySubscription> {
                Schema::build(#query(query), EmptyMutation, EmptySubscription) #(#registered)*
            }
        },
    }
}
