//! Runs in a store in memory: who has a thread, what was said on it, and how it ended.

use std::sync::Arc;

use serde_json::value::RawValue;
use tokio::time::Instant;

use super::content::{Content, Kept, now};
use crate::store::{
    ActiveRun, Batch, EndedRun, FOLLOWED_AFTER_END, Lease, LeftRun, NewRun, Node, Renewed,
    RunStatus, RunTail, Start, StartedRun, StateChange, StateKey, StoreError, StoreLimits,
    StoreOptions, StoredRun, ThreadKey, limits,
};

/// The run that has a thread.
#[derive(Debug)]
pub(super) struct Active {
    number: u64,
    fence: u64,
    node: Node,
    until: Instant,
    to_stop: bool,
    /// The events that were appended.
    said: Vec<Box<RawValue>>,
}

/// What a run that has ended said, for those who follow it on other nodes.
#[derive(Debug)]
pub(super) struct Over {
    number: u64,
    said: Vec<Box<RawValue>>,
    status: RunStatus,
    until: Instant,
}

impl Active {
    fn is_held(&self) -> bool {
        self.until > Instant::now()
    }
}

impl Content {
    pub(super) fn start(&mut self, key: &ThreadKey, run: NewRun, options: &StoreOptions) -> Start {
        if let Some(kept) = self.threads.get(key)
            && let Some(active) = &kept.active
        {
            if active.node != options.node && active.is_held() {
                return Start::Busy(ActiveRun {
                    number: active.number,
                    id: kept
                        .of_number(active.number)
                        .map(|it| it.id.clone())
                        .unwrap_or_default(),
                    node: active.node.clone(),
                });
            }
            if let Some(left) = self.claim(key, options) {
                return Start::Left(Box::new(left));
            }
        }
        let fence = self.next_fence();
        let made = || Kept::new(key.id.clone(), run.agent.clone());
        let kept = self.threads.entry(key.clone()).or_insert_with(made);
        let number = kept.begin(&run);
        let known = run.messages.iter();
        let known = known.filter(|id| kept.messages.contains_key(*id));
        let started = StartedRun {
            lease: Lease {
                thread: key.clone(),
                number,
                fence,
            },
            known: known.cloned().collect(),
        };
        for id in run.messages {
            kept.messages.entry(id).or_insert(number);
        }
        kept.active = Some(Active {
            number,
            fence,
            node: options.node.clone(),
            until: Instant::now() + options.lease,
            to_stop: false,
            said: Vec::new(),
        });
        Start::Started(started)
    }

    fn next_fence(&mut self) -> u64 {
        self.fences += 1;
        self.fences
    }

    /// Takes the thread's active run over.
    fn claim(&mut self, key: &ThreadKey, options: &StoreOptions) -> Option<LeftRun> {
        let fence = self.next_fence();
        let kept = self.threads.get_mut(key)?;
        let active = kept.active.as_mut()?;
        active.fence = fence;
        active.node = options.node.clone();
        active.until = Instant::now() + options.lease;
        active.to_stop = false;
        let lease = Lease {
            thread: key.clone(),
            number: active.number,
            fence,
        };
        let run = kept.loaded(kept.of_number(lease.number)?);
        Some(LeftRun { lease, run })
    }

    pub(super) fn claim_left(
        &mut self,
        most: usize,
        held: &[u64],
        options: &StoreOptions,
    ) -> Vec<LeftRun> {
        let threads = self.threads.iter();
        let is_left = |it: &Active| !it.is_held() && !held.contains(&it.fence);
        let left = threads
            .filter(|(_, kept)| kept.active.as_ref().is_some_and(is_left))
            .map(|(key, _)| key.clone());
        let left: Vec<_> = left.take(most).collect();
        let claimed = left.iter().filter_map(|key| self.claim(key, options));
        claimed.collect()
    }

    /// The run that holds its thread by this lease.
    fn held(&mut self, lease: &Lease) -> Option<&mut Active> {
        let active = self.threads.get_mut(&lease.thread)?.active.as_mut()?;
        (active.fence == lease.fence).then_some(active)
    }

    pub(super) fn append(&mut self, batches: &[Batch]) -> Result<Vec<u64>, StoreError> {
        for batch in batches {
            if let Some(active) = self.held(batch.lease()) {
                batch.follows(active.said.len() as u64)?;
            }
        }
        let mut lost = Vec::new();
        for batch in batches {
            match self.held(batch.lease()) {
                Some(active) => {
                    let new = batch.raw_from(active.said.len() as u64);
                    active.said.extend(new);
                }
                None => lost.push(batch.lease().fence),
            }
        }
        Ok(lost)
    }

    pub(super) fn renew(&mut self, leases: &[Lease], options: &StoreOptions) -> Renewed {
        let mut renewed = Renewed::default();
        for lease in leases {
            match self.held(lease) {
                Some(active) => {
                    active.until = Instant::now() + options.lease;
                    renewed
                        .to_stop
                        .extend(active.to_stop.then_some(lease.fence));
                }
                None => renewed.lost.push(lease.fence),
            }
        }
        renewed
    }

