//! AWS's event streams (`application/vnd.amazon.eventstream`): binary messages with headers, a payload and checksums.
//!
//! What a message says goes on as JSON, for its wire format to read: `{"event":TYPE,"data":PAYLOAD}`, and
//! `{"exception":TYPE,"data":PAYLOAD}` for what ends the stream.

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use aws_smithy_types::event_stream::Message;
use bytes::{Bytes, BytesMut};
use serde_json::json;
use serde_json::value::RawValue;

/// Cuts bytes into messages.
#[derive(Debug, Default)]
pub(super) struct Frames {
    decoder: MessageFrameDecoder,
    bytes: BytesMut,
    /// How many bytes there are of a message that is not whole.
    begun: usize,
}

impl Frames {
    pub(super) fn push(&mut self, chunk: &Bytes) {
        self.bytes.extend_from_slice(chunk);
        self.begun += chunk.len();
    }

    /// Bytes since the last whole message.
    pub(super) fn begun(&self) -> usize {
        self.begun
    }

    /// The next message that is whole; an error if what came is none, or not what was sent.
    pub(super) fn next(&mut self) -> Result<Option<String>, String> {
        let decoded = self.decoder.decode_frame(&mut self.bytes);
        match decoded.map_err(|error| format!("the event stream is damaged: {error}"))? {
            DecodedFrame::Incomplete => Ok(None),
            DecodedFrame::Complete(message) => {
                self.begun = self.bytes.len();
                told(&message).map(Some)
            }
        }
    }
}

fn told(message: &Message) -> Result<String, String> {
    let header = |name: &str| {
        let header = message.headers().iter();
        let mut header = header.filter(|header| header.name().as_str() == name);
        let value = header.next()?.value().as_string().ok()?;
        Some(value.as_str())
    };
    let kind = match header(":message-type") {
        Some(kind @ ("event" | "exception")) => kind,
        // Without a payload, for what no service can say better (AWS, "Event stream encoding").
        Some("error") => {
            let message = header(":error-message").or(header(":error-code"));
            let data = json!({"message": message.unwrap_or("the server gave no reason")});
            return Ok(json!({"exception": "error", "data": data}).to_string());
        }
        other => {
            return Err(format!(
                "the event stream has a message of the type {other:?}"
            ));
        }
    };
    let Some(what) = header(&format!(":{kind}-type")) else {
        return Err(format!("the event stream has an {kind} without a type"));
    };
    let data: &RawValue = match message.payload().as_ref() {
        [] => RawValue::NULL,
        payload => serde_json::from_slice(payload)
            .map_err(|error| format!("the event stream has a payload that is no JSON: {error}"))?,
    };
    Ok(format!(r#"{{"{kind}":{},"data":{data}}}"#, json!(what)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use aws_smithy_eventstream::frame::write_message_to;
    use aws_smithy_types::event_stream::{Header, HeaderValue};

    use super::*;

    fn message(headers: &[(&'static str, &'static str)], payload: &'static str) -> Vec<u8> {
        let mut message = Message::new(payload.as_bytes());
        for (name, value) in headers {
            let value = HeaderValue::String((*value).into());
            message = message.add_header(Header::new(*name, value));
        }
        let mut bytes = Vec::new();
        write_message_to(&message, &mut bytes).unwrap();
        bytes
    }

    fn event(payload: &'static str) -> Vec<u8> {
        let headers = [(":message-type", "event"), (":event-type", "go")];
        message(&headers, payload)
    }

    /// What comes out of these bytes, given one after the other.
    fn read(bytes: &[u8]) -> Result<Vec<String>, String> {
        let (mut frames, mut told) = (Frames::default(), Vec::new());
        for byte in bytes {
            frames.push(&Bytes::copy_from_slice(&[*byte]));
            told.extend(frames.next()?);
        }
        Ok(told)
    }

    #[test]
    fn a_message_of_the_documentation_is_read() {
        // The checksums that every implementation gives for an empty message (AWS's test vectors).
        let empty = [0, 0, 0, 16, 0, 0, 0, 0, 5, 194, 72, 235, 125, 152, 200, 255];
        let error = read(&empty).unwrap_err();
        assert!(error.ends_with("a message of the type None"), "{error}");
    }

    #[test]
    fn messages_are_cut_wherever_the_bytes_are() {
        let bytes = [event(r#"{"a":1}"#), event(""), event(r#"{"b":"é"}"#)].concat();
        let expected = [
            r#"{"event":"go","data":{"a":1}}"#,
            r#"{"event":"go","data":null}"#,
            r#"{"event":"go","data":{"b":"é"}}"#,
        ];
        assert_eq!(read(&bytes).unwrap(), expected);
        let mut frames = Frames::default();
        frames.push(&Bytes::from(bytes[..bytes.len() - 1].to_vec()));
        assert_eq!(frames.next().unwrap().as_deref(), Some(expected[0]));
        assert_eq!(frames.next().unwrap().as_deref(), Some(expected[1]));
        assert_eq!(frames.next(), Ok(None));
        assert_eq!(frames.begun(), event(r#"{"b":"é"}"#).len() - 1);
    }

    #[test]
    fn a_damaged_byte_is_noticed_wherever_it_is() {
        let whole = event(r#"{"a":1}"#);
        // A longer length waits for bytes that do not come; the stream's end tells.
        for place in 4..whole.len() {
            let mut bytes = whole.clone();
            bytes[place] ^= 1;
            assert!(read(&bytes).is_err(), "byte {place}");
        }
    }

    #[test]
    fn exceptions_and_errors_are_told_apart_from_events() {
        let exception = [
            (":message-type", "exception"),
            (":exception-type", "busyException"),
        ];
        let error = [(":message-type", "error"), (":error-code", "Broken")];
        assert_eq!(
            read(
                &[
                    message(&exception, r#"{"message":"m"}"#),
                    message(&error, "")
                ]
                .concat()
            )
            .unwrap(),
            [
                r#"{"exception":"busyException","data":{"message":"m"}}"#,
                r#"{"exception":"error","data":{"message":"Broken"}}"#,
            ]
        );
        for bytes in [
            message(&[(":message-type", "event")], "{}"),
            message(&[(":message-type", "other")], "{}"),
            event("no json"),
        ] {
            assert!(read(&bytes).is_err());
        }
    }
}
