//! How much of one thing somebody may have: so often, and so many at once.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use super::config::Rate;
use super::count::{Place, Places};
use super::meter::Meter;

/// What is allowed of one thing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Allowed {
    pub(super) rate: Option<Rate>,
    pub(super) burst: Option<u32>,
    pub(super) at_once: Option<usize>,
}

/// Why there is no more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Exceeded {
    /// There will be some after so long.
    Rate(Rate, Duration),
    /// There will be some when one ends.
    AtOnce(usize),
}

/// What is allowed, and how much of it is used.
pub(super) struct Bound<K: Hash + Eq + Clone> {
    allowed: Allowed,
    meter: Option<Arc<Meter<K>>>,
    places: Arc<Places<K>>,
}

impl<K: Hash + Eq + Clone> Bound<K> {
    pub(super) fn new(allowed: Allowed) -> Self {
        Self {
            allowed,
            meter: meter(allowed),
            places: Arc::default(),
        }
    }

    /// The same with what is allowed now. What is used stays used; a rate that changed starts anew.
    pub(super) fn again(&self, allowed: Allowed) -> Self {
        let rate = |allowed: Allowed| (allowed.rate, allowed.burst);
        Self {
            meter: match rate(allowed) == rate(self.allowed) {
                true => self.meter.clone(),
                false => meter(allowed),
            },
            allowed,
            places: self.places.clone(),
        }
    }

    /// Takes one more. What is refused counts for nothing.
    pub(super) fn take(&self, key: &K) -> Result<Place<K>, Exceeded> {
        let most = self.allowed.at_once.unwrap_or(usize::MAX);
        let place = self.places.take(key, most);
        let place = place.ok_or(Exceeded::AtOnce(most))?;
        if let (Some(meter), Some(rate)) = (&self.meter, self.allowed.rate) {
            let taken = meter.take(key);
            taken.map_err(|wait| Exceeded::Rate(rate, wait))?;
        }
        Ok(place)
    }

    pub(super) fn taken(&self) -> usize {
        self.places.taken()
    }
}

fn meter<K: Hash + Eq + Clone>(allowed: Allowed) -> Option<Arc<Meter<K>>> {
    Some(Arc::new(Meter::new(allowed.rate?, allowed.burst)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_used_stays_used_when_more_is_allowed() {
        let allowed = Allowed {
            rate: Some(Rate::try_from(1.0).unwrap()),
            burst: Some(2),
            at_once: Some(1),
        };
        let bound = Bound::new(allowed);
        let place = bound.take(&"a").unwrap();
        assert_eq!(bound.take(&"a").unwrap_err(), Exceeded::AtOnce(1));
        let more = bound.again(Allowed {
            at_once: Some(2),
            ..allowed
        });
        let second = more.take(&"a").unwrap();
        assert_eq!(more.taken(), 2);
        drop((place, second));
        // What was refused for want of a place took nothing from the rate, and what was taken is.
        let exceeded = more.take(&"a").unwrap_err();
        assert!(matches!(exceeded, Exceeded::Rate(..)), "{exceeded:?}");
        assert_eq!(more.taken(), 0);
    }
}
