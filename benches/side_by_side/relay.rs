//! A bare relay on hyper: what comes in goes to the agent, what the agent says goes back, byte by byte.

use std::convert::Infallible;
use std::net::SocketAddr;

use hyper::body::Incoming;
use hyper::header::HOST;
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::upstream::listen;

/// Relays to the agent until the process is killed.
pub async fn serve(agent: SocketAddr) {
    let (listener, address) = listen().expect("a free port");
    println!("listening on {}", address.port());
    let mut connector = hyper_util::client::legacy::connect::HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client<_, Incoming> = Client::builder(TokioExecutor::new()).build(connector);
    let uri: Uri = format!("http://{agent}/agent").parse().expect("a URI");
    loop {
        let (socket, _) = listener.accept().await.expect("connections");
        let _ = socket.set_nodelay(true);
        let (client, uri) = (client.clone(), uri.clone());
        let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            *request.uri_mut() = uri.clone();
            request.headers_mut().remove(HOST);
            let answer = client.request(request);
            async move {
                let answer: Response<Incoming> = answer.await.expect("the agent answers");
                Ok::<_, Infallible>(answer)
            }
        });
        tokio::spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new();
            let _ = connection
                .serve_connection(TokioIo::new(socket), service)
                .await;
        });
    }
}
