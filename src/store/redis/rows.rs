//! How what scripts answer becomes threads, runs and states.

use std::sync::Arc;

use super::errors::{Failure, strange};
use super::events::Said;
use super::reply::Fields;
use crate::store::limits::{Dropped, Gone, Limit};
use crate::store::{Lease, LeftRun, Owner, RunStatus, StoreLimits, StoredRun, Thread, ThreadKey};

/// A run as it is listed: one that has ended has its events elsewhere.
pub(super) struct Listed {
    /// Names the run among those of all threads, for ever.
    pub serial: String,
    pub run: StoredRun,
}

/// As `describe` in the scripts gives it.
pub(super) fn run(mut row: Fields) -> Result<Listed, Failure> {
    let serial = row.text()?;
    let mut run = StoredRun {
        number: row.number()?,
        id: row.text()?,
        agent: row.text()?,
        parent: row.optional()?,
        status: status(&row.text()?)?,
        started_at_ms: row.number()?,
        ended_at_ms: optional_number(&mut row)?,
        events: Arc::default(),
    };
    let mut said = Said::from(0);
    said.add(row.fields()?)?;
    run.events = said.events.into();
    Ok(Listed { serial, run })
}

/// As `claim` in the scripts gives it.
pub(super) fn left(mut row: Fields) -> Result<LeftRun, Failure> {
    let thread = ThreadKey {
        owner: Owner::new(row.text()?),
        id: row.text()?,
    };
    let fence = row.number()?;
    let run = run(row.fields()?)?.run;
    let lease = Lease {
        thread,
        number: run.number,
        fence,
    };
    Ok(LeftRun { lease, run })
}

pub(super) fn thread(mut row: Fields) -> Result<Thread, Failure> {
    Ok(Thread {
        id: row.text()?,
        agent: row.text()?,
        name: row.optional()?,
        archived: row.text()? == "1",
        created_at_ms: row.number()?,
        updated_at_ms: row.number()?,
    })
}

pub(super) fn status(name: &str) -> Result<RunStatus, Failure> {
    RunStatus::of_name(name).ok_or_else(|| strange("the status of a run"))
}

/// As `enforce` in the scripts gives it.
pub(super) fn dropped(rows: Fields, limits: &StoreLimits) -> Result<Vec<Dropped>, Failure> {
    let read = |row: Result<Fields, Failure>| {
        let mut row = row?;
        let thread = row.text()?;
        let (what, which) = (row.text()?, row.text()?);
        let what = match &*what {
            "thread" => Gone::Thread,
            "state" => Gone::State(which),
            _ => Gone::Runs(which.parse().map_err(|_| strange("a number"))?),
        };
        let limit = match &*row.text()? {
            "runs" => Limit::RunsPerThread(limits.runs_per_thread.unwrap_or_default()),
            "threads" => Limit::Threads(limits.threads.unwrap_or_default()),
            "bytes" => Limit::Bytes(limits.bytes.unwrap_or_default()),
            _ => Limit::age(limits),
        };
        Ok(Dropped {
            thread,
            what,
            limit,
        })
    };
    rows.rows().map(read).collect()
}

fn optional_number(row: &mut Fields) -> Result<Option<i64>, Failure> {
    let number = row.optional()?.map(|number| number.parse());
    number.transpose().map_err(|_| strange("a number"))
}
