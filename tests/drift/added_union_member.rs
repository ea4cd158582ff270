//! Upstream adds a type to an interface or a union.
use agui_runtime::generated::graphql::BaseMessageOutput;

fn id(message: &BaseMessageOutput) -> &str {
    match message {
        BaseMessageOutput::TextMessageOutput(message) => &message.id,
        BaseMessageOutput::ActionExecutionMessageOutput(message) => &message.id,
        BaseMessageOutput::ResultMessageOutput(message) => &message.id,
        BaseMessageOutput::AgentStateMessageOutput(message) => &message.id,
    }
}

fn main() {
    let _ = id;
}
