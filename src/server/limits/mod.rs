//! How much one owner and one address may ask for: requests, runs, connections. What is refused is counted, and told in the
//! shape of the face that was asked.

mod bound;
mod config;
mod connections;
mod count;
mod figures;
mod guard;
mod meter;

use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::RwLock;
use poem::Request;

pub use self::config::{ClientLimits, Rate};
pub use self::connections::ConnectionLimits;
pub(super) use self::connections::{Admitted, Crowded};
pub use self::figures::{How, Kind, LimitFigures, What, Whose};
pub(super) use self::guard::hold;

use self::bound::{Allowed, Bound, Exceeded};
use self::count::{Place, Places};
use self::figures::Tally;
use super::address::{Networks, subscriber};
use crate::runtime::gate::{RunGate, RunPass, TooMany};
use crate::store::Owner;

/// What is limited, and whose word on addresses counts.
#[derive(Debug, Clone, Default)]
pub struct LimitOptions {
    /// Of each owner.
    pub owner: ClientLimits,
    /// Of each address; of IPv6, of each network of 64 bits.
    pub address: ClientLimits,
    /// Of connections.
    pub connections: ConnectionLimits,
    /// The proxies whose `X-Forwarded-For` tells where a request comes from.
    pub proxies: Networks,
}

/// The limits of a server: made once, whatever its configuration becomes. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Limits(Arc<Inner>);

struct Inner {
    current: RwLock<Arc<Current>>,
    tally: Tally,
    /// The connections of each address.
    connections: Places<IpAddr>,
}

/// The limits as they are configured now.
struct Current {
    owner: Bounds<Owner>,
    address: Bounds<IpAddr>,
    connections: ConnectionLimits,
    proxies: Networks,
}

struct Bounds<K: Hash + Eq + Clone> {
    requests: Bound<K>,
    runs: Bound<K>,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(LimitOptions::default())
    }
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Limits").field(&self.figures()).finish()
    }
}

impl Limits {
    /// These limits, with nothing used.
    pub fn new(options: LimitOptions) -> Self {
        Self(Arc::new(Inner {
            current: RwLock::new(Arc::new(Current {
                owner: Bounds::new(&options.owner),
                address: Bounds::new(&options.address),
                connections: options.connections,
                proxies: options.proxies,
            })),
            tally: Tally::default(),
            connections: Places::default(),
        }))
    }

    /// Other limits from now on. What is under way is counted as before, and not ended.
    pub fn reload(&self, options: LimitOptions) {
        let before = self.current();
        *self.0.current.write() = Arc::new(Current {
            owner: before.owner.again(&options.owner),
            address: before.address.again(&options.address),
            connections: options.connections,
            proxies: options.proxies,
        });
    }

    /// What is under way, and what was refused so far.
    pub fn figures(&self) -> LimitFigures {
        let current = self.current();
        let (requests, runs) = (&current.owner.requests, &current.owner.runs);
        self.0.tally.read(requests.taken(), runs.taken())
    }

    fn current(&self) -> Arc<Current> {
        self.0.current.read().clone()
    }

    /// Where a request comes from, as far as limits go.
    fn address(&self, request: &Request) -> Option<IpAddr> {
        self.current().proxies.client(request).map(subscriber)
    }

    fn request_of_address(
        &self,
        address: Option<IpAddr>,
    ) -> Result<Option<Place<IpAddr>>, TooMany> {
        let current = self.current();
        let place = address.map(|address| current.address.requests.take(&address));
        place
            .transpose()
            .map_err(|exceeded| self.refuse(Whose::Address, What::Requests, exceeded))
    }

    fn request_of_owner(&self, owner: &Owner) -> Result<Place<Owner>, TooMany> {
        let place = self.current().owner.requests.take(owner);
        place.map_err(|exceeded| self.refuse(Whose::Owner, What::Requests, exceeded))
    }

    /// Lets in the runs that an owner asks for from an address.
    pub(super) fn runs(&self, owner: Owner, request: &Request) -> RunGate {
        let (limits, address) = (self.clone(), self.address(request));
        RunGate::new(move || limits.run(&owner, address))
    }

    fn run(&self, owner: &Owner, address: Option<IpAddr>) -> Result<RunPass, TooMany> {
        let current = self.current();
        let of_address = address.map(|address| current.address.runs.take(&address));
        let of_address = of_address
            .transpose()
            .map_err(|exceeded| self.refuse(Whose::Address, What::Runs, exceeded))?;
        let of_owner = current.owner.runs.take(owner);
        let of_owner =
            of_owner.map_err(|exceeded| self.refuse(Whose::Owner, What::Runs, exceeded))?;
        Ok(RunPass::new((of_address, of_owner)))
    }

    /// Counts a refusal, and says it in words.
    fn refuse(&self, whose: Whose, what: What, exceeded: Exceeded) -> TooMany {
        let (section, one) = match whose {
            Whose::Owner => ("limits.owner", "one user"),
            Whose::Address => ("limits.address", "one address"),
        };
        let things = match what {
            What::Requests => "requests",
            What::Runs => "runs",
        };
        let (how, message, retry_after) = match exceeded {
            Exceeded::Rate(rate, wait) => {
                // The next whole second, as the header has no others.
                let wait = wait.as_secs_f64().ceil().max(1.0) as u64;
                let most = rate.per_second();
                let message = format!(
                    "Too many {things}: this server takes {most} a second from {one} ({section}.{things}_per_second). \
                     Try again in {wait} s."
                );
                (How::Rate, message, wait)
            }
            Exceeded::AtOnce(most) => {
                let message = format!(
                    "Too many {things} at the same time: this server takes {most} from {one} \
                     ({section}.{things}_at_once). Try again when one of them has ended."
                );
                (How::AtOnce, message, 1)
            }
        };
        self.0.tally.refuse(Kind { whose, what, how });
        TooMany {
            message,
            retry_after,
        }
    }
}

impl<K: Hash + Eq + Clone> Bounds<K> {
    fn new(limits: &ClientLimits) -> Self {
        Self {
            requests: Bound::new(requests(limits)),
            runs: Bound::new(runs(limits)),
        }
    }

    fn again(&self, limits: &ClientLimits) -> Self {
        Self {
            requests: self.requests.again(requests(limits)),
            runs: self.runs.again(runs(limits)),
        }
    }
}

fn requests(limits: &ClientLimits) -> Allowed {
    Allowed {
        rate: limits.requests_per_second,
        burst: limits.requests_burst,
        at_once: limits.requests_at_once,
    }
}

fn runs(limits: &ClientLimits) -> Allowed {
    Allowed {
        rate: limits.runs_per_second,
        burst: limits.runs_burst,
        at_once: limits.runs_at_once,
    }
}
