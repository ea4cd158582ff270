//! What a terminal or a service manager tells the server.

use futures_util::Stream;

use super::failure::Failure;

#[cfg(unix)]
fn listen(kind: tokio::signal::unix::SignalKind) -> Result<tokio::signal::unix::Signal, Failure> {
    tokio::signal::unix::signal(kind)
        .map_err(|error| Failure::failed(format!("cannot listen for signals: {error}")))
}

/// Ctrl-C, or what service managers send.
#[cfg(unix)]
pub(super) fn stop() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::SignalKind;
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ctrl-C.
#[cfg(not(unix))]
pub(super) fn stop() -> Result<impl Future<Output = ()>, Failure> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// SIGHUP, each time.
#[cfg(unix)]
pub(super) fn hang_ups() -> Result<impl Stream<Item = ()> + Send + 'static, Failure> {
    let hang_ups = listen(tokio::signal::unix::SignalKind::hangup())?;
    Ok(futures_util::stream::unfold(
        hang_ups,
        |mut hang_ups| async { hang_ups.recv().await.map(|()| ((), hang_ups)) },
    ))
}

/// Nothing: there is no such signal here.
#[cfg(not(unix))]
pub(super) fn hang_ups() -> Result<impl Stream<Item = ()> + Send + 'static, Failure> {
    Ok(futures_util::stream::pending())
}
