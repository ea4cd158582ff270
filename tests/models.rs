//! The model agent with each provider's own interface: scripted servers speak as the providers' documentation has it, and
//! clients of both faces see the same.

mod bedrock;
mod script;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use agui_runtime::agents::llm::{Api, LlmConfig, Secret};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use self::script::{Say, WIRES, Wire, answer, begin, message};
use crate::support::embedded::Embedded;
use crate::support::http::{Exchange, Reply, ask};
use crate::support::model::{Call, Model};
use crate::support::requests;

const KEY: &str = "key-of-the-test";

fn config(wire: Wire, model: &Model) -> LlmConfig {
    let mut config = LlmConfig::new(match wire {
        Wire::Anthropic => "anthropic/claude-test",
        Wire::Bedrock => "bedrock/eu.claude-test:0",
        Wire::Google => "gemini/gemini-3-test",
        Wire::Responses => "openai/gpt-5-test",
    });
    config.base_url = Some(model.base_url());
    config.api_key = Some(Secret::new(KEY));
    config.api = (wire == Wire::Responses).then_some(Api::Responses);
    config.region = (wire == Wire::Bedrock).then(|| "eu-test-1".to_owned());
    config.max_steps = 2;
    config
}

/// What was asked: heads and bodies.
type Asked = Arc<Mutex<Vec<(String, Value)>>>;

/// A model that gives these answers in turn, the last one again and again.
async fn saying(wire: Wire, answers: Vec<Vec<Say>>) -> (Model, Asked) {
    let asked = Asked::default();
    let seen = asked.clone();
    let model = Model::start(move |mut call: Call| {
        let mut seen = seen.lock();
        let says = &answers[seen.len().min(answers.len() - 1)];
        let bytes = answer(wire, says);
        seen.push((call.head.clone(), call.body.clone()));
        async move {
            call.begin().await;
            // Pieces end anywhere.
            for piece in bytes.chunks(37) {
                call.chunk(piece).await;
            }
            call.raw(b"0\r\n\r\n").await;
        }
    });
    (model.await, asked)
}

/// A model that answers like this and closes the connection.
async fn raw(bytes: impl Into<Vec<u8>>) -> Model {
    let bytes = bytes.into();
    Model::start(move |mut call: Call| {
        let bytes = bytes.clone();
        async move {
            call.raw(&bytes).await;
        }
    })
    .await
}

/// An answer of these bytes that ends with its connection.
fn streamed(bytes: &[u8]) -> Vec<u8> {
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    [head, bytes].concat()
}

fn post(body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let head = format!(
        "POST /copilotkit/agent/default/run HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
         accept: text/event-stream\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    (head + &body).into_bytes()
}

fn input(messages: Value) -> Value {
    json!({"threadId": "t", "runId": "r", "messages": messages, "tools": [], "context": []})
}

fn hi() -> Value {
    input(json!([{"id": "u", "role": "user", "content": "hi"}]))
}

async fn events(address: SocketAddr, body: &Value) -> Vec<Value> {
    let reply = ask(address, post(body)).await;
    let lines = reply.text().lines();
    lines
        .filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok())
        .collect()
}

fn of<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    let all = events.iter();
    all.filter(|event| event["type"] == kind).collect()
}

