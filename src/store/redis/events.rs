//! The events of runs that go on, or ended a moment ago: a stream for each run, with an entry for each batch.

use ::redis::Value;

use super::errors::{Failure, strange};
use super::keys::name;
use super::reply::Fields;
use super::scripts::SCRIPTS;
use super::{Inner, rows};
use crate::store::runs::raw;
use crate::store::{Batch, RunStatus, RunTail, ThreadKey};

/// Batches that are read at once.
const BATCHES: usize = 256;

impl Inner {
    /// The fences that are lost.
    pub(super) async fn append(&self, batches: &[Batch]) -> Result<Vec<u64>, Failure> {
        if batches.is_empty() {
            return Ok(Vec::new());
        }
        let mut call = SCRIPTS.append.key(self.keys.start());
        for batch in batches {
            call.arg(name(&batch.lease().thread))
                .arg(batch.lease().fence)
                .arg(batch.from())
                .arg(batch.next())
                .arg(batch.json());
        }
        // Twice is as once: those that are there already are left out.
        let mut reply = Fields::of(self.writes.read(&call).await?)?;
        if reply.text()? == "gap" {
            let (from, next): (u64, u64) = (reply.number()?, reply.number()?);
            let beyond = batches.iter().find(|batch| batch.from() == from);
            beyond.ok_or_else(|| strange("a gap"))?.follows(next)?;
        }
        reply.fields()?.numbers()
    }

    pub(super) async fn read_events(
        &self,
        thread: &ThreadKey,
        number: u64,
        from: u64,
    ) -> Result<Option<RunTail>, Failure> {
        let mut said = Said::from(from);
        loop {
            let mut call = SCRIPTS.read.key(self.keys.start());
            call.arg(name(thread))
                .arg(number)
                .arg(said.next)
                .arg(BATCHES);
            let reply = match self.reads.read(&call).await? {
                Value::Nil => return Ok(None),
                reply => reply,
            };
            let mut reply = Fields::of(reply)?;
            let status = rows::status(&reply.text()?)?;
            if said.add(reply.fields()?)? < BATCHES {
                let ended = Some(status).filter(|status| *status != RunStatus::Running);
                let events = said.events;
                return Ok(Some(RunTail { events, ended }));
            }
        }
    }
}

/// Events from one on.
pub(super) struct Said {
    next: u64,
    pub(super) events: Vec<Box<serde_json::value::RawValue>>,
}

impl Said {
    pub(super) fn from(next: u64) -> Self {
        Self {
            next,
            events: Vec::new(),
        }
    }

    /// Adds those of a stream's entries that are not there yet; how many entries there were.
    pub(super) fn add(&mut self, entries: Fields) -> Result<usize, Failure> {
        let mut count = 0;
        for entry in entries.rows() {
            count += 1;
            let mut entry = entry?;
            entry.text()?;
            let mut fields = entry.fields()?;
            if fields.text()? != "from" {
                continue;
            }
            let first: u64 = fields.number()?;
            fields.text()?;
            let batch = raw(&fields.text()?)?;
            let known = usize::try_from(self.next.saturating_sub(first)).unwrap_or(usize::MAX);
            let before = self.events.len();
            self.events.extend(batch.into_iter().skip(known));
            self.next += (self.events.len() - before) as u64;
        }
        Ok(count)
    }
}
