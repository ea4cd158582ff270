//! Whole threads, out of Redis and into it.

use ::redis::{ScriptInvocation, Value};

use super::Inner;
use super::errors::Failure;
use super::keys::name;
use super::reply::{Fields, number};
use super::rows;
use super::scripts::{SCRIPTS, flag};
use super::states::{Loaded, earlier};
use crate::store::limits as shared;
use crate::store::{
    DumpedRun, DumpedState, DumpedThread, DumpedVersion, StoreError, StoredRun, ThreadDump,
    ThreadKey,
};

impl Inner {
    pub(super) async fn dump(&self, key: &ThreadKey) -> Result<Option<ThreadDump>, Failure> {
        let mut call = SCRIPTS.dump.key(self.keys.start());
        call.arg(name(key));
        let reply = match self.reads.read(&call).await? {
            Value::Nil => return Ok(None),
            reply => reply,
        };
        let mut reply = Fields::of(reply)?;
        let thread = thread(reply.fields()?)?;
        let (mut runs, mut brought) = (Vec::new(), Vec::new());
        for row in reply.fields()?.rows() {
            let mut row = row?;
            let listed = rows::run(row.fields()?)?;
            let mut messages = row.fields()?.texts()?;
            messages.sort_unstable();
            brought.push((listed.run.number, messages));
            runs.push(listed);
        }
        self.load_events(&mut runs).await?;
        let runs = runs.into_iter().map(|listed| {
            let mut brought = brought.iter_mut();
            let brought = brought.find(|(number, _)| *number == listed.run.number);
            let messages = brought.map(|(_, messages)| std::mem::take(messages));
            dumped(listed.run, messages.unwrap_or_default())
        });
        let runs = runs.collect();
        let states = reply.fields()?.rows();
        let mut states = states
            .map(|row| state(row?))
            .collect::<Result<Vec<_>, _>>()?;
        states.sort_by(|one, other| one.agent.cmp(&other.agent));
        Ok(Some(ThreadDump {
            owner: key.owner.clone(),
            id: key.id.clone(),
            thread,
            runs,
            states,
        }))
    }

    pub(super) async fn restore(&self, dump: &ThreadDump) -> Result<(), Failure> {
        let mut call = SCRIPTS.restore.key(self.keys.start());
        call.arg(dump.owner.as_str()).arg(&dump.id);
        call.arg(flag(dump.thread.is_some()));
        if let Some(thread) = &dump.thread {
            call.arg(&thread.agent)
                .arg(flag(thread.name.is_some()))
                .arg(thread.name.as_deref().unwrap_or_default())
                .arg(flag(thread.archived))
                .arg(thread.created_at_ms)
                .arg(thread.updated_at_ms)
                .arg(thread.last_number);
        }
        // Runs without a thread are nobody's.
        let runs = match &dump.thread {
            Some(_) => &*dump.runs,
            None => &[],
        };
        call.arg(runs.len());
        for run in runs {
            add_run(&mut call, run)?;
        }
        call.arg(dump.states.len());
        for state in &dump.states {
            add_state(&mut call, state)?;
        }
        match number(self.writes.change(&call).await?)? {
            0 => Err(StoreError::Occupied {
                owner: dump.owner.as_str().to_owned(),
                id: dump.id.clone(),
            }
            .into()),
            _ => Ok(()),
        }
    }
}

fn thread(mut row: Fields) -> Result<Option<DumpedThread>, Failure> {
    if row.optional()?.is_none() {
        return Ok(None);
    }
    Ok(Some(DumpedThread {
        agent: row.text()?,
        name: row.optional()?,
        archived: row.text()? == "1",
        created_at_ms: row.number()?,
        updated_at_ms: row.number()?,
        last_number: row.number()?,
    }))
}

fn dumped(run: StoredRun, messages: Vec<String>) -> DumpedRun {
    DumpedRun {
        number: run.number,
        id: run.id,
        agent: run.agent,
        parent: run.parent,
        status: run.status,
        started_at_ms: run.started_at_ms,
        ended_at_ms: run.ended_at_ms.unwrap_or(run.started_at_ms),
        messages,
        events: run.events.to_vec(),
    }
}

fn state(mut row: Fields) -> Result<DumpedState, Failure> {
    let agent = row.text()?;
    let loaded = Loaded::read(row.fields()?)?.state;
    let state = loaded.ok_or_else(|| super::errors::strange("a state"))?;
    let version = |text: String| {
        let earlier = earlier(&text)?;
        Ok(DumpedVersion {
            version: earlier.version,
            state: earlier.state,
            updated_at_ms: earlier.updated_at_ms,
        })
    };
    let versions = row.fields()?.texts()?.into_iter().map(version);
    Ok(DumpedState {
        agent,
        state: state.state,
        messages: state.messages,
        version: state.version,
        updated_at_ms: state.updated_at_ms,
        versions: versions.collect::<Result<_, Failure>>()?,
    })
}

fn add_run(call: &mut ScriptInvocation<'_>, run: &DumpedRun) -> Result<(), Failure> {
    call.arg(run.number)
        .arg(&run.id)
        .arg(&run.agent)
        .arg(flag(run.parent.is_some()))
        .arg(run.parent.as_deref().unwrap_or_default())
        .arg(run.status.name())
        .arg(run.started_at_ms)
        .arg(run.ended_at_ms)
        .arg(serde_json::to_string(&run.events)?)
        .arg(shared::bytes(&run.events))
        .arg(run.messages.len());
    for id in &run.messages {
        call.arg(id);
    }
    Ok(())
}

fn add_state(call: &mut ScriptInvocation<'_>, state: &DumpedState) -> Result<(), Failure> {
    call.arg(&state.agent)
        .arg(serde_json::to_string(&state.state)?)
        .arg(serde_json::to_string(&state.messages)?)
        .arg(state.version)
        .arg(state.updated_at_ms)
        .arg(state.versions.len());
    for earlier in &state.versions {
        let json = serde_json::to_string(&earlier.state)?;
        let text = format!("{} {} {json}", earlier.version, earlier.updated_at_ms);
        call.arg(text);
    }
    Ok(())
}
