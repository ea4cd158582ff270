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
    /// The schemas that upstream published.
    pub history: Vec<Source>,
}

/// What became of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// All files, relative to `generated/graphql`.
    pub files: Vec<GeneratedFile>,
    /// Operations of upstream's clients that the schema does not answer any more.
    pub drift: Errors,
}

/// Reads, checks and decides. The second value is the drift.
pub fn model(contract: &Contract) -> Result<(Model, Errors), Errors> {
    let mut errors = Errors::default();
    let files: Vec<sdl::Sdl> = contract
        .schemas
        .iter()
        .filter_map(|source| errors.absorb(sdl::parse(source)))
        .collect();
    // Where a file does not parse, every name of it would be unknown.
    errors.or(())?;
    let schema = Schema::merge(&files);
    check::schema(&files, &schema)?;
    let drift = check::operations(&schema, &contract.operations, &contract.history)?;
    let late = Late::collect(&schema, &contract.operations)?;
    Ok((model::build(&schema, &late), drift))
}

/// Generates everything.
pub fn generate(contract: &Contract) -> Result<Generated, Errors> {
    let (model, drift) = model(contract)?;
    let sources: Vec<String> = contract
        .schemas
        .iter()
        .map(|source| format!("`{}`", source.path))
        .collect();
    Ok(Generated {
        files: emit::graphql(&model, &sources.join(" and "))?,
        drift,
    })
}
