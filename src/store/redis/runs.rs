//! Runs in Redis: how they begin and end, and how they are read.

use std::sync::Arc;
use std::time::Duration;

use ::redis::{Pipeline, Value, cmd};

use super::Inner;
use super::errors::Failure;
use super::keys::name;
use super::reply::{Fields, number, text};
use super::rows::{self, Listed};
use super::scripts::{SCRIPTS, add_limits, flag};
use super::states::{Loaded, Written};
use crate::store::limits::{self as shared};
use crate::store::runs::raw;
use crate::store::{
    ActiveRun, EndedRun, FOLLOWED_AFTER_END, Lease, LeftRun, NewRun, Node, Renewed, RunStatus,
    Start, StartedRun, StateChange, StoreError, StoredRun, ThreadKey,
};

/// Runs whose events are loaded at once.
const AT_ONCE: usize = 32;

impl Inner {
    pub(super) async fn start(&self, thread: &ThreadKey, run: NewRun) -> Result<Start, Failure> {
        let mut call = SCRIPTS.start.key(self.keys.start());
        call.arg(thread.owner.as_str())
            .arg(&thread.id)
            .arg(self.options.node.as_str())
            .arg(millis(self.options.lease))
            .arg(&run.id)
            .arg(&run.agent)
            .arg(flag(run.parent.is_some()))
            .arg(run.parent.unwrap_or_default());
        add_limits(&mut call, &self.options.limits);
        for id in &run.messages {
            call.arg(id);
        }
        let mut reply = Fields::of(self.writes.change(&call).await?)?;
        match &*reply.text()? {
            "busy" => Ok(Start::Busy(ActiveRun {
                number: reply.number()?,
                id: reply.text()?,
                node: Node::named(reply.text()?),
            })),
            "left" => Ok(Start::Left(Box::new(rows::left(reply.fields()?)?))),
            _ => self.started(thread, run.messages, reply),
        }
    }

    fn started(
        &self,
        thread: &ThreadKey,
        messages: Vec<String>,
        mut reply: Fields,
    ) -> Result<Start, Failure> {
        let lease = Lease {
            thread: thread.clone(),
            number: reply.number()?,
            fence: reply.number()?,
        };
        // Places in the list of those that were asked for, from 1.
        let known = reply.fields()?.numbers::<usize>()?.into_iter();
        let known = known.filter_map(|place| messages.get(place - 1).cloned());
        let started = StartedRun {
            lease,
            known: known.collect(),
        };
        self.reclaiming
            .dropped(rows::dropped(reply.fields()?, &self.options.limits)?);
        Ok(Start::Started(started))
    }

    pub(super) async fn renew(&self, leases: &[Lease]) -> Result<Renewed, Failure> {
        let mut call = SCRIPTS.renew.key(self.keys.start());
        call.arg(millis(self.options.lease));
        for lease in leases {
            call.arg(name(&lease.thread)).arg(lease.fence);
        }
        let mut reply = Fields::of(self.writes.read(&call).await?)?;
        Ok(Renewed {
            lost: reply.fields()?.numbers()?,
            to_stop: reply.fields()?.numbers()?,
        })
    }

    pub(super) async fn claim_left(
        &self,
        most: usize,
        held: &[u64],
    ) -> Result<Vec<LeftRun>, Failure> {
        let mut call = SCRIPTS.claim.key(self.keys.start());
        call.arg(self.options.node.as_str())
            .arg(millis(self.options.lease))
            .arg(most.min(1_000))
            .arg(held);
        let reply = Fields::of(self.writes.change(&call).await?)?;
        reply.rows().map(|row| rows::left(row?)).collect()
    }

    /// Ends a run. Whoever did not hear that it was ended asks again, and hears it then.
    pub(super) async fn end(&self, lease: &Lease, run: &EndedRun) -> Result<(), Failure> {
        let again = self.doubtful.lock().contains(&lease.fence);
        let done = self.try_to_end(lease, run, again).await;
        let mut doubtful = self.doubtful.lock();
        match &done {
            Ok(()) | Err(Failure::Store(_)) => doubtful.remove(&lease.fence),
            Err(_) => doubtful.insert(lease.fence),
        };
        done
    }

    async fn try_to_end(&self, lease: &Lease, run: &EndedRun, again: bool) -> Result<(), Failure> {
        let change = run.state.clone().and_then(StateChange::keepable);
        for _ in 0..super::states::ATTEMPTS {
            let state = match &change {
                Some(change) => self.state_at_end(lease, change, again).await?,
                None => None,
            };
            let call = self.end_call(lease, run, state, again)?;
            let mut reply = Fields::of(self.writes.change(&call).await?)?;
            match &*reply.text()? {
                "ended" => {
                    let dropped = rows::dropped(reply.fields()?, &self.options.limits)?;
                    self.reclaiming.dropped(dropped);
                    return Ok(());
                }
                "again" => {}
                _ => return Err(StoreError::Fenced.into()),
            }
        }
        Err(Failure::Contended)
    }

