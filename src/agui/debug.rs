//! The debug feed: the events of all runs of the asking owner as they come, for developers (upstream 1.75.0).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::{StatusCode, header};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;

use super::{Asked, Body, Face, Reply, sse};
use crate::generated::agui::Event;
use crate::runtime::run::Run;
use crate::store::Owner;

const CONNECTED: Bytes = Bytes::from_static(b": connected\n\n");
/// How many runs one reader follows at once.
const FOLLOWED: usize = 64;
const LEFT_OUT: Bytes =
    Bytes::from_static(b": a run is left out: too many go on at once to follow them all\n\n");
/// How many bytes may wait for a reader.
const ROOM: usize = 8 << 20;
const BEHIND: Bytes =
    Bytes::from_static(b": this feed fell behind and ends here; open it again\n\n");

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
        #[allow(
            clippy::disallowed_methods,
            reason = "what waits in it is bounded in bytes, by `ROOM`"
        )]
        let (frames, sent) = mpsc::unbounded_channel();
        let feed = Feed {
            frames,
            waiting: Arc::default(),
        };
        let waiting = feed.waiting.clone();
        let (runtime, owner) = (&self.runtime, asked.principal.owner.clone());
        tokio::spawn(feed.watch(runtime.watch(), owner, runtime.closing()));
        let events = stream::unfold((sent, waiting), |(mut sent, waiting)| async {
            let frame: Bytes = sent.recv().await?;
            waiting.fetch_sub(frame.len(), Ordering::Relaxed);
            Some((frame, (sent, waiting)))
        });
        let frames = stream::iter([CONNECTED]).chain(events).boxed();
        sse::reply(frames, self.options.keep_alive)
    }
}

/// The writing end of one reader's feed. It never waits for the reader, as that would keep every run in memory meanwhile.
struct Feed {
    frames: mpsc::UnboundedSender<Bytes>,
    /// How many bytes the reader has not taken yet.
    waiting: Arc<AtomicUsize>,
}

impl Feed {
    /// Sends the events of the owner's runs until the reader is gone or behind, or the server shuts down.
    async fn watch(
        self,
        mut runs: broadcast::Receiver<Arc<Run>>,
        owner: Owner,
        closing: CancellationToken,
    ) {
        let mut followed = stream::SelectAll::new();
        loop {
            let frame = tokio::select! {
                biased;
                () = closing.cancelled() => return,
                () = self.frames.closed() => return,
                run = runs.recv() => match run {
                    Ok(run) if run.thread.owner != owner => continue,
                    Ok(run) if followed.len() < FOLLOWED => {
                        followed.push(observe(run).boxed());
                        continue;
                    }
                    Ok(_) | Err(RecvError::Lagged(_)) => LEFT_OUT,
                    Err(RecvError::Closed) => return,
                },
                Some(frame) = followed.next() => frame,
            };
            if !self.send(frame) {
                return;
            }
            tokio::task::coop::consume_budget().await;
        }
    }

    /// Sends a frame, or in its place that there is no room for it: then the feed ends.
    fn send(&self, frame: Bytes) -> bool {
        let length = frame.len();
        let waiting = self.waiting.fetch_add(length, Ordering::Relaxed);
        let fits = waiting == 0 || waiting + length <= ROOM;
        // The reader may just have gone, which the next turn finds.
        let _ = self.frames.send(if fits { frame } else { BEHIND });
        fits
    }
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
