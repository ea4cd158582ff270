//! How a command ends that did not do what it was asked.

use std::fmt::Display;
use std::process::ExitCode;

use agui_runtime::client::ClientError;
use agui_runtime::config::ConfigError;
use agui_runtime::server::ServeError;
use agui_runtime::store::StoreError;

/// What to tell, and the exit code.
#[derive(Debug)]
pub struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// It was tried and failed.
    pub fn failed(message: impl Display) -> Self {
        Self {
            message: message.to_string(),
            code: 1,
        }
    }

    /// It was asked for in a way that cannot work.
    pub fn misused(message: impl Display) -> Self {
        Self {
            message: message.to_string(),
            code: 2,
        }
    }

    /// Tells it on standard error.
    pub fn report(&self) -> ExitCode {
        for line in self.message.lines() {
            eprintln!("error: {line}");
        }
        ExitCode::from(self.code)
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Url { .. } | ClientError::Header { .. } => Self::misused(error),
            _ => Self::failed(error),
        }
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        match error {
            ServeError::Agent { .. }
            | ServeError::Auth(_)
            | ServeError::Open { .. }
            | ServeError::Store(StoreError::Url { .. }) => Self::misused(error),
            _ => Self::failed(error),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Url { .. } => Self::misused(error),
            _ => Self::failed(error),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::misused(error)
    }
}

#[cfg(test)]
mod tests {
    use agui_runtime::agents::llm;

    use super::*;

    #[test]
    fn a_server_that_cannot_start_as_configured_is_misused() {
        let store = StoreError::Url {
            url: "sqlite:".into(),
            reason: "names no file".into(),
        };
        let agent = ServeError::Agent {
            name: "a".into(),
            source: llm::ConfigError::MissingKey("K".into()).into(),
        };
        let codes = [store.into(), agent, StoreError::Closed.into()]
            .map(|error: ServeError| Failure::from(error).code);
        assert_eq!(codes, [2, 2, 1]);
    }
}
