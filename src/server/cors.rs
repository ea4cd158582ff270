//! Cross-origin rules. Upstream 1.10.6 lets any origin in with credentials, which hands every visitor's session to every
//! site; here credentials need a list of origins, and who is not on the list changes nothing. Upstream exposes no headers;
//! its clients want to read the version.
//!
//! Upstream 1.75.0 lets any origin in without credentials, and says so of every answer, even to those that name no origin.

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use crate::server::graphql::VERSION_HEADER;

/// Which origins a browser may read answers from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origins {
    /// Every one.
    #[default]
    Any,
    /// These, written as browsers send them: `https://app.example.com`.
    List(Vec<String>),
}

/// The rules for requests from other origins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CorsOptions {
    /// Who may read.
    pub origins: Origins,
    /// Whether cookies and authorization may come along; needs a list of origins.
    pub credentials: bool,
    /// Request headers that are allowed; those that the browser asks for if empty.
    pub headers: Vec<String>,
    /// How long a browser may keep the answer to a preflight, in seconds.
    pub max_age: Option<u64>,
}

/// Whose rules count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    GraphQl,
    AgUi,
}

impl Face {
    /// What AG-UI's face says without having been asked; GraphQL's says nothing then.
    fn unasked(self, value: &'static str) -> Option<HeaderValue> {
        (self == Self::AgUi).then(|| HeaderValue::from_static(value))
    }
}

/// Upstream's list (1.75.0), for those that do not say what they are about to ask.
const METHODS: &str = "GET, HEAD, PUT, POST, DELETE, PATCH, OPTIONS";

impl CorsOptions {
    /// The headers of an answer with these headers to a request from this origin.
    pub(super) fn answer(
        &self,
        origin: Option<&HeaderValue>,
        answer: &HeaderMap,
    ) -> Vec<(HeaderName, HeaderValue)> {
        let graphql = answer.contains_key(VERSION_HEADER);
        let mut headers = self.allow(origin, if graphql { Face::GraphQl } else { Face::AgUi });
        let exposed = match (graphql, answer.contains_key(header::RETRY_AFTER)) {
            (true, false) => VERSION_HEADER,
            (true, true) => "x-copilotkit-runtime-version, retry-after",
            (false, true) => "retry-after",
            (false, false) => return headers,
        };
        if !headers.is_empty() {
            let exposed = HeaderValue::from_static(exposed);
            headers.push((header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed));
        }
        headers
    }

    /// The headers of the answer to a preflight.
    pub(super) fn preflight(
        &self,
        request: &HeaderMap,
        face: Face,
    ) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers = self.allow(request.get(header::ORIGIN), face);
        if headers.is_empty() {
            return headers;
        }
        let method = request.get(header::ACCESS_CONTROL_REQUEST_METHOD).cloned();
        if let Some(method) = method.or_else(|| face.unasked(METHODS)) {
            headers.push((header::ACCESS_CONTROL_ALLOW_METHODS, method));
        }
        let asked = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
        if let Some(asked) = asked.or_else(|| face.unasked("*")) {
            let allowed = match self.headers.is_empty() {
                true => Some(asked),
                false => HeaderValue::from_str(&self.headers.join(", ")).ok(),
            };
            headers.extend(allowed.map(|allowed| (header::ACCESS_CONTROL_ALLOW_HEADERS, allowed)));
            let vary = HeaderValue::from_static("Access-Control-Request-Headers");
            headers.push((header::VARY, vary));
        }
        if let Some(seconds) = self.max_age {
            headers.push((header::ACCESS_CONTROL_MAX_AGE, seconds.into()));
        }
        headers
    }

    /// Whether a request may not change anything, as a page of an origin that is not allowed sent it.
    ///
    /// Browsers ask before most of such requests, but not before those that a form could send as well; keeping the answer
    /// from the page does not undo what the request did.
    pub(super) fn refuses(&self, method: &Method, headers: &HeaderMap) -> bool {
        if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return false;
        }
        let Some(origin) = headers.get(header::ORIGIN) else {
            return false;
        };
        self.allow(Some(origin), Face::GraphQl).is_empty() && !is_own(origin, headers)
    }

    /// Says yes to the origin, or nothing at all.
    fn allow(&self, origin: Option<&HeaderValue>, face: Face) -> Vec<(HeaderName, HeaderValue)> {
        let Some(origin) = origin else {
            let every = face.unasked("*").filter(|_| self.origins == Origins::Any);
            let every = every.map(|every| (header::ACCESS_CONTROL_ALLOW_ORIGIN, every));
            return every.into_iter().collect();
        };
        let allowed = match &self.origins {
            Origins::Any => HeaderValue::from_static("*"),
            Origins::List(list) if list.iter().any(|it| it.as_bytes() == origin.as_bytes()) => {
                origin.clone()
            }
            Origins::List(_) => return Vec::new(),
        };
        let mut headers = vec![
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed),
            (header::VARY, HeaderValue::from_static("Origin")),
        ];
        if self.credentials && self.origins != Origins::Any {
            let yes = HeaderValue::from_static("true");
            headers.push((header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes));
        }
        headers
    }
}

