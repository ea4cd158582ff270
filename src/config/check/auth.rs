//! Who may ask: what `[auth]` says of itself, of agents, and of the address that others can reach.

use std::net::{IpAddr, Ipv4Addr};

use super::{Check, Path};
use crate::server::auth::AuthConfigError;

impl Check<'_> {
    pub(super) fn auth(&mut self) {
        self.refuse_auth(self.config.auth.mistakes());
        // What there is elsewhere is not known before it is asked.
        if self.config.remote_endpoints.is_empty() {
            let named: Vec<_> = self
                .config
                .auth
                .agents
                .named()
                .map(|(name, _)| name)
                .collect();
            for name in named {
                if let Some(message) = self.missing_agent(name, None) {
                    self.refuse(Path::from("auth.agents").child(name), message);
                }
            }
        }
    }

    /// What a server needs: what is missing here, and whether strangers would be let in.
    pub(super) fn auth_here(&mut self) {
        self.refuse_auth(self.config.auth.mistakes_here());
        self.reachable();
    }

    fn refuse_auth(&mut self, mistakes: Vec<AuthConfigError>) {
        for AuthConfigError { path, message } in mistakes {
            let mut keys = path.iter().map(String::as_str);
            let section = Path::from(keys.next().unwrap_or_default());
            self.refuse(section.children(keys), message);
        }
    }

    /// A name is looked up when the server starts, and its address judged then.
    fn reachable(&mut self) {
        let host = self.config.server.host.trim();
        let address = match host.parse::<IpAddr>() {
            Ok(address) => address,
            Err(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        let doubtful = self.found.doubts(&"auth".into());
        if let Some(reason) = self.config.auth.refusal(address).filter(|_| !doubtful) {
            self.refuse("server.host", reason);
        }
    }
}
