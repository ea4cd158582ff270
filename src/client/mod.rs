//! A typed GraphQL client for any CopilotKit runtime of the GraphQL generation, this one and upstream's.
//!
//! Every type here is checked against `schema/schema.graphql` when it is compiled, so the client drifts as loudly as the
//! server. The command line speaks through it.

pub mod chat;
mod error;
mod extensions;
mod health;
mod incremental;
mod inputs;
mod messages;
mod multipart;
mod queries;
#[cfg(test)]
mod tests;

use std::sync::Once;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use reqwest::Response;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

pub use self::error::{ClientError, GraphQlError};
pub use self::extensions::{DeleteAgentState, SaveAgentState, SavedState};
pub use self::health::Health;
pub use self::queries::{Agent, LoadedState};

/// cynic's view of the schema.
#[cynic::schema("copilotkit")]
mod schema {}

/// How long a server may take to accept the connection.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a server may take to answer all that is not a conversation; that one may last.
const ANSWER: Duration = Duration::from_secs(30);

/// One runtime, at one URL.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    url: Url,
    headers: HeaderMap,
    /// [`ANSWER`], but for tests.
    patience: Duration,
}

impl Client {
    /// A client of the runtime at `url`, which sends `headers` with each request.
    pub fn new(url: &str, headers: &[(String, String)]) -> Result<Self, ClientError> {
        static TLS: Once = Once::new();
        // An application that embeds the client may have installed its own: that one stays.
        TLS.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let parsed = Url::parse(url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"));
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .user_agent(concat!("agui-runtime/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|source| ClientError::Setup { source })?;
        Ok(Self {
            http,
            url: parsed.ok_or_else(|| ClientError::Url {
                url: url.to_owned(),
            })?,
            headers: headers.iter().map(header).collect::<Result<_, _>>()?,
            patience: ANSWER,
        })
    }

    /// The agents that the runtime offers.
    pub async fn agents(&self) -> Result<Vec<Agent>, ClientError> {
        let answer: queries::AvailableAgents = self.ask(&queries::available_agents()).await?;
        Ok(answer.available_agents.agents)
    }

    /// An agent's state on a thread.
    pub async fn load_state(
        &self,
        thread_id: &str,
        agent_name: &str,
    ) -> Result<LoadedState, ClientError> {
        let answer: queries::LoadAgentState = self
            .ask(&queries::load_agent_state(thread_id, agent_name))
            .await?;
        Ok(answer.load_agent_state)
    }

    /// Writes an agent's state: this runtime only.
    pub async fn save_state(&self, data: SaveAgentState) -> Result<SavedState, ClientError> {
        let answer: extensions::Saved = self.ask(&extensions::save(data)).await?;
        Ok(answer.save_agent_state)
    }

    /// Forgets an agent's state, and tells whether there was one: this runtime only.
    pub async fn delete_state(&self, data: DeleteAgentState) -> Result<bool, ClientError> {
        let answer: extensions::Deleted = self.ask(&extensions::delete(data)).await?;
        Ok(answer.delete_agent_state.deleted)
    }

    /// One operation with one answer.
    async fn ask<T: DeserializeOwned>(&self, operation: &impl Serialize) -> Result<T, ClientError> {
        let response = self
            .post(
                operation,
                "application/graphql-response+json, application/json",
                Some(self.patience),
            )
            .await?;
        let status = response.status();
        let body = response.bytes().await.map_err(ClientError::broken)?;
        error::data(&self.url, status, &body)
    }

    async fn post(
        &self,
        operation: &impl Serialize,
        accept: &'static str,
        patience: Option<Duration>,
    ) -> Result<Response, ClientError> {
        let mut request = self
            .http
            .post(self.url.clone())
            .json(operation)
            .header(http::header::ACCEPT, accept)
            .headers(self.headers.clone());
        if let Some(patience) = patience {
            request = request.timeout(patience);
        }
        request
            .send()
            .await
            .map_err(|source| ClientError::Unreachable {
                url: self.url.clone(),
                source,
            })
    }
}

fn header((name, value): &(String, String)) -> Result<(HeaderName, HeaderValue), ClientError> {
    match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
        (Ok(name), Ok(value)) => Ok((name, value)),
        _ => Err(ClientError::Header { name: name.clone() }),
    }
}
