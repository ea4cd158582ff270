//! How many requests one upstream gets at once, and how many more may wait for their turn, for how long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::config::LimitSettings;

/// The places at one upstream.
#[derive(Debug)]
pub(super) struct Limit {
    settings: LimitSettings,
    places: Option<Arc<Semaphore>>,
    taken: Gauge,
    waiting: Gauge,
}

/// A place that is taken until this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: Option<OwnedSemaphorePermit>,
    _counted: Counted,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Full {
    /// Too many wait for one.
    #[error(
        "has as many requests as it may have: {at_once} at once (limit.at_once), and {waiting} wait (limit.waiting)"
    )]
    Crowded {
        /// So many are there.
        at_once: usize,
        /// So many wait.
        waiting: usize,
    },
    /// None became free in time.
    #[error(
        "had no place free for {patience:?} (limit.wait_seconds): it gets {at_once} requests at once (limit.at_once)"
    )]
    Slow {
        /// So many are there.
        at_once: usize,
        /// How long was waited.
        patience: Duration,
    },
}

impl Limit {
    pub(super) fn new(settings: LimitSettings) -> Self {
        let places = settings.at_once.map(|at_once| at_once.get());
        Self {
            settings,
            // More than a semaphore can count is no limit.
            places: places
                .map(|places| Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)))),
            taken: Gauge::default(),
            waiting: Gauge::default(),
        }
    }

    /// A place, when there is one. Who came first gets it first; dropping the future gives the turn to the next.
    pub(super) async fn enter(&self) -> Result<Place, Full> {
        let permit = match &self.places {
            None => None,
            Some(places) => Some(self.turn(places).await?),
        };
        Ok(Place {
            _permit: permit,
            _counted: self.taken.count(),
        })
    }

    async fn turn(&self, places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Full> {
        if let Ok(permit) = places.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let LimitSettings {
            waiting, patience, ..
        } = self.settings;
        let at_once = self.settings.at_once.map_or(0, |at_once| at_once.get());
        let counted = self.waiting.count();
        if counted.number > waiting {
            return Err(Full::Crowded { at_once, waiting });
        }
        match timeout(patience, places.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            // It is never closed.
            Ok(Err(_)) | Err(_) => Err(Full::Slow { at_once, patience }),
        }
    }

    /// How many requests are there.
    pub(super) fn taken(&self) -> usize {
        self.taken.value()
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.value()
    }
}

/// Counts what there is.
#[derive(Debug, Default)]
struct Gauge(Arc<AtomicUsize>);

impl Gauge {
    fn count(&self) -> Counted {
        Counted {
            number: self.0.fetch_add(1, Ordering::Relaxed) + 1,
            gauge: self.0.clone(),
        }
    }

    fn value(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// One of those that are counted.
#[derive(Debug)]
struct Counted {
    /// How many there were with it.
    number: usize,
    gauge: Arc<AtomicUsize>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.gauge.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::num::NonZeroUsize;

    use futures_util::{FutureExt, poll};

    use super::*;

    fn limit(at_once: usize, waiting: usize) -> Limit {
        Limit::new(LimitSettings {
            at_once: NonZeroUsize::new(at_once),
            waiting,
            patience: Duration::from_secs(5),
        })
    }

    #[tokio::test]
    async fn without_a_limit_all_come_in_and_are_counted() {
        let limit = limit(0, 0);
        let places = [limit.enter().await.unwrap(), limit.enter().await.unwrap()];
        assert_eq!((limit.taken(), limit.waiting()), (2, 0));
        drop(places);
        assert_eq!(limit.taken(), 0);
    }

    #[tokio::test]
    async fn who_came_first_gets_the_place_first_and_who_is_one_too_many_none() {
        let limit = limit(1, 2);
        let place = limit.enter().await.unwrap();
        let (mut one, mut two) = (limit.enter().boxed(), limit.enter().boxed());
        assert!(poll!(&mut one).is_pending() && poll!(&mut two).is_pending());
        let full = limit.enter().await.unwrap_err();
        let (at_once, waiting) = (1, 2);
        assert_eq!(full, Full::Crowded { at_once, waiting });
        assert_eq!(limit.waiting(), 2);
        drop(place);
        let place = one.await.unwrap();
        assert!(poll!(&mut two).is_pending());
        drop(place);
        two.await.unwrap();
        assert_eq!((limit.taken(), limit.waiting()), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let limit = limit(1, 1);
        let _place = limit.enter().await.unwrap();
        let (at_once, patience) = (1, Duration::from_secs(5));
        let full = limit.enter().await.unwrap_err();
        assert_eq!(full, Full::Slow { at_once, patience });
        assert_eq!(limit.waiting(), 0);
    }

    #[tokio::test]
    async fn who_goes_while_waiting_leaves_no_trace() {
        let limit = limit(1, 1);
        let place = limit.enter().await.unwrap();
        let mut gone = limit.enter().boxed();
        assert!(poll!(&mut gone).is_pending());
        drop(gone);
        assert_eq!(limit.waiting(), 0);
        drop(place);
        limit.enter().await.unwrap();
    }
}
