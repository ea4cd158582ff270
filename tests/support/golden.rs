//! Recorded traffic, one file per scenario: in `tests/golden/graphql/` as upstream 1.10.6 answered it, in
//! `tests/golden/ag-ui/` as 1.75.0 did.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::blank::blank;
use super::canonical::{Answer, canonical};

/// One recorded scenario.
pub struct Golden {
    /// The file's name without `.json`.
    pub name: String,
    json: Value,
}

/// Where this package's sources are.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The names of all vendored GraphQL scenarios, sorted.
pub fn names() -> Vec<String> {
    names_in("graphql")
}

/// The names of all vendored scenarios of one folder in `tests/golden/`, sorted.
pub fn names_in(folder: &str) -> Vec<String> {
    let folder = root().join("tests/golden").join(folder);
    let files = std::fs::read_dir(folder).expect("the goldens are there");
    let mut names: Vec<String> = files
        .filter_map(|file| {
            Some(
                file.ok()?
                    .file_name()
                    .to_str()?
                    .strip_suffix(".json")?
                    .to_owned(),
            )
        })
        .collect();
    names.sort();
    names
}

impl Golden {
    /// Reads a GraphQL scenario.
    pub fn load(name: &str) -> Self {
        Self::load_from("graphql", name)
    }

    /// Reads a scenario of one folder in `tests/golden/`.
    pub fn load_from(folder: &str, name: &str) -> Self {
        let path = root()
            .join("tests/golden")
            .join(folder)
            .join(format!("{name}.json"));
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let json = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self::of(name, json)
    }

    /// One exchange that is part of a longer recording.
    pub fn of(name: &str, json: Value) -> Self {
        Self {
            name: name.to_owned(),
            json,
        }
    }

    /// What upstream ran with, in the recorder's words.
    pub fn runtime(&self) -> &str {
        self.json["runtime"].as_str().expect("a runtime")
    }

    /// Any part of the recording.
    pub fn part(&self, key: &str) -> &Value {
        &self.json[key]
    }

    /// The request line.
    pub fn line(&self) -> &str {
        self.json["request"]["line"]
            .as_str()
            .expect("a request line")
    }

    fn request_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers = self.json["request"]["headers"]
            .as_object()
            .expect("request headers");
        headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().expect("a header value")))
    }

    /// The request, byte for byte as it was recorded.
    pub fn request(&self) -> Vec<u8> {
        self.request_with(&self.request_body())
    }

    /// The request with this body, where the recorded one was not kept.
    pub fn request_with(&self, body: &[u8]) -> Vec<u8> {
        let mut bytes = format!("{}\r\n", self.line()).into_bytes();
        for (name, value) in self.request_headers() {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body);
        bytes
    }

    /// Bodies that were JSON are kept parsed: the recorded length tells which of the two spellings was sent.
    fn request_body(&self) -> Vec<u8> {
        let length = self
            .request_headers()
            .find(|(name, _)| *name == "content-length");
        let Some((_, length)) = length else {
            return self.chunked_body();
        };
        let length: usize = length.parse().expect("a length");
        let body = &self.json["request"]["body"];
        let raw = body.as_str().map(str::to_owned);
        let spellings = [
            raw,
            Some(body.to_string()),
            Some(spaced(body)),
            Some(String::new()),
        ];
        let body = spellings
            .into_iter()
            .flatten()
            .find(|body| body.len() == length);
        body.unwrap_or_else(|| {
            panic!(
                "{}: no spelling of the body is {length} bytes long",
                self.name
            )
        })
        .into_bytes()
    }

    /// The one recorded body that was chunked was cut after its head: its first chunk goes out until its total is reached.
    fn chunked_body(&self) -> Vec<u8> {
        let Some((head, note)) = self.json["request"]["body"]
            .as_str()
            .and_then(|body| body.split_once("\n... "))
        else {
            return Vec::new();
        };
        let total = note
            .split(' ')
            .find_map(|word| word.parse::<usize>().ok())
            .expect("a total");
        let (size, start) = head.split_once("\r\n").expect("a first chunk");
        let mut data = start.as_bytes().to_vec();
        data.resize(total, b'a');
        let mut body = Vec::with_capacity(total + total / 1000);
        for chunk in data.chunks(usize::from_str_radix(size, 16).expect("a chunk size")) {
            body.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            body.extend_from_slice(chunk);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"0\r\n\r\n");
        body
    }

    /// How long the recording went on, where the client cut it off in mid-stream.
    pub fn cut_after_ms(&self) -> Option<u64> {
        let body = self.json["response"]["body"].as_str()?;
        let cut = body.contains("\"hasNext\":true")
            && !body.ends_with("--\r\n")
            && !body.ends_with("event: complete\ndata:\n\n");
        cut.then(|| self.json["arrival_ms"].as_array()?.last()?.as_u64())
            .flatten()
    }

    /// The recorded answer, and what was asked of the model, in canonical form.
    pub fn canonical(&self) -> Result<Value, String> {
        let response = &self.json["response"];
        let headers: Vec<(String, String)> = response["headers"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| {
                (
                    name.to_lowercase(),
                    value.as_str().unwrap_or_default().to_owned(),
                )
            })
            .collect();
        let answer = Answer {
            status: response["status"].as_str().unwrap_or_default(),
            headers: &headers,
            body: response["body"].as_str().unwrap_or_default(),
        };
        let mut canonical = canonical(&answer)?;
        canonical["upstream"] = self.upstream();
        Ok(canonical)
    }

    /// What was asked of the model, in order.
    pub fn upstream(&self) -> Value {
        let models = ["llm", "anthropic"].map(|model| &self.json["upstream"][model]);
        let asked = models.into_iter().filter_map(Value::as_array).flatten();
        let asked = asked.filter(|entry| entry.get("body").is_some());
        asked
            .map(|entry| asked_of_model(entry, entry["body"].clone()))
            .collect()
    }
}

