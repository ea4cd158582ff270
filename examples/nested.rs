//! The runtime inside an application that you have already, beside its own routes.
//!
//! ```sh
//! cargo run --example nested
//! curl http://127.0.0.1:8000/orders/7
//! curl -N http://127.0.0.1:8000/ai/agent/default/run -d '{"threadId": "t1", "runId": "r1",
//!   "messages": [{"id": "1", "role": "user", "content": "Hello!"}]}'
//! ```
//!
//! # What Poem's own server does differently
//!
//! The binary has a server of its own, for one reason: when a client goes away in the middle of an answer, Poem's server (3.1)
//! keeps that answer until it has something to write. So, served as here:
//!
//! - A GraphQL client that goes ends its run when the run next has something to say, where the binary ends it at once. A
//!   model that thinks silently for a minute is paid for until it says something. The same holds for AG-UI clients with
//!   `.attached(true)`.
//! - Nothing is lost and nothing leaks: the run ends all the same, with its model's connection, and at the latest when its
//!   time is over (`.run_limits(…)`, ten minutes by default).
//! - A slow reader has as much buffered for it as the system gives a socket; the binary asks for 64 KiB.
//!
//! Where this matters, let the binary serve the agents and your application the rest, behind one proxy.

use agui_runtime::Runtime;
use agui_runtime::agents::demo::DemoAgent;
use agui_runtime::server::{CorsOptions, HttpOptions, Origins};
use poem::listener::TcpAcceptor;
use poem::middleware::Tracing;
use poem::web::Path;
use poem::{EndpointExt, Route, get, handler};
use tokio::net::TcpListener;

/// A route that the application had before.
#[handler]
fn order(Path(number): Path<u32>) -> String {
    format!("order {number} is on its way\n")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = Runtime::builder()
        .agent("default", DemoAgent::default())
        .build()
        .await?;
    // The runtime answers both generations of clients below its base path, and says 404 to all else.
    let endpoint = runtime.endpoint_with(HttpOptions {
        base_path: "/ai".into(),
        cors: CorsOptions {
            origins: Origins::List(vec!["https://app.example.com".into()]),
            ..CorsOptions::default()
        },
        ..HttpOptions::default()
    })?;
    // It is nested at the root, since it knows its base path by itself. More specific routes win, and middleware goes
    // around both.
    let app = Route::new()
        .at("/orders/:number", get(order))
        .nest("/", endpoint)
        .with(Tracing);

    let port = std::env::args().nth(1).unwrap_or_else(|| "8000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("listening on http://{}/ai", listener.local_addr()?);
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    poem::Server::new_with_acceptor(TcpAcceptor::from_tokio(listener)?)
        .run_with_graceful_shutdown(app, stop, Some(std::time::Duration::from_secs(10)))
        .await?;
    // Runs end with a word to their clients, and the store has what they left behind.
    runtime.shut_down().await;
    runtime.store().close().await?;
    Ok(())
}
