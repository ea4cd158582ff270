//! Threads as the client's list of conversations sees them. What upstream 1.75.0 leaves to its paid platform (rename, archive,
//! delete) is served here, in the form in which its clients ask the platform for it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat};
use futures_util::StreamExt;
use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Asked, Face, Reply};
use crate::generated::agui::{Event, Message, ToolCall};
use crate::runtime::protocol::{Transcript, messages};
use crate::store::{
    AgentState, Cursor, StateKey, StoreError, Thread, ThreadChange, ThreadFilter, ThreadKey,
};

/// How many threads a page has, where the client does not say.
const PAGE: usize = 100;
/// How many it has at most.
const LARGEST_PAGE: usize = 1_000;

/// A thread as it is listed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    id: &'a str,
    name: Option<&'a str>,
    agent_id: &'a str,
    /// Of the paid platform only.
    organization_id: &'static str,
    /// The same.
    created_by_id: &'static str,
    archived: bool,
    created_at: String,
    updated_at: String,
}

impl<'a> From<&'a Thread> for Listed<'a> {
    fn from(thread: &'a Thread) -> Self {
        Self {
            id: &thread.id,
            name: thread.name.as_deref(),
            agent_id: &thread.agent,
            organization_id: "",
            created_by_id: "",
            archived: thread.archived,
            created_at: iso(thread.created_at_ms),
            updated_at: iso(thread.updated_at_ms),
        }
    }
}

