//! The services beside the agents: who writes down speech, who has a say in runs.

use std::fmt::Display;

use super::{Check, Path};
use crate::runtime::guardrails::GuardrailsConfigError;
use crate::runtime::hooks::{Webhooks, WebhooksConfigError};
use crate::transcribe::{OpenAiTranscriber, TranscriptionConfigError};

impl Check<'_> {
    /// What keeps them from being asked, here and now.
    pub(super) fn services(&mut self) {
        self.transcription();
        self.hooks();
        if let Err(error) = self.config.guardrails.guardrails() {
            let key = match &error {
                GuardrailsConfigError::Service(_) => "url",
                GuardrailsConfigError::MissingKey(_) | GuardrailsConfigError::BadKey(_) => {
                    "api_key_env"
                }
                GuardrailsConfigError::Rule(rule) => rule.key,
            };
            self.refuse_service("guardrails", key, &error);
        }
    }

    fn transcription(&mut self) {
        let transcription = self.config.transcription.as_ref();
        if let Some(Err(error)) = transcription.map(OpenAiTranscriber::new) {
            let key = match error {
                TranscriptionConfigError::BadUrl(_) => "base_url",
                TranscriptionConfigError::MissingKey(_) | TranscriptionConfigError::BadKey(_) => {
                    "api_key_env"
                }
                TranscriptionConfigError::Client(_) => {
                    return self.refuse("transcription", error);
                }
            };
            self.refuse_service("transcription", key, &error);
        }
    }

    fn hooks(&mut self) {
        let hooks = &self.config.hooks;
        if !hooks.is_used() {
            return;
        }
        if let Err(error) = Webhooks::new(hooks) {
            let key = match &error {
                WebhooksConfigError::Service { key, .. } => key,
                WebhooksConfigError::MissingSecret(_) | WebhooksConfigError::BadSecret(_) => {
                    "secret_env"
                }
            };
            self.refuse_service("hooks", key, &error);
        }
    }

    /// The key is in front of the message already.
    fn refuse_service(&mut self, section: &str, key: &str, error: &dyn Display) {
        let message = error.to_string();
        let told = message.strip_prefix(key).unwrap_or(&message);
        let told = told.trim_start_matches([':', ' ']);
        self.refuse(Path::from(section).child(key), told);
    }
}
