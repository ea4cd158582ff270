//! A service that is asked by HTTP and answers what the test says: an application behind webhooks, or guardrails.

use std::net::SocketAddr;
use std::sync::Arc;

use poem::endpoint::make;
use poem::http::{HeaderMap, StatusCode};
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::{Request, Response, Server};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::http::PATIENCE;

/// A running service; it ends with this value.
pub struct Service {
    /// Where it listens.
    pub address: SocketAddr,
    asked: Arc<watch::Sender<Vec<Asked>>>,
    serving: JoinHandle<()>,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its path.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Asked {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// A header.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str());
        value.expect("the header is there").expect("text")
    }
}

impl Service {
    /// A service that answers each request as the function says, which is given the number of requests before it.
    pub async fn start<F, R>(answer: F) -> Self
    where
        F: Fn(usize, Asked) -> R + Send + Sync + 'static,
        R: Future<Output = (StatusCode, String)> + Send + 'static,
    {
        Self::answering(move |before, asked| {
            let answer = answer(before, asked);
            async move {
                let (status, body) = answer.await;
                let response = Response::builder().status(status);
                response.content_type("application/json").body(body)
            }
        })
        .await
    }

    /// One that sends whoever asks on to this address.
    pub async fn redirecting(to: String) -> Self {
        Self::answering(move |_, _| {
            let response = Response::builder().status(StatusCode::TEMPORARY_REDIRECT);
            std::future::ready(response.header("location", &to).finish())
        })
        .await
    }

    async fn answering<F, R>(answer: F) -> Self
    where
        F: Fn(usize, Asked) -> R + Send + Sync + 'static,
        R: Future<Output = Response> + Send + 'static,
    {
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await;
        let acceptor = acceptor.expect("a free port");
        let address = acceptor.local_addr()[0].as_socket_addr().copied();
        let asked: Arc<watch::Sender<Vec<Asked>>> = Arc::new(watch::Sender::new(Vec::new()));
        let (noted, answer) = (asked.clone(), Arc::new(answer));
        let app = make(move |request: Request| {
            let (noted, answer) = (noted.clone(), answer.clone());
            async move {
                let (parts, body) = request.into_parts();
                let asked = Asked {
                    path: parts.uri.path().to_owned(),
                    headers: parts.headers,
                    body: body.into_vec().await.unwrap_or_default(),
                };
                let before = noted.borrow().len();
                noted.send_modify(|all| all.push(asked.clone()));
                answer(before, asked).await
            }
        });
        let serving = tokio::spawn(async move {
            let _ = Server::new_with_acceptor(acceptor).run(app).await;
        });
        Self {
            address: address.expect("an address"),
            asked,
            serving,
        }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How often it was asked so far.
    pub fn count(&self) -> usize {
        self.asked.borrow().len()
    }

    /// The first so many requests, once they have come.
    pub async fn asked(&self, wanted: usize) -> Vec<Asked> {
        let mut asked = self.asked.subscribe();
        let came = asked.wait_for(|asked| asked.len() >= wanted);
        let came = tokio::time::timeout(PATIENCE, came).await;
        came.expect("the service is asked")
            .expect("the service lives")
            .clone()
    }

    /// Waits until something below this path was asked.
    pub async fn asked_at(&self, path: &str) {
        let mut asked = self.asked.subscribe();
        let came = asked.wait_for(|asked| asked.iter().any(|it| it.path.starts_with(path)));
        let came = tokio::time::timeout(PATIENCE, came).await;
        assert!(came.is_ok_and(|it| it.is_ok()), "{path} is never asked");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
