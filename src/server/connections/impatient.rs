//! A connection that is cut when its other end takes nothing for too long. What waits there keeps a request, and a run that
//! is for it, alive.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Waits so long for a write to get on, and no longer.
pub(super) struct Impatient<S> {
    io: S,
    patience: Duration,
    /// There once something had to wait.
    timer: Option<Pin<Box<Sleep>>>,
    waits: bool,
}

impl<S> Impatient<S> {
    pub(super) fn new(io: S, patience: Duration) -> Self {
        Self {
            io,
            patience,
            timer: None,
            waits: false,
        }
    }

    /// What a write gave; one that waits fails in time.
    fn written<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waits = false;
            return written;
        }
        let end = Instant::now() + self.patience;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
        if !std::mem::replace(&mut self.waits, true) {
            timer.as_mut().reset(end);
        }
        timer.as_mut().poll(cx).map(|()| Err(too_slow()))
    }
}

fn too_slow() -> io::Error {
    io::Error::new(
        io::ErrorKind::TimedOut,
        "the client took nothing for too long (limits.write_seconds)",
    )
}

impl<S: AsyncRead + Unpin> AsyncRead for Impatient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Impatient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.written(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, parts);
        self.written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    /// A socket has nothing to flush: that it is done does not mean that something was taken.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn a_write_that_gets_nowhere_fails() {
        let (io, _client) = duplex(10);
        let mut io = Impatient::new(io, PATIENCE);
        let begin = Instant::now();
        io.write_all(&[0; 10]).await.unwrap();
        let error = io.write_all(&[0; 1]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(begin.elapsed(), PATIENCE);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_gets_on_slowly_goes_on() {
        let (io, mut client) = duplex(10);
        let mut io = Impatient::new(io, PATIENCE);
        let begin = Instant::now();
        let reading = tokio::spawn(async move {
            let mut byte = [0];
            for _ in 0..20 {
                tokio::time::sleep(Duration::from_secs(59)).await;
                client.read_exact(&mut byte).await.unwrap();
            }
            client
        });
        io.write_all(&[0; 30]).await.unwrap();
        assert_eq!(begin.elapsed().as_secs(), 20 * 59);
        // Silence is no fault of the client's.
        let mut client = reading.await.unwrap();
        tokio::time::sleep(3 * PATIENCE).await;
        client.read_exact(&mut [0; 10]).await.unwrap();
        io.write_all(&[0; 10]).await.unwrap();
    }
}
