//! Upstream removes a field from a type: what fills it must not.
use agui_runtime::generated::graphql::LoadAgentStateResponse;

fn main() {
    LoadAgentStateResponse {
        thread_id: "thread".into(),
        thread_exists: false,
        state: "{}".into(),
        messages: "[]".into(),
        checkpoint: "1".into(),
    };
}
