//! What nodes tell each other through the database: that there is more of a run to read, and that a run is to stop. What is
//! told while a connection is away is lost: who follows looks all the same now and then, and renewing tells of stops.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgConnection;
use sqlx::postgres::{PgListener, PgNotification};
use tokio::sync::broadcast;
use tokio_util::task::AbortOnDropHandle;

use super::connect::Connections;
use crate::store::follow::Bells;
use crate::store::{Lease, Node, Owner, ThreadKey};

/// What the channel is called on which there is more of a run, behind the schema's name: owner, thread and number as JSON, or
/// nothing if that is too long, which is any run then.
const MORE: &str = "_more";
/// And that on which a run is to stop: its fence, a space, its node.
const STOP: &str = "_stop";
/// PostgreSQL's limit, in bytes.
const LONGEST: usize = 7999;

/// Requests to stop that may queue up before some are missed.
const STOPS: usize = 256;
/// After so long without a word, whether the connection is still there is tried out.
const QUIET: Duration = Duration::from_secs(30);
/// How long that may take, and how long to wait between attempts at a new one.
const ANSWER: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_secs(1);

/// Tells all nodes that there is more to read of these runs.
pub(super) async fn tell_of_more(db: &mut PgConnection, leases: &[&Lease]) -> sqlx::Result<()> {
    let told = leases.iter().map(|lease| {
        let run = (lease.thread.owner.as_str(), &lease.thread.id, lease.number);
        let told = serde_json::to_string(&run).unwrap_or_default();
        match told.len() <= LONGEST {
            true => told,
            false => String::new(),
        }
    });
    sqlx::query("SELECT pg_notify(current_schema() || $1, told) FROM unnest($2::text[]) AS told")
        .bind(MORE)
        .bind(told.collect::<Vec<_>>())
        .execute(db)
        .await?;
    Ok(())
}

/// Tells the node that its run of this fence is to stop.
pub(super) async fn tell_to_stop(
    db: &mut PgConnection,
    node: &str,
    fence: i64,
) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_notify(current_schema() || $1, $2)")
        .bind(STOP)
        .bind(format!("{fence} {node}"))
        .execute(db)
        .await?;
    Ok(())
}

/// A connection that hears what is told, for as long as this lives.
#[derive(Debug)]
pub(super) struct Listening {
    /// The fences of this node's runs that are to stop.
    pub stops: broadcast::Sender<u64>,
    pub task: AbortOnDropHandle<()>,
}

impl Listening {
    /// Whoever tells something from now on is heard.
    pub(super) async fn start(
        connections: Connections,
        node: Node,
        bells: Arc<Bells>,
    ) -> sqlx::Result<Self> {
        let listener = connect(&connections).await?;
        let (stops, _) = broadcast::channel(STOPS);
        let heard = Heard {
            node,
            bells,
            stops: stops.clone(),
        };
        let task = tokio::spawn(listen(connections, listener, heard));
        Ok(Self {
            stops,
            task: AbortOnDropHandle::new(task),
        })
    }
}

async fn connect(connections: &Connections) -> sqlx::Result<PgListener> {
    // A pool each time: one that has lost its connection may wait for it.
    let mut listener = PgListener::connect_with(&connections.pool(1)).await?;
    let channels = [MORE, STOP].map(|it| format!("{}{it}", connections.schema));
    let channels = channels.iter().map(|it| &**it);
    listener.listen_all(channels).await?;
    Ok(listener)
}

async fn listen(connections: Connections, mut listener: PgListener, heard: Heard) {
    loop {
        let error = listen_until_lost(&mut listener, &heard).await;
        tracing::warn!(%error, "what other nodes tell is not heard for now; runs on them are followed more slowly");
        listener = loop {
            tokio::time::sleep(AGAIN).await;
            if let Ok(listener) = connect(&connections).await {
                break listener;
            }
        };
        tracing::info!("what other nodes tell is heard again");
        heard.bells.wake_all();
    }
}

async fn listen_until_lost(listener: &mut PgListener, heard: &Heard) -> sqlx::Error {
    loop {
        match tokio::time::timeout(QUIET, listener.try_recv()).await {
            Ok(Ok(Some(told))) => heard.hear(&told),
            // It was lost, and another one is there.
            Ok(Ok(None)) => heard.bells.wake_all(),
            Ok(Err(error)) => return error,
            Err(_) => {
                let answer = sqlx::query("SELECT 1").execute(&mut *listener);
                match tokio::time::timeout(ANSWER, answer).await {
                    Ok(Ok(_)) => {}
                    Ok(Err(error)) => return error,
                    Err(_) => return sqlx::Error::PoolTimedOut,
                }
            }
        }
    }
}

/// Who is told what is heard.
struct Heard {
    node: Node,
    bells: Arc<Bells>,
    stops: broadcast::Sender<u64>,
}

impl Heard {
    fn hear(&self, told: &PgNotification) {
        let payload = told.payload();
        if told.channel().ends_with(MORE) {
            match serde_json::from_str::<(String, String, u64)>(payload) {
                Ok((owner, id, number)) => {
                    let owner = Owner::new(owner);
                    self.bells.ring(&ThreadKey { owner, id }, number);
                }
                Err(_) => self.bells.wake_all(),
            }
        } else if let Some((fence, node)) = payload.split_once(' ')
            && node == self.node.as_str()
            && let Ok(fence) = fence.parse()
        {
            // Nobody listens: renewing tells it.
            let _ = self.stops.send(fence);
        }
    }
}
