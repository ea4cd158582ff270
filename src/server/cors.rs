//! Cross-origin rules. Upstream 1.10.6 lets any origin in with credentials, which hands every visitor's session to every
//! site; here credentials need a list of origins. Upstream exposes no headers; its clients want to read the version.

use http::{HeaderMap, HeaderName, HeaderValue, header};

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
