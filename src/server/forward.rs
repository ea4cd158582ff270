//! Which headers of a request reach the agents that it asks.
//!
//! A client's credentials are for the agent as much as for this server; what proxies and platforms put on the request on its
//! way here is not. The rules for AG-UI clients are upstream 1.75.0's. Upstream 1.10.6 hands an agent no header of a GraphQL
//! request; here an operator who lists headers gets them from both kinds of client.

use http::{HeaderMap, HeaderName, header};

/// What proxies and platforms add, each on its own (upstream 1.75.0).
const ADDED_ON_THE_WAY: [&str; 12] = [
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-server",
    "x-real-ip",
    "x-amzn-trace-id",
    "x-amz-cf-id",
    "x-cloud-trace-context",
    "x-cache",
    "x-served-by",
    "x-request-id",
];
/// The same by family (upstream 1.75.0).
const FAMILIES: [&str; 6] = [
    "x-amz-",
    "x-azure-",
    "x-fastly-",
    "x-vercel-",
    "x-middleware-",
    CLOUD,
];
/// Headers of upstream's cloud, whose keys are for nobody else.
const CLOUD: &str = "x-copilotcloud-";
/// What belongs to one connection or one body, and so never to another request, besides `content-*` and `proxy-*`.
const OF_THIS_REQUEST: [HeaderName; 11] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::HOST,
    header::EXPECT,
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    HeaderName::from_static("http2-settings"),
];

/// The rules by which request headers reach agents.
///
/// ```
/// use agui_runtime::server::HeaderForwarding;
///
/// let rules = HeaderForwarding::new(None, vec!["x-internal-*".into()]);
/// let request = [("authorization", "Bearer t"), ("x-tenant", "a"), ("x-internal-id", "7"), ("cookie", "a=b")];
/// let request = request.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
/// let forwarded = rules.headers(&request.into_iter().collect());
/// assert_eq!(forwarded.keys().collect::<Vec<_>>(), ["authorization", "x-tenant"]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct HeaderForwarding {
    allow: Option<Names>,
    deny: Names,
}

impl HeaderForwarding {
    /// Rules: only what `allow` names, in place of `authorization` and `x-*` without what proxies add; and nothing that
    /// `deny` names. A name may end in `*`, but cookies and keys of upstream's cloud pass only where they are named in full.
    pub fn new(allow: Option<Vec<String>>, deny: Vec<String>) -> Self {
        // An empty list is a slip of the pen, not a rule (upstream 1.75.0).
        let allow = allow.map(Names::new).filter(|names| !names.0.is_empty());
        Self {
            allow,
            deny: Names::new(deny),
        }
    }

    /// The headers of an AG-UI client's request that pass.
    pub fn headers(&self, request: &HeaderMap) -> HeaderMap {
        let pass = |name: &HeaderName| match &self.allow {
            Some(allow) if confidential(name) => allow.name(name.as_str()),
            Some(allow) => allow.contain(name.as_str()),
            None => by_default(name.as_str()),
        };
        self.only(request, pass)
    }

    /// The headers of a GraphQL client's request that pass: those that the operator lists, and none without a list.
    pub fn listed(&self, request: &HeaderMap) -> HeaderMap {
        match self.allow {
            Some(_) => self.headers(request),
            None => HeaderMap::new(),
        }
    }

    /// Whether the operator names this header in full: what was sent to this server alone passes only so.
    pub(super) fn names(&self, name: &HeaderName) -> bool {
        let allowed = self.allow.as_ref().is_some_and(|it| it.name(name.as_str()));
        allowed && !self.deny.contain(name.as_str())
    }

    fn only(&self, request: &HeaderMap, pass: impl Fn(&HeaderName) -> bool) -> HeaderMap {
        let kept = request.iter().filter(|(name, _)| {
            pass(name) && !self.deny.contain(name.as_str()) && !of_this_request(name)
        });
        let mut forwarded = HeaderMap::new();
        for (name, value) in kept {
            forwarded.append(name.clone(), value.clone());
        }
        forwarded
    }
}

fn by_default(name: &str) -> bool {
    name == "authorization"
        || name.starts_with("x-")
            && !ADDED_ON_THE_WAY.contains(&name)
            && !FAMILIES.iter().any(|family| name.starts_with(family))
}

/// What is between a browser and this server, or between the operator and upstream's cloud.
fn confidential(name: &HeaderName) -> bool {
    *name == header::COOKIE || name.as_str().starts_with(CLOUD)
}

fn of_this_request(name: &HeaderName) -> bool {
    OF_THIS_REQUEST.contains(name)
        || name.as_str().starts_with("content-")
        || name.as_str().starts_with("proxy-")
}

