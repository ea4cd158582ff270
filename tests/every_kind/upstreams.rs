//! One scripted server that is every kind of upstream, told apart by the path. Asked for run 7 it says `run7x` and never
//! another's mark, unless what reached it carries one.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::langgraph::stops::served;
use crate::support::model::{Call, Model};

/// A kind of upstream, by the agent's name in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    OpenAi,
    Anthropic,
    Google,
    AgUi,
    /// LangGraph Platform.
    Platform,
    /// LangGraph behind a remote endpoint.
    LangGraph,
    Crew,
}

pub const KINDS: [Kind; 7] = [
    Kind::OpenAi,
    Kind::Anthropic,
    Kind::Google,
    Kind::AgUi,
    Kind::Platform,
    Kind::LangGraph,
    Kind::Crew,
];

impl Kind {
    pub fn agent(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Google => "google",
            Self::AgUi => "agui",
            Self::Platform => "platform",
            Self::LangGraph => "graph",
            Self::Crew => "crew",
        }
    }

    /// Whether its agents leave the state that they told last. On LangGraph Platform the thread has it, of which this server
    /// says that it has nothing.
    pub fn leaves_state(self) -> bool {
        matches!(self, Self::AgUi | Self::LangGraph | Self::Crew)
    }

    fn of(call: &Call) -> Option<Self> {
        let path = call.head.split(' ').nth(1)?;
        let named = || {
            let name = call.body["name"].as_str()?;
            KINDS.into_iter().find(|kind| kind.agent() == name)
        };
        match path {
            "/v1/chat/completions" => Some(Self::OpenAi),
            "/v1/messages" => Some(Self::Anthropic),
            "/agui" => Some(Self::AgUi),
            "/ck/agents/execute" => named(),
            path if path.ends_with("/runs/stream") => Some(Self::Platform),
            path if path.contains(":streamgeneratecontent") => Some(Self::Google),
            _ => None,
        }
    }
}

/// The sections of the configuration for a server at this address.
pub fn sections(model: &Model) -> String {
    let address = model.address;
    let llm = [
        (Kind::OpenAi, "openai/gpt-test"),
        (Kind::Anthropic, "anthropic/claude-test"),
        (Kind::Google, "google/gemini-test"),
    ];
    let llm: String = llm
        .iter()
        .map(|(kind, model)| {
            format!(
                "[agents.{}]\ntype = \"llm\"\nmodel = \"{model}\"\nbase_url = \"http://{address}/v1\"\napi_key_env = \"TEST_MODEL_KEY\"\n",
                kind.agent()
            )
        })
        .collect();
    format!(
        "{llm}[agents.agui]\ntype = \"ag-ui\"\nurl = \"http://{address}/agui\"\n\
         [agents.platform]\ntype = \"langgraph\"\nurl = \"http://{address}/lg\"\ngraph_id = \"agent\"\n\
         [[remote_endpoints]]\nurl = \"http://{address}/ck\"\n[headers]\nallow = [\"x-run\"]\n"
    )
}

/// What goes on at the server, per run.
pub enum Heard {
    Begun(Kind),
    Closed(Kind, Instant),
}

/// A server whose agents say their run's mark ten times, slowly enough that runs overlap.
pub async fn that_end() -> Model {
    Model::start(|mut call| async move {
        let Some(kind) = Kind::of(&call) else {
            return info(&mut call).await;
        };
        let mark = mark(&call);
        begin(&mut call, kind, &mark).await;
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            call.chunk(says(kind, &mark).as_bytes()).await;
        }
        call.chunk(end(kind, &mark).as_bytes()).await;
        call.raw(b"0\r\n\r\n").await;
    })
    .await
}

/// A server whose agents say something again and again until nobody listens.
pub async fn that_go_on() -> (Model, mpsc::Receiver<Heard>) {
    let (tell, heard) = mpsc::channel(64);
    let model = Model::start(move |mut call| {
        let tell = tell.clone();
        async move {
            let Some(kind) = Kind::of(&call) else {
                return info(&mut call).await;
            };
            begin(&mut call, kind, "on").await;
            let _ = tell.send(Heard::Begun(kind)).await;
            let word = says(kind, "on");
            call.repeats_until_closed(&word, Duration::from_millis(20))
                .await;
            let _ = tell.send(Heard::Closed(kind, Instant::now())).await;
        }
    });
    (model.await, heard)
}

/// The mark of the run in all that reached the server: `mixed` if there are several.
fn mark(call: &Call) -> String {
    let all = format!("{}{}", call.head, call.body);
    let marks = all.match_indices("run").filter_map(|(at, _)| {
        let digits = all[at + 3..].find(|it: char| !it.is_ascii_digit())?;
        let end = at + 3 + digits;
        (digits > 0 && all[end..].starts_with('x')).then(|| &all[at..=end])
    });
    let marks: BTreeSet<&str> = marks.collect();
    match marks.len() {
        1 => marks.into_iter().collect(),
        _ => format!("mixed{marks:?}"),
    }
}

