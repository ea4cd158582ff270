//! The run that a client of a soak has in mind, by chance: which way, which agent, what becomes of it, and what the client
//! itself does meanwhile.

use std::time::Duration;

use rand::Rng;
use rand::rngs::StdRng;

use super::requests::{self, Face};
use super::truth::{Ended, Run, Thread};
use super::upstream::{self, Fate};

/// What a client does in the middle of its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whim {
    Stays,
    /// It goes away after so many pieces of the answer.
    Leaves(usize),
    Stops,
    /// It reads the thread in another window, too.
    Follows,
}

/// A run to be asked for.
#[derive(Debug)]
pub struct Plan {
    pub face: Face,
    pub agent: &'static str,
    pub fate: Fate,
    pub whim: Whim,
    pub words: usize,
    pause: Duration,
    pub run: Run,
}

impl Plan {
    /// Any; its mark has the owner's name and this number.
    pub fn by_chance(rng: &mut StdRng, owner: &str, number: usize) -> Self {
        let words = rng.random_range(5..60);
        let fate = match rng.random_range(0..20) {
            0..2 => Fate::Cut(rng.random_range(0..words)),
            2 => Fate::Refused,
            3 => Fate::Garbage,
            4 => Fate::Unreachable,
            5 => Fate::Slow,
            _ => Fate::Whole,
        };
        let agent = match fate {
            Fate::Refused | Fate::Garbage => "broken",
            Fate::Unreachable => "gone",
            _ => ["default", "agent"][rng.random_range(0..2)],
        };
        let face = match rng.random_range(0..10) {
            0..5 => Face::Rest,
            5..7 => Face::Envelope,
            _ => Face::GraphQl,
        };
        let whim = match rng.random_range(0..20) {
            0..4 => Whim::Leaves(rng.random_range(1..words)),
            4..6 => Whim::Stops,
            6..8 => Whim::Follows,
            _ => Whim::Stays,
        };
        Self {
            face,
            agent,
            fate,
            whim,
            words,
            pause: Duration::from_millis(rng.random_range(2..25)),
            run: Run {
                mark: format!("{owner}-run-{number}"),
                ended: match fate.is_good() {
                    true => Ended::Well(words),
                    false => Ended::Badly(fate.words(words)),
                },
                is_there: true,
                told: String::new(),
            },
        }
    }

    /// The same, but it ends well, and its client stays.
    pub fn that_ends_well(self) -> Self {
        Self {
            fate: Fate::Whole,
            whim: Whim::Stays,
            agent: "agent",
            run: Run {
                ended: Ended::Well(self.words),
                ..self.run
            },
            ..self
        }
    }

    /// The request, on this thread.
    pub fn request(&self, thread: &Thread) -> Vec<u8> {
        let (owner, mark) = (thread.owner, &self.run.mark);
        let prompt = upstream::prompt(mark, self.words, self.pause, self.fate);
        requests::run(self.face, owner, self.agent, &thread.id, mark, &prompt)
    }

    /// Nobody knows whether the run began, and where it ended.
    pub fn is_anywhere(&mut self) {
        (self.run.ended, self.run.is_there) = (Ended::Somewhere(self.words), false);
    }

    /// With which code its AG-UI clients learn that it failed. Upstream's models give none.
    pub fn failure(&self) -> &'static str {
        match self.agent {
            "default" => "RUN_ERROR without a code",
            _ => "RUN_ERROR INCOMPLETE_STREAM",
        }
    }
}
