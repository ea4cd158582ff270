//! The page's files. Their addresses carry a version of them all, so that browsers keep them for good and never mix two.

use std::sync::LazyLock;

use http::{HeaderValue, StatusCode, header};
use poem::{Request, Response};

use crate::server::app;
use crate::server::files::{self, ASK_AGAIN, CSS, File, Files, JS, SVG};

/// Nothing from elsewhere, nothing that is not in a file of ours, and no text that becomes markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const HTML: &str = "text/html; charset=utf-8";

const PAGE: &str = include_str!("assets/index.html");

macro_rules! files {
    ($($kind:ident $name:literal,)*) => {
        const FILES: &[File] = &[
            $(($name, $kind, include_str!(concat!("assets/", $name))),)*
        ];
    };
}

files! {
    SVG "icon.svg",
    CSS "base.css",
    CSS "views.css",
    JS "answers.js",
    JS "api.js",
    JS "app.js",
    JS "chat.js",
    JS "configuration.js",
    JS "conversation.js",
    JS "dom.js",
    JS "events.js",
    JS "format.js",
    JS "key.js",
    JS "messages.js",
    JS "overview.js",
    JS "owner.js",
    JS "patch.js",
    JS "runs.js",
    JS "settings.js",
    JS "theme.js",
    JS "thread.js",
    JS "threads.js",
    JS "usage.js",
}

static ALL: LazyLock<Files> = LazyLock::new(|| Files::new(FILES));

/// The page, for faces at this path. Its links are relative: behind a proxy that adds a prefix they lead below it.
pub(super) fn page(request: &Request, base_path: &str) -> Response {
    let base = match base_path.trim_matches('/') {
        "" => ".",
        base => base,
    };
    let page = PAGE
        .replace("{{assets}}", &format!("console/assets/{}", ALL.version))
        .replace("{{base}}", base);
    let tag = format!("\"{}\"", files::version([page.as_str()]));
    let mut response = files::kept(request, &tag, ASK_AGAIN, HTML, page.into());
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::VARY, "Accept"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A file, by its path below `/console/assets/`.
pub(super) fn file(request: &Request, path: &str) -> Response {
    ALL.answer(request, path)
}

/// The address from which the page's relative links lead where they should.
pub(super) fn without_slash() -> Response {
    let mut response = app::status(StatusCode::PERMANENT_REDIRECT);
    let place = HeaderValue::from_static("../console");
    response.headers_mut().insert(header::LOCATION, place);
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_file_in_the_folder_is_served_and_no_other_is_asked_for() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/server/console/assets");
        let names = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = names
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "index.html")
            .collect();
        let mut served: Vec<_> = FILES.iter().map(|(name, ..)| (*name).to_owned()).collect();
        names.sort();
        served.sort();
        assert_eq!(names, served);
        for (name, _, content) in FILES.iter().filter(|(name, ..)| name.ends_with(".js")) {
            let imported = content.split("from \"./").skip(1);
            for import in imported.filter_map(|rest| rest.split('"').next()) {
                assert!(served.iter().any(|it| it == import), "{name}: {import}");
            }
        }
    }

    #[test]
    fn nothing_of_the_page_makes_markup_of_text() {
        for (name, _, content) in FILES {
            for sink in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "new Function",
                "srcdoc",
            ] {
                assert!(!content.contains(sink), "{name}: {sink}");
            }
        }
        assert!(
            !PAGE.contains("style=") && !PAGE.contains("http://") && !PAGE.contains("https://")
        );
    }
}