async fn info(call: &mut Call) {
    let agents: Vec<Value> = [(Kind::LangGraph, "langgraph"), (Kind::Crew, "crewai")]
        .map(|(kind, of)| json!({"name": kind.agent(), "description": "", "type": of}))
        .to_vec();
    let line = call.head.lines().next().unwrap_or_default();
    let body = match line {
        line if line.contains(" /lg/") => served(line),
        line if line.contains("/agents/state") => {
            json!({"threadExists": false, "state": {}, "messages": []}).to_string()
        }
        _ => json!({"sdkVersion": "0.1.69", "actions": [], "agents": agents}).to_string(),
    };
    call.json(&body).await;
}

fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

fn event_named(name: &str, data: &Value) -> String {
    format!("event: {name}\n{}", event(data))
}

fn line(data: &Value) -> String {
    format!("{data}\n")
}

async fn begin(call: &mut Call, kind: Kind, mark: &str) {
    call.begin().await;
    if let Some(first) = first(kind, mark) {
        call.chunk(first.as_bytes()).await;
    }
}

/// What some say before their first word.
fn first(kind: Kind, mark: &str) -> Option<String> {
    Some(match kind {
        Kind::OpenAi | Kind::Google | Kind::LangGraph => return None,
        Kind::Platform => event_named("metadata", &json!({"run_id": "r"})),
        Kind::Anthropic => {
            let message = json!({"id": "msg", "role": "assistant", "content": [], "usage": {"input_tokens": 1, "output_tokens": 1}});
            let block = json!({"type": "text", "text": ""});
            event(&json!({"type": "message_start", "message": message}))
                + &event(
                    &json!({"type": "content_block_start", "index": 0, "content_block": block}),
                )
        }
        Kind::AgUi => {
            let started = json!({"type": "RUN_STARTED", "threadId": "t", "runId": "r"});
            let start =
                json!({"type": "TEXT_MESSAGE_START", "messageId": mark, "role": "assistant"});
            event(&started) + &event(&start)
        }
        Kind::Crew => line(&json!({"type": "TextMessageStart", "messageId": mark})),
    })
}

fn says(kind: Kind, text: &str) -> String {
    match kind {
        Kind::OpenAi => event(
            &json!({"id": "chatcmpl", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]}),
        ),
        Kind::Anthropic => {
            let delta = json!({"type": "text_delta", "text": text});
            event(&json!({"type": "content_block_delta", "index": 0, "delta": delta}))
        }
        Kind::Google => event(
            &json!({"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}], "responseId": "goo"}),
        ),
        Kind::AgUi => {
            event(&json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": text, "delta": text}))
        }
        Kind::Platform => event_named(
            "events",
            &json!({"event": "on_chat_model_stream", "run_id": "m", "metadata": {"langgraph_node": "chat"},
                "data": {"chunk": {"content": text, "id": "msg", "type": "AIMessageChunk"}}}),
        ),
        Kind::LangGraph => {
            let chunk = json!({"kwargs": {"content": text, "id": "ai", "tool_call_chunks": []}});
            line(
                &json!({"event": "on_chat_model_stream", "run_id": "r", "name": "M",
                "metadata": {"langgraph_node": "chat"}, "data": {"chunk": chunk}}),
            )
        }
        Kind::Crew => {
            line(&json!({"type": "TextMessageContent", "messageId": text, "content": text}))
        }
    }
}

fn end(kind: Kind, mark: &str) -> String {
    let state = json!({"seen": mark});
    match kind {
        Kind::OpenAi => {
            event(
                &json!({"id": "chatcmpl", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
            ) + "data: [DONE]\n\n"
        }
        Kind::Anthropic => {
            event(&json!({"type": "content_block_stop", "index": 0}))
                + &event(
                    &json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}}),
                )
                + &event(&json!({"type": "message_stop"}))
        }
        Kind::Google => event(
            &json!({"candidates": [{"content": {"role": "model", "parts": []}, "finishReason": "STOP", "index": 0}]}),
        ),
        Kind::AgUi => {
            event(&json!({"type": "TEXT_MESSAGE_END", "messageId": mark}))
                + &event(&json!({"type": "STATE_SNAPSHOT", "snapshot": state}))
                + &event(&json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r"}))
        }
        Kind::Platform => event_named("values", &state),
        Kind::LangGraph => line(
            &json!({"event": "on_copilotkit_state_sync", "thread_id": "t", "run_id": "r",
            "agent_name": kind.agent(), "node_name": "__end__", "active": false, "state": state, "running": false,
            "role": "assistant"}),
        ),
        Kind::Crew => {
            line(&json!({"type": "TextMessageEnd", "messageId": mark}))
                + &line(
                    &json!({"type": "AgentStateMessage", "threadId": "t", "agentName": kind.agent(), "nodeName": "__end__",
                    "runId": "r", "active": false, "role": "assistant", "state": state.to_string(), "running": false}),
                )
        }
    }
}
