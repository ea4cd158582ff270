//! Asks a server how it does, at one of its probes: this runtime only.

use http::StatusCode;
use serde::Deserialize;

use super::{Client, ClientError, error};

/// What a probe says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Health {
    /// Whether the server can serve.
    #[serde(skip)]
    pub ready: bool,
    /// Why it cannot.
    pub reason: Option<String>,
    /// Upstreams that are down, in words. They keep nobody from being served but those who need them.
    #[serde(default)]
    pub missing: Vec<String>,
}

impl Client {
    /// What the probe at this client's address says, such as `http://127.0.0.1:8000/health/ready`.
    ///
    /// # Errors
    /// If nothing answers there, or nothing that is a probe.
    pub async fn health(&self) -> Result<Health, ClientError> {
        let request = self.http.get(self.url.clone()).timeout(self.patience);
        let answer = request.headers(self.headers.clone()).send().await;
        let answer = answer.map_err(|source| ClientError::Unreachable {
            url: self.url.clone(),
            source,
        })?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(ClientError::broken)?;
        match serde_json::from_slice::<Health>(&body) {
            Ok(health) if matches!(status, StatusCode::OK | StatusCode::SERVICE_UNAVAILABLE) => {
                Ok(Health {
                    ready: status == StatusCode::OK,
                    ..health
                })
            }
            // Whether the process lives is told without words.
            Err(_) if status == StatusCode::OK && body.is_empty() => Ok(Health {
                ready: true,
                ..Health::default()
            }),
            _ => Err(error::no_runtime(&self.url, status, &body)),
        }
    }
}
