//! The scripts by which Redis does each step whole or not at all, and how they are called.

use std::sync::LazyLock;

use ::redis::{Script, ScriptInvocation};

use crate::store::StoreLimits;
use crate::store::limits::OLD_AT_ONCE;

pub(super) static SCRIPTS: LazyLock<Scripts> = LazyLock::new(Scripts::new);

/// Each is run by its hash, and sent whole where the server does not know it.
pub(super) struct Scripts {
    pub open: Script,
    pub start: Script,
    pub append: Script,
    pub renew: Script,
    pub claim: Script,
    pub ending: Script,
    pub end: Script,
    pub change_state: Script,
    pub delete_state: Script,
    pub drop_old: Script,
    pub delete_threads: Script,
    pub change_thread: Script,
    pub list: Script,
    pub runs: Script,
    pub read: Script,
    pub stop: Script,
    pub dump: Script,
    pub restore: Script,
}

/// A script, with the ones that it needs before it.
macro_rules! script {
    ($($part:literal)+) => {
        Script::new(concat!(
            include_str!("scripts/common.lua"),
            $(include_str!(concat!("scripts/", $part, ".lua"))),+
        ))
    };
}

impl Scripts {
    fn new() -> Self {
        Self {
            open: script!("open"),
            start: script!("dropping" "start"),
            append: script!("append"),
            renew: script!("renew"),
            claim: script!("claim"),
            ending: script!("ending"),
            end: script!("dropping" "states" "end"),
            change_state: script!("dropping" "states" "change_state"),
            delete_state: script!("dropping" "delete_state"),
            drop_old: script!("dropping" "drop_old"),
            delete_threads: script!("dropping" "delete_threads"),
            change_thread: script!("change_thread"),
            list: script!("list"),
            runs: script!("runs"),
            read: script!("read"),
            stop: script!("stop"),
            dump: script!("dump"),
            restore: script!("restore"),
        }
    }
}

/// Adds the five arguments of the limits; an empty text is none.
pub(super) fn add_limits(call: &mut ScriptInvocation<'_>, limits: &StoreLimits) {
    let text = |limit: Option<u64>| limit.map(|limit| limit.to_string()).unwrap_or_default();
    call.arg(text(limits.runs_per_thread.map(|most| most as u64)))
        .arg(text(limits.threads.map(|most| most as u64)))
        .arg(text(limits.bytes))
        .arg(text(age(limits)))
        .arg(OLD_AT_ONCE);
}

/// How many milliseconds old things may become.
pub(super) fn age(limits: &StoreLimits) -> Option<u64> {
    let age = limits.age?.as_millis();
    // Beyond what a number in Lua counts exactly nothing is ever too old.
    Some(u64::try_from(age).unwrap_or(u64::MAX).min(1 << 50))
}

/// How a script is told yes or no.
pub(super) fn flag(yes: bool) -> &'static str {
    match yes {
        true => "1",
        false => "0",
    }
}
