//! A router: one agent that users talk to, and others that it hands their questions over to.
//!
//! ```sh
//! cargo run --example router
//! curl -N http://127.0.0.1:8000/api/copilotkit/agent/default/run -d '{"threadId": "t1", "runId": "r1",
//!   "messages": [{"id": "1", "role": "user", "content": "I want my money back"}]}'
//! ```
//!
//! The others can be of any kind: models, LangGraph or CrewAI agents elsewhere, or Rust, as here. Where a model is to choose,
//! no router is needed: `agents_as_tools` in its configuration lets it call agents.

use std::sync::Arc;

use agui_runtime::Runtime;
use agui_runtime::agents::demo::DemoAgent;
use agui_runtime::agents::{Agent, EventStream, RunInput};
use agui_runtime::generated::agui::{
    TextMessageContentEvent, TextMessageEndEvent, TextMessageStartEvent,
};
use agui_runtime::runtime::error::{AgentError, ErrorCode};
use futures_util::{StreamExt, stream};
use poem::listener::TcpAcceptor;
use tokio::net::TcpListener;

/// Chooses by words in the user's message.
struct Router;

impl Agent for Router {
    fn description(&self) -> &str {
        "Finds somebody who can help"
    }

    fn run(&self, input: Arc<RunInput>) -> EventStream {
        let text = input.last_user_text().unwrap_or_default().to_lowercase();
        let asks_for = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let name = match () {
            () if asks_for(&["money", "invoice", "refund"]) => "accounting",
            () if asks_for(&["broken", "error", "does not work"]) => "repairs",
            () => "demo",
        };
        // All agents of the runtime but this one. The chosen one answers in the place of the router: on the same thread,
        // with the same messages, for the same user, and it is offered no agents in turn, so nothing goes in circles.
        match input.agents.get(name) {
            Some(agent) => agent.run(&input),
            None => {
                let message = format!("nobody is called `{name}`");
                stream::iter([Err(AgentError::new(ErrorCode::AgentNotFound, message))]).boxed()
            }
        }
    }
}

/// Says always the same.
struct Clerk(&'static str);

impl Agent for Clerk {
    fn run(&self, input: Arc<RunInput>) -> EventStream {
        let id = format!("clerk-{}", input.request.run_id);
        stream::iter([
            Ok(TextMessageStartEvent::new(&*id).into()),
            Ok(TextMessageContentEvent::new(&*id, self.0).into()),
            Ok(TextMessageEndEvent::new(&*id).into()),
        ])
        .boxed()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Each can be asked by its name, too.
    let runtime = Runtime::builder()
        .agent("default", Router)
        .agent("accounting", Clerk("Your refund is on its way."))
        .agent("repairs", Clerk("Have you turned it off and on again?"))
        .agent("demo", DemoAgent::default())
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
