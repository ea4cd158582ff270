//! What an event of a run costs once its agent has it: the run's log and rules, the face's projection, the frame in the body.
//!
//! The agent is in this process and has all events at once; the client's socket is left out. A run has 1,000 tokens, so that a
//! thousandth of a run's start and end is in the figure of each.

use std::sync::Arc;

use agui_runtime::agents::{Agent, EventStream, RunInput};
use agui_runtime::generated::agui::{
    Event, TextMessageContentEvent, TextMessageEndEvent, TextMessageStartEvent,
};
use criterion::{Criterion, Throughput};
use futures_util::{StreamExt, stream};

use super::endpoint::{Server, mutation, tokens};

/// Tokens of a run.
pub const TOKENS: usize = 1_000;

/// Says the same token again and again.
struct Talker;

impl Agent for Talker {
    fn run(&self, _input: Arc<RunInput>) -> EventStream {
        let token = |_| TextMessageContentEvent::new("m", "token ").into();
        let events = std::iter::once(TextMessageStartEvent::new("m").into())
            .chain((0..TOKENS).map(token))
            .chain([Event::from(TextMessageEndEvent::new("m"))]);
        stream::iter(events).map(Ok).boxed()
    }
}

pub fn measure(criterion: &mut Criterion) {
    let tokio = tokio::runtime::Runtime::new().expect("a runtime");
    let server = tokio.block_on(Server::of(Talker));
    let mut group = criterion.benchmark_group("an event of a run");
    group.throughput(Throughput::Elements(TOKENS as u64));
    let body = mutation().to_string();
    let answer = tokio.block_on(server.graphql(body.clone()));
    assert_eq!(tokens(&answer), TOKENS, "GraphQL");
    group.bench_function("GraphQL, multipart", |bench| {
        bench.to_async(&tokio).iter(|| server.graphql(body.clone()));
    });
    assert_eq!(tokens(&tokio.block_on(server.agui())), TOKENS, "AG-UI");
    group.bench_function("AG-UI, server-sent events", |bench| {
        bench.to_async(&tokio).iter(|| server.agui());
    });
    group.finish();
}
