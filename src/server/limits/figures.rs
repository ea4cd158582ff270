//! What was refused and what is under way, for whoever watches the server. Counted as long as it runs, whatever its
//! configuration becomes meanwhile.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Whose limit it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// One owner's.
    Owner,
    /// One address's.
    Address,
}

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Requests of any kind.
    Requests,
    /// Runs.
    Runs,
}

/// How it is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// So many a second.
    Rate,
    /// So many at the same time.
    AtOnce,
}

/// A limit, as its refusals are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Whose it is.
    pub whose: Whose,
    /// Of what.
    pub what: What,
    /// In which way.
    pub how: How,
}

impl Kind {
    fn index(self) -> usize {
        let (whose, what, how) = (self.whose as usize, self.what as usize, self.how as usize);
        whose << 2 | what << 1 | how
    }

    fn all() -> impl Iterator<Item = Self> {
        let each = [Whose::Owner, Whose::Address].into_iter();
        each.flat_map(|whose| {
            let each = [What::Requests, What::Runs].into_iter();
            each.flat_map(move |what| [How::Rate, How::AtOnce].map(|how| Self { whose, what, how }))
        })
    }
}

/// How the limits do at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitFigures {
    /// Open connections.
    pub connections: usize,
    /// Connections that were closed at once, because there were too many.
    pub connections_refused: u64,
    /// Connections that were cut since their clients took nothing for too long.
    pub slow_clients: u64,
    /// Requests under way.
    pub requests: usize,
    /// Runs that go on here and were asked for by clients.
    pub runs: usize,
    /// How many requests and runs were refused, by each limit.
    pub refused: Vec<(Kind, u64)>,
}

/// The counters behind [`LimitFigures`].
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) connections: AtomicUsize,
    pub(super) connections_refused: AtomicU64,
    pub(super) slow_clients: AtomicU64,
    refused: [AtomicU64; 8],
}

impl Tally {
    pub(super) fn refuse(&self, kind: Kind) {
        self.refused[kind.index()].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self, requests: usize, runs: usize) -> LimitFigures {
        let read = |kind: Kind| self.refused[kind.index()].load(Ordering::Relaxed);
        LimitFigures {
            connections: self.connections.load(Ordering::Relaxed),
            connections_refused: self.connections_refused.load(Ordering::Relaxed),
            slow_clients: self.slow_clients.load(Ordering::Relaxed),
            requests,
            runs,
            refused: Kind::all().map(|kind| (kind, read(kind))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_has_a_counter_of_its_own() {
        let tally = Tally::default();
        for (n, kind) in Kind::all().enumerate() {
            (0..=n).for_each(|_| tally.refuse(kind));
        }
        let read = tally.read(0, 0).refused.into_iter().map(|(_, n)| n);
        assert_eq!(read.collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8]);
    }
}
