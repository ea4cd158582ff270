//! `[guardrails]`: which guardrails there are, and who waits for them.

use std::time::Duration;

use http::HeaderValue;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{GuardrailService, Guardrails, RuleError, Rules, Topics, Wait};
use crate::runtime::{OnFailure, service};
use crate::upstream::{ConfigError, sensitive};

/// `[guardrails]`: what users may ask. The rules kept here and the service may each deny.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GuardrailsConfig {
    /// A service that is asked at `{url}/guardrails/validate`, in upstream's protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"https://guardrails.example.com")]
    pub url: Option<String>,
    /// The environment variable that holds the service's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"GUARDRAILS_KEY")]
    pub api_key_env: Option<String>,
    /// Seconds for the service's verdict; at most 55, as a run does not wait longer.
    pub timeout_seconds: u64,
    /// What the service is to allow; everything if there are none.
    #[schemars(example = ["travel"])]
    pub valid_topics: Vec<String>,
    /// What the service is to deny.
    #[schemars(example = ["politics"])]
    pub invalid_topics: Vec<String>,
    /// Words or phrases, one of which a message must have.
    #[schemars(example = ["flight", "hotel"])]
    pub allow: Vec<String>,
    /// Words or phrases that no message may have.
    #[schemars(example = ["lottery"])]
    pub deny: Vec<String>,
    /// Regular expressions that no message may match.
    #[schemars(example = ["\\b\\d{16}\\b"])]
    pub deny_patterns: Vec<String>,
    /// How many characters a message may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 4_000)]
    pub max_chars: Option<usize>,
    /// What waits for the verdict: the `answer`, which is made meanwhile but not told; the `question`, which no agent gets
    /// before; or `nothing` but calls of tools.
    pub wait: Wait,
    /// What becomes of a run that nobody could judge: `refuse` or `allow`.
    pub on_failure: OnFailure,
}

impl Default for GuardrailsConfig {
    fn default() -> Self {
        Self {
            url: None,
            api_key_env: None,
            timeout_seconds: 10,
            valid_topics: Vec::new(),
            invalid_topics: Vec::new(),
            allow: Vec::new(),
            deny: Vec::new(),
            deny_patterns: Vec::new(),
            max_chars: None,
            wait: Wait::default(),
            on_failure: OnFailure::default(),
        }
    }
}

/// A configuration that cannot work, and what would mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardrailsConfigError {
    /// The service cannot be asked.
    #[error(transparent)]
    Service(#[from] ConfigError),
    /// The key is not where the configuration says.
    #[error(
        "api_key_env: the environment variable `{0}` is not set; it should hold the service's key"
    )]
    MissingKey(String),
    /// The key cannot be sent.
    #[error("api_key_env: the key in `{0}` has characters that no header may have")]
    BadKey(String),
    /// A rule is none.
    #[error(transparent)]
    Rule(#[from] RuleError),
}

impl GuardrailsConfig {
    /// What is wrong with it, and with which key; the environment is not looked at.
    pub(crate) fn mistakes(&self) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        let mistake = self.url.as_deref().and_then(service::mistake);
        found.extend(mistake.map(|mistake| ("url", mistake)));
        if !(1..=55).contains(&self.timeout_seconds) {
            found.push(("timeout_seconds", "is from 1 to 55".to_owned()));
        }
        if let Err(error) = self.rules() {
            found.push((error.key, error.reason));
        }
        for (key, phrases) in [("allow", &self.allow), ("deny", &self.deny)] {
            if phrases.iter().any(|phrase| phrase.trim().is_empty()) {
                found.push((key, "an empty text is in every message".to_owned()));
            }
        }
        found
    }

    /// The guardrails, none if nothing is configured. The service's key is looked up here, once.
    pub(crate) fn guardrails(&self) -> Result<Guardrails, GuardrailsConfigError> {
        let mut made = Guardrails {
            guardrails: Vec::new(),
            wait: self.wait,
            on_failure: self.on_failure,
        };
        if let Some(rules) = self.rules()? {
            made.add(rules);
        }
        if let Some(url) = &self.url {
            let topics = Topics {
                valid: self.valid_topics.clone(),
                invalid: self.invalid_topics.clone(),
            };
            let key = self.api_key_env.as_deref().map(key).transpose()?;
            let timeout = Duration::from_secs(self.timeout_seconds);
            made.add(GuardrailService::new(url, key, timeout, topics)?);
        }
        Ok(made)
    }

    fn rules(&self) -> Result<Option<Rules>, RuleError> {
        let lists = [&self.allow, &self.deny, &self.deny_patterns];
        if lists.iter().all(|list| list.is_empty()) && self.max_chars.is_none() {
            return Ok(None);
        }
        let [allow, deny, patterns] = lists;
        Rules::new(allow, deny, patterns, self.max_chars).map(Some)
    }
}

fn key(variable: &str) -> Result<HeaderValue, GuardrailsConfigError> {
    let key = std::env::var(variable).unwrap_or_default();
    if key.trim().is_empty() {
        return Err(GuardrailsConfigError::MissingKey(variable.to_owned()));
    }
    sensitive(key.trim()).ok_or_else(|| GuardrailsConfigError::BadKey(variable.to_owned()))
}