    /// What becomes of the state; `None` if the run has ended before.
    async fn state_at_end(
        &self,
        lease: &Lease,
        change: &StateChange,
        again: bool,
    ) -> Result<Option<Written>, Failure> {
        let mut call = SCRIPTS.ending.key(self.keys.start());
        call.arg(name(&lease.thread)).arg(lease.fence);
        let mut reply = Fields::of(self.writes.read(&call).await?)?;
        if reply.text()? != "held" {
            return match again {
                true => Ok(None),
                false => Err(StoreError::Fenced.into()),
            };
        }
        let _agent = reply.text()?;
        let loaded = Loaded::read(reply.fields()?)?;
        Written::of(&loaded, change).map(Some)
    }

    fn end_call(
        &self,
        lease: &Lease,
        run: &EndedRun,
        state: Option<Written>,
        again: bool,
    ) -> Result<::redis::ScriptInvocation<'static>, Failure> {
        let mut call = SCRIPTS.end.key(self.keys.start());
        call.arg(name(&lease.thread))
            .arg(lease.number)
            .arg(lease.fence)
            .arg(flag(again))
            .arg(run.status.name())
            .arg(serde_json::to_string(&run.events)?)
            .arg(shared::bytes(&run.events));
        match &run.tail {
            Some(tail) => call
                .arg(millis(FOLLOWED_AFTER_END))
                .arg(tail.from())
                .arg(tail.next())
                .arg(tail.json()),
            None => call.arg("").arg(0).arg(0).arg(""),
        };
        call.arg(flag(state.is_some()));
        state
            .unwrap_or_default()
            .add(&mut call, &self.options.limits);
        add_limits(&mut call, &self.options.limits);
        for id in &run.messages {
            call.arg(id);
        }
        Ok(call)
    }

    /// The runs of a thread, oldest first, or the one of a number; with the events of those that have ended, or without.
    pub(super) async fn runs(
        &self,
        thread: &ThreadKey,
        number: Option<u64>,
        events: bool,
    ) -> Result<Vec<StoredRun>, Failure> {
        let mut call = SCRIPTS.runs.key(self.keys.start());
        let number = number.map(|number| number.to_string());
        call.arg(name(thread)).arg(number.unwrap_or_default());
        let reply = Fields::of(self.reads.read(&call).await?)?;
        let mut runs = reply
            .rows()
            .map(|row| rows::run(row?))
            .collect::<Result<Vec<_>, _>>()?;
        if events {
            self.load_events(&mut runs).await?;
        }
        Ok(runs.into_iter().map(|listed| listed.run).collect())
    }

    /// Loads what is not in memory. A run that was dropped meanwhile is left out.
    pub(super) async fn load_events(&self, runs: &mut Vec<Listed>) -> Result<(), Failure> {
        let mut gone = Vec::new();
        let mut wanted = Vec::new();
        for listed in runs.iter_mut() {
            if listed.run.status == RunStatus::Running {
                continue;
            }
            match self.shared.get(&listed.serial) {
                Some(events) => listed.run.events = events,
                None => wanted.push(listed),
            }
        }
        for some in wanted.chunks_mut(AT_ONCE) {
            let mut ask = Pipeline::with_capacity(some.len());
            for listed in some.iter() {
                let mut get = cmd("HGET");
                get.arg(self.keys.run(&listed.serial)).arg("events");
                ask.add_command(get);
            }
            let answers = self.reads.ask_all(&ask).await?;
            for (listed, answer) in some.iter_mut().zip(answers) {
                match text(answer)? {
                    Some(events) => {
                        let events: Arc<_> = raw(&events)?.into();
                        listed.run.events = self.shared.keep(&listed.serial, events);
                    }
                    None => gone.push(listed.serial.clone()),
                }
            }
        }
        runs.retain(|listed| !gone.contains(&listed.serial));
        Ok(())
    }

    /// The number of the run that was asked to stop.
    pub(super) async fn stop(
        &self,
        thread: &ThreadKey,
        run_id: Option<&str>,
    ) -> Result<Option<u64>, Failure> {
        let mut call = SCRIPTS.stop.key(self.keys.start());
        call.arg(name(thread))
            .arg(flag(run_id.is_some()))
            .arg(run_id.unwrap_or_default());
        match self.writes.read(&call).await? {
            Value::Nil => Ok(None),
            reply => number(reply).map(Some),
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
