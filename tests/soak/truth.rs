//! What must be on the threads of a soak: every run that was asked for, with what it may have said.

use serde_json::Value;

use super::answer::Said;
use super::upstream;

/// Runs that a thread keeps, by the configuration.
pub const RUNS_KEPT: usize = 5;
/// Threads that the store keeps, by the configuration.
pub const THREADS_KEPT: usize = 150;
/// A thread is surely still there when so many others came after it: some of these went on at the same time.
const SURELY_KEPT: usize = THREADS_KEPT / 2;

/// How a run ended, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Well, with so many words.
    Well(usize),
    /// With an error, after so many words.
    Badly(usize),
    /// It was stopped, or its client went: any way, after any number of words up to these.
    Somewhere(usize),
}

/// A run that was asked for.
#[derive(Clone, Debug)]
pub struct Run {
    pub mark: String,
    pub ended: Ended,
    /// It was begun for sure.
    pub is_there: bool,
    /// What its client was told.
    pub told: String,
}

impl Run {
    /// What is wrong with this for what the run said.
    pub fn mistake(&self, said: &Said) -> Option<String> {
        let (words, whole, well) = match self.ended {
            Ended::Well(words) => (words, true, Some(true)),
            Ended::Badly(words) => (words, true, Some(false)),
            Ended::Somewhere(words) => (words, false, None),
        };
        let all = upstream::text(&self.mark, words);
        let text_is_right = match whole {
            true => said.text == all,
            false => all.starts_with(&said.text),
        };
        let end_is_right = match well {
            Some(true) => said.has_finished(),
            Some(false) => said.has_failed(),
            None => said.has_finished() || said.has_failed(),
        };
        // Where a run tells what it was asked, that is its own prompt.
        let asked = said.first["input"]["messages"].as_array();
        let is_own = asked.is_none_or(|asked| {
            let mut ids = asked.iter().filter(|it| it["role"] == "user");
            ids.all(|it| it["id"] == *self.mark)
        });
        match text_is_right && end_is_right && is_own {
            true => None,
            false => Some(format!("{self:?} is kept or told as {said:?}")),
        }
    }
}

/// A thread that nobody else uses at the moment.
#[derive(Debug)]
pub struct Thread {
    pub owner: &'static str,
    pub id: String,
    pub runs: Vec<Run>,
    /// How many threads there had been when it was last changed.
    pub changed_at: usize,
}

impl Thread {
    /// Takes note that it may have been dropped since it was changed, if so many threads have been there since.
    pub fn may_be_gone(&mut self, threads: usize) {
        if threads > self.changed_at + SURELY_KEPT {
            self.runs.iter_mut().for_each(|run| run.is_there = false);
        }
    }

    /// What is wrong with this for what is kept of the thread.
    pub fn mistake(&self, kept: &[Vec<Value>]) -> Option<String> {
        let kept: Vec<_> = kept.iter().map(|run| Said::by(run)).collect();
        let may_lack_some = kept.len() >= RUNS_KEPT;
        match is_all(&self.runs, &kept, may_lack_some) {
            true => None,
            false => Some(format!("asked for was {:#?}, kept is {kept:#?}", self.runs)),
        }
    }
}

/// Whether these runs were kept, in their order. One that ended before it began tells nothing of who it was, so that it may
/// be this one or that.
fn is_all(asked: &[Run], kept: &[Said], may_lack_some: bool) -> bool {
    match (asked.split_last(), kept.split_last()) {
        (_, None) => may_lack_some || asked.iter().all(|run| !run.is_there),
        (None, Some(_)) => false,
        (Some((run, asked)), Some((said, others))) => {
            run.mistake(said).is_none() && is_all(asked, others, may_lack_some)
                || !run.is_there && is_all(asked, kept, may_lack_some)
        }
    }
}
