//! Serves one connection, by HTTP/1.1 or HTTP/2, until it ends, breaks off, asks for nothing more, or the server stops.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::uri::Scheme;
use http::{Response as HttpResponse, StatusCode};
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::Entrance;
use super::impatient::Impatient;
use super::requests::Requests;
use super::streams::{self, Streams};
use crate::server::app::status;
use crate::server::limits::{Admitted, hold};

/// How many bytes may wait in the kernel for a slow client.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 64 << 10;
/// How long a connection that has not asked for anything yet may take to do so once the server stops.
const LATE: Duration = Duration::from_secs(1);
/// How often an HTTP/2 client is asked whether it is still there, and how long it may take to say so.
const PING: Duration = Duration::from_secs(20);

type Served = Result<(), Box<dyn Error + Send + Sync>>;

/// What each request of a connection is told of it.
struct Wire<E> {
    entrance: Arc<Entrance<E>>,
    admitted: Admitted,
    local: SocketAddr,
    remote: SocketAddr,
    scheme: Scheme,
    requests: Requests,
    stopping: CancellationToken,
}

/// Serves a connection to its end.
pub(super) async fn serve<E>(
    socket: TcpStream,
    entrance: Arc<Entrance<E>>,
    admitted: Admitted,
    stopping: CancellationToken,
) where
    E: Endpoint<Output = Response> + 'static,
{
    let (Ok(local), Ok(remote)) = (socket.local_addr(), socket.peer_addr()) else {
        return;
    };
    tune(&socket, admitted.terms.write);
    let io = Impatient::new(socket, admitted.terms.write);
    let wire = Arc::new(Wire {
        scheme: match entrance.tls {
            Some(_) => Scheme::HTTPS,
            None => Scheme::HTTP,
        },
        entrance,
        admitted,
        local,
        remote,
        requests: Requests::default(),
        stopping,
    });
    let served = match &wire.entrance.tls {
        None => wire.http1(io).await,
        // Out of the way of the connections that have no need of it.
        Some(tls) => Box::pin(wire.over_tls(tls, io)).await,
    };
    if let Err(error) = served {
        if is_too_slow(&*error) {
            wire.admitted.was_slow();
        }
        tracing::debug!(%remote, error = &*error, "a connection broke off");
    }
}

/// Makes tokens go out at once, and no more of them pile up in the kernel than a client takes soon: what waits there has
/// been produced, and is kept with its run. A client that is gone without a word is found out. A system that knows no
/// such option serves all the same.
fn tune(socket: &TcpStream, patience: Duration) {
    let _ = socket.set_nodelay(true);
    #[cfg(target_os = "linux")]
    {
        let socket = socket2::SockRef::from(socket);
        let _ = socket.set_tcp_notsent_lowat(UNSENT);
        let _ = socket.set_tcp_user_timeout(Some(patience));
    }
}

/// Whether somewhere below an error is that of a client that took nothing.
fn is_too_slow(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            return true;
        }
        cause = error.source();
    }
    false
}

impl<E: Endpoint<Output = Response> + 'static> Wire<E> {
    async fn over_tls(self: &Arc<Self>, tls: &TlsAcceptor, io: Impatient<TcpStream>) -> Served {
        let patience = self.admitted.terms.header_read;
        let io = tokio::select! {
            shaken = timeout(patience, tls.accept(io)) => shaken??,
            () = self.stopped_for(LATE) => return Ok(()),
        };
        match io.get_ref().1.alpn_protocol() {
            Some(b"h2") => self.http2(io).await,
            _ => self.http1(io).await,
        }
    }

    /// One of the answers was not taken.
    fn was_cut(&self) {
        self.admitted.was_slow();
        tracing::debug!(remote = %self.remote, "an answer was cut: its client took nothing of it for too long (limits.write_seconds)");
    }

    async fn stopped_for(&self, time: Duration) {
        self.stopping.cancelled().await;
        sleep(time).await;
    }

    async fn http1<S>(self: &Arc<Self>, io: S) -> Served
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let terms = &self.admitted.terms;
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(terms.header_read)
            .max_headers(terms.headers)
            .max_buf_size(terms.header_bytes)
            .serve_connection(TokioIo::new(io), self.service(false));
        tokio::pin!(serving);
        tokio::select! {
            ended = &mut serving => return Ok(ended?),
            () = self.stopping.cancelled() => {}
        }
        // Hyper would close one whose first request is on its way.
        let first = tokio::select! {
            ended = &mut serving => return Ok(ended?),
            first = self.requests.one_within(LATE) => first,
        };
        if first {
            serving.as_mut().graceful_shutdown();
            serving.await?;
        }
        Ok(())
    }

    async fn http2<S>(self: &Arc<Self>, io: S) -> Served
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let terms = &self.admitted.terms;
        let head = u32::try_from(terms.header_bytes).unwrap_or(u32::MAX);
        let wire = self.clone();
        let streams = Streams {
            patience: terms.write,
            cut: move || wire.was_cut(),
        };
        let serving = http2::Builder::new(streams)
            .timer(TokioTimer::new())
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING)
            .max_header_list_size(head)
            .serve_connection(TokioIo::new(io), self.service(true));
        tokio::pin!(serving);
        tokio::select! {
            ended = &mut serving => return Ok(ended?),
            () = self.stopping.cancelled() => serving.as_mut().graceful_shutdown(),
            // HTTP/1.1's limit for heads is one for idle connections, too.
            () = self.requests.none_for(terms.header_read) => serving.as_mut().graceful_shutdown(),
        }
        tokio::select! {
            ended = serving => Ok(ended?),
            // It has been told, and has no request under way: it may not even be there.
            () = self.requests.none_for(LATE) => Ok(()),
        }
    }

    /// Answers requests. Where one connection has several, each is under way until its answer has gone out.
    fn service(
        self: &Arc<Self>,
        several: bool,
    ) -> impl Service<
        hyper::Request<Incoming>,
        Response = HttpResponse<BoxBody<Bytes, io::Error>>,
        Error = Infallible,
        Future: Send + 'static,
    > + use<E> {
        let wire = self.clone();
        service_fn(move |request| {
            let wire = wire.clone();
            async move { Ok(wire.answer(request, several).await) }
        })
    }

    async fn answer(
        &self,
        mut request: hyper::Request<Incoming>,
        several: bool,
    ) -> HttpResponse<BoxBody<Bytes, io::Error>> {
        let under_way = self.requests.begin();
        let terms = &self.admitted.terms;
        if request.headers().len() > terms.headers {
            return status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE).into();
        }
        if let Some(crowded) = self.admitted.crowded {
            request.extensions_mut().insert(crowded);
        }
        let (local, remote) = (LocalAddr(self.local.into()), RemoteAddr(self.remote.into()));
        let request = Request::from((request, local, remote, self.scheme.clone()));
        let mut response = self.entrance.endpoint.get_response(request).await;
        if several {
            let body = response.take_body();
            response.set_body(streams::watched(hold(body, under_way)));
        }
        response.into()
    }
}