/// JSON as Python writes it, with a space after each comma and colon: what sent most AG-UI requests.
fn spaced(value: &Value) -> String {
    struct Spaced;
    impl serde_json::ser::Formatter for Spaced {
        fn begin_array_value<W: ?Sized + std::io::Write>(
            &mut self,
            writer: &mut W,
            first: bool,
        ) -> std::io::Result<()> {
            writer.write_all(if first { b"" } else { b", " })
        }

        fn begin_object_key<W: ?Sized + std::io::Write>(
            &mut self,
            writer: &mut W,
            first: bool,
        ) -> std::io::Result<()> {
            self.begin_array_value(writer, first)
        }

        fn begin_object_value<W: ?Sized + std::io::Write>(
            &mut self,
            writer: &mut W,
        ) -> std::io::Result<()> {
            writer.write_all(b": ")
        }
    }
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, Spaced);
    serde::Serialize::serialize(value, &mut serializer).expect("JSON can be written");
    String::from_utf8(text).expect("JSON is UTF-8")
}

impl Golden {
    /// What was asked of the AG-UI agents, in order.
    pub fn agents(&self) -> Value {
        let asked = self.json["upstream"]["agui"].as_array();
        let asked = asked.into_iter().flatten();
        asked
            .filter(|entry| entry.get("body").is_some())
            .map(|entry| asked_of_agent(entry, entry["body"].clone()))
            .collect()
    }
}

impl Golden {
    /// What was asked of the remote endpoint, in order, but for what it has: we remember that.
    pub fn remote(&self) -> Value {
        let scripts = ["remote", "remote_py"].map(|script| &self.json["upstream"][script]);
        let asked = scripts.into_iter().filter_map(Value::as_array).flatten();
        asked
            .filter(|entry| entry.get("method").is_some() && !is_discovery(entry))
            .map(|entry| asked_of_agent(entry, entry["body"].clone()))
            .collect()
    }
}

impl Golden {
    /// What was asked of the LangGraph server, in order.
    pub fn langgraph(&self) -> Value {
        let asked = self.json["upstream"]["langgraph"].as_array();
        let asked = asked.into_iter().flatten();
        asked
            .map(|entry| asked_of_agent(entry, entry["body"].clone()))
            .collect()
    }

    /// What was asked of the guardrails, in order.
    pub fn cloud(&self) -> Value {
        let asked = self.json["upstream"]["cloud"].as_array();
        let asked = asked.into_iter().flatten();
        asked
            .map(|entry| asked_of_guardrails(entry, entry["body"].clone()))
            .collect()
    }
}

/// One request to the guardrails in canonical form.
pub fn asked_of_guardrails(entry: &Value, body: Value) -> Value {
    let headers = &entry["headers"];
    serde_json::json!({
        "method": entry["method"],
        "url": entry["url"],
        "content-type": headers["content-type"],
        "key": headers["x-copilotcloud-public-api-key"],
        "body": body,
    })
}

/// Whether a request asks a remote endpoint what it has, or a chain what it takes.
pub fn is_discovery(entry: &Value) -> bool {
    let ends = ["/info", "/input_schema"];
    address(entry)
        .as_str()
        .is_some_and(|url| ends.iter().any(|end| url.ends_with(end)))
}

/// Where a request went: the scripts in Python call it a path.
fn address(entry: &Value) -> &Value {
    entry.get("path").unwrap_or(&entry["url"])
}

/// One request to an AG-UI agent in canonical form: its headers are those that somebody chose.
pub fn asked_of_agent(entry: &Value, body: Value) -> Value {
    let headers = entry["headers"].as_object().into_iter().flatten();
    let chosen = |name: &str| {
        ["content-type", "accept", "authorization", "cookie"].contains(&name)
            || name.starts_with("x-")
    };
    let headers: Map<String, Value> = headers
        .filter(|(name, _)| chosen(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    blank(&serde_json::json!({
        "method": entry["method"],
        "url": address(entry),
        "headers": headers,
        "body": body,
    }))
}

/// One request to the model in canonical form.
pub fn asked_of_model(entry: &Value, body: Value) -> Value {
    blank(&serde_json::json!({
        "method": entry["method"],
        "url": entry["url"],
        "authorization": entry["headers"]["authorization"],
        "x-api-key": entry["headers"]["x-api-key"],
        "anthropic-version": entry["headers"]["anthropic-version"],
        "content-type": entry["headers"]["content-type"],
        "body": body,
    }))
}
