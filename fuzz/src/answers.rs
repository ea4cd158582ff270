//! What every answer must be, whatever was asked.

use serde_json::Value;

use crate::Answered;
use crate::payloads;

impl Answered {
    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("answers are UTF-8")
    }

    /// The media type without parameters.
    pub fn media_type(&self) -> &str {
        self.content_type
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
    }

    /// What is said of an answer, merged where it came in parts. Panics where it is not what its media type says.
    pub fn checked(&self) -> Value {
        assert_ne!(self.status, 500, "{}", self.text());
        match self.media_type() {
            "application/json" | "application/graphql-response+json" if !self.body.is_empty() => {
                serde_json::from_slice(&self.body)
                    .unwrap_or_else(|error| panic!("{error} in {:?}", self.text()))
            }
            "multipart/mixed" => {
                assert!(
                    payloads::lengths_are_right(self.text()),
                    "{:?}",
                    self.text()
                );
                self.merged(payloads::multipart(self.text()))
            }
            "text/event-stream" if self.text().starts_with(":\n\n") => {
                self.merged(payloads::events(self.text()))
            }
            "text/event-stream" => events(self.text()),
            _ => Value::Null,
        }
    }

    fn merged(&self, payloads: Result<(Vec<Value>, bool), String>) -> Value {
        let (payloads, ended) =
            payloads.unwrap_or_else(|error| panic!("{error} in {:?}", self.text()));
        assert!(ended || !self.complete, "no end: {:?}", self.text());
        payloads::canonical(&payloads, ended)
            .unwrap_or_else(|error| panic!("{error} in {:?}", self.text()))
    }
}

/// The events of an AG-UI stream; comments say that it is still there.
fn events(text: &str) -> Value {
    let blocks = text
        .split_terminator("\n\n")
        .filter(|block| !block.starts_with(':'));
    let event = |block: &str| {
        let data = block
            .strip_prefix("data: ")
            .unwrap_or_else(|| panic!("{block:?} in {text:?}"));
        serde_json::from_str::<Value>(data).unwrap_or_else(|error| panic!("{error} in {data:?}"))
    };
    blocks.map(event).collect()
}
