//! GraphiQL, for people who open the runtime's URL in a browser.

use async_graphql::http::GraphiQLSource;
use http::StatusCode;
use poem::Response;

/// The page; like upstream's, it loads GraphiQL itself from a public CDN.
pub(super) fn page(endpoint: &str) -> Response {
    let page = GraphiQLSource::build()
        .endpoint(endpoint)
        .title("agui-runtime")
        .finish();
    Response::builder().content_type("text/html").body(page)
}

/// What is there in place of the page where it is turned off.
pub(super) fn turned_off() -> Response {
    const PAGE: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>agui-runtime</title>\n\
        <p>GraphiQL is turned off on this server (<code>graphiql</code> and <code>introspection</code> in its \
        <code>[server]</code> section). CopilotKit's clients and other programs call this address all the same.</p>\n";
    Response::builder()
        .status(StatusCode::NOT_FOUND)
        .content_type("text/html; charset=utf-8")
        .body(PAGE)
}
