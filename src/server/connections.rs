//! Takes connections and serves each in a task of its own, until it is told to stop.
//!
//! Poem's own server polls a connection again after it broke off, and so keeps a request running whose client is gone. Here
//! a connection that ends takes its request along.

mod impatient;
mod requests;
mod serving;
mod streams;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use poem::{Endpoint, Response};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::limits::Limits;
use crate::metrics::Metrics;

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

/// What all connections come to.
pub(super) struct Entrance<E> {
    pub(super) endpoint: E,
    pub(super) limits: Limits,
    /// Without it, connections are not encrypted.
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) metrics: Metrics,
}

/// Serves until `stop` resolves; then takes no more connections, and closes those that have no request under way. The
/// others go on.
pub(super) async fn run<E: Endpoint<Output = Response> + 'static>(
    listener: TcpListener,
    entrance: Entrance<E>,
    stop: impl Future<Output = ()>,
) -> TaskTracker {
    let lobby = Lobby {
        entrance: Arc::new(entrance),
        stopping: CancellationToken::new(),
        tasks: TaskTracker::new(),
    };
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, peer)) => lobby.let_in(socket, peer),
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    if let Err(error) = lobby.let_in_the_last(listener) {
        tracing::debug!(%error, "connections that waited to be taken were not");
    }
    lobby.stopping.cancel();
    lobby.tasks.close();
    lobby.tasks
}

/// Where connections are taken in.
struct Lobby<E> {
    entrance: Arc<Entrance<E>>,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl<E: Endpoint<Output = Response> + 'static> Lobby<E> {
    fn let_in(&self, socket: TcpStream, peer: SocketAddr) {
        let Some(admitted) = self.entrance.limits.admit(peer.ip()) else {
            tracing::debug!(%peer, "a connection too many was closed");
            return;
        };
        let (entrance, stopping) = (self.entrance.clone(), self.stopping.clone());
        let open = self.entrance.metrics.connection();
        let serving = serving::serve(socket, entrance, admitted, stopping);
        self.tasks.spawn(async move {
            serving.await;
            drop(open);
        });
    }

    /// Takes those that are connected already, as far as they know; they would be cut.
    fn let_in_the_last(&self, listener: TcpListener) -> io::Result<()> {
        let listener = listener.into_std()?;
        loop {
            let (socket, peer) = match listener.accept() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                accepted => accepted?,
            };
            socket.set_nonblocking(true)?;
            self.let_in(TcpStream::from_std(socket)?, peer);
        }
    }
}
