//! What is wrong with the configuration of a model agent, all of it at once, for who reads a list of mistakes.

use super::aws::{self, Signer};
use super::client::server_url;
use super::config::{ConfigError, LlmConfig};
use super::provider::Provider;
use super::wire::Api;
use crate::nearest::nearest;
use crate::upstream::header_mistakes;

/// What is wrong, by the keys to it.
type Mistakes<'a> = Vec<(Vec<&'a str>, String)>;

impl LlmConfig {
    /// What keeps the model from being asked here and now. What is in the environment counts.
    pub(crate) fn mistakes(&self) -> Mistakes<'_> {
        let mut found = self.numbers();
        match Provider::of(self) {
            Ok((provider, model)) => {
                if model.trim().is_empty() {
                    let message = format!("names no model; write `{}/…`", provider.name);
                    found.push((vec!["model"], message));
                }
                found.extend(self.server(&provider));
            }
            Err(error) => {
                let prefix = self.model.split('/').next().unwrap_or_default();
                let known = Provider::ALL.map(|provider| provider.name);
                let meant = nearest(prefix, known)
                    .map(|meant| format!("; did you mean `{meant}/…`?"))
                    .unwrap_or_default();
                found.push((vec!["model"], format!("{error}{meant}")));
            }
        }
        if self.api_key.is_some() && self.api_key_env.is_some() {
            let message = "`api_key_env` names another; remove one of the two";
            found.push((vec!["api_key"], message.to_owned()));
        }
        found.extend(header_mistakes(&self.headers));
        found
    }

    /// What is wrong with the way to the server.
    fn server(&self, provider: &Provider) -> Mistakes<'_> {
        let mut found = Mistakes::new();
        let api = self.api.unwrap_or(provider.api);
        if let Err(error) = self.credentials(provider) {
            found.push((vec!["api_key_env"], error.to_string()));
        }
        let url = self.base_url(provider, api);
        match url.and_then(|url| server_url(&url)) {
            Ok(_) => {}
            Err(error @ ConfigError::MissingRegion) => {
                found.push((vec!["region"], error.to_string()));
            }
            Err(error) => found.push((vec!["base_url"], told(error))),
        }
        let useless = [
            (
                "api_version",
                self.api_version.is_some() && provider.name != "azure",
                "Azure",
            ),
            (
                "region",
                self.region.is_some() && provider.name != aws::NAME,
                "AWS Bedrock",
            ),
            (
                "prompt_caching",
                self.prompt_caching && !caches(api),
                "Anthropic or AWS Bedrock",
            ),
        ];
        for (key, _, whose) in useless.into_iter().filter(|(_, useless, _)| *useless) {
            let message = format!(
                "only for models of {whose}; {} is not asked so: remove it",
                provider.label
            );
            found.push((vec![key], message));
        }
        found
    }

    fn credentials(&self, provider: &Provider) -> Result<(), ConfigError> {
        match self.key(provider)? {
            None if provider.name == aws::NAME => match Signer::from_env(self) {
                // That is told of another key.
                Ok(_) | Err(ConfigError::MissingRegion) => Ok(()),
                Err(error) => Err(error),
            },
            _ => Ok(()),
        }
    }

    fn numbers(&self) -> Mistakes<'_> {
        let settings = &self.settings;
        let outside =
            |number: Option<f64>, most: f64| number.is_some_and(|it| !(0.0..=most).contains(&it));
        let wrong: [(bool, &[&str], &str); 5] = [
            (
                self.max_steps == 0,
                &["max_steps"],
                "0 would never ask the model; 1 asks it once",
            ),
            (
                settings.max_output_tokens == Some(0),
                &["settings", "max_output_tokens"],
                "0 leaves no answer; leave the key out for what the server allows",
            ),
            (
                settings.thinking_tokens == Some(0),
                &["settings", "thinking_tokens"],
                "0 is no thinking; leave the key out for that",
            ),
            (
                outside(settings.temperature, f64::MAX),
                &["settings", "temperature"],
                "must be 0 or above",
            ),
            (
                outside(settings.top_p, 1.0),
                &["settings", "top_p"],
                "must be from 0 to 1",
            ),
        ];
        let wrong = wrong.into_iter().filter(|(wrong, ..)| *wrong);
        wrong
            .map(|(_, keys, message)| (keys.to_vec(), message.to_owned()))
            .collect()
    }
}

fn caches(api: Api) -> bool {
    matches!(api, Api::Anthropic | Api::Bedrock)
}

/// An address is not repeated: it may hold a password.
fn told(error: ConfigError) -> String {
    match error {
        ConfigError::BadUrl { reason, .. } => {
            format!("{reason}; write it like `https://models.example.com/v1`")
        }
        error => error.to_string(),
    }
}
