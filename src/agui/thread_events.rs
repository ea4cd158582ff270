//! All events of a thread as one JSON document, written one run at a time: a long thread is never in memory as a whole.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, Stream};
use futures_util::{FutureExt, StreamExt};
use http::{StatusCode, header};

use super::{Asked, Body, Face, Reply};
use crate::runtime::log::Entry;
use crate::store::{Events, StoreError, ThreadKey};

impl Face {
    /// The events of the thread's runs, those of a live one as far as it is.
    pub(super) async fn thread_events(&self, asked: &Asked, id: &str) -> Reply {
        match self.events(&asked.thread(id)).await {
            Ok(document) => Reply {
                body: Body::Stream(document.boxed()),
                ..Reply::empty(StatusCode::OK).with(header::CONTENT_TYPE, "application/json")
            },
            Err(error) => Reply::store_failed(&error),
        }
    }

    async fn events(
        &self,
        thread: &ThreadKey,
    ) -> Result<impl Stream<Item = Bytes> + Send + use<>, StoreError> {
        let connection = self.runtime.connect(thread).await?;
        let mut history = connection.history;
        // A store that fails at once can still be told as that.
        let first = history.next().await.transpose()?;
        let first = stream::iter(first.map(Ok));
        let mut live = Vec::new();
        if let Some(run) = connection.live {
            let mut entries = run.observe();
            while let Some(Some(entry)) = entries.next().now_or_never() {
                live.push(entry);
            }
        }
        Ok(document(first.chain(history), live))
    }
}

/// A part of the document.
enum Part {
    Kept(Arc<Events>),
    Live(Vec<Arc<Entry>>),
    End,
}

impl Part {
    /// Writes the part after those before it; whether there is an event in the document now.
    fn write(&self, mut any: bool, out: &mut Vec<u8>) -> bool {
        let mut event = |json: &[u8]| {
            if std::mem::replace(&mut any, true) {
                out.push(b',');
            }
            out.extend_from_slice(json);
        };
        match self {
            Self::Kept(events) => events.iter().for_each(|it| event(it.get().as_bytes())),
            Self::Live(entries) => entries.iter().for_each(|it| event(&it.json())),
            Self::End => out.extend_from_slice(b"]}"),
        }
        any
    }
}

/// `{"events":[…]}`. A history that breaks off leaves it open, so that nobody takes it for the whole.
fn document(
    history: impl Stream<Item = Result<Arc<Events>, StoreError>> + Send,
    live: Vec<Arc<Entry>>,
) -> impl Stream<Item = Bytes> + Send {
    let rest = [Part::Live(live), Part::End].map(Ok);
    let parts = history.map(|run| run.map(Part::Kept));
    let parts = parts.chain(stream::iter(rest));
    let written = parts.scan((false, false), |(begun, any), part| {
        let part = part.inspect_err(
            |error| tracing::error!(%error, "a thread's history cannot be read to its end"),
        );
        let chunk = part.ok().map(|part| {
            let mut chunk = Vec::new();
            if !std::mem::replace(begun, true) {
                chunk.extend_from_slice(br#"{"events":["#);
            }
            *any = part.write(*any, &mut chunk);
            Bytes::from(chunk)
        });
        std::future::ready(chunk)
    });
    written.filter(|chunk| std::future::ready(!chunk.is_empty()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::value::RawValue;

    use super::*;
    use crate::generated::agui::{Event, StepStartedEvent};
    use crate::runtime::log::Origin;

    fn run(events: &[&str]) -> Result<Arc<Events>, StoreError> {
        let raw = |json: &&str| RawValue::from_string((*json).to_owned()).unwrap();
        Ok(events.iter().map(raw).collect::<Vec<_>>().into())
    }

    async fn written(
        history: Vec<Result<Arc<Events>, StoreError>>,
        live: Vec<Arc<Entry>>,
    ) -> String {
        let chunks: Vec<_> = document(stream::iter(history), live).collect().await;
        String::from_utf8(chunks.concat()).unwrap()
    }

    #[tokio::test]
    async fn events_of_all_runs_are_one_document() {
        assert_eq!(written(vec![], vec![]).await, r#"{"events":[]}"#);
        let step: Event = StepStartedEvent::new("s").into();
        let live = || vec![Arc::new(Entry::new(step.clone(), Origin::Agent, 1))];
        let history = || vec![run(&["1", "2"]), run(&[]), run(&["3"])];
        assert_eq!(written(history(), vec![]).await, r#"{"events":[1,2,3]}"#);
        let expected = r#"{"events":[{"type":"STEP_STARTED","stepName":"s"}]}"#;
        assert_eq!(written(vec![], live()).await, expected);
        let both = written(history(), live()).await;
        assert!(both.starts_with(r#"{"events":[1,2,3,{"type":"#), "{both}");
    }

    #[tokio::test]
    async fn a_history_that_breaks_off_is_no_document() {
        let broken = vec![run(&["1"]), Err(StoreError::Closed), run(&["2"])];
        assert_eq!(written(broken, vec![]).await, r#"{"events":[1"#);
    }
}
