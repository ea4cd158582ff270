//! What a fuzzer writes of a conversation: what agents do, and then request after request, as text that people can read too.
//!
//! ```text
//! any text, whose bytes decide what agents do
//! %%%
//! POST /api/copilotkit/agent/default/run
//! accept: text/event-stream
//!
//! {"threadId":"t"}
//! %%%
//! GET /api/copilotkit/threads
//! ```

use crate::Asked;

const BETWEEN: &str = "\n%%%\n";
/// Between a GraphQL document and its variables, where somebody would rather not write them as JSON.
const VARIABLES: &str = "\n---\n";
/// More than these are not asked in one conversation.
const MOST: usize = 6;

/// What agents do, and what is asked.
pub fn exchange(data: &[u8], path: &str) -> (Vec<u8>, Vec<Asked>) {
    let mut parts = split(data, BETWEEN.as_bytes());
    let script = parts.next().unwrap_or_default().to_vec();
    (
        script,
        parts.take(MOST).map(|part| asked(part, path)).collect(),
    )
}

fn asked(part: &[u8], path: &str) -> Asked {
    let (head, body) = cut(part, b"\n\n").unwrap_or((part, b""));
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let (method, given) = lines
        .next()
        .and_then(|line| line.split_once(' '))
        .unwrap_or(("POST", ""));
    let mut asked = Asked {
        method: method.to_owned(),
        path: if given.is_empty() {
            path.to_owned()
        } else {
            given.to_owned()
        },
        accept: "*/*".to_owned(),
        content_type: "application/json".to_owned(),
        body: with_variables(body),
    };
    for line in lines {
        match line.split_once(": ") {
            Some(("accept", value)) => asked.accept = value.to_owned(),
            Some(("content-type", value)) => asked.content_type = value.to_owned(),
            _ => {}
        }
    }
    asked
}

/// A document and its variables as one body.
fn with_variables(body: &[u8]) -> Vec<u8> {
    let Some((document, variables)) = cut(body, VARIABLES.as_bytes()) else {
        return body.to_vec();
    };
    let document = serde_json::Value::from(String::from_utf8_lossy(document));
    let mut whole = format!("{{\"query\":{document},\"variables\":").into_bytes();
    whole.extend(variables);
    whole.push(b'}');
    whole
}

fn cut<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let found = bytes.windows(at.len()).position(|window| window == at)?;
    Some((&bytes[..found], &bytes[found + at.len()..]))
}

fn split<'a>(bytes: &'a [u8], at: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let now = rest?;
        match cut(now, at) {
            Some((part, after)) => {
                rest = Some(after);
                Some(part)
            }
            None => rest.take(),
        }
    })
}
