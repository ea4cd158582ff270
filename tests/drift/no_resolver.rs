//! What resolves nothing is told what to do.
use agui_runtime::generated::graphql::schema_builder;

struct Server;

fn main() {
    schema_builder(Server, Server);
}
