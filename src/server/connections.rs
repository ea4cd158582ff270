//! Takes connections and serves each in a task of its own, until it is told to stop.
//!
//! Poem's own server polls a connection again after it broke off, and so keeps a request running whose client is gone. Here
//! a connection that ends takes its request along.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, Request, Response};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::metrics::Metrics;

/// How long a client may take to send a request's head, or to send a next one on the same connection.
const HEAD_READ: Duration = Duration::from_secs(10);
/// How many bytes may wait in the kernel for a slow client.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 64 << 10;
/// How long to wait when the system gives no more connections, for want of file descriptors for example.
const PAUSE: Duration = Duration::from_millis(50);

/// How many connections may wait to be taken. Past it the kernel drops them, and they try again after a second; 128, as
/// listeners have it by default, is what a page full of chats opens at once.
const BACKLOG: u32 = 4096;

/// Listens on the first of the host's addresses that can be had.
pub(super) async fn listen(host: &str, port: u16) -> io::Result<TcpListener> {
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in tokio::net::lookup_host((host, port)).await? {
        match listen_on(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restart must not wait for the old connections' last packets.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop` resolves; then takes no more connections, and gives those there are `grace` to end. Those that have not
/// ended by then go on until their runs are ended.
pub(super) async fn run(
    listener: TcpListener,
    endpoint: impl Endpoint<Output = Response> + 'static,
    stop: impl Future<Output = ()>,
    grace: Duration,
    metrics: &Metrics,
) -> TaskTracker {
    let endpoint = Arc::new(endpoint);
    let stopping = CancellationToken::new();
    let tasks = TaskTracker::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, _)) => {
                let open = metrics.connection();
                let serving = connection(socket, endpoint.clone(), stopping.clone());
                tasks.spawn(async move {
                    serving.await;
                    drop(open);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    stopping.cancel();
    tasks.close();
    if tokio::time::timeout(grace, tasks.wait()).await.is_err() {
        tracing::warn!("{} connections did not end in time", tasks.len());
    }
    tasks
}

/// Makes tokens go out at once, and no more of them pile up in the kernel than a client takes soon: what waits there has
/// been produced, and is kept with its run. A system that knows no such option serves all the same.
fn tune(socket: &TcpStream) {
    let _ = socket.set_nodelay(true);
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(socket).set_tcp_notsent_lowat(UNSENT);
}

async fn connection(
    socket: TcpStream,
    endpoint: Arc<impl Endpoint<Output = Response> + 'static>,
    stopping: CancellationToken,
) {
    let (Ok(local), Ok(remote)) = (socket.local_addr(), socket.peer_addr()) else {
        return;
    };
    tune(&socket);
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let endpoint = endpoint.clone();
        let (local, remote) = (LocalAddr(local.into()), RemoteAddr(remote.into()));
        let request = Request::from((request, local, remote, http::uri::Scheme::HTTP));
        async move { Ok::<_, Infallible>(hyper::Response::from(endpoint.get_response(request).await)) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_READ)
        .serve_connection(TokioIo::new(socket), service);
    tokio::pin!(serving);
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = stopping.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%remote, %error, "a connection broke off");
    }
}
