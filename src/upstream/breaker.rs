//! The circuit breaker of one upstream: leaves one that only fails alone for a while, then lets one request try.
//!
//! It knows no clock: whoever asks says what time it is.

use tokio::time::Instant;

use super::config::BreakerSettings;

/// Counts failures in a row, and says who may ask.
#[derive(Debug)]
pub(super) struct Breaker {
    settings: BreakerSettings,
    state: State,
    /// Counts openings and closings: what was asked before one of them says nothing of the time after it.
    generation: u64,
}

#[derive(Debug, Clone)]
enum State {
    /// Requests go out; so many of the last have failed.
    Closed { failures: u32 },
    /// They are refused, but for one that tries when its time has come.
    Open {
        since: Instant,
        until: Instant,
        half: bool,
    },
}

/// A request that may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket {
    generation: u64,
    tries: bool,
}

/// Why a request may not go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Opened {
    /// When the upstream was given up.
    pub(crate) since: Instant,
    /// When the next request may try.
    pub(crate) until: Instant,
    /// Whether one is trying right now.
    pub(crate) half: bool,
}

impl Breaker {
    pub(super) fn new(settings: BreakerSettings) -> Self {
        Self {
            settings,
            state: State::Closed { failures: 0 },
            generation: 0,
        }
    }

    /// Takes the place of another one: whom that one left alone is left alone for as long, and its failures in a row count. One
    /// that never opens takes nothing over.
    pub(super) fn go_on_from(&mut self, before: &Self) {
        if self.settings.failures > 0 {
            self.state = before.state.clone();
        }
    }

    /// Lets a request out, or says how long there is no point in one.
    pub(super) fn admit(&mut self, now: Instant) -> Result<Ticket, Opened> {
        let pause = self.settings.pause;
        let tries = match &mut self.state {
            State::Closed { .. } => false,
            State::Open {
                since, until, half, ..
            } => {
                if now < *until {
                    return Err(Opened {
                        since: *since,
                        until: *until,
                        half: *half,
                    });
                }
                // One that gets no answer must not keep the next from trying.
                (*until, *half) = (now + pause, true);
                true
            }
        };
        Ok(Ticket {
            generation: self.generation,
            tries,
        })
    }

    /// The upstream has answered.
    pub(super) fn worked(&mut self, ticket: Ticket) {
        if ticket.generation == self.generation {
            self.close();
        }
    }

    /// The upstream works, as seen by a request that nobody refused.
    pub(super) fn close(&mut self) {
        if self.opened().is_some() {
            self.generation += 1;
        }
        self.state = State::Closed { failures: 0 };
    }

    /// The upstream has failed; whether it is left alone from now on.
    pub(super) fn failed(&mut self, ticket: Ticket, now: Instant) -> bool {
        ticket.generation == self.generation && self.count(now)
    }

    /// A failure, as seen by a request that nobody refused; whether the upstream is left alone from now on.
    pub(super) fn count(&mut self, now: Instant) -> bool {
        let pause = self.settings.pause;
        match &mut self.state {
            State::Closed { failures } => {
                *failures = failures.saturating_add(1);
                if self.settings.failures == 0 || *failures < self.settings.failures {
                    return false;
                }
                self.generation += 1;
                self.state = State::Open {
                    since: now,
                    until: now + pause,
                    half: false,
                };
                true
            }
            State::Open { until, half, .. } => {
                (*until, *half) = (now + pause, false);
                false
            }
        }
    }

    /// Nobody will know how the request would have ended: another may try.
    pub(super) fn dropped(&mut self, ticket: Ticket, now: Instant) {
        if let State::Open { until, half, .. } = &mut self.state
            && ticket.tries
            && ticket.generation == self.generation
            && *half
        {
            (*until, *half) = (now, false);
        }
    }

    /// Whether requests are refused.
    pub(super) fn opened(&self) -> Option<Opened> {
        match self.state {
            State::Closed { .. } => None,
            State::Open { since, until, half } => Some(Opened { since, until, half }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use super::*;

    const PAUSE: Duration = Duration::from_secs(10);

    fn breaker(failures: u32) -> Breaker {
        Breaker::new(BreakerSettings {
            failures,
            pause: PAUSE,
        })
    }

    /// One that has opened at this time.
    fn opened(now: Instant) -> Breaker {
        let mut breaker = breaker(1);
        let ticket = breaker.admit(now).unwrap();
        assert!(breaker.failed(ticket, now));
        breaker
    }

    #[test]
    fn it_opens_after_failures_in_a_row() {
        let (mut breaker, now) = (breaker(3), Instant::now());
        for works in [false, false, true, false, false] {
            let ticket = breaker.admit(now).unwrap();
            match works {
                true => breaker.worked(ticket),
                false => assert!(!breaker.failed(ticket, now)),
            }
        }
        let ticket = breaker.admit(now).unwrap();
        assert!(breaker.failed(ticket, now));
        let refused = breaker.admit(now + PAUSE / 2).unwrap_err();
        assert_eq!((refused.since, refused.until), (now, now + PAUSE));
    }

    #[test]
    fn it_never_opens_if_it_is_told_so() {
        let (mut breaker, now) = (breaker(0), Instant::now());
        for _ in 0..1000 {
            let ticket = breaker.admit(now).unwrap();
            assert!(!breaker.failed(ticket, now));
        }
    }

    #[test]
    fn one_request_tries_and_closes_it() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let later = now + PAUSE;
        let ticket = breaker.admit(later).unwrap();
        assert!(breaker.admit(later).unwrap_err().half, "one is enough");
        breaker.worked(ticket);
        assert!(breaker.admit(later).is_ok() && breaker.opened().is_none());
    }

    #[test]
    fn one_request_tries_and_keeps_it_open() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let later = now + PAUSE;
        let ticket = breaker.admit(later).unwrap();
        assert!(!breaker.failed(ticket, later), "it was open already");
        let refused = breaker.admit(later).unwrap_err();
        assert_eq!((refused.since, refused.until), (now, later + PAUSE));
    }

    #[test]
    fn one_that_is_dropped_makes_room_for_another() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let later = now + PAUSE;
        let ticket = breaker.admit(later).unwrap();
        breaker.dropped(ticket, later);
        assert!(breaker.admit(later).is_ok());
    }

    #[test]
    fn one_that_hangs_does_not_keep_the_next_from_trying() {
        let now = Instant::now();
        let mut breaker = opened(now);
        breaker.admit(now + PAUSE).unwrap();
        assert!(breaker.admit(now + PAUSE * 2).is_ok());
    }

    #[test]
    fn what_was_asked_before_says_nothing_any_more() {
        let now = Instant::now();
        let mut breaker = breaker(1);
        let (old, older) = (breaker.admit(now).unwrap(), breaker.admit(now).unwrap());
        let ticket = breaker.admit(now).unwrap();
        assert!(breaker.failed(ticket, now));
        breaker.worked(old);
        assert!(breaker.admit(now).is_err(), "an old answer");
        breaker.failed(older, now + PAUSE / 2);
        assert!(breaker.admit(now + PAUSE).is_ok(), "an old failure");
    }
}
