//! The debug feed: the events of all runs of the asking owner as they come, for developers (upstream 1.75.0).

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::{StatusCode, header};
use serde::Serialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::{Asked, Body, Face, Reply, sse};
use crate::generated::agui::Event;
use crate::runtime::run::Run;

const CONNECTED: Bytes = Bytes::from_static(b": connected\n\n");

/// One event, and where it belongs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Seen<'a> {
    /// In milliseconds since 1970.
    timestamp: i64,
    agent_id: &'a str,
    thread_id: &'a str,
    run_id: &'a str,
    event: &'a Event,
}

impl Face {
    pub(super) fn debug_events(&self, asked: &Asked) -> Reply {
        if !self.options.debug_events {
            return Reply {
                body: Body::Full(Bytes::from_static(b"Not Found")),
                ..Reply::empty(StatusCode::NOT_FOUND)
                    .with(header::CONTENT_TYPE, "text/plain; charset=UTF-8")
            };
        }
        let owner = asked.owner.clone();
        let runs = started(self.runtime.watch());
        let events = runs
            .filter(move |run| std::future::ready(run.thread.owner == owner))
            .flat_map_unordered(None, |run| observe(run).boxed());
        let frames = stream::iter([CONNECTED]).chain(events).boxed();
        sse::reply(frames, self.options.keep_alive)
    }
}

/// The runs that start. Those that start faster than they are looked at are left out.
fn started(runs: Receiver<Arc<Run>>) -> impl Stream<Item = Arc<Run>> {
    stream::unfold(runs, |mut runs| async {
        loop {
            match runs.recv().await {
                Ok(run) => return Some((run, runs)),
                Err(RecvError::Lagged(missed)) => {
                    tracing::debug!(missed, "the debug feed is behind");
                }
                Err(RecvError::Closed) => return None,
            }
        }
    })
}

fn observe(run: Arc<Run>) -> impl Stream<Item = Bytes> {
    run.observe().map(move |entry| {
        sse::frame(&Seen {
            timestamp: chrono::Utc::now().timestamp_millis(),
            agent_id: &run.agent,
            thread_id: &run.thread.id,
            run_id: &run.id,
            event: &entry.event,
        })
    })
}
