//! What a terminal or a service manager tells the server.

use futures_util::Stream;

use super::failure::Failure;

#[cfg(unix)]
fn listen(kind: tokio::signal::unix::SignalKind) -> Result<tokio::signal::unix::Signal, Failure> {
    tokio::signal::unix::signal(kind)
        .map_err(|error| Failure::failed(format!("cannot listen for signals: {error}")))
}

/// Resolves when somebody presses Ctrl-C or a service manager says so. Whoever says it again does not want to wait: the
/// process ends as if that signal had killed it.
#[cfg(unix)]
pub(super) fn stop() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::SignalKind;
    use tokio_util::sync::CancellationToken;
    let (mut interrupt, mut terminate) = (
        listen(SignalKind::interrupt())?,
        listen(SignalKind::terminate())?,
    );
    let mut next = async move || {
        let kind = tokio::select! {
            _ = interrupt.recv() => SignalKind::interrupt(),
            _ = terminate.recv() => SignalKind::terminate(),
        };
        kind.as_raw_value()
    };
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    tokio::spawn(async move {
        next().await;
        stop.cancel();
        let signal = next().await;
        tracing::warn!("told to stop a second time; what goes on is cut");
        #[allow(
            clippy::disallowed_methods,
            reason = "asked twice, it waits for nothing any more; the code is as shells tell of a signal"
        )]
        std::process::exit(128 + signal);
    });
    Ok(async move { stopped.cancelled().await })
}

/// Resolves at the first Ctrl-C; the system's own way is left for the second.
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
