//! The hooks of the recordings, and what they were told, in a form that both upstreams' and ours have.

use std::sync::Arc;

use agui_runtime::agents::RunInput;
use agui_runtime::generated::agui::{Message, MessageContent};
use agui_runtime::runtime::hooks::{Hook, HookError, HookResult, RunEnd};
use agui_runtime::runtime::log::EndReason;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::blank::blank;
use super::golden::Golden;
use super::http::PATIENCE;

/// A hook that remembers all that it is told. Its clones are one.
#[derive(Clone)]
pub struct Told(Arc<watch::Sender<Vec<Value>>>);

impl Default for Told {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Vec::new())))
    }
}

impl Told {
    /// How much it was told so far.
    pub fn mark(&self) -> usize {
        self.0.borrow().len()
    }

    /// What it was told since the mark, once that much has come.
    pub async fn since(&self, mark: usize, wanted: usize) -> Value {
        let mut told = self.0.subscribe();
        let came = told.wait_for(|told| told.len() >= mark + wanted);
        let came = tokio::time::timeout(PATIENCE, came).await;
        let told = came.expect("the hook is told").expect("the hook lives");
        told[mark..].into()
    }

    fn note(&self, what: &str, about: Value) {
        let mut noted = json!({"k": what});
        for (key, value) in about.as_object().expect("an object") {
            noted[key] = value.clone();
        }
        self.0.send_modify(|told| told.push(blank(&noted)));
    }
}

impl Hook for Told {
    fn before_run<'a>(&'a self, input: &'a RunInput) -> BoxFuture<'a, HookResult> {
        async move {
            self.note("onBeforeRequest", about(input));
            Ok(())
        }
        .boxed()
    }

    fn after_run<'a>(&'a self, end: &'a RunEnd) -> BoxFuture<'a, HookResult> {
        async move {
            let thread = json!({"threadId": end.input.request.thread_id});
            match (end.reason, &end.error) {
                (EndReason::Completed, _) => {
                    let mut about = about(&end.input);
                    about["outputMessages"] = flat(&end.output);
                    self.note("onAfterRequest", about);
                }
                (EndReason::AgentFailed, Some(error)) => {
                    let mut about = thread;
                    about["message"] = error.message.as_str().into();
                    self.note("onError", about);
                }
                _ => self.note("onStopGeneration", thread),
            }
            Ok(())
        }
        .boxed()
    }
}

/// A hook that fails before every run.
pub struct Throws;

impl Hook for Throws {
    fn before_run<'a>(&'a self, _: &'a RunInput) -> BoxFuture<'a, HookResult> {
        async { Err(HookError::Failed("middleware rejects".into())) }.boxed()
    }
}

fn about(input: &RunInput) -> Value {
    json!({
        "threadId": input.request.thread_id,
        "inputMessages": flat(&input.request.messages),
        "properties": input.properties,
        "url": input.frontend_url,
    })
}

/// AG-UI's messages as GraphQL's, each with what both have.
fn flat(messages: &[Message]) -> Value {
    let mut flat = Vec::new();
    let mut text = |id: &str, role: &str, content: &str| {
        flat.push(json!({"id": id, "role": role, "content": content}));
    };
    let mut rest = Vec::new();
    for message in messages {
        match message {
            Message::System(it) => text(&it.id, "system", &it.content),
            Message::User(it) => text(&it.id, "user", plain(&it.content)),
            Message::Assistant(it) => {
                if let Some(content) = it.content.as_deref().filter(|text| !text.is_empty()) {
                    text(&it.id, "assistant", content);
                }
                for call in it.tool_calls.iter().flatten() {
                    let (name, arguments) = (&call.function.name, &call.function.arguments);
                    rest.push(json!({"id": call.id, "name": name, "arguments": arguments}));
                }
            }
            Message::Tool(it) => {
                rest.push(json!({"call": it.tool_call_id, "result": plain(&it.content)}));
            }
            other => panic!("no recording has {other:?}"),
        }
    }
    flat.extend(rest);
    flat.into()
}

fn plain(content: &MessageContent) -> &str {
    match content {
        MessageContent::Text(text) => text,
        MessageContent::Parts(parts) => panic!("no recording has {parts:?}"),
    }
}

impl Golden {
    /// What upstream's hooks were told, but for its observability, which has a word for each token.
    pub fn hooks(&self) -> Value {
        let told = self.part("upstream")["hooks"].as_array();
        let told = told.into_iter().flatten().filter_map(recorded);
        told.map(|told| blank(&told)).collect()
    }
}

fn recorded(told: &Value) -> Option<Value> {
    let (kind, about) = (&told["k"], &told["o"]);
    let thread = &about["threadId"];
    match kind.as_str()? {
        "onBeforeRequest" | "onAfterRequest" => {
            let mut noted = json!({
                "k": kind,
                "threadId": thread,
                "inputMessages": recorded_messages(&about["inputMessages"]),
                "properties": about["properties"],
                "url": about["url"],
            });
            if kind == "onAfterRequest" {
                noted["outputMessages"] = recorded_messages(&about["outputMessages"]);
            }
            Some(noted)
        }
        "onError" if about["type"] == "error" => Some(json!({
            "k": kind,
            "threadId": about["context"]["threadId"],
            "message": about["error"]["message"],
        })),
        "onStopGeneration" => Some(json!({"k": kind, "threadId": thread})),
        _ => None,
    }
}

/// Texts first, then calls and results, as [`flat`] has them; states are none of the conversation.
fn recorded_messages(messages: &Value) -> Value {
    let (mut texts, mut rest) = (Vec::new(), Vec::new());
    for it in messages.as_array().into_iter().flatten() {
        match it["type"].as_str() {
            Some("TextMessage") => {
                texts.push(json!({"id": it["id"], "role": it["role"], "content": it["content"]}));
            }
            Some("ActionExecutionMessage") => {
                rest.push(
                    json!({"id": it["id"], "name": it["name"], "arguments": it["arguments"]}),
                );
            }
            Some("ResultMessage") => {
                rest.push(json!({"call": it["actionExecutionId"], "result": it["result"]}));
            }
            Some("AgentStateMessage") => {}
            other => panic!("no recording has {other:?}"),
        }
    }
    texts.extend(rest);
    texts.into()
}
