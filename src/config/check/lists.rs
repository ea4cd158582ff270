//! The sections that there may be several of: remote endpoints, MCP servers and LangServe chains.

use super::{Check, Path};

impl Check<'_> {
    pub(super) fn remote_endpoints(&mut self) {
        let endpoints = &self.config.remote_endpoints;
        for (n, endpoint) in endpoints.iter().enumerate() {
            let path = Path::from("remote_endpoints").child(n).child("url");
            if let Err(error) = endpoint.check_url() {
                let message = error.to_string();
                self.refuse(path, message.strip_prefix("url: ").unwrap_or(&message));
            } else if endpoints[..n].iter().any(|other| other.url == endpoint.url) {
                self.refuse(path, "is that of another endpoint too; remove one");
            }
        }
    }

    pub(super) fn mcp_servers(&mut self) {
        let servers = &self.config.mcp_servers;
        for (n, server) in servers.iter().enumerate() {
            let path = Path::from("mcp_servers").child(n);
            for mistake in server.mistakes() {
                self.refuse(path.children(mistake.key.splitn(2, '.')), mistake.message);
            }
            if servers[..n].iter().any(|other| other.name == server.name) {
                let message = format!("another server is called `{}` too; rename one", server.name);
                self.refuse(path.child("name"), message);
            }
        }
        for (n, message) in self.config.mcp.mistakes() {
            self.refuse(Path::from("mcp.allow_from_requests").child(n), message);
        }
    }

    pub(super) fn langserve(&mut self) {
        let chains = &self.config.langserve;
        for (n, chain) in chains.iter().enumerate() {
            let path = Path::from("langserve").child(n);
            if let Err(error) = chain.check() {
                self.refuse(path.child(&error.key), error.message);
            } else if chains[..n].iter().any(|other| other.name == chain.name) {
                let message = format!("another chain is called `{}` too; rename one", chain.name);
                self.refuse(path.child("name"), message);
            }
        }
    }
}
