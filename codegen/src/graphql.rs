//! The GraphQL half: from the files of the contract to its Rust.
use crate::{
    check,
    emit::{self, GeneratedFile},
    error::Errors,
    model::{self, Model},
    operations::Late,
    schema::Schema,
    sdl::{self, Source},
};

/// The files of the contract.
#[derive(Debug, Clone, Default)]
pub struct Contract {
    /// Upstream's schema first, then what extends it.
    pub schemas: Vec<Source>,
    /// What upstream's clients send.
    pub operations: Vec<Source>,
}

/// Reads, checks and decides.
pub fn model(contract: &Contract) -> Result<Model, Errors> {
    let mut errors = Errors::default();
    let files: Vec<sdl::Sdl> = contract
        .schemas
        .iter()
        .filter_map(|source| errors.absorb(sdl::parse(source)))
        .collect();
    let schema = Schema::merge(&files);
    // Where a file does not parse, every name of it would be unknown.
    errors.or(())?;
    check::schema(&files, &schema)?;
    check::operations(&schema, &contract.operations)?;
    let late = Late::collect(&schema, &contract.operations)?;
    Ok(model::build(&schema, &late))
}

/// All files, relative to `generated/graphql`.
pub fn generate(contract: &Contract) -> Result<Vec<GeneratedFile>, Errors> {
    let model = model(contract)?;
    let sources: Vec<String> = contract
        .schemas
        .iter()
        .map(|source| format!("`{}`", source.path))
        .collect();
    emit::graphql(&model, &sources.join(" and "))
}
