//! Upstream adds a value to an enum: a match without a wildcard must decide what it means.
use agui_runtime::generated::graphql::MessageRole;

fn openai(role: MessageRole) -> &'static str {
    match role {
        MessageRole::Assistant => "assistant",
        MessageRole::System => "system",
        MessageRole::Tool => "tool",
        MessageRole::User => "user",
    }
}

fn main() {
    openai(MessageRole::User);
}
