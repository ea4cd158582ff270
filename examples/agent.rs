//! An agent in Rust: counts down from the number in your message, and shows in the page's state how far it is.
//!
//! ```sh
//! cargo run --example agent               # or on another port: cargo run --example agent 9000
//! curl -N http://127.0.0.1:8000/api/copilotkit/agent/default/run -d '{"threadId": "t1", "runId": "r1",
//!   "messages": [{"id": "1", "role": "user", "content": "Count down from 5"}]}'
//! ```
//!
//! CopilotKit apps of both generations can use it at once: `<CopilotKit runtimeUrl="http://127.0.0.1:8000/api/copilotkit">`.

use std::sync::Arc;
use std::time::Duration;

use agui_runtime::Runtime;
use agui_runtime::agents::{Agent, EventStream, RunInput};
use agui_runtime::generated::agui::{
    Event, StateSnapshotEvent, TextMessageContentEvent, TextMessageEndEvent, TextMessageStartEvent,
};
use futures_util::{StreamExt, stream};
use poem::listener::TcpAcceptor;
use serde_json::json;
use tokio::net::TcpListener;

struct Countdown;

impl Agent for Countdown {
    /// For people who look at the list of agents, and for models that may call this one.
    fn description(&self) -> &str {
        "Counts down from the number in your message"
    }

    /// One run: everything that it needs is in `input`, and the agent itself is shared by all runs and never changes.
    ///
    /// `RUN_STARTED` and `RUN_FINISHED` are added where an agent leaves them out. Nothing happens before the stream is
    /// polled, and nothing after it is dropped: a user who stops the run ends the counting.
    fn run(&self, input: Arc<RunInput>) -> EventStream {
        let from = input.last_user_text().and_then(number_in).unwrap_or(3);
        // Ids must be unlike those of other messages on the thread.
        let id = format!("countdown-{}", input.request.run_id);

        let mut events: Vec<Event> = vec![TextMessageStartEvent::new(&*id).into()];
        for left in (0..=from.min(20)).rev() {
            let text = match left {
                0 => "Lift-off!".to_owned(),
                left => format!("{left}… "),
            };
            events.push(StateSnapshotEvent::new(json!({"left": left})).into());
            events.push(TextMessageContentEvent::new(&*id, text).into());
        }
        events.push(TextMessageEndEvent::new(&*id).into());

        stream::iter(events)
            .then(|event| async move {
                if matches!(event, Event::StateSnapshot(_)) {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                // An `Err` in its place would end the run, and the client would be told why.
                Ok(event)
            })
            .boxed()
    }
}

fn number_in(text: &str) -> Option<u32> {
    let digits = |word: &str| {
        word.trim_matches(|c: char| !c.is_ascii_digit())
            .parse()
            .ok()
    };
    text.split_whitespace().find_map(digits)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The agent named `default` answers requests that name none.
    let runtime = Runtime::builder()
        .agent("default", Countdown)
        .build()
        .await?;

    let port = std::env::args().nth(1).unwrap_or_else(|| "8000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!(
        "listening on http://{}/api/copilotkit",
        listener.local_addr()?
    );
    poem::Server::new_with_acceptor(TcpAcceptor::from_tokio(listener)?)
        .run(runtime.endpoint()?)
        .await?;
    Ok(())
}