/// Header names in lower case; one that ends in `*` stands for all that begin so.
#[derive(Debug, Clone, Default)]
struct Names(Vec<String>);

impl Names {
    fn new(names: Vec<String>) -> Self {
        let names = names.iter().map(|name| name.trim().to_ascii_lowercase());
        Self(names.filter(|name| !name.is_empty()).collect())
    }

    /// Whether the name stands here in full.
    fn name(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }

    fn contain(&self, name: &str) -> bool {
        self.0.iter().any(|known| match known.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => known == name,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// What `golden/ag-ui/fwd_*` sent.
    const SENT: [(&str, &str); 21] = [
        ("host", "h"),
        ("connection", "close"),
        ("content-type", "application/json"),
        ("content-length", "2"),
        ("accept", "*/*"),
        ("accept-language", "en"),
        ("authorization", "Bearer user"),
        ("x-custom", "c"),
        ("x-forwarded-for", "1.1.1.1"),
        ("x-real-ip", "2.2.2.2"),
        ("x-request-id", "rid"),
        ("x-vercel-id", "v"),
        ("x-copilotcloud-public-api-key", "ck"),
        ("x-amz-foo", "1"),
        ("cookie", "a=b"),
        ("x-only", "only"),
        ("x-nope", "nope"),
        ("traceparent", "00-a-b-01"),
        ("proxy-authorization", "p"),
        ("x-tenant", "a"),
        ("x-tenant", "b"),
    ];

    fn sent() -> HeaderMap {
        let header = |(name, value): (&str, &str)| {
            let name: HeaderName = name.parse().unwrap();
            (name, value.parse().unwrap())
        };
        let mut headers = HeaderMap::new();
        for (name, value) in SENT.map(header) {
            headers.append(name, value);
        }
        headers
    }

    fn names(headers: &HeaderMap) -> Vec<&str> {
        let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    fn rules(allow: &[&str], deny: &[&str]) -> HeaderForwarding {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        HeaderForwarding::new((!allow.is_empty()).then(|| owned(allow)), owned(deny))
    }

    #[test]
    fn by_default_credentials_and_the_applications_own_headers_pass() {
        let forwarded = rules(&[], &[]).headers(&sent());
        assert_eq!(
            names(&forwarded),
            ["authorization", "x-custom", "x-nope", "x-only", "x-tenant"]
        );
        let both: Vec<_> = forwarded.get_all("x-tenant").iter().collect();
        assert_eq!(both, ["a", "b"]);
    }

    #[test]
    fn what_is_denied_does_not_pass_whatever_allows_it() {
        let forwarded = rules(&[], &["X-Nope", "x-ten*"]).headers(&sent());
        assert_eq!(names(&forwarded), ["authorization", "x-custom", "x-only"]);
        let forwarded = rules(&["x-only", "x-nope"], &["x-nope"]).headers(&sent());
        assert_eq!(names(&forwarded), ["x-only"]);
    }

    #[test]
    fn a_list_takes_the_place_of_the_defaults() {
        let listed = rules(&["X-Request-Id", "traceparent", "cookie"], &[]);
        assert_eq!(
            names(&listed.headers(&sent())),
            ["cookie", "traceparent", "x-request-id"]
        );
        let blank = rules(&[" "], &[]).headers(&sent());
        assert_eq!(names(&blank).len(), 5);
    }

    #[test]
    fn no_list_can_pass_on_what_belongs_to_one_connection_or_body() {
        let forwarded = rules(&["*"], &[]).headers(&sent());
        for name in [
            "host",
            "connection",
            "content-type",
            "content-length",
            "accept",
            "proxy-authorization",
        ] {
            assert!(!forwarded.contains_key(name), "{name}");
        }
        assert!(forwarded.contains_key("traceparent"));
    }

    #[test]
    fn cookies_and_cloud_keys_pass_only_by_their_full_names() {
        let key = "x-copilotcloud-public-api-key";
        for all in [&["*"][..], &["c*", "x-*"], &["x-copilotcloud-*"]] {
            let forwarded = rules(all, &[]).headers(&sent());
            let passed = names(&forwarded);
            assert!(
                !passed.contains(&"cookie") && !passed.contains(&key),
                "{passed:?}"
            );
        }
        let forwarded = rules(&["cookie", key], &[]).headers(&sent());
        assert_eq!(names(&forwarded), ["cookie", key]);
    }

    #[test]
    fn a_graphql_request_passes_on_what_is_listed_only() {
        assert!(rules(&[], &[]).listed(&sent()).is_empty());
        let listed = rules(&["authorization"], &[]).listed(&sent());
        assert_eq!(names(&listed), ["authorization"]);
    }
}
