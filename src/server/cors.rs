//! Cross-origin rules. Upstream 1.10.6 lets any origin in with credentials, which hands every visitor's session to every
//! site; here credentials need a list of origins, and who is not on the list changes nothing. Upstream exposes no headers;
//! its clients want to read the version.

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

impl CorsOptions {
    /// The headers of an answer with these headers to a request from this origin.
    pub(super) fn answer(
        &self,
        origin: Option<&HeaderValue>,
        answer: &HeaderMap,
    ) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers = self.allow(origin);
        if !headers.is_empty() && answer.contains_key(VERSION_HEADER) {
            let exposed = HeaderValue::from_static(VERSION_HEADER);
            headers.push((header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed));
        }
        headers
    }

    /// The headers of the answer to a preflight.
    pub(super) fn preflight(&self, request: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers = self.allow(request.get(header::ORIGIN));
        if headers.is_empty() {
            return headers;
        }
        if let Some(method) = request.get(header::ACCESS_CONTROL_REQUEST_METHOD) {
            headers.push((header::ACCESS_CONTROL_ALLOW_METHODS, method.clone()));
        }
        if let Some(asked) = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
            let allowed = match self.headers.is_empty() {
                true => Some(asked.clone()),
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
        self.allow(Some(origin)).is_empty() && !is_own(origin, headers)
    }

    /// Says yes to the origin, or nothing at all.
    fn allow(&self, origin: Option<&HeaderValue>) -> Vec<(HeaderName, HeaderValue)> {
        let Some(origin) = origin else {
            return Vec::new();
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
fn is_own(origin: &HeaderValue, headers: &HeaderMap) -> bool {
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
}
