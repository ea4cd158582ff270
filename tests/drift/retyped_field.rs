//! Upstream makes a field nullable, or streams it: what fills it must say how.
use agui_runtime::generated::graphql::{Agent, OpenAIApiAssistantAPIResponse};

fn main() {
    OpenAIApiAssistantAPIResponse { run_id: "run".to_owned(), thread_id: None };
    let _ = |agents: Vec<Agent>| -> agui_runtime::graphql::streamed::Streamed<Agent> { agents };
}
