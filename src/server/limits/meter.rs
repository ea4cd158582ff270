//! How often: a rate for each key, in bounded memory.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{Quota, RateLimiter};
use lru::LruCache;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::config::Rate;

/// How many keys are remembered, some 10 MB. Of more than these, who asked longest ago starts anew.
const KEYS: usize = 100_000;
/// How many keys that need not be remembered any more are looked for at each question: more than come in with it.
const CLEANED: usize = 2;

/// Takes so many a second of each key, and a burst of them at once.
pub(super) struct Meter<K: Hash + Eq + Clone>(Limiter<K>);

type Limiter<K> = RateLimiter<K, Remembered<K>, Time, NoOpMiddleware<Nanos>>;

impl<K: Hash + Eq + Clone> Meter<K> {
    /// Without a burst, what comes in a second may come at once.
    pub(super) fn new(rate: Rate, burst: Option<u32>) -> Self {
        let whole = rate.per_second().ceil();
        // Not lossy: rates are bounded.
        let burst = burst.unwrap_or(whole as u32);
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let period = Duration::from_secs_f64(1.0 / rate.per_second());
        // No period is no rate: rates are bounded, too.
        let quota = Quota::with_period(period).unwrap_or(Quota::per_second(burst));
        let time = Time(Instant::now());
        let remembered = Remembered {
            until: Mutex::new(LruCache::unbounded()),
            time: time.clone(),
        };
        Self(RateLimiter::new(quota.allow_burst(burst), remembered, time))
    }

    /// Takes one more, or says how long to wait before that.
    pub(super) fn take(&self, key: &K) -> Result<(), Duration> {
        let refused = match self.0.check_key(key) {
            Ok(()) => return Ok(()),
            Err(refused) => refused,
        };
        Err(refused.wait_time_from(self.0.clock().now()))
    }
}

/// Tokio's clock, which tests can put forward.
#[derive(Debug, Clone)]
struct Time(Instant);

impl Clock for Time {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.0.elapsed())
    }
}

/// Until when each key has used up what it may; once that is past, it is as if it never had asked.
struct Remembered<K: Hash + Eq> {
    until: Mutex<LruCache<K, Nanos>>,
    time: Time,
}

impl<K: Hash + Eq + Clone> StateStore for Remembered<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut keys = self.until.lock();
        let (taken, until) = measure(keys.get(key).copied())?;
        keys.put(key.clone(), until);
        let now = self.time.now();
        for _ in 0..CLEANED {
            let oldest = keys.peek_lru().map(|(_, until)| *until);
            if keys.len() > KEYS || oldest.is_some_and(|until| until < now) {
                keys.pop_lru();
            }
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::time::advance;

    use super::*;

    fn rate(per_second: f64) -> Rate {
        Rate::try_from(per_second).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_through_and_then_the_rate() {
        let meter = Meter::new(rate(2.0), Some(3));
        for _ in 0..3 {
            assert_eq!(meter.take(&"a"), Ok(()));
        }
        let wait = meter.take(&"a").unwrap_err();
        assert_eq!(wait, Duration::from_millis(500));
        assert_eq!(meter.take(&"b"), Ok(()), "each has its own");
        advance(Duration::from_millis(499)).await;
        assert!(meter.take(&"a").is_err());
        advance(Duration::from_millis(1)).await;
        assert_eq!(meter.take(&"a"), Ok(()));
        assert!(meter.take(&"a").is_err());
        advance(Duration::from_secs(60)).await;
        let taken = (0..10).filter(|_| meter.take(&"a").is_ok());
        assert_eq!(taken.count(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_may_be_less_than_one_a_second() {
        let meter = Meter::new(rate(0.1), None);
        assert_eq!(meter.take(&1), Ok(()));
        assert_eq!(meter.take(&1), Err(Duration::from_secs(10)));
        advance(Duration::from_secs(10)).await;
        assert_eq!(meter.take(&1), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_from_ever_new_addresses_takes_no_more_than_so_much_memory() {
        let meter = Meter::new(rate(0.001), None);
        for key in 0..KEYS + 1_000 {
            assert_eq!(meter.take(&key), Ok(()));
        }
        let known = meter.0.into_state_store().until.into_inner();
        assert_eq!(known.len(), KEYS);
    }

    #[tokio::test(start_paused = true)]
    async fn who_stays_away_is_forgotten() {
        let meter = Meter::new(rate(1.0), None);
        for key in 0..100 {
            assert_eq!(meter.take(&key), Ok(()));
        }
        advance(Duration::from_secs(2)).await;
        for _ in 0..100 {
            let _ = meter.take(&1_000);
        }
        let known = meter.0.into_state_store().until.into_inner();
        assert_eq!(known.len(), 1);
    }
}
