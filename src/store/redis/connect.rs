//! The connections to the server: made anew when they are lost, and never waited for without end.

use std::time::Duration;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use ::redis::{
    Client, Cmd, ConnectionInfo, ErrorKind, Pipeline, RedisError, ScriptInvocation,
    ServerErrorKind, Value,
};
use parking_lot::RwLock;

use super::errors::Failure;
use super::url::Address;

/// How long a connection may take. A server that is away refuses at once; this is for networks that say nothing.
pub(super) const CONNECT: Duration = Duration::from_secs(5);

/// How long an answer may take: a slow disk is waited for, a dead network is not.
const ANSWER: Duration = Duration::from_secs(15);

/// One way to the server. Operations go along it one after the other, without waiting for each other's answers.
pub(super) struct Line {
    client: Client,
    /// Counted, so that of many that fail one replaces it.
    manager: RwLock<(u64, ConnectionManager)>,
}

impl Line {
    /// Connects when it is used first.
    pub(super) fn new(address: &Address) -> Result<Self, RedisError> {
        let client = client(address.connection.clone())?;
        let manager = manager(&client)?;
        Ok(Self {
            client,
            manager: RwLock::new((0, manager)),
        })
    }

    /// Runs a script that changes something. Once: whether it did is not known after every error.
    pub(super) async fn change(&self, call: &ScriptInvocation<'_>) -> Result<Value, Failure> {
        let (at, mut manager) = self.manager.read().clone();
        let done = call.invoke_async(&mut manager).await;
        Ok(done.inspect_err(|error| self.replace(at, error))?)
    }

    /// Runs a script that may run twice: again if the connection was lost.
    pub(super) async fn read(&self, call: &ScriptInvocation<'_>) -> Result<Value, Failure> {
        match self.change(call).await {
            Err(Failure::Redis(error)) if error.is_connection_dropped() => self.change(call).await,
            done => done,
        }
    }

    /// Asks for something, again if the connection was lost.
    pub(super) async fn ask(&self, command: &Cmd) -> Result<Value, Failure> {
        let mut pipeline = Pipeline::with_capacity(1);
        pipeline.add_command(command.clone());
        let mut answers = self.ask_all(&pipeline).await?;
        Ok(answers.pop().unwrap_or(Value::Nil))
    }

    /// Asks for several things at once, again if the connection was lost.
    pub(super) async fn ask_all(&self, commands: &Pipeline) -> Result<Vec<Value>, Failure> {
        match self.ask_once(commands).await {
            Err(error) if error.is_connection_dropped() => Ok(self.ask_once(commands).await?),
            done => Ok(done?),
        }
    }

    async fn ask_once(&self, commands: &Pipeline) -> Result<Vec<Value>, RedisError> {
        let (at, mut manager) = self.manager.read().clone();
        let done = commands.query_async(&mut manager).await;
        done.inspect_err(|error| self.replace(at, error))
    }

    /// After an error that a connection does not recover from by itself, the next operation begins with a new one: the
    /// network may have swallowed the old one, or the server is no primary any more.
    fn replace(&self, failed: u64, error: &RedisError) {
        let by_itself = match error.kind() {
            ErrorKind::Io => !error.is_timeout(),
            ErrorKind::Server(kind) => !matches!(
                kind,
                ServerErrorKind::ReadOnly
                    | ServerErrorKind::BusyLoading
                    | ServerErrorKind::MasterDown
            ),
            ErrorKind::Extension => !matches!(error.code(), Some("NOAUTH" | "WRONGPASS")),
            ErrorKind::AuthenticationFailed | ErrorKind::RESP3NotSupported => false,
            _ => true,
        };
        if by_itself {
            return;
        }
        let mut current = self.manager.write();
        if current.0 == failed
            && let Ok(new) = manager(&self.client)
        {
            *current = (failed + 1, new);
        }
    }
}

/// Made once for each line; connects to nothing yet.
pub(super) fn client(connection: ConnectionInfo) -> Result<Client, RedisError> {
    static TLS: std::sync::Once = std::sync::Once::new();
    // Another library may have been first: then its provider is used.
    TLS.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    Client::open(connection)
}

fn manager(client: &Client) -> Result<ConnectionManager, RedisError> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(ANSWER))
        .set_number_of_retries(2)
        .set_min_delay(Duration::from_millis(50))
        .set_max_delay(Duration::from_millis(500));
    client.get_connection_manager_lazy(config)
}
