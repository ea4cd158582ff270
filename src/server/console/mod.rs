//! The console: a page for whoever runs the server, at `/` for browsers and at `/console`, made of files in this binary.
//!
//! The page is for everybody and says nothing; what it shows it asks for, of the AG-UI face and of `/console/api`, which are
//! behind the server's authentication. No page of another origin is answered.

mod api;
mod assets;
mod others;
mod site;

pub(super) use api::begin;

use http::{Method, header};
use poem::{Request, Response};

use super::app::Shared;
use super::{HttpOptions, respond};
use crate::reply::Reply;

/// Where everything but the page itself is, and the page too.
const ROOT: &str = "/console";

/// What the console shows besides what the runtime knows.
#[derive(Debug, Clone, Default)]
pub struct ConsoleOptions {
    /// The configuration as text, for admins to read: without secrets.
    pub configuration: String,
    /// What kind of store there is, such as `sqlite`.
    pub store: String,
}

/// Whether a console fits beside faces at this path: below its own they would shadow each other.
pub(crate) fn fits_beside(base_path: &str) -> bool {
    let below = base_path.strip_prefix(ROOT);
    below.is_none_or(|rest| !rest.is_empty() && !rest.starts_with('/'))
}

/// What of the console a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// The page.
    Page,
    /// The page, by an address from which its relative links lead nowhere.
    Slash,
    /// A file of the page, below the version of them all.
    Asset(&'a str),
    /// What the page asks.
    Api(&'a str),
}

impl<'a> Place<'a> {
    /// The place that is asked for, if the console is there and it is one.
    pub(super) fn of(request: &'a Request, options: &HttpOptions) -> Option<Self> {
        options.console.as_ref()?;
        if !fits_beside(&options.base_path) {
            return None;
        }
        let accept = request.header(header::ACCEPT).unwrap_or_default();
        let browser =
            matches!(*request.method(), Method::GET | Method::HEAD) && accept.contains("text/html");
        Self::at(request.uri().path(), browser && options.base_path != "/")
    }

    /// The root belongs to the faces where they are there, and to the console for browsers elsewhere.
    fn at(path: &'a str, has_root: bool) -> Option<Self> {
        if path == "/" {
            return has_root.then_some(Self::Page);
        }
        match path.strip_prefix(ROOT)? {
            "" => Some(Self::Page),
            "/" => Some(Self::Slash),
            rest => match rest.strip_prefix("/assets/") {
                Some(asset) => Some(Self::Asset(asset)),
                None => rest.strip_prefix("/api/").map(Self::Api),
            },
        }
    }

    /// Whether it is the same for everybody, and holds nothing that anybody may not see.
    fn is_public(self) -> bool {
        !matches!(self, Self::Api(_))
    }
}

impl Shared {
    /// Answers for a place of the console.
    pub(super) async fn console(&self, request: Request) -> Response {
        let Some(place) = Place::of(&request, &self.options) else {
            return respond(Reply::not_found());
        };
        if place.is_public() && !matches!(*request.method(), Method::GET | Method::HEAD) {
            return respond(Reply::method_not_allowed("GET"));
        }
        match place {
            Place::Page => assets::page(&request, &self.options.base_path),
            Place::Slash => assets::without_slash(),
            Place::Asset(path) => assets::file(&request, path),
            Place::Api(path) => {
                let path = path.to_owned();
                self.console_api(request, &path).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_console_s_where_the_faces_are_not() {
        assert_eq!(Place::at("/", true), Some(Place::Page));
        assert_eq!(Place::at("/", false), None);
        for has_root in [true, false] {
            let at = |path| Place::at(path, has_root);
            assert_eq!(at("/console"), Some(Place::Page));
            assert_eq!(at("/console/"), Some(Place::Slash));
            assert_eq!(at("/console/assets/1/a.js"), Some(Place::Asset("1/a.js")));
            assert_eq!(at("/console/api/threads"), Some(Place::Api("threads")));
            for other in ["/consoles", "/console/x", "/api/copilotkit", "/info", ""] {
                assert_eq!(at(other), None, "{other}");
            }
        }
    }

    #[test]
    fn faces_below_the_console_leave_it_no_room() {
        assert!(fits_beside("/") && fits_beside("/api/copilotkit") && fits_beside("/consoles"));
        assert!(!fits_beside("/console") && !fits_beside("/console/api"));
    }
}
