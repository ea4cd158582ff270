//! What webhooks are sent, and how it is signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use chrono::Utc;
use http::{HeaderMap, HeaderName, HeaderValue};
use ring::hmac;
use serde_json::{Value, json};
use uuid::Uuid;

use super::RunEnd;
use crate::agents::RunInput;
use crate::runtime::log::EndReason;

/// One message, the same in each attempt: who gets it twice knows it by its id.
pub(super) struct Message {
    id: String,
    timestamp: i64,
    pub(super) body: Bytes,
}

impl Message {
    pub(super) fn before(input: &RunInput) -> Self {
        Self::new("run.before", about(input))
    }

    pub(super) fn after(end: &RunEnd) -> Self {
        Self::new("run.after", about_end(end))
    }

    fn new(kind: &str, data: Value) -> Self {
        let now = Utc::now();
        let body = json!({"type": kind, "timestamp": now.to_rfc3339(), "data": data});
        Self {
            id: format!("msg_{}", Uuid::new_v4().simple()),
            timestamp: now.timestamp(),
            body: body.to_string().into(),
        }
    }

    pub(super) fn headers(&self, secret: Option<&hmac::Key>) -> HeaderMap {
        let signature = secret.map(|secret| {
            let start = format!("{}.{}.", self.id, self.timestamp);
            let signed = [start.as_bytes(), &self.body].concat();
            format!("v1,{}", BASE64.encode(hmac::sign(secret, &signed)))
        });
        let headers = [
            ("webhook-id", Some(self.id.clone())),
            ("webhook-timestamp", Some(self.timestamp.to_string())),
            ("webhook-signature", signature),
        ];
        let header = |(name, value): (&'static str, Option<String>)| {
            let value = HeaderValue::try_from(value?).ok()?;
            Some((HeaderName::from_static(name), value))
        };
        headers.into_iter().filter_map(header).collect()
    }
}

fn about(input: &RunInput) -> Value {
    let request = &input.request;
    json!({
        "owner": input.owner,
        "agent": input.agent,
        "threadId": request.thread_id,
        "runId": request.run_id,
        "inputMessages": request.messages,
        "properties": input.properties,
        "url": input.frontend_url,
    })
}

fn about_end(end: &RunEnd) -> Value {
    let mut about = about(&end.input);
    about["outcome"] = match end.reason {
        EndReason::Completed => "completed",
        EndReason::AgentFailed | EndReason::StoreFailed | EndReason::Lost => "failed",
        EndReason::ClientGone | EndReason::Stopped | EndReason::Shutdown => "stopped",
    }
    .into();
    about["outputMessages"] = json!(end.output);
    about["durationMs"] = json!(u64::try_from(end.duration.as_millis()).unwrap_or(u64::MAX));
    if let Some(error) = &end.error {
        about["error"] = json!({"message": error.message, "code": error.code});
    }
    about
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// The example of the standard's own libraries.
    #[test]
    fn a_message_is_signed_as_the_standard_has_it() {
        let secret = BASE64.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let message = Message {
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned(),
            timestamp: 1_614_265_330,
            body: r#"{"test": 2432232314}"#.into(),
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let headers = message.headers(Some(&key));
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(headers["webhook-signature"], expected);
        assert_eq!(headers["webhook-id"], "msg_p5jXN8AQM9LWM0D4loKWxJek");
    }
}
