//! What is served is the contract: upstream's schema with our extensions, and every operation that a client sends is valid.
#![allow(clippy::unwrap_used, missing_docs)]
use std::{fs, path::PathBuf};

use agui_runtime::{generated::graphql::*, graphql::scalars::JsonObject};
use async_graphql::{Context, Result, SDLExportOptions};
use graphql_tools::{
    parser::{parse_query, parse_schema},
    validation::{rules::default_rules_validation_plan, validate::validate},
};

use crate::support::sdl;

/// The types of a schema do not depend on what resolves it.
struct Nobody;

const NOBODY: &str = "nobody resolves this";

impl QueryResolver for Nobody {
    async fn available_agents(&self, _: &Context<'_>) -> Result<AgentsResponse> {
        Err(NOBODY.into())
    }

    async fn hello(&self, _: &Context<'_>) -> Result<String> {
        Err(NOBODY.into())
    }

    async fn load_agent_state(
        &self,
        _: &Context<'_>,
        _: LoadAgentStateInput,
    ) -> Result<LoadAgentStateResponse> {
        Err(NOBODY.into())
    }

    async fn runtime_info(&self, _: &Context<'_>) -> Result<RuntimeInfo> {
        Err(NOBODY.into())
    }
}

impl MutationResolver for Nobody {
    async fn generate_copilot_response(
        &self,
        _: &Context<'_>,
        _: GenerateCopilotResponseInput,
        _: Option<JsonObject>,
    ) -> Result<CopilotResponse> {
        Err(NOBODY.into())
    }

    async fn save_agent_state(
        &self,
        _: &Context<'_>,
        _: SaveAgentStateInput,
    ) -> Result<SaveAgentStateResponse> {
        Err(NOBODY.into())
    }

    async fn delete_agent_state(
        &self,
        _: &Context<'_>,
        _: DeleteAgentStateInput,
    ) -> Result<DeleteAgentStateResponse> {
        Err(NOBODY.into())
    }
}

fn served() -> String {
    schema_builder(Nobody, Nobody)
        .finish()
        .sdl_with_options(SDLExportOptions::new().include_specified_by())
}

fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_served_schema_is_the_contract() {
    let read = |path: &str| fs::read_to_string(project().join("schema").join(path)).unwrap();
    let roots = "schema { query: Query mutation: Mutation }";
    let contract = sdl::facts(&[&read("schema.graphql"), &read("extensions.graphql"), roots]);
    let differences = sdl::differences(&sdl::facts(&[&served()]), &contract);
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn every_operation_of_every_client_is_valid() {
    let directives =
        "directive @defer(if: Boolean, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
        directive @stream(if: Boolean, label: String, initialCount: Int) on FIELD";
    let sdl = served() + directives;
    let schema = parse_schema::<String>(&sdl).unwrap().into_static();
    let plan = default_rules_validation_plan();
    let mut operations = 0;
    for version in fs::read_dir(project().join("schema/operations")).unwrap() {
        for operation in fs::read_dir(version.unwrap().path()).unwrap() {
            let path = operation.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let errors = validate(
                &schema,
                &parse_query::<String>(&text).unwrap().into_static(),
                &plan,
            );
            assert!(errors.is_empty(), "{}: {errors:?}", path.display());
            operations += 1;
        }
    }
    assert!(
        operations >= 14,
        "only {operations} operations in schema/operations"
    );
}
