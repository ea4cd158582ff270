//! Upstream adds a value to an enum: a match without a wildcard must decide what it means.
use agui_runtime::generated::graphql::ActionInputAvailability;

fn offered(availability: ActionInputAvailability) -> bool {
    match availability {
        ActionInputAvailability::Disabled => false,
        ActionInputAvailability::Enabled => true,
    }
}

fn main() {
    offered(ActionInputAvailability::Enabled);
}
