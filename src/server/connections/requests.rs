//! The requests of one connection, as far as its end depends on them.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

#[derive(Debug, Clone, Copy, Default)]
struct Load {
    begun: bool,
    under_way: usize,
}

/// Those of one connection. All clones are one.
#[derive(Clone, Default)]
pub(super) struct Requests(watch::Sender<Load>);

/// A request under way.
pub(super) struct UnderWay(Requests);

impl Requests {
    pub(super) fn begin(&self) -> UnderWay {
        self.0.send_modify(|load| {
            load.begun = true;
            load.under_way += 1;
        });
        UnderWay(self.clone())
    }

    /// Waits until there has not been any for so long.
    pub(super) async fn none_for(&self, time: Duration) {
        let mut load = self.0.subscribe();
        loop {
            // The sender is held here: it does not go.
            let _ = load.wait_for(|load| load.under_way == 0).await;
            if timeout(time, load.changed()).await.is_err() {
                return;
            }
        }
    }

    /// Waits for so long whether there is a first one at all.
    pub(super) async fn one_within(&self, time: Duration) -> bool {
        let mut load = self.0.subscribe();
        timeout(time, load.wait_for(|load| load.begun))
            .await
            .is_ok()
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.0.send_modify(|load| load.under_way -= 1);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, sleep};

    use super::*;

    const TIME: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_idle_after_its_last_request() {
        let requests = Requests::default();
        let (begin, first) = (Instant::now(), requests.begin());
        let others = requests.clone();
        tokio::spawn(async move {
            sleep(Duration::from_secs(30)).await;
            drop(first);
            sleep(Duration::from_secs(9)).await;
            drop(others.begin());
        });
        requests.none_for(TIME).await;
        assert_eq!(begin.elapsed().as_secs(), 49);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_has_not_asked_yet_is_known() {
        let requests = Requests::default();
        assert!(!requests.one_within(TIME).await);
        drop(requests.begin());
        assert!(requests.one_within(TIME).await);
    }
}