/// Whether the origin is the server's own. Pages cannot set either header.
pub(super) fn is_own(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    // A proxy in front may have put another host there; what the browser says of the page's site passes it.
    let same = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site == "same-origin");
    let origin = origin.to_str().unwrap_or_default();
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok());
    let at = origin.split_once("://").map(|(_, at)| at);
    same || at
        .zip(host)
        .is_some_and(|(at, host)| at.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn refuses(origins: Origins, method: Method, headers: &[(&'static str, &str)]) -> bool {
        let cors = CorsOptions {
            origins,
            ..CorsOptions::default()
        };
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        cors.refuses(&method, &headers)
    }

    #[test]
    fn only_what_a_page_of_another_origin_would_change_is_refused() {
        let listed = || Origins::List(vec!["https://app.example".to_owned()]);
        let host = ("host", "api.example:4000");
        let evil = ("origin", "https://evil.example");
        assert!(refuses(listed(), Method::POST, &[host, evil]));
        assert!(refuses(listed(), Method::DELETE, &[host, evil]));
        assert!(refuses(listed(), Method::POST, &[host, ("origin", "null")]));
        assert!(refuses(listed(), Method::POST, &[evil]));
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            assert!(!refuses(listed(), method, &[host, evil]));
        }
        assert!(!refuses(Origins::Any, Method::POST, &[host, evil]));
        for allowed in [
            &[host][..],
            &[host, ("origin", "https://app.example")],
            &[host, ("origin", "http://api.example:4000")],
            &[("host", "inner"), evil, ("sec-fetch-site", "same-origin")],
        ] {
            assert!(!refuses(listed(), Method::POST, allowed), "{allowed:?}");
        }
    }

    fn names(headers: Vec<(HeaderName, HeaderValue)>) -> Vec<String> {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let lines = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", text(value)));
        lines.collect()
    }

    #[test]
    fn ag_uis_face_tells_everybody_that_all_may_read() {
        let any = CorsOptions::default();
        let told = names(any.answer(None, &HeaderMap::new()));
        assert_eq!(told, ["access-control-allow-origin: *"]);
        let told = names(any.preflight(&HeaderMap::new(), Face::AgUi));
        let expected = [
            "access-control-allow-origin: *",
            "access-control-allow-methods: GET, HEAD, PUT, POST, DELETE, PATCH, OPTIONS",
            "access-control-allow-headers: *",
            "vary: Access-Control-Request-Headers",
        ];
        assert_eq!(told, expected);
        let one = CorsOptions {
            origins: Origins::List(vec!["http://a".to_owned()]),
            ..CorsOptions::default()
        };
        assert!(one.answer(None, &HeaderMap::new()).is_empty());
        assert!(one.preflight(&HeaderMap::new(), Face::AgUi).is_empty());
    }

    #[test]
    fn graphqls_face_answers_only_those_that_name_their_origin() {
        let any = CorsOptions::default();
        let mut answer = HeaderMap::new();
        answer.insert(VERSION_HEADER, HeaderValue::from_static("1"));
        assert!(any.answer(None, &answer).is_empty());
        assert!(any.preflight(&HeaderMap::new(), Face::GraphQl).is_empty());
    }
}
