//! Guardrails: somebody says of what a user wrote whether it may be answered. The [`Guardrail`] trait, and the kinds that a
//! configuration can make: [`Rules`] kept here, and a [`GuardrailService`] that speaks upstream's protocol.

mod config;
mod guard;
mod rules;
mod service;

use futures_util::future::BoxFuture;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::agents::RunInput;
use crate::generated::agui::{ContentPart, Message, MessageContent};
use crate::upstream::NamedUpstream;

pub use config::{GuardrailsConfig, GuardrailsConfigError};
pub(crate) use guard::{Guardrails, guarded};
pub use rules::{RuleError, Rules};
pub use service::GuardrailService;

/// The `code` of the `RUN_ERROR` of a run whose question was denied; upstream 1.10.6 has it as the reason of a failed status.
pub const DENIED: &str = "GUARDRAILS_VALIDATION_FAILED";

/// Says whether what a user wrote may be answered.
///
/// ```
/// use agui_runtime::runtime::guardrails::{Guardrail, GuardrailError, Question, Verdict};
/// use futures_util::{FutureExt, future::BoxFuture};
///
/// /// Nobody is to shout.
/// struct Quiet;
///
/// impl Guardrail for Quiet {
///     fn judge<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Verdict, GuardrailError>> {
///         async move {
///             match question.text.ends_with("!!!") {
///                 true => Ok(Verdict::Denied("Please do not shout.".to_owned())),
///                 false => Ok(Verdict::Allowed),
///             }
///         }
///         .boxed()
///     }
/// }
/// ```
pub trait Guardrail: Send + Sync + 'static {
    /// Judges what was written last. One that takes longer than a minute has failed.
    ///
    /// # Errors
    /// If it cannot be said. What becomes of the run then is a setting; why is for the log.
    fn judge<'a>(
        &'a self,
        question: &'a Question,
    ) -> BoxFuture<'a, Result<Verdict, GuardrailError>>;

    /// The servers that it asks, for who wants to know how they do.
    fn upstreams(&self) -> Vec<NamedUpstream> {
        Vec::new()
    }
}

/// Why there is no verdict.
pub type GuardrailError = Box<dyn std::error::Error + Send + Sync>;

/// Whether something may be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Allowed,
    /// It may not, for this reason, which the user is told.
    Denied(String),
}

/// What a user wrote, and what was said before.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Question {
    /// The last message of a user in the conversation: all of its text.
    pub text: String,
    /// What users and assistants said before it.
    pub before: Vec<Said>,
    /// What its client wants it held to, over what the server does.
    pub topics: Topics,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// `user` or `assistant`.
    pub role: &'static str,
    /// Its text.
    pub content: String,
}

/// What a conversation may and may not be about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Topics {
    /// What it may be about; everything if there are none.
    pub valid: Vec<String>,
    /// What it may not be about.
    pub invalid: Vec<String>,
}

impl Question {
    /// The one that a run is to answer; nothing if no user wrote any text. It is the last message of a user, whatever a
    /// client puts behind it.
    pub(crate) fn of(input: &RunInput) -> Option<Self> {
        let messages = &input.request.messages;
        let at = messages
            .iter()
            .rposition(|message| matches!(message, Message::User(_)))?;
        let text = said(&messages[at])?.content;
        Some(Self {
            text,
            before: messages[..at].iter().filter_map(said).collect(),
            topics: input.parameters.topics.clone(),
        })
    }
}

/// What a user or an assistant said in a message, if it has any text.
fn said(message: &Message) -> Option<Said> {
    let (role, content) = match message {
        Message::User(user) => ("user", text(&user.content)),
        Message::Assistant(assistant) => ("assistant", assistant.content.clone()?),
        _ => return None,
    };
    (!content.trim().is_empty()).then_some(Said { role, content })
}

fn text(content: &MessageContent) -> String {
    match content {
        MessageContent::Text(text) => text.clone(),
        MessageContent::Parts(parts) => {
            let texts = parts.iter().filter_map(|part| match part {
                ContentPart::Text(part) => Some(part.text.as_str()),
                _ => None,
            });
            texts.collect::<Vec<_>>().join("\n")
        }
    }
}

/// When an agent is asked, and when what it says goes out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Wait {
    /// It is asked at once, and what it says waits for the verdict: nothing that was denied reaches anybody, and nothing
    /// takes longer.
    #[default]
    Answer,
    /// It is asked after the verdict: no token is paid for what was denied.
    Question,
    /// Its text goes out at once, until the verdict is against it (upstream 1.10.6). Calls of tools wait.
    Nothing,
}
