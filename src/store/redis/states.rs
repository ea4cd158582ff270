//! Agent states in Redis: changed here, and written if nobody else has written meanwhile.

use ::redis::{ScriptInvocation, Value, cmd};

use super::Inner;
use super::errors::{Failure, strange};
use super::keys::thread_of;
use super::reply::{Fields, number, text};
use super::rows;
use super::scripts::{SCRIPTS, add_limits, flag};
use crate::store::{AgentState, StateChange, StateKey, StoreLimits, change};

/// Each time that a change fails another one has been made: so many, and something is wrong.
pub(super) const ATTEMPTS: usize = 1_000;

/// A state, and which write it is from: empty if there is none.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) state: Option<AgentState>,
    write: String,
}

impl Loaded {
    /// Of the fields `state`, `messages`, `version`, `updated`, `write`.
    pub(super) fn read(mut row: Fields) -> Result<Self, Failure> {
        let Some(state) = row.optional()? else {
            return Ok(Self::default());
        };
        let state = AgentState {
            state: serde_json::from_str(&state)?,
            messages: serde_json::from_str(&row.text()?)?,
            version: row.number()?,
            updated_at_ms: row.number()?,
        };
        Ok(Self {
            state: Some(state),
            write: row.text()?,
        })
    }
}

/// A state as it is to be written.
#[derive(Default)]
pub(super) struct Written {
    after: Option<AgentState>,
    /// The write that it was made from.
    write: String,
    state: String,
    messages: String,
    /// Whether the state before it becomes one of the earlier versions.
    keep: bool,
}

impl Written {
    pub(super) fn of(loaded: &Loaded, wanted: &StateChange) -> Result<Self, Failure> {
        // The server's clock says when.
        let after = change::apply(loaded.state.clone(), wanted, 0);
        let before = loaded.state.as_ref();
        Ok(Self {
            write: loaded.write.clone(),
            state: serde_json::to_string(&after.state)?,
            messages: serde_json::to_string(&after.messages)?,
            keep: before.is_some_and(|before| before.state != after.state),
            after: Some(after),
        })
    }

    /// Adds the five arguments of a state.
    pub(super) fn add(&self, call: &mut ScriptInvocation<'_>, limits: &StoreLimits) {
        call.arg(&self.write)
            .arg(&self.state)
            .arg(&self.messages)
            .arg(flag(self.keep))
            .arg(limits.versions());
    }
}

impl Inner {
    pub(super) async fn state(&self, key: &StateKey) -> Result<Option<AgentState>, Failure> {
        Ok(self.load(key).await?.state)
    }

    async fn load(&self, key: &StateKey) -> Result<Loaded, Failure> {
        let mut get = cmd("HMGET");
        get.arg(self.keys.state(key));
        get.arg(&["state", "messages", "version", "updated", "write"]);
        Loaded::read(Fields::of(self.reads.ask(&get).await?)?)
    }

    pub(super) async fn change_state(
        &self,
        key: &StateKey,
        wanted: &StateChange,
        expected: Option<u64>,
    ) -> Result<AgentState, Failure> {
        let _turn = self.turns.of(key).await;
        let limits = &self.options.limits;
        for _ in 0..ATTEMPTS {
            let loaded = self.load(key).await?;
            change::expect(loaded.state.as_ref(), expected)?;
            let written = Written::of(&loaded, wanted)?;
            let mut call = SCRIPTS.change_state.key(self.keys.start());
            call.arg(key.owner.as_str())
                .arg(&key.thread_id)
                .arg(&key.agent_name);
            written.add(&mut call, limits);
            add_limits(&mut call, limits);
            let mut reply = Fields::of(self.writes.change(&call).await?)?;
            if let ("changed", Some(after)) = (&*reply.text()?, written.after) {
                let after = AgentState {
                    version: reply.number()?,
                    updated_at_ms: reply.number()?,
                    ..after
                };
                self.reclaiming
                    .dropped(rows::dropped(reply.fields()?, limits)?);
                return Ok(after);
            }
        }
        Err(Failure::Contended)
    }

    pub(super) async fn state_versions(
        &self,
        key: &StateKey,
        most: usize,
    ) -> Result<Vec<AgentState>, Failure> {
        if most == 0 {
            return Ok(Vec::new());
        }
        let mut get = cmd("LRANGE");
        get.arg(self.keys.earlier_states(key))
            .arg(0)
            .arg(i64::try_from(most - 1).unwrap_or(i64::MAX));
        let Value::Array(found) = self.reads.ask(&get).await? else {
            return Err(strange("a list"));
        };
        let read = |version| earlier(&text(version)?.unwrap_or_default());
        found.into_iter().map(read).collect()
    }

    pub(super) async fn delete_state(&self, key: &StateKey) -> Result<bool, Failure> {
        let mut call = SCRIPTS.delete_state.key(self.keys.start());
        call.arg(thread_of(key)).arg(&key.agent_name);
        Ok(number::<u8>(self.writes.change(&call).await?)? > 0)
    }
}

/// An earlier version: its number, its time, and the state.
pub(super) fn earlier(text: &str) -> Result<AgentState, Failure> {
    let mut parts = text.splitn(3, ' ');
    let mut part = || parts.next().ok_or_else(|| strange("a version"));
    let (version, time, state) = (part()?, part()?, part()?);
    Ok(AgentState {
        state: serde_json::from_str(state)?,
        messages: Vec::new(),
        version: version.parse().map_err(|_| strange("a number"))?,
        updated_at_ms: time.parse().map_err(|_| strange("a number"))?,
    })
}
