//! What `schema/extensions.graphql` adds. cynic knows upstream's schema only; a test validates these against both.

use serde::{Deserialize, Serialize};

const SAVE: &str = "mutation saveAgentState($data: SaveAgentStateInput!) {
  saveAgentState(data: $data) { threadId agentName state version }
}";
const DELETE: &str = "mutation deleteAgentState($data: DeleteAgentStateInput!) {
  deleteAgentState(data: $data) { deleted }
}";

/// Which state to write, and how.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SaveAgentState {
    /// The thread.
    pub thread_id: String,
    /// The agent.
    pub agent_name: String,
    /// JSON text.
    pub state_data: String,
    /// The top-level key to write; none for the whole state.
    pub state_key: Option<String>,
    /// Merge into what is there (RFC 7396), or take its place.
    pub merge_with_existing: bool,
}

/// Which state to forget.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteAgentState {
    /// The thread.
    pub thread_id: String,
    /// The agent.
    pub agent_name: String,
}

/// A state as it is after a write.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedState {
    /// The thread.
    pub thread_id: String,
    /// The agent.
    pub agent_name: String,
    /// The whole state, as JSON text.
    pub state: String,
    /// Counts writes, from 1.
    pub version: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Saved {
    pub save_agent_state: SavedState,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Deleted {
    pub delete_agent_state: Deletion,
}

#[derive(Deserialize)]
pub(super) struct Deletion {
    pub deleted: bool,
}

/// An operation that cynic did not build.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request<V> {
    pub operation_name: &'static str,
    pub query: &'static str,
    pub variables: V,
}

#[derive(Serialize)]
pub(super) struct Data<T> {
    data: T,
}

pub(super) fn save(data: SaveAgentState) -> Request<Data<SaveAgentState>> {
    Request {
        operation_name: "saveAgentState",
        query: SAVE,
        variables: Data { data },
    }
}

pub(super) fn delete(data: DeleteAgentState) -> Request<Data<DeleteAgentState>> {
    Request {
        operation_name: "deleteAgentState",
        query: DELETE,
        variables: Data { data },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use graphql_tools::parser::schema::{
        Definition, Document, TypeDefinition, TypeExtension, parse_schema,
    };
    use graphql_tools::validation::{rules::default_rules_validation_plan, validate::validate};
    use serde_json::json;

    use super::*;

    /// Upstream's schema with each `extend type` folded into its type.
    fn served() -> Document<'static, String> {
        let parse = |text: &'static str| parse_schema::<String>(text).unwrap().into_static();
        let mut schema = parse(include_str!("../../schema/schema.graphql"));
        for definition in parse(include_str!("../../schema/extensions.graphql")).definitions {
            let Definition::TypeExtension(TypeExtension::Object(added)) = definition else {
                schema.definitions.push(definition);
                continue;
            };
            let extended = schema
                .definitions
                .iter_mut()
                .find_map(|definition| match definition {
                    Definition::TypeDefinition(TypeDefinition::Object(object))
                        if object.name == added.name =>
                    {
                        Some(object)
                    }
                    _ => None,
                });
            extended.unwrap().fields.extend(added.fields);
        }
        schema
    }

    #[test]
    fn the_operations_validate_against_the_served_schema() {
        let schema = served();
        for operation in [SAVE, DELETE] {
            let parsed = graphql_tools::parser::parse_query::<String>(operation)
                .unwrap()
                .into_static();
            let found = validate(&schema, &parsed, &default_rules_validation_plan());
            assert!(found.is_empty(), "{found:?}");
        }
    }

    #[test]
    fn the_inputs_have_the_fields_of_the_schema() {
        let save = SaveAgentState {
            thread_id: "t".into(),
            agent_name: "a".into(),
            state_data: "{}".into(),
            state_key: Some("k".into()),
            merge_with_existing: false,
        };
        let delete = DeleteAgentState {
            thread_id: "t".into(),
            agent_name: "a".into(),
        };
        for (name, sent) in [
            ("SaveAgentStateInput", json!(save)),
            ("DeleteAgentStateInput", json!(delete)),
        ] {
            let fields: BTreeSet<String> = served()
                .definitions
                .into_iter()
                .find_map(|definition| match definition {
                    Definition::TypeDefinition(TypeDefinition::InputObject(input))
                        if input.name == name =>
                    {
                        Some(input)
                    }
                    _ => None,
                })
                .unwrap()
                .fields
                .into_iter()
                .map(|field| field.name)
                .collect();
            assert_eq!(
                sent.as_object()
                    .unwrap()
                    .keys()
                    .cloned()
                    .collect::<BTreeSet<_>>(),
                fields
            );
        }
    }
}
