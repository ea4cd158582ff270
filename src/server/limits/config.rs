//! `[limits.owner]` and `[limits.address]`: how much one of them may ask for.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ConnectionLimits, LimitOptions};
use crate::config::{LimitsSection, ServerSection};
use crate::server::address::Networks;

impl LimitOptions {
    /// As it is configured.
    ///
    /// # Errors
    /// What in `server.trusted_proxies` is no address.
    pub(in crate::server) fn configured(
        server: &ServerSection,
        limits: &LimitsSection,
    ) -> Result<Self, String> {
        Ok(Self {
            owner: limits.owner.clone(),
            address: limits.address.clone(),
            connections: ConnectionLimits {
                at_once: limits.connections,
                per_address: limits.connections_per_address,
                headers: limits.headers,
                header_bytes: limits.header_bytes,
                header_read: Duration::from_secs(limits.header_read_seconds),
                write: Duration::from_secs(limits.write_seconds),
            },
            proxies: Networks::new(&server.trusted_proxies).map_err(|(_, message)| message)?,
        })
    }
}

/// How much one owner, or one address, may ask for. What is not set is not limited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClientLimits {
    /// Requests a second, of any kind but probes and preflights; 0.5 is one in two seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 20.0)]
    pub requests_per_second: Option<Rate>,
    /// How many of them may come at once before the rate counts; by default those of a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 40)]
    pub requests_burst: Option<u32>,
    /// Requests that are under way at the same time, streams until their end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 50)]
    pub requests_at_once: Option<usize>,
    /// Runs a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 2.0)]
    pub runs_per_second: Option<Rate>,
    /// How many of them may come at once before the rate counts; by default those of a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 5)]
    pub runs_burst: Option<u32>,
    /// Runs that go on at the same time, on this server.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 10)]
    pub runs_at_once: Option<usize>,
}

/// How often: more than 0 a second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "f64", into = "f64")]
pub struct Rate(f64);

/// It is a number.
impl Eq for Rate {}

impl Rate {
    /// The least is once in a quarter of an hour or so, the most beyond what a server can do.
    const BOUNDS: std::ops::RangeInclusive<f64> = 0.001..=1_000_000.0;

    /// So many a second.
    pub fn per_second(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Rate {
    type Error = String;

    fn try_from(per_second: f64) -> Result<Self, String> {
        match Self::BOUNDS.contains(&per_second) {
            true => Ok(Self(per_second)),
            false => Err(format!(
                "is from {} to {} a second; leave the key out for no limit",
                Self::BOUNDS.start(),
                Self::BOUNDS.end()
            )),
        }
    }
}

impl From<Rate> for f64 {
    fn from(rate: Rate) -> f64 {
        rate.0
    }
}

impl ClientLimits {
    /// What types cannot say: the key, and what is wrong with it.
    pub(crate) fn mistakes(&self) -> Vec<(&'static str, String)> {
        const MOST: u32 = 1_000_000;
        let at_once = [
            ("requests_at_once", self.requests_at_once),
            ("runs_at_once", self.runs_at_once),
        ];
        let zero = at_once.into_iter().filter(|(_, most)| *most == Some(0));
        let zero = zero.map(|(key, _)| {
            let message = "0 would refuse everything; leave the key out for no limit";
            (key, message.to_owned())
        });
        let bursts = [
            (
                "requests_burst",
                self.requests_burst,
                self.requests_per_second,
            ),
            ("runs_burst", self.runs_burst, self.runs_per_second),
        ];
        let bursts = bursts.into_iter().filter_map(|(key, burst, rate)| {
            let rest = key.trim_end_matches("burst");
            match burst? {
                1..=MOST if rate.is_some() => None,
                1..=MOST => Some((key, format!("means nothing without `{rest}per_second`"))),
                _ => Some((key, format!("is from 1 to {MOST}"))),
            }
        });
        zero.chain(bursts).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn rates_are_numbers_that_mean_something() {
        for rate in [0.001, 0.5, 20.0] {
            assert_eq!(Rate::try_from(rate).unwrap().per_second(), rate);
        }
        for rate in [0.0, -1.0, 1e300, f64::NAN, f64::INFINITY] {
            assert!(Rate::try_from(rate).is_err(), "{rate}");
        }
    }
}
