//! The one gate: who is not known gets no further, but for what holds nothing of anybody's.

use http::{Method, StatusCode};
use poem::{Request, Response};

use super::{Asking, Known, Unknown};
use crate::principal::Principal;
use crate::server::app::{Shared, below, is_page};
use crate::server::console::Place;
use crate::server::health::Probe;

impl Shared {
    /// Answers a request once it is known who asks.
    pub(in crate::server) async fn gated(&self, mut request: Request) -> Response {
        match self.identify(&mut request).await {
            Ok(()) => self.hooked(request).await,
            Err(_) if self.is_open(&request) => self.hooked(request).await,
            Err(unknown) => {
                let peer = request.remote_addr().to_string();
                tell(&unknown, &peer);
                self.unknown(&request, &unknown)
            }
        }
    }

    /// Puts into the request who asks, and takes out of it by what that is known.
    async fn identify(&self, request: &mut Request) -> Result<(), Unknown> {
        // A middleware of the application's knows better.
        if request.extensions().get::<Principal>().is_some() {
            return Ok(());
        }
        let peer = request.remote_addr().as_socket_addr().map(|it| it.ip());
        let asking = Asking {
            headers: request.headers(),
            peer,
        };
        let Known {
            principal,
            credential,
        } = self.options.auth.know(asking).await?;
        request.extensions_mut().insert(principal);
        for header in credential {
            if !self.options.forward.names(&header) {
                request.headers_mut().remove(header);
            }
        }
        Ok(())
    }

    /// The answer to who is not an administrator, where only those may ask: everybody may where nobody is asked who they are.
    pub(in crate::server) fn admins_only(&self, request: &Request) -> Option<Response> {
        let refused = self.options.auth.is_on() && !self.principal(request).admin;
        refused.then(|| self.forbidden(request))
    }

    /// Whether a request is for what everybody may have: probes, and pages that hold nothing but themselves.
    fn is_open(&self, request: &Request) -> bool {
        let path = request.uri().path();
        if let Some(place) = Place::of(request, &self.options) {
            return place.is_public();
        }
        if Probe::of(path).is_some() {
            return true;
        }
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        reads
            && match below(&self.options.base_path, path) {
                Some("health") => true,
                Some("") => self.is_graphiql(request),
                _ => is_page(path),
            }
    }
}

/// Tells the operator; nothing of it comes from the request but its address.
fn tell(unknown: &Unknown, peer: &str) {
    match unknown {
        Unknown::Silent => tracing::debug!(peer, "refused: no credential"),
        Unknown::Wrong(reason) => tracing::info!(peer, "refused: {reason}"),
        Unknown::Later { reason, .. } => tracing::warn!(peer, "not answered: {reason}"),
    }
}

impl Unknown {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Silent | Self::Wrong(_) => StatusCode::UNAUTHORIZED,
            Self::Later { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
