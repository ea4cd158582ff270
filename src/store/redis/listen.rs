//! What other nodes tell this one: that there is more to read of a run, and that one of its own is to stop. One connection
//! for all that is followed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::{PubSubSink, PubSubStream};
use ::redis::{Client, Msg, RedisError};
use futures_util::StreamExt;
use parking_lot::Mutex;
use tokio::sync::{Notify, broadcast, watch};
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::connect::CONNECT;
use super::keys::Keys;
use crate::store::ThreadKey;
use crate::store::follow::Bells;

/// How often the connection is tried: one that is dead may not say so.
const PING: Duration = Duration::from_secs(10);

/// Between attempts to connect.
const AGAIN: Duration = Duration::from_millis(500);

/// Hears what other nodes say, for as long as it lives.
pub(super) struct Listener {
    shared: Arc<Shared>,
    stops: broadcast::Sender<u64>,
    _task: AbortOnDropHandle<()>,
}

#[derive(Default)]
struct Shared {
    bells: Bells,
    /// By channel, and how many follow.
    followed: Mutex<HashMap<String, (ThreadKey, usize)>>,
    changed: Notify,
}

/// Keeps a thread followed.
pub(super) struct Following {
    channel: String,
    shared: Arc<Shared>,
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut followed = self.shared.followed.lock();
        if let Some((_, followers)) = followed.get_mut(&self.channel) {
            *followers -= 1;
            if *followers == 0 {
                followed.remove(&self.channel);
                self.shared.changed.notify_one();
            }
        }
    }
}

impl Listener {
    /// Begins to listen for this node's stop requests. When it returns, none that comes is missed.
    pub(super) async fn start(client: Client, stops_of: String) -> Result<Self, RedisError> {
        let (shared, stops) = (Arc::<Shared>::default(), broadcast::Sender::new(64));
        let mut ear = Ear {
            client,
            stops_of,
            shared: shared.clone(),
            stops: stops.clone(),
        };
        let too_long = |_| std::io::Error::from(std::io::ErrorKind::TimedOut);
        let first = timeout(CONNECT, ear.connect()).await.map_err(too_long)??;
        let task = tokio::spawn(async move { ear.listen(first).await });
        Ok(Self {
            shared,
            stops,
            _task: AbortOnDropHandle::new(task),
        })
    }

    /// A bell that rings when there is more of a run, while the other part lives.
    pub(super) fn follow(
        &self,
        keys: &Keys,
        thread: &ThreadKey,
        number: u64,
    ) -> (watch::Receiver<()>, Following) {
        let bell = self.shared.bells.listen(thread, number);
        let channel = keys.said(thread);
        let mut followed = self.shared.followed.lock();
        let (_, followers) = followed
            .entry(channel.clone())
            .or_insert_with(|| (thread.clone(), 0));
        *followers += 1;
        if *followers == 1 {
            self.shared.changed.notify_one();
        }
        let shared = self.shared.clone();
        (bell, Following { channel, shared })
    }

    /// The fences of runs that are to stop.
    pub(super) fn stops(&self) -> broadcast::Receiver<u64> {
        self.stops.subscribe()
    }
}

/// The task's part.
struct Ear {
    client: Client,
    stops_of: String,
    shared: Arc<Shared>,
    stops: broadcast::Sender<u64>,
}

/// A connection, with what it listens to.
struct Connected {
    sink: PubSubSink,
    stream: PubSubStream,
    channels: HashSet<String>,
}

impl Ear {
    async fn connect(&mut self) -> Result<Connected, RedisError> {
        let (mut sink, stream) = self.client.get_async_pubsub().await?.split();
        sink.subscribe(&self.stops_of).await?;
        Ok(Connected {
            sink,
            stream,
            channels: HashSet::new(),
        })
    }

    async fn listen(mut self, first: Connected) {
        let mut connected = Some(first);
        loop {
            if let Some(connected) = connected.take() {
                self.hear(connected).await;
                tracing::debug!("the connection that hears of other nodes is lost and made anew");
            }
            match timeout(CONNECT, self.connect()).await {
                Ok(Ok(new)) => connected = Some(new),
                // Followers look by themselves meanwhile, and say what is wrong.
                Ok(Err(_)) | Err(_) => tokio::time::sleep(AGAIN).await,
            }
        }
    }

    /// Until the connection is lost.
    async fn hear(&self, mut connected: Connected) {
        let mut pings = tokio::time::interval(PING);
        loop {
            if !self.adjust(&mut connected).await {
                return;
            }
            tokio::select! {
                message = connected.stream.next() => match message {
                    Some(message) => self.tell(&message),
                    None => return,
                },
                () = self.shared.changed.notified() => {}
                _ = pings.tick() => {
                    let pong = timeout(CONNECT, connected.sink.ping::<::redis::Value>()).await;
                    if !matches!(pong, Ok(Ok(_))) {
                        return;
                    }
                }
            }
        }
    }

    /// Listens to what is followed, and to nothing else. Whether the connection is still good.
    async fn adjust(&self, connected: &mut Connected) -> bool {
        let (new, old) = {
            let followed = self.shared.followed.lock();
            let new = followed
                .iter()
                .filter(|(channel, _)| !connected.channels.contains(*channel));
            let new: Vec<_> = new
                .map(|(channel, (thread, _))| (channel.clone(), thread.clone()))
                .collect();
            let old = connected
                .channels
                .iter()
                .filter(|channel| !followed.contains_key(*channel));
            (new, old.cloned().collect::<Vec<_>>())
        };
        for (channel, thread) in new {
            if !matches!(
                timeout(CONNECT, connected.sink.subscribe(&channel)).await,
                Ok(Ok(()))
            ) {
                return false;
            }
            connected.channels.insert(channel);
            // What was said before it could be heard.
            self.shared.bells.ring_all(&thread);
        }
        for channel in old {
            if !matches!(
                timeout(CONNECT, connected.sink.unsubscribe(&channel)).await,
                Ok(Ok(()))
            ) {
                return false;
            }
            connected.channels.remove(&channel);
        }
        true
    }

    fn tell(&self, message: &Msg) {
        let number = std::str::from_utf8(message.get_payload_bytes());
        let Some(number) = number.ok().and_then(|number| number.parse().ok()) else {
            return;
        };
        if message.get_channel_name() == self.stops_of {
            // Nobody listens: the node hears of it when it renews.
            let _ = self.stops.send(number);
            return;
        }
        let followed = self.shared.followed.lock();
        if let Some((thread, _)) = followed.get(message.get_channel_name()) {
            self.shared.bells.ring(thread, number);
        }
    }
}
