//! The upstream of both runtimes: two AG-UI agents and a model, which say what a script tells them to.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::support::blank::blank;
use crate::support::choices::Choices;
use crate::support::http::Reply;
use crate::support::model::{Call, Model};
use crate::support::script::{Vocabulary, script};

/// What a run is told.
#[derive(Clone, Default)]
pub struct Script {
    /// The agents' events between beginning and end.
    pub events: Vec<Value>,
    /// The model's pieces of text, or the arguments of a call of this tool.
    pub tool: Option<&'static str>,
    pub pieces: Vec<&'static str>,
    pause: Duration,
}

impl Script {
    /// Agents that say this.
    pub fn of(events: Vec<Value>) -> Self {
        Self {
            events,
            ..Self::default()
        }
    }

    pub fn random(choices: &mut Choices<'_>) -> Self {
        let tool = choices
            .once_in(3)
            .then(|| choices.pick(&["showCard", "search"]));
        let of: &[&str] = match tool {
            Some(_) => &["{\"title\":", "\"a\"}"],
            None => &["Hel", "lo ", "wörld 👋", "\"\\\n"],
        };
        let pieces = match tool {
            Some(_) => of.to_vec(),
            None => (0..choices.below(5)).map(|_| choices.pick(of)).collect(),
        };
        Self {
            events: script(choices, Vocabulary::Early, 24),
            tool,
            pieces,
            pause: Duration::from_millis([0, 2][choices.below(2)]),
        }
    }

    /// The calls that the agents make; of these scripts' calls one is open at a time.
    pub fn calls(&self) -> impl Iterator<Item = ScriptedCall> {
        let mut calls: Vec<ScriptedCall> = Vec::new();
        for event in &self.events {
            let delta = event["delta"].as_str().unwrap_or_default();
            match (event["type"].as_str(), calls.last_mut()) {
                (Some("TOOL_CALL_START"), _) => calls.push(ScriptedCall {
                    name: event["toolCallName"].clone(),
                    ..ScriptedCall::default()
                }),
                (Some("TOOL_CALL_ARGS"), Some(call)) => {
                    if call.interrupted {
                        call.unread = true;
                    } else {
                        call.read.push_str(delta);
                    }
                }
                (Some("TOOL_CALL_END"), Some(call)) => call.ended = true,
                (Some("STEP_STARTED" | "STEP_FINISHED"), Some(call)) => call.interrupted = true,
                _ => {}
            }
        }
        calls.into_iter()
    }

    async fn play(&self, mut call: Call) {
        call.begin().await;
        let request = call.body.clone();
        for event in self.said(&call.head, &request) {
            tokio::time::sleep(self.pause).await;
            if !call.chunk(format!("data: {event}\n\n").as_bytes()).await {
                return;
            }
        }
        call.raw(b"0\r\n\r\n").await;
    }

    fn said(&self, head: &str, request: &Value) -> Vec<String> {
        let mut said: Vec<Value> = Vec::new();
        if head.starts_with("post /v1/") {
            let pieces = self.pieces.iter().enumerate();
            said.extend(pieces.map(|(at, piece)| match self.tool {
                None => json!({"content": piece}),
                Some(tool) if at == 0 => {
                    json!({"tool_calls": [{"index": 0, "id": "call_1", "type": "function",
                    "function": {"name": tool, "arguments": piece}}]})
                }
                Some(_) => json!({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}),
            }));
            let stop = if self.tool.is_some() {
                "tool_calls"
            } else {
                "stop"
            };
            let chunk = |delta: Value, finish: Value| {
                json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_760_000_000, "model": "gpt-4o",
                    "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
                .to_string()
            };
            let mut chunks: Vec<String> = said
                .into_iter()
                .map(|delta| chunk(delta, Value::Null))
                .collect();
            chunks.push(chunk(json!({}), json!(stop)));
            chunks.push("[DONE]".to_owned());
            return chunks;
        }
        let run = json!({"threadId": request["threadId"], "runId": request["runId"]});
        let of_run = |kind: &str| {
            let mut event = run.clone();
            event["type"] = json!(kind);
            event
        };
        said.push(of_run("RUN_STARTED"));
        said.extend(self.events.iter().cloned());
        said.push(of_run("RUN_FINISHED"));
        said.iter().map(Value::to_string).collect()
    }
}

/// A call that an agent makes.
#[derive(Default)]
pub struct ScriptedCall {
    pub name: Value,
    /// The arguments that upstream reads: it forgets which calls are open when a step begins or ends.
    pub read: String,
    /// Whether there are others.
    pub unread: bool,
    /// Whether a step began or ended after its beginning.
    interrupted: bool,
    pub ended: bool,
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = Value::from(self.events.clone());
        write!(f, "{events} {:?} {:?}", self.tool, self.pieces)
    }
}

/// The upstream, which ends with this value.
pub struct Upstream {
    model: Model,
    playing: Arc<Mutex<Playing>>,
}

#[derive(Default)]
struct Playing {
    script: Script,
    asked: Vec<Value>,
}

impl Upstream {
    pub async fn start() -> Self {
        let playing = Arc::new(Mutex::new(Playing::default()));
        let told = playing.clone();
        let model = Model::start(move |call| {
            let script = {
                let mut playing = told.lock();
                let path = call.head.split(' ').nth(1).unwrap_or_default().to_owned();
                let asked = json!({"path": path, "body": call.body});
                playing.asked.push(blank(&asked));
                playing.script.clone()
            };
            async move { script.play(call).await }
        });
        Self {
            model: model.await,
            playing,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.model.address)
    }

    /// Plays this script while somebody asks, and tells what was asked of it until so much was.
    pub async fn script(
        &self,
        script: Script,
        asking: impl Future<Output = Reply>,
        wanted: usize,
    ) -> (Reply, Vec<Value>) {
        *self.playing.lock() = Playing {
            script,
            asked: Vec::new(),
        };
        let reply = asking.await;
        let enough = async {
            while self.playing.lock().asked.len() < wanted {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(1), enough).await;
        let asked = std::mem::take(&mut self.playing.lock().asked);
        (reply, asked)
    }
}
