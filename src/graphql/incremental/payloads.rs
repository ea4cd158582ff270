//! The payloads of one answer, in order: the first, then whatever became ready, then the end.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{FuturesUnordered, Stream};

use super::{BYTES_A_PAYLOAD, Delivery, Task};

/// One JSON document of an incremental answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payload(pub(crate) String);

/// All payloads of one answer. Polling it does the work; dropping it ends the work.
pub(crate) struct Payloads {
    first: Option<String>,
    delivery: Delivery,
    running: FuturesUnordered<Task>,
    ended: bool,
}

impl Payloads {
    /// `first` is the JSON of the first payload, which says `hasNext: true`.
    pub(crate) fn new(first: String, delivery: Delivery) -> Self {
        Self {
            first: Some(first),
            delivery,
            running: FuturesUnordered::new(),
            ended: false,
        }
    }

    /// Runs what can run until nothing is ready or the payload is full. Whether any work is left.
    fn work(&mut self, cx: &mut Context<'_>) -> bool {
        loop {
            let full = {
                let mut state = self.delivery.0.state.lock();
                self.running.extend(state.tasks.drain(..));
                state.records.len() >= BYTES_A_PAYLOAD
            };
            if full {
                return true;
            }
            match Pin::new(&mut self.running).poll_next(cx) {
                Poll::Ready(Some(())) => {}
                Poll::Ready(None) => return false,
                Poll::Pending => {
                    let state = self.delivery.0.state.lock();
                    if state.tasks.is_empty() {
                        return true;
                    }
                }
            }
        }
    }
}

impl Drop for Payloads {
    /// Work that has not begun holds the delivery that holds it.
    fn drop(&mut self) {
        self.delivery.abandon();
    }
}

impl Stream for Payloads {
    type Item = Payload;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Payload>> {
        let this = &mut *self;
        if let Some(first) = this.first.take() {
            return Poll::Ready(Some(Payload(first)));
        }
        if this.ended {
            return Poll::Ready(None);
        }
        let more = this.work(cx);
        this.ended = !more;
        let records = std::mem::take(&mut this.delivery.0.state.lock().records);
        if records.is_empty() {
            return match more {
                true => Poll::Pending,
                false => Poll::Ready(Some(Payload(r#"{"hasNext":false}"#.to_owned()))),
            };
        }
        let mut json = String::with_capacity(records.len() + 40);
        json.push_str(r#"{"incremental":["#);
        json.push_str(&records);
        json.push_str(if more {
            r#"],"hasNext":true}"#
        } else {
            r#"],"hasNext":false}"#
        });
        Poll::Ready(Some(Payload(json)))
    }
}
