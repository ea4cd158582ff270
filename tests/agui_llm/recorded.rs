//! Upstream's recorded runs of its built-in model agent, and where ours differ on purpose.

use serde_json::{Value, json};

use crate::support::golden::root;

/// One recorded request and the events that answered it.
pub struct Recorded {
    pub name: String,
    line: String,
    request: Value,
    pub events: Vec<Value>,
}

/// An event that differs from the recorded one on purpose.
struct Deviation {
    scenarios: &'static str,
    reason: &'static str,
    /// Puts ours in the place of theirs; whether there was something to change.
    change: fn(&mut Vec<Value>) -> bool,
}

/// Begins the name of every recording.
const ANY: &str = "";

const DEVIATIONS: [Deviation; 2] = [
    Deviation {
        scenarios: ANY,
        reason: "upstream names the adapter of its library where we name the provider",
        change: |events| {
            let providers = events
                .iter_mut()
                .filter_map(|event| event.pointer_mut("/usage/0/provider"));
            providers
                .filter(|provider| **provider == "openai.responses")
                .map(|provider| *provider = "openai".into())
                .count()
                > 0
        },
    },
    Deviation {
        scenarios: "llm_stop_",
        reason: "upstream's model agent says of a stopped run that it finished; ours ends as every agent's does",
        change: |events| {
            let finished = events.pop().filter(|event| event["type"] == "RUN_FINISHED");
            events.push(json!({"type": "RUN_ERROR", "message": "This operation was aborted", "code": "abort", "rawEvent": {}}));
            finished.is_some()
        },
    },
];

impl Recorded {
    pub fn load(name: &str) -> Self {
        let path = root().join(format!("tests/golden/ag-ui/{name}.json"));
        let text = std::fs::read_to_string(path).unwrap();
        let mut golden: Value = serde_json::from_str(&text).unwrap();
        // A page's recording holds all that it asked; its run comes last.
        let exchange = match golden["exchanges"].as_array_mut() {
            Some(exchanges) => exchanges.last_mut().unwrap(),
            None => &mut golden,
        };
        Self {
            name: name.to_owned(),
            line: exchange["request"]["line"].as_str().unwrap().to_owned(),
            events: events(exchange["response"]["body"].as_str().unwrap()),
            request: exchange["request"]["body"].take(),
        }
    }

    /// The request as it was sent.
    pub fn bytes(&self) -> Vec<u8> {
        let path = self.line.split(' ').nth(1).unwrap();
        post(path, &self.request.to_string())
    }

    /// What the model said, one list of events for each time that it was asked.
    pub fn steps(&self) -> Vec<Vec<Value>> {
        let mut steps = vec![Vec::new()];
        let mut answered = false;
        for event in &self.events {
            if answered && event["type"] == "TOOL_CALL_START" {
                steps.push(Vec::new());
            }
            answered = event["type"] == "TOOL_CALL_RESULT";
            steps.last_mut().unwrap().push(event.clone());
        }
        steps
    }

    /// Fails unless these events are the recorded ones, but for the deviations.
    pub fn is_told_by(&self, told: Vec<Value>) {
        let mut expected = self.events.clone();
        let with_usage = expected.iter().any(|event| event.get("usage").is_some());
        for deviation in &DEVIATIONS {
            let named = self.name.starts_with(deviation.scenarios);
            if named && (deviation.scenarios != ANY || with_usage) {
                let changed = (deviation.change)(&mut expected);
                assert!(changed, "{}: not so: {}", self.name, deviation.reason);
            }
        }
        let (told, expected) = (ordered(told), ordered(expected));
        for (told, expected) in told.iter().zip(&expected) {
            assert_eq!(told, expected, "{}", self.name);
        }
        assert_eq!(told.len(), expected.len(), "{}", self.name);
    }
}

/// A POST of JSON.
pub fn post(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// The events of a stream.
pub fn events(stream: &str) -> Vec<Value> {
    let data = stream
        .lines()
        .filter_map(|line| line.strip_prefix("data: "));
    data.map(|event| serde_json::from_str(event).unwrap())
        .collect()
}

/// Ids as numbers, in the order of their first appearance.
fn ordered(mut events: Vec<Value>) -> Vec<Value> {
    let mut ids: Vec<String> = Vec::new();
    for event in &mut events {
        for key in ["messageId", "parentMessageId", "toolCallId"] {
            let Some(id) = event.get(key).and_then(Value::as_str) else {
                continue;
            };
            let place = ids.iter().position(|it| it == id).unwrap_or_else(|| {
                ids.push(id.to_owned());
                ids.len() - 1
            });
            event[key] = place.into();
        }
    }
    events
}