#[tokio::test]
async fn a_text_reaches_the_clients_of_both_faces() {
    for wire in WIRES {
        let says = vec![Say::Text("Good "), Say::Text("day é")];
        let (model, asked) = saying(wire, vec![says]).await;
        let mut config = config(wire, &model);
        config.prompt = Some("Be brief.".into());
        let served = Embedded::with_tools_and(config).await;
        let events = events(served.address, &hi()).await;
        let text: String = of(&events, "TEXT_MESSAGE_CONTENT")
            .iter()
            .filter_map(|event| event["delta"].as_str())
            .collect();
        assert_eq!(text, "Good day é", "{wire:?}: {events:?}");
        let finished = of(&events, "RUN_FINISHED")[0];
        let usage = &finished["usage"][0];
        let counts = [
            "inputTokens",
            "outputTokens",
            "totalTokens",
            "cachedInputTokens",
        ];
        assert_eq!(
            counts.map(|key| usage[key].as_i64()),
            [17, 5, 22, 4].map(Some),
            "{wire:?}"
        );
        let reply = ask(served.address, requests::chat("hi")).await;
        assert!(reply.text().contains("day é"), "{wire:?}: {}", reply.text());
        let asked = asked.lock();
        let (head, body) = &asked[0];
        let (line, key, prompt) = match wire {
            Wire::Anthropic => ("post /v1/messages ", "x-api-key", &body["system"]),
            Wire::Bedrock => (
                "post /v1/model/eu.claude-test%3a0/converse-stream ",
                "authorization",
                &body["system"][0]["text"],
            ),
            Wire::Google => (
                "post /v1/models/gemini-3-test:streamgeneratecontent?alt=sse ",
                "x-goog-api-key",
                &body["systemInstruction"]["parts"][0]["text"],
            ),
            Wire::Responses => (
                "post /v1/responses ",
                "authorization",
                &body["input"][0]["content"],
            ),
        };
        assert!(head.starts_with(line), "{head}");
        let key = match key {
            "authorization" => format!("authorization: bearer {KEY}"),
            key => format!("{key}: {KEY}"),
        };
        assert!(head.contains(&key), "{head}");
        assert_eq!(prompt, "Be brief.", "{body}");
    }
}

