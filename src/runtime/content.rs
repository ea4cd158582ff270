//! What users ask and agents answer, for a log that is to have it (`telemetry.log_content`). Nowhere else does a line have any
//! of it.

use super::protocol::Transcript;
use crate::agents::RunInput;
use crate::generated::agui::Message;

/// What the run was asked.
pub(super) fn asked(input: &RunInput) {
    if let Some(text) = input.last_user_text() {
        tracing::info!(text, "asked");
    }
}

/// What its agent answered last.
pub(super) fn answered(left: Transcript) {
    let (_, messages) = left.into_parts();
    let last = messages.iter().rev().find_map(|message| match message {
        Message::Assistant(message) => message.content.as_deref(),
        _ => None,
    });
    if let Some(text) = last {
        tracing::info!(text, "answered");
    }
}