/// Milliseconds since 1970 as JavaScript writes a date.
fn iso(ms: i64) -> String {
    let time = DateTime::from_timestamp_millis(ms).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl Face {
    pub(super) async fn threads(&self, asked: &Asked) -> Reply {
        let filter = match filter(&asked.query) {
            Ok(filter) => filter,
            Err(error) => return Reply::error(StatusCode::BAD_REQUEST, error),
        };
        let page = match self
            .runtime
            .store()
            .list_threads(&asked.principal.owner, filter)
            .await
        {
            Ok(page) => page,
            Err(error) => return Reply::store_failed(&error),
        };
        let threads: Vec<_> = page.threads.iter().map(Listed::from).collect();
        Reply::ok(&json!({"threads": threads, "nextCursor": page.next.as_ref().map(to_text)}))
    }

    pub(super) async fn clear_threads(&self, asked: &Asked) -> Reply {
        self.runtime.stop_all(&asked.principal.owner).await;
        match self
            .runtime
            .store()
            .clear_threads(&asked.principal.owner)
            .await
        {
            Ok(_) => Reply::empty(StatusCode::NO_CONTENT),
            Err(error) => Reply::store_failed(&error),
        }
    }

    /// Renames a thread, puts it away or takes it out again, or deletes it.
    pub(super) async fn thread(&self, asked: &Asked, id: &str) -> Reply {
        if asked.method == Method::DELETE {
            return self.delete_thread(asked, id).await;
        }
        let change = match change(&asked.body) {
            Ok(change) => change,
            Err(error) => return Reply::error(StatusCode::BAD_REQUEST, error),
        };
        match self.change(asked, id, change).await {
            Ok(thread) => Reply::ok(&Listed::from(&thread)),
            Err(refused) => refused,
        }
    }

    pub(super) async fn archive_thread(&self, asked: &Asked, id: &str) -> Reply {
        let change = ThreadChange {
            archived: Some(true),
            ..ThreadChange::default()
        };
        match self.change(asked, id, change).await {
            Ok(_) => Reply::ok(&json!({"threadId": id, "archived": true})),
            Err(refused) => refused,
        }
    }

    async fn change(&self, asked: &Asked, id: &str, change: ThreadChange) -> Result<Thread, Reply> {
        let thread = asked.thread(id);
        match self.runtime.store().change_thread(&thread, change).await {
            Ok(Some(thread)) => Ok(thread),
            Ok(None) => Err(no_thread(id)),
            Err(error) => Err(Reply::store_failed(&error)),
        }
    }

    /// Deletes a thread; what runs on it is stopped first.
    async fn delete_thread(&self, asked: &Asked, id: &str) -> Reply {
        let thread = asked.thread(id);
        self.runtime.stop_and_wait(&thread).await;
        match self.runtime.store().delete_thread(&thread).await {
            Ok(true) => Reply::ok(&json!({"threadId": id, "deleted": true})),
            Ok(false) => no_thread(id),
            Err(error) => Reply::store_failed(&error),
        }
    }

    pub(super) async fn thread_messages(&self, asked: &Asked, id: &str) -> Reply {
        match self.messages(&asked.thread(id)).await {
            Ok(messages) => {
                let messages: Vec<_> = messages.iter().map(message).collect();
                Reply::ok(&json!({ "messages": messages }))
            }
            Err(error) => Reply::store_failed(&error),
        }
    }

    /// What the last run was asked with and what it made of it (upstream 1.75.0): an answer that the client has dropped is
    /// not there any more. Of a live run, what it has made so far.
    async fn messages(&self, thread: &ThreadKey) -> Result<Vec<Message>, StoreError> {
        let kept = || self.kept_messages(thread);
        let (kept, said) = self.runtime.so_far(thread, None, kept).await?;
        let mut transcript = Transcript::new(None, kept);
        said.iter().for_each(|entry| transcript.apply(&entry.event));
        Ok(transcript.into_parts().1)
    }

    async fn kept_messages(&self, thread: &ThreadKey) -> Result<Vec<Message>, StoreError> {
        let kept = self.agent_state(thread).await?;
        let kept = kept.map(|kept| kept.messages).unwrap_or_default();
        if !kept.is_empty() {
            let known = |message| serde_json::from_value(message).ok();
            return Ok(kept.into_iter().filter_map(known).collect());
        }
        // Its state was deleted, which is not the thread's end.
        let mut history = self.runtime.connect(thread).await?.history;
        let mut events: Vec<Event> = Vec::new();
        while let Some(run) = history.next().await {
            let run = run?;
            let kept = run.iter().map(|event| serde_json::from_str(event.get()));
            events.extend(kept.filter_map(Result::ok));
        }
        Ok(messages(&events))
    }

    /// The state that the thread's agent left.
    pub(super) async fn thread_state(&self, asked: &Asked, id: &str) -> Reply {
        match self.state(&asked.thread(id)).await {
            Ok(state) => Reply::ok(&json!({ "state": state })),
            Err(error) => Reply::store_failed(&error),
        }
    }

    async fn state(&self, thread: &ThreadKey) -> Result<Option<Value>, StoreError> {
        let kept = self.agent_state(thread).await?;
        // Upstream 1.75.0 knows only states that an agent has set.
        Ok(kept.map(|it| it.state).filter(|state| *state != json!({})))
    }

    /// What the agent of the thread's last run left on it.
    async fn agent_state(&self, thread: &ThreadKey) -> Result<Option<AgentState>, StoreError> {
        let store = self.runtime.store();
        let Some(found) = store.load_thread(thread).await? else {
            return Ok(None);
        };
        let key = StateKey {
            owner: thread.owner.clone(),
            thread_id: thread.id.clone(),
            agent_name: found.agent,
        };
        store.load_state(&key).await
    }
}

/// A message as clients list it: without what only runs need, and tool calls in short.
fn message(message: &Message) -> Value {
    let mut listed = serde_json::Map::new();
    listed.insert("id".to_owned(), json!(message.id()));
    listed.insert("role".to_owned(), json!(message.role()));
    let mut add = |key: &str, value: Value| listed.insert(key.to_owned(), value);
    match message {
        Message::Developer(it) => drop(add("content", json!(it.content))),
        Message::System(it) => drop(add("content", json!(it.content))),
        Message::Reasoning(it) => drop(add("content", json!(it.content))),
        Message::User(it) => drop(add("content", json!(it.content))),
        Message::Activity(it) => drop(add("content", json!(it.content))),
        Message::Tool(it) => {
            add("content", json!(it.content));
            add("toolCallId", json!(it.tool_call_id));
        }
        Message::Assistant(it) => {
            if let Some(content) = &it.content {
                add("content", json!(content));
            }
            let calls: Vec<_> = it.tool_calls.iter().flatten().map(tool_call).collect();
            if !calls.is_empty() {
                add("toolCalls", calls.into());
            }
        }
        Message::Other(it) => {
            if let Some(content) = it.fields.get("content") {
                add("content", content.clone());
            }
        }
    }
    listed.into()
}

fn tool_call(call: &ToolCall) -> Value {
    json!({"id": call.id, "name": call.function.name, "args": call.function.arguments})
}

fn no_thread(id: &str) -> Reply {
    Reply::explained(
        StatusCode::NOT_FOUND,
        "Thread not found",
        &format!("Thread '{id}' does not exist"),
    )
}

/// Which threads a query asks for.
fn filter(query: &str) -> Result<ThreadFilter, &'static str> {
    let mut filter = ThreadFilter {
        agent: None,
        archived: false,
        limit: PAGE,
        after: None,
    };
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match &*key {
            _ if value.is_empty() => {}
            // The first one counts, as in upstream 1.75.0.
            "agentId" => {
                filter.agent.get_or_insert_with(|| value.into_owned());
            }
            "includeArchived" => filter.archived = value == "true",
            "limit" => {
                let limit = value.parse::<usize>().ok().filter(|limit| *limit > 0);
                filter.limit = limit.ok_or("Invalid limit")?.min(LARGEST_PAGE);
            }
            "cursor" => filter.after = Some(from_text(&value).ok_or("Invalid cursor")?),
            _ => {}
        }
    }
    Ok(filter)
}

