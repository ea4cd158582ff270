//! The canonical form of an answer of the AG-UI face: status code, the headers that matter, JSON as JSON, SSE as the list of
//! its events and comments in their order.

use serde_json::{Map, Value, json};

use crate::support::blank::{blank, blank_text};
use crate::support::canonical::Answer;

/// The headers that clients, browsers and proxies look at.
const ASSERTED: [&str; 3] = ["content-type", "cache-control", "allow"];

/// How a token of the agents `slow` and `slowtool` looks, a number in place of `#`.
const TOKEN: (&str, &str) = ("tok", " ");

/// The canonical form; an SSE answer that breaks its framing has none.
pub fn canonical(answer: &Answer<'_>) -> Result<Value, String> {
    let headers: Map<String, Value> = answer
        .headers
        .iter()
        .filter(|(name, _)| {
            ASSERTED.contains(&name.as_str()) || name.starts_with("access-control-")
        })
        .map(|(name, value)| (name.clone(), blank_text(value).into()))
        .collect();
    // Node's reason phrase is empty and Hono's is not: the code is what counts.
    let code = answer.status.split(' ').nth(1).unwrap_or_default();
    Ok(json!({"status": code, "headers": headers, "body": body(answer)?}))
}

fn body(answer: &Answer<'_>) -> Result<Value, String> {
    let kind = answer
        .headers
        .iter()
        .find(|(name, _)| name == "content-type");
    match kind.map(|(_, value)| value.split(';').next().unwrap_or_default()) {
        Some("text/event-stream") => events(answer.body).map(Value::Array),
        // Of a `HEAD`, the recorder kept the head as the body.
        _ if answer.body.is_empty() || answer.body.starts_with("HTTP/1.1 ") => Ok(Value::Null),
        Some("application/json") => serde_json::from_str(answer.body)
            .map(|json| blank_times(&blank(&json)))
            .map_err(|error| format!("{error} in {:?}", answer.body)),
        _ => Ok(blank_text(answer.body).into()),
    }
}

/// The events of an SSE body: the JSON of a `data:` line, or a comment as text. What is cut off at the end is left out.
pub fn events(body: &str) -> Result<Vec<Value>, String> {
    let mut events = Vec::new();
    let whole = body.rfind("\n\n").map_or("", |end| &body[..end]);
    for event in whole.split("\n\n").filter(|event| !event.is_empty()) {
        events.push(match event.strip_prefix("data: ") {
            Some(text) => {
                let json: Value = serde_json::from_str(text)
                    .map_err(|error| format!("{error} in the event {text:?}"))?;
                blank(&json)
            }
            None if event.starts_with(": ") && !event.contains('\n') => event.into(),
            None => return Err(format!("neither one data line nor a comment: {event:?}")),
        });
    }
    Ok(events)
}

/// Blanks the times that differ in each run: when a thread changed, when an event was seen.
fn blank_times(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(blank_times).collect(),
        Value::Object(entries) => {
            let blanked = entries.iter().map(|(key, value)| {
                let time = key == "updatedAt" && value.as_str().is_some_and(is_time);
                let value = if time {
                    "<time>".into()
                } else {
                    blank_times(value)
                };
                (key.clone(), value)
            });
            blanked.collect()
        }
        other => other.clone(),
    }
}

fn is_time(text: &str) -> bool {
    chrono::DateTime::parse_from_rfc3339(text).is_ok() && text.ends_with('Z') && text.len() == 24
}

/// For runs that are stopped in the middle, the one place where less than everything is compared. How many tokens came
/// before the stop depends on time, so the rule is: the tokens must be `tok0 `, `tok1 ` and so on, without a gap and at least
/// as many as the test waited for before it stopped the run (`least`); then they are replaced by one event `tok0 …`,
/// whether they came one by one or joined into one. All else is compared as always.
pub fn blank_tokens(events: &[Value], least: usize) -> Result<Vec<Value>, String> {
    let mut blanked: Vec<Value> = Vec::new();
    let mut seen = 0;
    for event in events {
        let delta = event["delta"].as_str().unwrap_or_default();
        let tokens: Vec<&str> = delta.split_inclusive(TOKEN.1).collect();
        let counts = event["type"] == "TEXT_MESSAGE_CONTENT" && delta.starts_with(TOKEN.0);
        if !counts {
            blanked.push(event.clone());
            continue;
        }
        for token in tokens {
            if token != format!("{}{seen}{}", TOKEN.0, TOKEN.1) {
                return Err(format!("token {seen} is missing before {token:?}"));
            }
            seen += 1;
        }
        let mut some = event.clone();
        some["delta"] = "tok0 …".into();
        if blanked.last() != Some(&some) {
            blanked.push(some);
        }
    }
    if seen < least {
        return Err(format!(
            "{seen} tokens came, {least} were seen before the stop"
        ));
    }
    Ok(blanked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Value {
        json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": text})
    }

    #[test]
    fn tokens_are_blanked_only_without_a_gap() {
        let error = json!({"type": "RUN_ERROR"});
        let several = [token("tok0 "), token("tok1 "), error.clone()];
        let joined = [token("tok0 tok1 tok2 "), error.clone()];
        assert_eq!(
            blank_tokens(&several, 2).unwrap(),
            blank_tokens(&joined, 3).unwrap()
        );
        assert!(blank_tokens(&several, 3).is_err(), "too few");
        assert!(
            blank_tokens(&[token("tok0 "), token("tok2 ")], 1).is_err(),
            "a gap"
        );
        assert!(blank_tokens(&[token("tok1 ")], 0).is_err(), "no start");
        assert!(blank_tokens(&[token("tok0 tok0 ")], 0).is_err(), "twice");
    }

    #[test]
    fn broken_framing_is_an_error() {
        assert_eq!(
            events("data: 1\n\n: keep-alive\n\ndata: {").unwrap(),
            [json!(1), json!(": keep-alive")]
        );
        assert!(events("data: {\n\n").is_err());
        assert!(events("event: x\ndata: 1\n\n").is_err());
        assert!(events("data: 1\ndata: 2\n\n").is_err());
    }
}
