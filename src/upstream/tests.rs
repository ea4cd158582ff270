//! Requests to a server on loopback that plays a script.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, poll};
use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use super::*;

const PAUSE: Duration = Duration::from_secs(3600);

/// A server that answers each request, on a connection of its own, with the next text, and the last one from then on.
struct Server {
    url: Url,
    asked: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(answers: &[&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/secret/path", listener.local_addr().unwrap());
        let (asked, answers) = (Arc::new(AtomicUsize::new(0)), answers.to_vec());
        let count = asked.clone();
        let task = tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let number = count.fetch_add(1, Ordering::SeqCst);
                let answer = answers[number.min(answers.len() - 1)];
                tokio::spawn(async move {
                    let _ = socket.read(&mut [0; 4096]).await;
                    if answer != HANG {
                        let _ = socket.write_all(answer.as_bytes()).await;
                    }
                    if answer == HANG || answer == BEGUN {
                        while matches!(socket.read(&mut [0; 64]).await, Ok(1..)) {}
                    }
                });
            }
        });
        Self {
            url: url.parse().unwrap(),
            asked,
            task,
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn upstream(&self, change: impl FnOnce(&mut UpstreamSettings)) -> Upstream {
        let patience = Duration::from_secs(60);
        let mut settings = UpstreamSettings::new(Timeouts {
            connect: patience,
            first_byte: patience,
            idle: patience,
        });
        settings.retries = 3;
        settings.backoff.first = Duration::from_millis(1);
        settings.breaker.pause = PAUSE;
        change(&mut settings);
        Upstream::at(&self.url, settings).unwrap()
    }

    async fn ask(&self, upstream: &Upstream, repeat: Repeat) -> Result<Answer, Failed> {
        let request = || upstream.request(Method::POST, self.url.clone()).body("{}");
        upstream.send(repeat, request).await
    }

    /// The status, once the body has been read to its end.
    async fn status(&self, upstream: &Upstream, repeat: Repeat) -> Option<u16> {
        let mut answer = self.ask(upstream, repeat).await.ok()?;
        while let Some(chunk) = answer.body.next().await {
            chunk.ok()?;
        }
        Some(answer.status.as_u16())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
const BUSY: &str =
    "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 4\r\nconnection: close\r\n\r\nbusy";
const GATEWAY: &str = "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const LATER: &str = "HTTP/1.1 429 Too Many Requests\r\nretry-after-ms: 20\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const DENIED: &str =
    "HTTP/1.1 401 Unauthorized\r\ncontent-length: 6\r\nconnection: close\r\n\r\nsecret";
/// Closes before an answer.
const GONE: &str = "";
/// Closes in the middle of an answer.
const CUT: &str = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegun";
/// Says nothing.
const HANG: &str = "hang";
/// Says no more.
const BEGUN: &str = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegun ";

/// Moves the clock on, without that anything waits.
async fn later(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_again() {
    use Repeat::{Acts, Model, Reads};
    for repeat in [Acts, Reads, Model] {
        let server = Server::start(&[BUSY, BUSY, OK]).await;
        let upstream = server.upstream(|_| {});
        assert_eq!(server.status(&upstream, repeat).await, Some(200));
        let status = upstream.status();
        assert_eq!(
            (status.state, status.counts.retried),
            (UpstreamState::Ok, 2)
        );
    }
}

#[tokio::test]
async fn only_so_often_and_then_the_answer_is_the_last_one() {
    let server = Server::start(&[BUSY]).await;
    let upstream = server.upstream(|settings| settings.retries = 2);
    let answer = server.ask(&upstream, Repeat::Acts).await.unwrap();
    assert_eq!(answer.status, 503);
    assert_eq!(answer.body.beginning(Default::default()).await, "busy");
    assert_eq!(server.asked(), 3);
}

#[tokio::test]
async fn what_may_have_been_done_is_not_asked_again() {
    for (answer, told) in [(GATEWAY, Some(502)), (GONE, None)] {
        let server = Server::start(&[answer, OK]).await;
        let upstream = server.upstream(|_| {});
        assert_eq!(server.status(&upstream, Repeat::Acts).await, told);
        assert_eq!(server.asked(), 1);
        assert_eq!(upstream.status().state, UpstreamState::Failing);
        let server = Server::start(&[answer, OK]).await;
        let upstream = server.upstream(|_| {});
        assert_eq!(server.status(&upstream, Repeat::Reads).await, Some(200));
    }
}

#[tokio::test]
async fn a_server_says_itself_when_it_wants_to_be_asked_again() {
    let server = Server::start(&[LATER, OK]).await;
    // Ours would be beyond the patience of any test.
    let upstream = server.upstream(|settings| {
        (settings.backoff.first, settings.backoff.longest) = (PAUSE, PAUSE);
    });
    assert_eq!(server.status(&upstream, Repeat::Acts).await, Some(200));
}

#[tokio::test]
async fn an_answer_that_has_begun_is_the_only_one() {
    let server = Server::start(&[CUT, OK]).await;
    let upstream = server.upstream(|settings| settings.breaker.failures = 1);
    let mut answer = server.ask(&upstream, Repeat::Model).await.unwrap();
    assert_eq!(answer.body.next().await.unwrap().unwrap(), "begun");
    let cut = answer.body.next().await;
    assert!(matches!(cut, Some(Err(BodyError::Cut(_)))), "{cut:?}");
    assert!(answer.body.next().await.is_none(), "nothing comes after");
    assert_eq!(server.asked(), 1);
    let status = upstream.status();
    assert_eq!(status.error.as_deref(), Some("its answer broke off"));
    // It does answer: others may do better.
    assert_eq!(status.state, UpstreamState::Failing);
}

#[tokio::test]
async fn a_server_that_fails_again_and_again_is_left_alone_until_one_request_sees_it_back() {
    let server = Server::start(&[BUSY, BUSY, BUSY, BUSY, OK]).await;
    let upstream = server.upstream(|settings| {
        (settings.retries, settings.breaker.failures) = (2, 2);
    });
    // No third attempt: there is no point in one.
    assert_eq!(server.status(&upstream, Repeat::Acts).await, Some(503));
    assert_eq!(server.asked(), 2);
    let refused = server.ask(&upstream, Repeat::Acts).await.err().unwrap();
    let Failed::Refused(refused) = refused else {
        panic!("{refused:?}");
    };
    let told = refused.to_string();
    assert!(told.contains("is left alone since"), "{told}");
    assert!(told.contains("UTC (breaker): HTTP 503"), "{told}");
    assert_eq!(server.asked(), 2, "it is left alone");
    let status = upstream.status();
    assert_eq!(status.state, UpstreamState::Open);
    let left_alone = status.until.unwrap() - status.since.unwrap();
    assert_eq!(left_alone.num_hours(), 1);
    assert_eq!((status.counts.opened, status.counts.refused), (1, 1));
    use UpstreamState::{Ok, Open};
    for (code, state, asked) in [(503, Open, 3), (503, Open, 4), (200, Ok, 5)] {
        later(PAUSE).await;
        assert_eq!(server.status(&upstream, Repeat::Acts).await, Some(code));
        assert_eq!((upstream.status().state, server.asked()), (state, asked));
    }
}

#[tokio::test]
async fn a_request_that_only_looks_is_never_refused_and_closes_the_breaker() {
    let server = Server::start(&[BUSY, OK]).await;
    let upstream = server.upstream(|settings| {
        (settings.retries, settings.breaker.failures) = (0, 1);
    });
    assert_eq!(server.status(&upstream, Repeat::Acts).await, Some(503));
    assert_eq!(upstream.status().state, UpstreamState::Open);
    let look = upstream
        .request(Method::POST, server.url.clone())
        .body("{}");
    let answer = upstream.look(look).await.unwrap();
    assert_eq!(answer.body.beginning(Default::default()).await, "ok");
    assert_eq!(upstream.status().state, UpstreamState::Ok);
}

#[tokio::test]
async fn an_answer_keeps_its_place_until_it_has_ended() {
    let server = Server::start(&[BEGUN, OK]).await;
    let upstream = server.upstream(|settings| settings.limit.at_once = NonZeroUsize::new(1));
    let first = server.ask(&upstream, Repeat::Acts).await.unwrap();
    let mut second = server.status(&upstream, Repeat::Acts).boxed();
    assert!(poll!(&mut second).is_pending());
    let counts = upstream.status().counts;
    assert_eq!((counts.active, counts.waiting), (1, 1));
    drop(first);
    assert_eq!(second.await, Some(200));
    assert_eq!(upstream.status().counts.active, 0);
}

#[tokio::test]
async fn who_goes_frees_the_place_and_says_nothing_of_the_server() {
    let server = Server::start(&[HANG]).await;
    let upstream = server.upstream(|settings| {
        settings.limit.at_once = NonZeroUsize::new(1);
        settings.breaker.failures = 1;
    });
    let mut gone = server.ask(&upstream, Repeat::Model).boxed();
    while server.asked() == 0 {
        assert!(poll!(&mut gone).is_pending());
        tokio::task::yield_now().await;
    }
    assert_eq!(upstream.status().counts.active, 1);
    drop(gone);
    let status = upstream.status();
    assert_eq!(
        (status.state, status.counts),
        (UpstreamState::Unknown, UpstreamCounts::default())
    );
}

#[tokio::test]
async fn silence_is_told_apart_by_when_it_begins() {
    let short = Duration::from_millis(20);
    let server = Server::start(&[HANG, BEGUN]).await;
    let upstream = server.upstream(|settings| {
        (settings.timeouts.first_byte, settings.timeouts.idle) = (short, short);
    });
    let slow = server.ask(&upstream, Repeat::Model).await;
    assert!(matches!(slow, Err(Failed::Slow(wait)) if wait == short));
    assert_eq!(
        upstream.status().error.as_deref(),
        Some("no answer within 20ms")
    );
    assert_eq!(server.asked(), 1, "it may be at work");
    let mut answer = server.ask(&upstream, Repeat::Model).await.unwrap();
    answer.body.next().await.unwrap().unwrap();
    let silent = answer.body.next().await;
    assert!(matches!(silent, Some(Err(BodyError::Silent(wait))) if wait == short));
}

#[tokio::test]
async fn what_is_shown_holds_neither_an_address_nor_what_the_server_says() {
    let server = Server::start(&[DENIED]).await;
    let upstream = server.upstream(|_| {});
    assert_eq!(server.status(&upstream, Repeat::Model).await, Some(401));
    let told = serde_json::to_string(&upstream.status()).unwrap();
    assert!(
        told.contains("\"failing\"") && told.contains("HTTP 401"),
        "{told}"
    );
    let closed = {
        let server = Server::start(&[OK]).await;
        server.task.abort();
        let url = server.url.clone();
        drop(server);
        url
    };
    let upstream = Upstream::at(&closed, *upstream.settings()).unwrap();
    let asked = upstream.send(Repeat::Acts, || {
        upstream.request(Method::POST, closed.clone())
    });
    assert!(matches!(asked.await, Err(Failed::Unreachable(_))));
    let told = serde_json::to_string(&upstream.status()).unwrap();
    assert!(
        told.contains("refused") && !told.contains("secret"),
        "{told}"
    );
    assert!(!upstream.label().contains("secret"));
}
