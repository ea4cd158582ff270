//! GraphiQL, for people who open the runtime's URL in a browser.

use async_graphql::http::GraphiQLSource;
use poem::Response;

/// The page; like upstream's, it loads GraphiQL itself from a public CDN.
pub(super) fn page(endpoint: &str) -> Response {
    let page = GraphiQLSource::build()
        .endpoint(endpoint)
        .title("agui-runtime")
        .finish();
    Response::builder().content_type("text/html").body(page)
}
