//! What the server must be, and what about its settings the operator should know.

use std::collections::HashMap;

use ::redis::{Pipeline, Value, cmd};

use super::connect::Line;
use super::errors::Failure;
use super::keys::Keys;
use super::reply::{number, text};
use super::scripts::SCRIPTS;
use crate::store::{Durability, StoreCheck, StoreError};

/// The version of how things are laid out; a change that older binaries do not understand counts it up.
const SCHEMA: u64 = 1;

/// Notes the schema in a new database; refuses one of a newer binary.
pub(super) async fn check_schema(line: &Line, keys: &Keys, url: &str) -> Result<(), Failure> {
    let mut call = SCRIPTS.open.key(keys.start());
    call.arg(SCHEMA);
    Ok(refuse_newer(number(line.read(&call).await?)?, url)?)
}

fn refuse_newer(version: u64, url: &str) -> Result<(), StoreError> {
    if version <= SCHEMA {
        return Ok(());
    }
    let reason = format!(
        "the database has the schema {version}, this binary knows up to {SCHEMA}: start a newer one, or give this one \
         another `prefix`"
    );
    Err(StoreError::Url {
        url: url.to_owned(),
        reason,
    })
}

/// Looks at what is there, and changes nothing.
pub(super) async fn inspect(line: &Line, keys: &Keys, url: &str) -> Result<StoreCheck, Failure> {
    let asked = [
        ("GET", keys.of("schema"), None),
        ("ZCARD", keys.of("idle"), None),
        ("ZCARD", keys.of("leases"), None),
        ("HGET", keys.of("totals"), Some("bytes")),
    ];
    let mut ask = Pipeline::with_capacity(asked.len());
    for (command, key, field) in asked {
        let mut command = cmd(command);
        command.arg(key).arg(field);
        ask.add_command(command);
    }
    let mut answers = line.ask_all(&ask).await?.into_iter();
    let mut next = || match answers.next() {
        Some(Value::Nil) | None => Ok(None),
        Some(found) => number::<u64>(found).map(Some),
    };
    let version = next()?;
    refuse_newer(version.unwrap_or_default(), url)?;
    let (idle, going_on) = (next()?.unwrap_or_default(), next()?.unwrap_or_default());
    Ok(StoreCheck {
        version: version.map(u64::cast_signed),
        newest: Some(SCHEMA.cast_signed()),
        threads: idle + going_on,
        bytes: next()?.unwrap_or_default(),
        going_on,
    })
}

/// Refuses a server that is too old, and warns of settings by which something may get lost.
pub(super) async fn check_settings(
    line: &Line,
    url: &str,
    wanted: Durability,
) -> Result<(), Failure> {
    let info = match line.ask(&cmd("INFO")).await {
        Ok(info) => settings(&info_text(info)?),
        Err(error) => {
            tracing::warn!(%error, "Redis does not tell its settings: whether it keeps what it is given is not known");
            return Ok(());
        }
    };
    let value = |key: &str| info.get(key).map_or("", String::as_str);
    let version = value("redis_version");
    let major = version
        .split('.')
        .next()
        .and_then(|major| major.parse().ok());
    if major.is_some_and(|major: u32| major < 6) {
        return Err(StoreError::Url {
            url: url.to_owned(),
            reason: format!("the server is Redis {version}; at least version 6 is needed"),
        }
        .into());
    }
    let policy = value("maxmemory_policy");
    if policy.starts_with("allkeys-") {
        tracing::warn!(
            policy,
            "Redis drops threads when its memory is full: set `maxmemory-policy noeviction` in its configuration"
        );
    }
    let synced = match value("aof_enabled") {
        "1" => fsync(line).await,
        "0" => Some("no".to_owned()),
        _ => None,
    };
    if let Some(advice) = synced.as_deref().and_then(|synced| advice(synced, wanted)) {
        tracing::warn!("{advice}");
    }
    Ok(())
}

/// What `appendfsync` is; nothing if the server does not say, as many that are rented do not.
async fn fsync(line: &Line) -> Option<String> {
    let mut get = cmd("CONFIG");
    get.arg("GET").arg("appendfsync");
    let fields = match line.ask(&get).await.ok()? {
        Value::Array(fields) => fields,
        Value::Map(pairs) => pairs
            .into_iter()
            .flat_map(|(key, value)| [key, value])
            .collect(),
        _ => return None,
    };
    text(fields.into_iter().nth(1)?).ok()?
}

/// What is wrong with a server that syncs like this, if anything is; `no` stands for one that keeps no log at all.
fn advice(synced: &str, wanted: Durability) -> Option<&'static str> {
    match (synced, wanted) {
        ("always", _) | ("everysec", Durability::Batched) => None,
        ("everysec", Durability::Strict) => Some(
            "`store.durability` is strict, but Redis syncs to its disk once a second: what clients were shown in the last \
             second may be lost with its machine; set `appendfsync always` in its configuration",
        ),
        (_, Durability::Strict) => Some(
            "`store.durability` is strict, but Redis does not sync to its disk what it acknowledges: set `appendonly yes` \
             and `appendfsync always` in its configuration",
        ),
        (_, Durability::Batched) => Some(
            "Redis keeps no append-only file, or never syncs it: threads may be lost when it stops; set `appendonly yes` \
             in its configuration",
        ),
    }
}

fn info_text(info: Value) -> Result<String, Failure> {
    match info {
        Value::VerbatimString { text, .. } => Ok(text),
        other => Ok(text(other)?.unwrap_or_default()),
    }
}

fn settings(info: &str) -> HashMap<String, String> {
    let lines = info.lines().filter_map(|line| line.split_once(':'));
    lines
        .map(|(key, value)| (key.to_owned(), value.trim().to_owned()))
        .collect()
}
