//! GraphiQL, for people who open the runtime's URL in a browser. All of it is in the binary: nothing is loaded from elsewhere.

use std::sync::LazyLock;

use http::{HeaderValue, StatusCode, header};
use poem::{Request, Response};

use super::files::{CSS, File, Files, JS};

/// Its editor sets styles from scripts; no script but the files below runs, and nobody else is asked.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = include_str!("index.html");

/// As their projects publish them on npm, but for `start.js` and `page.css`; `vendor/README.md` names them.
const FILES: &[File] = &[
    ("page.css", CSS, include_str!("page.css")),
    ("start.js", JS, include_str!("start.js")),
    (
        "graphiql.min.css",
        CSS,
        include_str!("vendor/graphiql.min.css"),
    ),
    (
        "graphiql.min.js",
        JS,
        include_str!("vendor/graphiql.min.js"),
    ),
    (
        "react.production.min.js",
        JS,
        include_str!("vendor/react.production.min.js"),
    ),
    (
        "react-dom.production.min.js",
        JS,
        include_str!("vendor/react-dom.production.min.js"),
    ),
];

static ALL: LazyLock<Files> = LazyLock::new(|| Files::new(FILES));

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

/// The page for faces at this path.
pub(super) fn page(base_path: &str) -> Response {
    let base = base_path.trim_end_matches('/');
    let page = PAGE
        .replace("{{files}}", &format!("{base}/graphiql/{}", ALL.version))
        .replace("{{endpoint}}", base_path);
    let mut response = Response::builder().content_type("text/html").body(page);
    let headers = response.headers_mut();
    let policy = HeaderValue::from_static(POLICY);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// One of the page's files, by its path below `{base_path}/graphiql/`.
pub(super) fn file(request: &Request, path: &str) -> Response {
    ALL.answer(request, path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn what_is_vendored_is_what_was_published() {
        let listed = include_str!("vendor/README.md");
        for (name, _, content) in FILES.iter().filter(|(name, ..)| name.contains(".min.")) {
            let hash = Sha256::digest(content);
            let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            let line = listed
                .lines()
                .find(|line| line.contains(&format!("`{name}`")));
            assert!(line.unwrap().contains(&hash), "{name}: {hash}");
        }
    }
}