/// A place in the list, as clients hand it back.
fn to_text(cursor: &Cursor) -> String {
    let json = serde_json::to_vec(cursor).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(json)
}

fn from_text(text: &str) -> Option<Cursor> {
    let json = URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&json).ok()
}

/// What a body asks to change; other keys, such as the `agentId` that clients send along, do not matter.
fn change(body: &[u8]) -> Result<ThreadChange, &'static str> {
    let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
        return Err("Invalid request body");
    };
    let name = match body.get("name") {
        None => None,
        Some(Value::Null) => Some(None),
        Some(Value::String(name)) => Some(Some(name.clone())),
        Some(_) => return Err("Invalid name"),
    };
    let archived = match body.get("archived") {
        None => None,
        Some(Value::Bool(archived)) => Some(*archived),
        Some(_) => return Err("Invalid archived"),
    };
    match (&name, archived) {
        (None, None) => Err("Nothing to change: send name or archived"),
        _ => Ok(ThreadChange { name, archived }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_given() {
        let cursor = Cursor {
            updated_at_ms: 7,
            id: "🦀/?&\u{0}".to_owned(),
        };
        let query = format!("agentId=a%20b&limit=5000&cursor={}&x=1", to_text(&cursor));
        let expected = ThreadFilter {
            agent: Some("a b".to_owned()),
            archived: false,
            limit: LARGEST_PAGE,
            after: Some(cursor),
        };
        assert_eq!(filter(&query), Ok(expected));
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for query in ["cursor=x", "cursor=e30", "cursor=%00"] {
            assert_eq!(filter(query), Err("Invalid cursor"), "{query}");
        }
        for query in ["limit=0", "limit=-1", "limit=x", "limit=1e3"] {
            assert_eq!(filter(query), Err("Invalid limit"), "{query}");
        }
        assert!(filter("includeArchived=true").unwrap().archived);
        assert_eq!(filter("agentId=&limit=&cursor="), filter(""));
        let first = filter("agentId=a&agentId=b").unwrap();
        assert_eq!(first.agent.as_deref(), Some("a"));
    }

    #[test]
    fn a_change_names_what_it_changes() {
        let read = |body: &str| change(body.as_bytes());
        let renamed = read(r#"{"agentId": "a", "name": "n"}"#).unwrap();
        assert_eq!(
            (renamed.name, renamed.archived),
            (Some(Some("n".to_owned())), None)
        );
        let unnamed = read(r#"{"name": null, "archived": false}"#).unwrap();
        assert_eq!((unnamed.name, unnamed.archived), (Some(None), Some(false)));
        for body in [
            "",
            "[]",
            "null",
            "{",
            r#"{"name": 1}"#,
            r#"{"archived": "x"}"#,
            r#"{"agentId": "a"}"#,
        ] {
            assert!(read(body).is_err(), "{body}");
        }
    }

    #[test]
    fn times_are_written_as_javascript_writes_them() {
        assert_eq!(iso(1_795_328_061_300), "2026-11-22T06:14:21.300Z");
    }
}
