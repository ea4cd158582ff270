//! How many connections are open, and what one of them may take.

use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::count::Place;
use super::{Limits, subscriber};

/// How many connections more are taken than there may be: who asks whether the server lives must be told so, or a server
/// that is merely busy would be restarted.
const RESERVE: usize = 64;

/// What connections may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// How many are open at the same time; requests on others are refused, but for probes.
    pub at_once: usize,
    /// How many of them come from one address; others are closed at once.
    pub per_address: Option<usize>,
    /// How many headers a request may have.
    pub headers: usize,
    /// How many bytes its head may have; at least 8,192.
    pub header_bytes: usize,
    /// How long a request's head may take to arrive, and the next one on the same connection to begin.
    pub header_read: Duration,
    /// How long a client may take nothing of an answer that waits for it.
    pub write: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            at_once: 10_000,
            per_address: None,
            headers: 100,
            header_bytes: 64 << 10,
            header_read: Duration::from_secs(10),
            write: Duration::from_secs(60),
        }
    }
}

/// A request on it is refused: there are too many connections.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) struct Crowded;

/// A connection that is counted as long as this is held.
pub(in crate::server) struct Admitted {
    limits: Limits,
    _place: Option<Place<IpAddr>>,
    /// Whether there are too many.
    pub(in crate::server) crowded: Option<Crowded>,
    /// What it may take.
    pub(in crate::server) terms: ConnectionLimits,
}

impl Limits {
    /// Lets a connection from this address in, if there is room.
    pub(in crate::server) fn admit(&self, peer: IpAddr) -> Option<Admitted> {
        let current = self.current();
        let (terms, peer) = (&current.connections, peer.to_canonical());
        let open = self.0.tally.connections.fetch_add(1, Ordering::Relaxed);
        let mut admitted = Admitted {
            limits: self.clone(),
            _place: None,
            crowded: (open >= terms.at_once).then_some(Crowded),
            terms: terms.clone(),
        };
        let mut fits = open < terms.at_once.saturating_add(RESERVE);
        // A proxy has the connections of many.
        let counted = terms
            .per_address
            .filter(|_| !current.proxies.contains(peer));
        if let Some(most) = counted {
            admitted._place = self.0.connections.take(&subscriber(peer), most);
            fits &= admitted._place.is_some();
        }
        if !fits {
            let refused = &self.0.tally.connections_refused;
            refused.fetch_add(1, Ordering::Relaxed);
        }
        fits.then_some(admitted)
    }
}

impl Admitted {
    /// Counts that the connection, or one of its answers, was cut because its client took nothing.
    pub(in crate::server) fn was_slow(&self) {
        let slow = &self.limits.0.tally.slow_clients;
        slow.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let open = &self.limits.0.tally.connections;
        open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::LimitOptions;
    use super::*;
    use crate::server::address::Networks;

    fn limits(at_once: usize, per_address: Option<usize>) -> Limits {
        Limits::new(LimitOptions {
            connections: ConnectionLimits {
                at_once,
                per_address,
                ..ConnectionLimits::default()
            },
            proxies: Networks::new(&["10.0.0.0/8".to_owned()]).unwrap(),
            ..LimitOptions::default()
        })
    }

    #[test]
    fn an_address_has_so_many_connections_and_a_proxy_all() {
        let limits = limits(100, Some(2));
        let admit = |address: &str| limits.admit(address.parse().unwrap());
        let held = [admit("2001:db8::1"), admit("2001:db8::2")];
        assert!(held.iter().all(Option::is_some));
        assert!(admit("2001:db8::3").is_none());
        assert!(admit("2001:db8:0:1::1").is_some());
        let proxied: Vec<_> = (0..10).map(|_| admit("10.0.0.1")).collect();
        assert!(proxied.iter().all(Option::is_some));
        assert_eq!(limits.figures().connections, 12);
        assert_eq!(limits.figures().connections_refused, 1);
        drop((held, proxied));
        assert_eq!(limits.figures().connections, 0);
        assert!(admit("2001:db8::3").is_some());
    }

    #[test]
    fn beyond_the_limit_some_are_let_in_to_be_told_so() {
        let limits = limits(1, None);
        let admit = || limits.admit("192.0.2.1".parse().unwrap());
        let first = admit().unwrap();
        assert!(first.crowded.is_none());
        let more: Vec<_> = (0..RESERVE).map(|_| admit().unwrap()).collect();
        assert!(more.iter().all(|it| it.crowded.is_some()));
        assert!(admit().is_none());
        drop((first, more));
        assert!(admit().unwrap().crowded.is_none());
    }
}
