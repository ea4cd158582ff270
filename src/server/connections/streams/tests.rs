//! Over a connection in memory, with a client that reads as it is told.

#![allow(clippy::unwrap_used)]

use std::convert::Infallible;
use std::sync::atomic::AtomicUsize;

use futures_util::stream::{self, StreamExt};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper::server;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::time::{sleep, timeout};

use super::*;

const PATIENCE: Duration = Duration::from_secs(60);
/// As much as a client takes without reading any of it.
const WINDOW: u32 = 200;

/// A client of a server which has cut so many of its streams.
struct Pair {
    client: SendRequest<Empty<Bytes>>,
    cut: Arc<AtomicUsize>,
}

fn answer(path: &str) -> Body {
    let parts = |count, pause: Duration| {
        let parts = stream::iter(0..count).then(move |_| async move {
            sleep(pause).await;
            Ok::<_, io::Error>(Bytes::from(vec![b'x'; 100]))
        });
        Body::from_bytes_stream(parts)
    };
    match path {
        "/parts" => parts(50, Duration::ZERO),
        "/thought" => parts(3, 10 * PATIENCE),
        "/whole" => Body::from_vec(vec![b'x'; 20 * PIECE]),
        _ => Body::from("short"),
    }
}

impl Pair {
    async fn with_window(window: u32) -> Self {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let cut = Arc::new(AtomicUsize::new(0));
        let streams = Streams {
            patience: PATIENCE,
            cut: {
                let cut = cut.clone();
                move || {
                    cut.fetch_add(1, Ordering::Relaxed);
                }
            },
        };
        let service = service_fn(async |request: Request<Incoming>| {
            let body = watched(answer(request.uri().path()));
            Ok::<_, Infallible>(Response::new(BoxBody::from(body)))
        });
        let serving = server::conn::http2::Builder::new(streams);
        tokio::spawn(serving.serve_connection(TokioIo::new(theirs), service));
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder.initial_stream_window_size(window);
        let (client, serving) = builder.handshake(TokioIo::new(ours)).await.unwrap();
        tokio::spawn(serving);
        Self { client, cut }
    }

    async fn ask(&self, path: &str) -> Incoming {
        let request = Request::get(format!("http://x{path}")).body(Empty::new());
        let mut client = self.client.clone();
        let answer = client.send_request(request.unwrap()).await.unwrap();
        answer.into_body()
    }

    fn cut(&self) -> usize {
        self.cut.load(Ordering::Relaxed)
    }
}

/// Reads to the end, with a pause before each piece; how much it was.
async fn read(mut body: Incoming, pause: Duration) -> Result<usize, hyper::Error> {
    let mut length = 0;
    loop {
        sleep(pause).await;
        match body.frame().await {
            Some(frame) => length += frame?.into_data().map_or(0, |data| data.len()),
            None => return Ok(length),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_not_read_is_cut_and_the_others_go_on() {
    let pair = Pair::with_window(WINDOW).await;
    let (begin, unread) = (Instant::now(), pair.ask("/parts").await);
    // Whatever else goes on.
    while pair.cut() == 0 {
        assert!(begin.elapsed() < 2 * PATIENCE, "nothing is cut");
        let other = read(pair.ask("/short").await, Duration::ZERO).await;
        assert_eq!(other.unwrap(), 5);
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(begin.elapsed().as_secs(), PATIENCE.as_secs());
    let error = timeout(PATIENCE, read(unread, Duration::ZERO)).await;
    let error = error.unwrap().unwrap_err();
    assert!(format!("{error:?}").contains("CANCEL"), "{error:?}");
    let other = read(pair.ask("/parts").await, Duration::ZERO).await;
    assert_eq!(other.unwrap(), 5_000);
}

#[tokio::test(start_paused = true)]
async fn one_whose_client_takes_nothing_at_all_is_cut() {
    let pair = Pair::with_window(0).await;
    let unread = pair.ask("/short").await;
    let error = timeout(2 * PATIENCE, read(unread, Duration::ZERO)).await;
    assert!(error.unwrap().is_err());
    assert_eq!(pair.cut(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_read_slowly_goes_on() {
    let pair = Pair::with_window(WINDOW).await;
    let (slow, begin) = (Duration::from_secs(50), Instant::now());
    assert_eq!(read(pair.ask("/parts").await, slow).await.unwrap(), 5_000);
    assert!(begin.elapsed() > 40 * PATIENCE);
    // In as many pieces as there is room for.
    let pair = Pair::with_window(2 * PIECE as u32).await;
    let whole = read(pair.ask("/whole").await, slow).await;
    assert_eq!(whole.unwrap(), 20 * PIECE);
    assert_eq!(pair.cut(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_take_its_time() {
    let pair = Pair::with_window(WINDOW).await;
    let thought = read(pair.ask("/thought").await, Duration::ZERO).await;
    assert_eq!(thought.unwrap(), 300);
    assert_eq!(pair.cut(), 0);
}
