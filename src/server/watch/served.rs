//! Which face and route a request was for, in the words of the reference and never in the client's.

use crate::agui::Route;
use crate::metrics::HttpFace;
use crate::server::app::below;
use crate::server::health::Probe;

/// What answered a request. Whoever knows it better than the path puts it into the answer's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct Served {
    pub(super) face: HttpFace,
    pub(super) route: &'static str,
}

impl Served {
    /// A GraphQL operation.
    pub(in crate::server) const GRAPHQL: Self = Self {
        face: HttpFace::Graphql,
        route: "/",
    };

    /// A call of the AG-UI face, by its own path or in an envelope.
    pub(in crate::server) fn agui(route: &Route) -> Self {
        Self {
            face: HttpFace::Agui,
            route: route.pattern(),
        }
    }

    const fn server(route: &'static str) -> Self {
        Self {
            face: HttpFace::Server,
            route,
        }
    }

    /// As far as the path says.
    pub(super) fn expected(base_path: &str, path: &str) -> Self {
        if Probe::of(path).is_some() {
            return Self::server("/health");
        }
        if path == "/console" || path.starts_with("/console/") {
            return Self::server("/console");
        }
        match below(base_path, path) {
            Some("") => Self::GRAPHQL,
            Some("usage") => Self::server("/usage"),
            Some("health") => Self::server("/health"),
            Some(path) => Route::of(path).map_or(Self::server("other"), |it| Self::agui(&it)),
            None => Self::server(match path {
                "/" => "/",
                "/metrics" => "/metrics",
                "/docs" | "/docs/" => "/docs",
                "/openapi.json" => "/openapi.json",
                _ => "other",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_route_has_a_word_of_the_client() {
        let route = |path: &str| {
            let served = Served::expected("/api/copilotkit", path);
            (served.face.name(), served.route)
        };
        assert_eq!(route("/api/copilotkit"), ("graphql", "/"));
        let run = ("agui", "/agent/{agent}/run");
        assert_eq!(route("/api/copilotkit/agent/secret-name/run"), run);
        assert_eq!(
            route("/api/copilotkit/threads/42"),
            ("agui", "/threads/{thread}")
        );
        assert_eq!(route("/api/copilotkit/../etc/passwd"), ("server", "other"));
        assert_eq!(route("/health/ready"), ("server", "/health"));
        assert_eq!(route("/metrics"), ("server", "/metrics"));
        assert_eq!(route("/console/threads/42"), ("server", "/console"));
        assert_eq!(route("/wp-login.php"), ("server", "other"));
    }
}
