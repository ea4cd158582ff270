//! Speech to text, for the microphone button of CopilotKit's chat: the [`Transcriber`] trait and one for OpenAI's API.

mod openai;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use crate::upstream::Upstream;

pub use openai::{OpenAiTranscriber, TranscriptionConfig, TranscriptionConfigError};

/// A recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audio {
    /// The encoded sound.
    pub bytes: Bytes,
    /// Its media type as the client says it: `audio/webm;codecs=opus`.
    pub media_type: String,
    /// The name that the client gave it.
    pub filename: String,
}

/// Why a recording was not transcribed. Clients get upstream's code for it (1.75.0).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TranscriptionError {
    /// The provider does not take the server's key.
    #[error("Authentication failed with transcription provider")]
    AuthFailed,
    /// The provider was asked too often.
    #[error("Rate limited. Please try again later.")]
    RateLimited,
    /// The recording is longer than is taken.
    #[error("Audio file is too long")]
    TooLong,
    /// There is nothing in the recording, or nearly nothing.
    #[error("Audio is too short to transcribe")]
    TooShort,
    /// The provider failed; clients read why.
    #[error("{0}")]
    Provider(String),
    /// The provider was not reached, or broke off; clients read why.
    #[error("{0}")]
    Network(String),
}

/// Something that writes down what is said.
///
/// ```
/// use agui_runtime::transcribe::{Audio, Transcriber, TranscriptionError};
/// use futures_util::future::BoxFuture;
///
/// struct Stenographer;
///
/// impl Transcriber for Stenographer {
///     fn transcribe(&self, audio: Audio) -> BoxFuture<'_, Result<String, TranscriptionError>> {
///         Box::pin(async move { Ok(format!("{} bytes of speech", audio.bytes.len())) })
///     }
/// }
/// ```
pub trait Transcriber: Send + Sync + 'static {
    /// The text of a recording. Dropping the future must end the work behind it.
    fn transcribe(&self, audio: Audio) -> BoxFuture<'_, Result<String, TranscriptionError>>;

    /// The server that does it, if one does: it is watched over in `/health/ready`.
    fn upstream(&self) -> Option<&Upstream> {
        None
    }
}