    /// The agent of the run that has ended.
    pub(super) fn end(
        &mut self,
        lease: &Lease,
        ended: &EndedRun,
        limits: &StoreLimits,
    ) -> Result<String, StoreError> {
        self.held(lease).ok_or(StoreError::Fenced)?;
        let kept = self.threads.get_mut(&lease.thread);
        let kept = kept.ok_or(StoreError::Fenced)?;
        let mut active = kept.active.take().ok_or(StoreError::Fenced)?;
        let mut runs = kept.runs.iter_mut().rev();
        let run = runs.find(|run| run.number == lease.number);
        let run = run.ok_or(StoreError::Fenced)?;
        let bytes = limits::bytes(&ended.events);
        run.status = ended.status;
        run.ended_at_ms = Some(now());
        run.events = ended.events.clone().into();
        let state = StateKey {
            owner: lease.thread.owner.clone(),
            thread_id: lease.thread.id.clone(),
            agent_name: run.agent.clone(),
        };
        if let Some(tail) = &ended.tail {
            active.said.extend(tail.raw_from(active.said.len() as u64));
            kept.over.push(Over {
                number: lease.number,
                said: active.said,
                status: ended.status,
                until: Instant::now() + FOLLOWED_AFTER_END,
            });
        }
        kept.bring(lease.number, &ended.messages);
        kept.touch();
        kept.bytes += bytes;
        self.bytes += bytes;
        if let Some(change) = ended.state.clone().and_then(StateChange::keepable) {
            self.change_state(&state, &change, limits);
        }
        Ok(state.agent_name)
    }

    pub(super) fn read_events(&self, key: &ThreadKey, number: u64, from: u64) -> Option<RunTail> {
        let kept = self.threads.get(key)?;
        let rest = |said: &[Box<RawValue>]| {
            let from = usize::try_from(from).unwrap_or(usize::MAX);
            said.get(from..).unwrap_or_default().to_vec()
        };
        if let Some(active) = kept.active.as_ref().filter(|it| it.number == number) {
            return Some(RunTail {
                events: rest(&active.said),
                ended: None,
            });
        }
        let over = kept.over.iter().find(|over| over.number == number)?;
        Some(RunTail {
            events: rest(&over.said),
            ended: Some(over.status),
        })
    }

    pub(super) fn runs(&self, key: &ThreadKey) -> Vec<StoredRun> {
        let Some(kept) = self.threads.get(key) else {
            return Vec::new();
        };
        kept.runs.iter().map(|run| kept.loaded(run)).collect()
    }

    pub(super) fn run(&self, key: &ThreadKey, number: u64) -> Option<StoredRun> {
        let kept = self.threads.get(key)?;
        Some(kept.loaded(kept.of_number(number)?))
    }

    /// Whose run it is that is to stop, if there is one.
    pub(super) fn request_stop(
        &mut self,
        key: &ThreadKey,
        run_id: Option<&str>,
    ) -> Option<(Node, Lease)> {
        let kept = self.threads.get_mut(key)?;
        let number = kept.active.as_ref()?.number;
        let id = &kept.of_number(number)?.id;
        if run_id.is_some_and(|asked| asked != id) {
            return None;
        }
        let active = kept.active.as_mut()?;
        active.to_stop = true;
        let lease = Lease {
            thread: key.clone(),
            number,
            fence: active.fence,
        };
        Some((active.node.clone(), lease))
    }
}

impl Kept {
    /// Notes the run; its number.
    fn begin(&mut self, run: &NewRun) -> u64 {
        self.touch();
        self.over.retain(|over| over.until > Instant::now());
        self.numbered += 1;
        self.thread.agent.clone_from(&run.agent);
        self.runs.push(StoredRun {
            number: self.numbered,
            id: run.id.clone(),
            agent: run.agent.clone(),
            parent: run.parent.clone(),
            status: RunStatus::Running,
            started_at_ms: now(),
            ended_at_ms: None,
            events: Arc::default(),
        });
        self.numbered
    }

    /// The run of this number brought these messages; if none, not even those that it came with.
    fn bring(&mut self, number: u64, messages: &[String]) {
        if messages.is_empty() {
            self.messages.retain(|_, run| *run != number);
        }
        for id in messages {
            self.messages.entry(id.clone()).or_insert(number);
        }
    }

    fn of_number(&self, number: u64) -> Option<&StoredRun> {
        let at = self.runs.binary_search_by_key(&number, |run| run.number);
        Some(&self.runs[at.ok()?])
    }

    /// The run with what it has said so far.
    fn loaded(&self, run: &StoredRun) -> StoredRun {
        let mut run = run.clone();
        if let Some(active) = self.active.as_ref().filter(|it| it.number == run.number) {
            run.events = active.said.clone().into();
        }
        run
    }
}
