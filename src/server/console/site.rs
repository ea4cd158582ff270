//! Who sits before the page: somebody of this origin, an admin, or whoever is at the machine itself.

use std::net::IpAddr;

use http::header;
use poem::Request;

use crate::principal::Principal;
use crate::server::cors;
use crate::store::Owner;

/// Whether the request may come from a page of this origin, or from no page at all.
pub(super) fn is_own(request: &Request) -> bool {
    let origin = request.headers().get(header::ORIGIN);
    origin.is_none_or(|origin| cors::is_own(origin, request.headers()))
}

/// Whether who asks may see what others have. Where nobody is asked who they are, that is whoever uses the machine that the
/// server runs on.
pub(super) fn is_admin(request: &Request, principal: &Principal) -> bool {
    principal.admin && (principal.owner != Owner::anonymous() || is_here(request))
}

/// Whether the request comes from this machine, by a name of it, and not through a proxy. A page that lets its own name
/// mean this machine still says its name.
fn is_here(request: &Request) -> bool {
    let peer = request.remote_addr().as_socket_addr();
    let headers = request.headers();
    let relayed = ["forwarded", "x-forwarded-for", "x-real-ip", "via"]
        .iter()
        .any(|name| headers.contains_key(*name));
    let host = request.header(header::HOST).unwrap_or_default();
    peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
        && !relayed
        && names_loopback(host)
}

fn names_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<http::uri::Authority>() else {
        return false;
    };
    let name = authority.host().trim_matches(['[', ']']);
    let is_loopback = |ip: IpAddr| ip.is_loopback();
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_its_own() {
        for host in [
            "localhost:8000",
            "127.0.0.1:1",
            "127.3.2.1",
            "[::1]:80",
            "LocalHost",
        ] {
            assert!(names_loopback(host), "{host}");
        }
        for host in [
            "",
            "example.com",
            "localhost.example.com",
            "10.0.0.1:80",
            "[::2]",
            "a b",
        ] {
            assert!(!names_loopback(host), "{host}");
        }
    }
}