const WEATHER: Say = Say::Call("call_1", "getWeather", r#"{"city":"Oslo"}"#);

#[tokio::test]
async fn a_tool_of_the_server_is_called_and_its_result_goes_back() {
    for wire in WIRES {
        let answers = vec![vec![WEATHER], vec![Say::Text("Cold.")]];
        let (model, asked) = saying(wire, answers).await;
        let served = Embedded::with_tools_and(config(wire, &model)).await;
        let events = events(served.address, &hi()).await;
        assert_eq!(
            of(&events, "TOOL_CALL_RESULT").len(),
            1,
            "{wire:?}: {events:?}"
        );
        assert_eq!(of(&events, "TEXT_MESSAGE_CONTENT")[0]["delta"], "Cold.");
        let asked = asked.lock();
        let body = &asked[1].1;
        let (call, result) = match wire {
            Wire::Anthropic => (
                &body["messages"][1]["content"][0]["input"]["city"],
                &body["messages"][2]["content"][0]["content"],
            ),
            Wire::Bedrock => (
                &body["messages"][1]["content"][0]["toolUse"]["input"]["city"],
                &body["messages"][2]["content"][0]["toolResult"]["content"][0]["text"],
            ),
            Wire::Google => (
                &body["contents"][1]["parts"][0]["functionCall"]["args"]["city"],
                &body["contents"][2]["parts"][0]["functionResponse"]["response"],
            ),
            Wire::Responses => (&body["input"][1]["arguments"], &body["input"][2]["output"]),
        };
        assert!(call.to_string().contains("Oslo"), "{body}");
        assert!(result.to_string().contains("21"), "{body}");
    }
}

#[tokio::test]
async fn thoughts_are_told_and_go_back_to_their_provider_only() {
    for wire in WIRES {
        let first = vec![Say::Thought("Hm.", "sealed"), WEATHER];
        let (model, asked) = saying(wire, vec![first, vec![Say::Text("Cold.")]]).await;
        let mut config = config(wire, &model);
        config.settings.thinking_tokens = Some(1024);
        config.settings.reasoning_effort = Some("low".into());
        let served = Embedded::with_tools_and(config).await;
        let told = events(served.address, &hi()).await;
        let thought = of(&told, "REASONING_MESSAGE_CONTENT")[0];
        assert_eq!(thought["delta"], "Hm.", "{wire:?}");
        let sealed = of(&told, "REASONING_ENCRYPTED_VALUE")[0];
        let seal = match wire {
            Wire::Anthropic => "anthropic.sealed",
            Wire::Bedrock => "bedrock.sealed",
            Wire::Google => "google.sig-of-call_1",
            Wire::Responses => "openai.rs_1:sealed",
        };
        assert_eq!(sealed["encryptedValue"], seal, "{wire:?}");
        let goes_back = |body: &Value| {
            let text = body.to_string();
            match wire {
                Wire::Anthropic => text.contains(r#""signature":"sealed""#),
                Wire::Bedrock => {
                    text.contains(r#"{"reasoningText":{"text":"Hm.","signature":"sealed"}}"#)
                }
                Wire::Google => text.contains(r#""thoughtSignature":"sig-of-call_1""#),
                Wire::Responses => text.contains(r#""encrypted_content":"sealed""#),
            }
        };
        assert!(goes_back(&asked.lock()[1].1), "{wire:?}");
        for (by, back) in [(seal, true), ("other.sealed", false)] {
            let call = json!({"id": "call_1", "type": "function", "encryptedValue": by,
                "function": {"name": "getWeather", "arguments": "{}"}});
            let again = input(json!([
                {"id": "u", "role": "user", "content": "hi"},
                {"id": "th", "role": "reasoning", "content": "Hm.", "encryptedValue": by},
                {"id": "a", "role": "assistant", "toolCalls": [call]},
                {"id": "to", "role": "tool", "toolCallId": "call_1", "content": "7"},
            ]));
            let mark = asked.lock().len();
            events(served.address, &again).await;
            assert_eq!(goes_back(&asked.lock()[mark].1), back, "{wire:?} {by}");
        }
    }
}

#[tokio::test]
async fn images_and_documents_go_along() {
    // Bedrock takes no addresses of the web.
    for wire in WIRES.into_iter().filter(|wire| *wire != Wire::Bedrock) {
        let (model, asked) = saying(wire, vec![vec![Say::Text("Nice.")]]).await;
        let served = Embedded::with_tools_and(config(wire, &model)).await;
        let data = |kind: &str, mime: &str| json!({"type": kind, "source": {"type": "data", "value": "iVBORw0KGgo=", "mimeType": mime}});
        let link = json!({"type": "image", "source": {"type": "url", "value": "https://example.org/a.png"}});
        let content = json!([{"type": "text", "text": "what?"}, data("image", "image/png"), data("document", "application/pdf"), link]);
        let told = events(
            served.address,
            &input(json!([{"id": "u", "role": "user", "content": content}])),
        )
        .await;
        assert_eq!(of(&told, "RUN_FINISHED").len(), 1, "{wire:?}: {told:?}");
        let asked = asked.lock();
        let body = &asked[0].1;
        let base64 =
            |mime: &str| json!({"type": "base64", "media_type": mime, "data": "iVBORw0KGgo="});
        let inline = |mime: &str| json!({"inlineData": {"mimeType": mime, "data": "iVBORw0KGgo="}});
        let (parts, expected) = match wire {
            Wire::Anthropic => (
                &body["messages"][0]["content"],
                json!([{"type": "text", "text": "what?"}, {"type": "image", "source": base64("image/png")},
                    {"type": "document", "source": base64("application/pdf")},
                    {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}}]),
            ),
            Wire::Google => (
                &body["contents"][0]["parts"],
                json!([{"text": "what?"}, inline("image/png"), inline("application/pdf"),
                    {"fileData": {"mimeType": "image/png", "fileUri": "https://example.org/a.png"}}]),
            ),
            Wire::Responses => (
                &body["input"][0]["content"],
                json!([{"type": "input_text", "text": "what?"},
                    {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="},
                    {"type": "input_file", "filename": "document.pdf", "file_data": "data:application/pdf;base64,iVBORw0KGgo="},
                    {"type": "input_image", "image_url": "https://example.org/a.png"}]),
            ),
            Wire::Bedrock => continue,
        };
        assert_eq!(*parts, expected, "{wire:?}");
    }
}

/// The body of an error as the provider sends it.
fn refusal(wire: Wire, message: &str) -> String {
    let error = match wire {
        Wire::Anthropic => {
            json!({"type": "error", "error": {"type": "some_error", "message": message}})
        }
        Wire::Bedrock => json!({"message": message}),
        Wire::Google => json!({"error": {"code": 1, "message": message, "status": "SOME"}}),
        Wire::Responses => json!({"error": {"message": message, "type": "some", "code": null}}),
    };
    error.to_string()
}

#[tokio::test]
async fn refusals_have_the_providers_words_and_upstreams_code() {
    for wire in WIRES {
        for (status, code) in [
            (400, "CONFIGURATION_ERROR"),
            (401, "AUTHENTICATION_ERROR"),
            (429, "CONFIGURATION_ERROR"),
            (529, "NETWORK_ERROR"),
        ] {
            let body = refusal(wire, "so it is");
            let length = body.len();
            let model = raw(format!(
                "HTTP/1.1 {status} X\r\nx-should-retry: false\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
            ))
            .await;
            let served = Embedded::with_tools_and(config(wire, &model)).await;
            let told = events(served.address, &hi()).await;
            assert_eq!(of(&told, "RUN_ERROR")[0]["message"], "so it is", "{wire:?}");
            let reply = ask(served.address, requests::chat("hi")).await;
            assert!(
                reply.text().contains(code),
                "{wire:?} {status}: {}",
                reply.text()
            );
        }
    }
}

#[tokio::test]
async fn an_error_in_the_stream_ends_the_run() {
    for wire in WIRES {
        let data = |error: String| format!("data: {error}\n\n").into_bytes();
        let error = match wire {
            Wire::Anthropic | Wire::Google => data(refusal(wire, "overloaded")),
            Wire::Bedrock => {
                let payload = json!({"message": "overloaded"});
                message("exception", "serviceUnavailableException", &payload)
            }
            Wire::Responses => data(
                json!({"type": "error", "code": "server_error", "message": "overloaded"})
                    .to_string(),
            ),
        };
        let model = raw(streamed(&[begin(wire, &[Say::Text("Go")]), error].concat())).await;
        let served = Embedded::with_tools_and(config(wire, &model)).await;
        let told = events(served.address, &hi()).await;
        assert_eq!(of(&told, "TEXT_MESSAGE_CONTENT")[0]["delta"], "Go");
        assert_eq!(
            of(&told, "RUN_ERROR")[0]["message"],
            "overloaded",
            "{wire:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_fails_the_run() {
    for wire in WIRES {
        let model = raw(streamed(&begin(wire, &[Say::Text("Go")]))).await;
        let served = Embedded::with_tools_and(config(wire, &model)).await;
        let told = events(served.address, &hi()).await;
        let error = of(&told, "RUN_ERROR")[0]["message"].as_str().unwrap();
        assert!(
            error.ends_with("the answer broke off before its end"),
            "{wire:?}: {error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_closes_the_providers_connection() {
    for wire in WIRES {
        let (tell, mut closed) = mpsc::channel(1);
        let model = Model::start(move |mut call: Call| {
            let tell = tell.clone();
            async move {
                call.begin().await;
                call.chunk(&begin(wire, &[Say::Text("Go")])).await;
                call.closed().await;
                let _ = tell.send(()).await;
            }
        })
        .await;
        let served = Embedded::with_tools_and(config(wire, &model)).await;
        let mut exchange = Exchange::start(served.address, requests::chat("hi")).await;
        exchange.head(&mut Reply::default()).await;
        while !String::from_utf8_lossy(&exchange.next().await.unwrap()).contains("Go") {}
        exchange.hang_up();
        let heard = tokio::time::timeout(Duration::from_secs(10), closed.recv()).await;
        assert_eq!(heard, Ok(Some(())), "{wire:?}");
    }
}

#[tokio::test]
async fn azure_is_asked_by_deployment_and_version() {
    for (api, line) in [
        (
            None,
            "post /openai/deployments/my-gpt/chat/completions?api-version=2024-10-21 ",
        ),
        (Some(Api::Responses), "post /openai/v1/responses "),
    ] {
        let (model, asked) = saying(Wire::Responses, vec![vec![Say::Text("ok")]]).await;
        let mut config = LlmConfig::new("azure/my-gpt");
        config.base_url = Some(format!("http://{}", model.address));
        config.api_key = Some(Secret::new(KEY));
        config.api = api;
        let served = Embedded::with_tools_and(config).await;
        events(served.address, &hi()).await;
        let asked = asked.lock();
        let (head, body) = &asked[0];
        assert!(head.starts_with(line), "{head}");
        assert!(head.contains(&format!("api-key: {KEY}")), "{head}");
        assert_eq!(body["model"], "my-gpt");
    }
}
