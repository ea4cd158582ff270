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
        match request.uri().path() {
            // The faces' where they are there, and for all but browsers nobody's.
            "/" => (options.base_path != "/" && from_browser(request)).then_some(Self::Page),
            path => Self::at(path),
        }
    }

    fn at(path: &'a str) -> Option<Self> {
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
    pub(super) fn is_public(self) -> bool {
        !matches!(self, Self::Api(_))
    }
}

fn from_browser(request: &Request) -> bool {
    let accept = request.header(header::ACCEPT).unwrap_or_default();
    matches!(*request.method(), Method::GET | Method::HEAD) && accept.contains("text/html")
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
    fn only_paths_of_the_console_are_its_places() {
        assert_eq!(Place::at("/console"), Some(Place::Page));
        assert_eq!(Place::at("/console/"), Some(Place::Slash));
        let asset = Place::at("/console/assets/1/a.js");
        assert_eq!(asset, Some(Place::Asset("1/a.js")));
        let api = Place::at("/console/api/threads");
        assert_eq!(api, Some(Place::Api("threads")));
        for other in [
            "/consoles",
            "/console/x",
            "/api/copilotkit",
            "/info",
            "/",
            "",
        ] {
            assert_eq!(Place::at(other), None, "{other}");
        }
    }

    #[test]
    fn faces_below_the_console_leave_it_no_room() {
        assert!(fits_beside("/") && fits_beside("/api/copilotkit") && fits_beside("/consoles"));
        assert!(!fits_beside("/console") && !fits_beside("/console/api"));
    }
}
