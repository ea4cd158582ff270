//! What an event costs that another server's agent says: read from its socket, parsed, verified, framed.
//!
//! The agent is on loopback in this process and sends a prepared answer in one piece; what that costs is in the figure, and is
//! next to nothing. The client's socket is left out. As in `events.rs`, a run has 1,000 tokens.

use std::convert::Infallible;
use std::net::SocketAddr;

use agui_runtime::agents::agui::{AgUiAgent, AgUiConfig};
use bytes::Bytes;
use criterion::{Criterion, Throughput};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::endpoint::{Server, tokens};
use super::events::TOKENS;

pub fn measure(criterion: &mut Criterion) {
    let tokio = tokio::runtime::Runtime::new().expect("a runtime");
    let server = tokio.block_on(async {
        let agent = agent().await;
        let config = AgUiConfig::new(format!("http://{agent}/"));
        Server::of(AgUiAgent::new(config).expect("the URL is one")).await
    });
    assert_eq!(tokens(&tokio.block_on(server.agui())), TOKENS);
    let mut group = criterion.benchmark_group("a relayed event");
    group.throughput(Throughput::Elements(TOKENS as u64));
    group.bench_function("AG-UI to AG-UI", |bench| {
        bench.to_async(&tokio).iter(|| server.agui());
    });
    group.finish();
}

/// An AG-UI agent that always gives the same answer.
async fn agent() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let said = Bytes::from(said());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let said = said.clone();
            let service = service_fn(move |request: Request<Incoming>| {
                let said = said.clone();
                async move {
                    let _ = request.into_body().collect().await;
                    let mut answer = Response::new(Full::new(said));
                    let kind = http::HeaderValue::from_static("text/event-stream");
                    answer
                        .headers_mut()
                        .insert(http::header::CONTENT_TYPE, kind);
                    Ok::<_, Infallible>(answer)
                }
            });
            tokio::spawn(async move {
                let _ = http1::Builder::new()
                    .serve_connection(TokioIo::new(socket), service)
                    .await;
            });
        }
    });
    address
}

fn said() -> String {
    let begin = [
        r#"{"type":"RUN_STARTED","threadId":"t","runId":"r"}"#,
        r#"{"type":"TEXT_MESSAGE_START","messageId":"m","role":"assistant"}"#,
    ];
    let token = r#"{"type":"TEXT_MESSAGE_CONTENT","messageId":"m","delta":"token "}"#;
    let end = [
        r#"{"type":"TEXT_MESSAGE_END","messageId":"m"}"#,
        r#"{"type":"RUN_FINISHED","threadId":"t","runId":"r"}"#,
    ];
    let events = begin.into_iter().chain([token; TOKENS]).chain(end);
    events.map(|event| format!("data: {event}\n\n")).collect()
}
