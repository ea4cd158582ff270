//! Upstream adds a field to a type: what makes one must fill it.
use agui_runtime::generated::graphql::LoadAgentStateResponse;

fn main() {
    LoadAgentStateResponse {
        thread_id: "thread".into(),
        thread_exists: false,
        state: "{}".into(),
    };
}
