//! Where a request comes from: the other end of its connection or, behind proxies that are trusted, who the proxies say.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use http::HeaderMap;
use ipnet::IpNet;
use poem::{Addr, Request};

/// Lists every hop, the nearest one last; each proxy adds whom it was asked by.
const FORWARDED: &str = "x-forwarded-for";

/// A list of addresses, such as those of the proxies that are trusted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Reads addresses such as `192.0.2.1`, and networks such as `10.0.0.0/8`.
    ///
    /// # Errors
    /// Which entry is neither, counted from 0, and what to write.
    pub fn new(entries: &[String]) -> Result<Self, (usize, String)> {
        let read = |(n, entry): (usize, &String)| network(entry).map_err(|message| (n, message));
        let networks: Result<_, _> = entries.iter().enumerate().map(read).collect();
        Ok(Self(networks?))
    }

    /// Whether the address is in the list.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Where a request comes from, if these are the proxies whose word counts; `None` for what did not come over IP.
    pub fn client(&self, request: &Request) -> Option<IpAddr> {
        let Addr::SocketAddr(peer) = &**request.remote_addr() else {
            return None;
        };
        Some(self.asked_by(peer.ip().to_canonical(), request.headers()))
    }

    /// Goes back along the hops as long as one is trusted: what stands before the first other one, anybody may have written.
    fn asked_by(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer;
        let lines: Vec<_> = headers.get_all(FORWARDED).iter().collect();
        let lines = lines.iter().rev().filter_map(|line| line.to_str().ok());
        let mut hops = lines.flat_map(|line| line.rsplit(','));
        while self.contains(nearest) {
            match hops.next().and_then(hop) {
                Some(hop) => nearest = hop,
                None => break,
            }
        }
        nearest
    }
}

fn network(entry: &str) -> Result<IpNet, String> {
    let entry = entry.trim();
    let host = IpAddr::from_str(entry).map(IpNet::from);
    let network = host.or_else(|_| IpNet::from_str(entry));
    let hint = "write it like `10.0.0.0/8` or `192.0.2.1`";
    network
        .map(|network| network.trunc())
        .map_err(|_| format!("`{entry}` is neither an address nor a network; {hint}"))
}

/// One hop: some proxies add the port.
fn hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let with_port = || Some(std::net::SocketAddr::from_str(text).ok()?.ip());
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = IpAddr::from_str(bare).ok().or_else(with_port)?;
    Some(address.to_canonical())
}

/// What one client may be expected to have: an IPv6 network of 64 bits, in which it takes any address it likes.
pub(super) fn subscriber(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::HeaderValue;

    use super::*;

    fn asked_by(proxies: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let proxies: Vec<_> = proxies.iter().map(|it| (*it).to_owned()).collect();
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED, HeaderValue::from_str(line).unwrap());
        }
        let proxies = Networks::new(&proxies).unwrap();
        let peer: IpAddr = peer.parse().unwrap();
        proxies.asked_by(peer.to_canonical(), &headers).to_string()
    }

    #[test]
    fn nobody_is_believed_but_trusted_proxies() {
        let claim = &["203.0.113.7"];
        assert_eq!(asked_by(&[], "192.0.2.1", claim), "192.0.2.1");
        assert_eq!(asked_by(&["10.0.0.0/8"], "192.0.2.1", claim), "192.0.2.1");
        let own = asked_by(&["192.0.2.1"], "192.0.2.1", claim);
        assert_eq!(own, "203.0.113.7");
        let mapped = asked_by(&["192.0.2.0/24"], "::ffff:192.0.2.1", claim);
        assert_eq!(mapped, "203.0.113.7");
    }

    #[test]
    fn what_a_client_wrote_before_its_proxies_is_not_read() {
        let proxies = &["10.0.0.0/8", "fd00::/8"];
        let spoofed = &["127.0.0.1, 203.0.113.7, 10.0.0.2"];
        assert_eq!(asked_by(proxies, "10.0.0.1", spoofed), "203.0.113.7");
        let lines = &["127.0.0.1", "203.0.113.7", "fd00::1"];
        assert_eq!(asked_by(proxies, "10.0.0.1", lines), "203.0.113.7");
    }

    #[test]
    fn a_hop_that_cannot_be_read_is_the_end_of_the_way_back() {
        let proxies = &["10.0.0.0/8"];
        for forwarded in ["unknown", "", "203.0.113.7, _hidden", "203.0.113.7,, "] {
            assert_eq!(asked_by(proxies, "10.0.0.1", &[forwarded]), "10.0.0.1");
        }
        assert_eq!(asked_by(proxies, "10.0.0.1", &[]), "10.0.0.1");
        let ports = [
            ("203.0.113.7:4711", "203.0.113.7"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
        ];
        for (forwarded, expected) in ports {
            assert_eq!(asked_by(proxies, "10.0.0.1", &[forwarded]), expected);
        }
    }

    #[test]
    fn lists_say_which_entry_is_wrong() {
        let entries = ["10.0.0.1/8", "fe80::1", "proxy.local"].map(str::to_owned);
        assert!(Networks::new(&entries[..2]).is_ok());
        let (n, message) = Networks::new(&entries).unwrap_err();
        assert!(n == 2 && message.contains("`proxy.local`"), "{message}");
        let networks = Networks::new(&entries[..1]).unwrap();
        assert!(networks.contains("10.255.0.1".parse().unwrap()));
    }

    #[test]
    fn a_client_has_all_of_its_network() {
        let of = |text: &str| subscriber(text.parse().unwrap()).to_string();
        assert_eq!(of("192.0.2.1"), "192.0.2.1");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    }
}
