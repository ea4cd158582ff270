//! How a server is told to stop: by one signal in its own time, by a second one at once.

use super::failure::Failure;

/// Resolves when somebody presses Ctrl-C or a service manager says so. Whoever says it again does not want to wait: the
/// process ends as if that signal had killed it.
#[cfg(unix)]
pub fn stop() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    use tokio_util::sync::CancellationToken;
    let listen = |kind| {
        signal(kind).map_err(|error| Failure::failed(format!("cannot listen for signals: {error}")))
    };
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
        // As shells tell of a process that a signal ended.
        std::process::exit(128 + signal);
    });
    Ok(async move { stopped.cancelled().await })
}

/// Resolves at the first Ctrl-C; the system's own way is left for the second.
#[cfg(not(unix))]
pub fn stop() -> Result<impl Future<Output = ()>, Failure> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
