//! Threads in Redis: lists, changes, deletion.

use ::redis::{Cmd, Value, cmd};

use super::Inner;
use super::errors::{Failure, strange};
use super::keys::{name, thread_of_name};
use super::reply::{Fields, number, text};
use super::rows;
use super::scripts::{SCRIPTS, age, flag};
use crate::store::limits::OLD_AT_ONCE;
use crate::store::{Owner, Thread, ThreadChange, ThreadFilter, ThreadKey, ThreadPage};

/// Threads that are deleted in one step: the server does nothing else meanwhile.
const AT_ONCE: usize = 100;

impl Inner {
    pub(super) async fn list(
        &self,
        owner: &Owner,
        filter: &ThreadFilter,
    ) -> Result<ThreadPage, Failure> {
        // One more than asked tells whether there is a next page.
        let most = filter.limit.clamp(1, 1 << 40) + 1;
        let mut call = SCRIPTS.list.key(self.keys.start());
        call.arg(owner.as_str())
            .arg(flag(filter.agent.is_some()))
            .arg(filter.agent.as_deref().unwrap_or_default())
            .arg(flag(filter.archived))
            .arg(most)
            .arg(flag(filter.after.is_some()));
        match &filter.after {
            Some(after) => call.arg(after.updated_at_ms).arg(&after.id),
            None => call.arg(0).arg(""),
        };
        let reply = Fields::of(self.reads.read(&call).await?)?;
        let mut threads = reply
            .rows()
            .map(|row| rows::thread(row?))
            .collect::<Result<Vec<_>, _>>()?;
        let place = |thread: &Thread| (thread.updated_at_ms, thread.id.clone());
        threads.sort_by_cached_key(|thread| std::cmp::Reverse(place(thread)));
        threads.truncate(most);
        Ok(ThreadPage::cut(threads, filter))
    }

    pub(super) async fn thread(&self, key: &ThreadKey) -> Result<Option<Thread>, Failure> {
        let mut get = cmd("HMGET");
        get.arg(self.keys.thread(key));
        get.arg(&["id", "agent", "name", "archived", "created", "updated"]);
        optional(self.reads.ask(&get).await?)
    }

    /// Drops what is too old. Whether there may be more of it.
    pub(super) async fn drop_old(&self) -> Result<bool, Failure> {
        let limits = &self.options.limits;
        let Some(age) = age(limits) else {
            return Ok(false);
        };
        let mut call = SCRIPTS.drop_old.key(self.keys.start());
        call.arg(age).arg(OLD_AT_ONCE);
        let dropped = Fields::of(self.writes.change(&call).await?)?;
        let dropped = rows::dropped(dropped, limits)?;
        let more = dropped.len() >= OLD_AT_ONCE;
        self.reclaiming.dropped(dropped);
        Ok(more)
    }

    pub(super) async fn change_thread(
        &self,
        key: &ThreadKey,
        change: ThreadChange,
    ) -> Result<Option<Thread>, Failure> {
        let (naming, text) = match change.name {
            Some(Some(name)) => ("set", name),
            Some(None) => ("none", String::new()),
            None => ("", String::new()),
        };
        let mut call = SCRIPTS.change_thread.key(self.keys.start());
        call.arg(key.owner.as_str())
            .arg(&key.id)
            .arg(naming)
            .arg(text)
            .arg(change.archived.map_or("", flag));
        // Twice is as once.
        optional(self.writes.read(&call).await?)
    }

    pub(super) async fn delete_threads(
        &self,
        owner: &Owner,
        ids: &[String],
    ) -> Result<u64, Failure> {
        let mut gone = 0;
        for some in ids.chunks(AT_ONCE) {
            let mut call = SCRIPTS.delete_threads.key(self.keys.start());
            call.arg(owner.as_str());
            for id in some {
                call.arg(id);
            }
            gone += number::<u64>(self.writes.change(&call).await?)?;
        }
        Ok(gone)
    }

    /// In the order of their names.
    pub(super) async fn all_keys(
        &self,
        after: Option<&ThreadKey>,
        most: usize,
    ) -> Result<Vec<ThreadKey>, Failure> {
        let after = after.map_or("-".to_owned(), |after| format!("({}", name(after)));
        let mut get = cmd("ZRANGEBYLEX");
        get.arg(self.keys.all()).arg(after).arg("+");
        get.arg("LIMIT").arg(0).arg(most.min(1 << 40));
        self.names(&get).await
    }

    /// The threads that a command names.
    async fn names(&self, get: &Cmd) -> Result<Vec<ThreadKey>, Failure> {
        let Value::Array(names) = self.reads.ask(get).await? else {
            return Err(strange("a list"));
        };
        let read = |name| {
            let name = text(name)?.unwrap_or_default();
            thread_of_name(&name).ok_or_else(|| strange("the name of a thread"))
        };
        names.into_iter().map(read).collect()
    }

    pub(super) async fn clear(&self, owner: &Owner) -> Result<u64, Failure> {
        let all = ThreadKey {
            owner: owner.clone(),
            id: String::new(),
        };
        // Nothing in UTF-8 has this byte, so nothing of the owner comes after it.
        let (from, mut to) = (name(&all).into_bytes(), name(&all).into_bytes());
        to.push(u8::MAX);
        let mut get = cmd("ZRANGEBYLEX");
        get.arg(self.keys.all())
            .arg([b"[", &*from].concat())
            .arg([b"(", &*to].concat());
        let keys = self.names(&get).await?;
        let ids: Vec<_> = keys.into_iter().map(|key| key.id).collect();
        self.delete_threads(owner, &ids).await
    }
}

/// A thread, if there is one.
fn optional(reply: Value) -> Result<Option<Thread>, Failure> {
    match reply {
        Value::Nil => Ok(None),
        Value::Array(fields) if fields.first() == Some(&Value::Nil) => Ok(None),
        reply => rows::thread(Fields::of(reply)?).map(Some),
    }
}
