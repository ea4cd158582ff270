//! What of the gate outlives a configuration: the address that is listened on, and keys that were fetched.

use std::net::SocketAddr;

use super::{Auth, AuthConfig, KeyCaches};
use crate::server::ServeError;

/// The address that is listened on, and what is known of those who come.
pub(in crate::server) struct Door {
    local: SocketAddr,
    caches: KeyCaches,
}

impl Door {
    /// At this address.
    pub(in crate::server) fn at(local: SocketAddr) -> Self {
        let caches = KeyCaches::default();
        Self { local, caches }
    }

    /// Who may ask by this configuration, which must not leave the address open by mistake.
    pub(in crate::server) fn auth(&self, config: &AuthConfig) -> Result<Auth, ServeError> {
        if let Some(reason) = config.refusal(self.local.ip()) {
            let address = self.local;
            return Err(ServeError::Open { address, reason });
        }
        let auth = config.auth(&self.caches)?;
        self.caches.fetch();
        Ok(auth.operator(self.local.ip().to_canonical().is_loopback()))
    }
}
