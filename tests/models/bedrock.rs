//! What only AWS Bedrock does: signed requests, binary streams with checksums, and refusals in the middle of them.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use serde_json::{Value, json};

use super::script::{Say, Wire, answer, begin, message};
use super::{WEATHER, config, events, hi, input, of, post, raw, saying, streamed};
use crate::support::embedded::Embedded;
use crate::support::http::ask;
use crate::support::model::Model;
use crate::support::requests;
use crate::support::server::{self, Binary};

const SECRET: &str = "secret-access-key-of-the-test";
const SESSION: &str = "session-token-of-the-test";

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// The signature that this request should have, made of what the server received. The head is in lower case.
fn signature(head: &str, body: &Value) -> String {
    let date = header(head, "x-amz-date").unwrap().to_uppercase();
    let date = chrono::NaiveDateTime::parse_from_str(&date, "%Y%m%dT%H%M%SZ").unwrap();
    let session = Some(SESSION.to_owned());
    let identity = Credentials::new("akidtest", SECRET, session, None, "test").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-test-1")
        .name("bedrock")
        .time(SystemTime::from(date.and_utc()))
        .settings(SigningSettings::default())
        .build()
        .unwrap();
    let path = head.split(' ').nth(1).unwrap().replace("%3a", "%3A");
    let url = format!("http://{}{path}", header(head, "host").unwrap());
    let signed = header(head, "content-type").map(|kind| ("content-type", kind));
    let body = body.to_string();
    let body = SignableBody::Bytes(body.as_bytes());
    let request = SignableRequest::new("POST", url, signed.into_iter(), body).unwrap();
    sign(request, &parameters.into()).unwrap().into_parts().1
}

fn agent(model: &Model) -> String {
    server::config(&format!(
        "[agents.default]\ntype = \"llm\"\nmodel = \"bedrock/eu.claude-test:0\"\nbase_url = \"{}\"\nregion = \"eu-test-1\"\n",
        model.base_url()
    ))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_signed_with_the_keys_of_the_environment() {
    let (model, asked) = saying(Wire::Bedrock, vec![vec![Say::Text("Signed é.")]]).await;
    let env = [
        ("AWS_ACCESS_KEY_ID", "akidtest"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_SESSION_TOKEN", SESSION),
    ];
    let served = Binary::start_in(&agent(&model), &env).await;
    let told = events(served.address, &hi()).await;
    assert_eq!(of(&told, "TEXT_MESSAGE_CONTENT")[0]["delta"], "Signed é.");
    let asked = asked.lock();
    let (head, body) = &asked[0];
    let authorization = header(head, "authorization").unwrap();
    let day = &header(head, "x-amz-date").unwrap()[..8];
    assert_eq!(
        authorization,
        format!(
            "aws4-hmac-sha256 credential=akidtest/{day}/eu-test-1/bedrock/aws4_request, \
             signedheaders=content-type;host;x-amz-date;x-amz-security-token, signature={}",
            signature(head, body)
        )
    );
    assert_eq!(header(head, "x-amz-security-token"), Some(SESSION));
    assert_eq!(
        header(head, "accept"),
        Some("application/vnd.amazon.eventstream")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_in_the_environment_goes_before_keys() {
    let (model, asked) = saying(Wire::Bedrock, vec![vec![Say::Text("ok")]]).await;
    let env = [
        ("AWS_BEARER_TOKEN_BEDROCK", "bedrock-api-key-of-the-test"),
        ("AWS_ACCESS_KEY_ID", "akidtest"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
    ];
    let served = Binary::start_in(&agent(&model), &env).await;
    events(served.address, &hi()).await;
    let head = &asked.lock()[0].0;
    let bearer = "bearer bedrock-api-key-of-the-test";
    assert_eq!(header(head, "authorization"), Some(bearer));
    assert_eq!(header(head, "x-amz-date"), None);
}

/// AWS repeats what it was sent where a signature is wrong.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_shows_no_session_token() {
    let body = json!({"message": format!("The Canonical String should have been 'x-amz-security-token:{SESSION}'")}).to_string();
    let model = raw(format!(
        "HTTP/1.1 403 Forbidden\r\nx-amzn-errortype: InvalidSignatureException\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ))
    .await;
    let env = [
        ("AWS_ACCESS_KEY_ID", "akidtest"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_SESSION_TOKEN", SESSION),
    ];
    let served = Binary::start_in(&agent(&model), &env).await;
    let reply = ask(served.address, post(&hi())).await;
    assert!(
        reply.text().contains("should have been"),
        "{}",
        reply.text()
    );
    let reply = ask(served.address, requests::chat("hi")).await;
    assert!(
        reply.text().contains("CONFIGURATION_ERROR"),
        "{}",
        reply.text()
    );
    for text in [reply.text(), &served.log()] {
        assert!(!text.contains(SESSION), "{text}");
    }
}

#[tokio::test]
async fn a_damaged_stream_fails_the_run_with_what_came_before() {
    let whole = begin(Wire::Bedrock, &[Say::Text("Go"), Say::Text(" on")]);
    let first = begin(Wire::Bedrock, &[Say::Text("Go")]).len();
    let mut damaged = whole.clone();
    // In a text.
    let place = first
        + damaged[first..]
            .windows(3)
            .position(|it| it == b" on")
            .unwrap();
    damaged[place] = b'X';
    for (bytes, reason) in [
        (
            damaged.as_slice(),
            "the event stream is damaged: message checksum",
        ),
        (
            &whole[..whole.len() - 1],
            "the answer broke off in the middle of an event",
        ),
        (
            b"<html>no stream at all</html>",
            "the answer broke off in the middle of an event",
        ),
    ] {
        let model = raw(streamed(bytes)).await;
        let served = Embedded::with_tools_and(config(Wire::Bedrock, &model)).await;
        let told = events(served.address, &hi()).await;
        let error = of(&told, "RUN_ERROR")[0]["message"].as_str().unwrap();
        assert!(error.contains(reason), "{reason}: {error}");
        assert!(
            !told.iter().any(|event| event["delta"] == "Xon"),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn a_refusal_in_the_stream_has_the_code_that_it_would_have_had_before() {
    for (exception, code) in [
        ("throttlingException", "CONFIGURATION_ERROR"),
        ("validationException", "CONFIGURATION_ERROR"),
        ("internalServerException", "NETWORK_ERROR"),
        ("somethingNewException", "NETWORK_ERROR"),
    ] {
        let payload = json!({"message": "Too many tokens, please wait"});
        let bytes = message("exception", exception, &payload);
        let model = raw(streamed(&bytes)).await;
        let served = Embedded::with_tools_and(config(Wire::Bedrock, &model)).await;
        let told = events(served.address, &hi()).await;
        let error = of(&told, "RUN_ERROR")[0];
        assert_eq!(
            error["message"], "Too many tokens, please wait",
            "{exception}"
        );
        let reply = ask(served.address, requests::chat("hi")).await;
        assert!(reply.text().contains(code), "{exception}: {}", reply.text());
    }
}

#[tokio::test]
async fn a_busy_server_is_asked_again() {
    let bytes = streamed(&answer(Wire::Bedrock, &[Say::Text("Now.")]));
    let turn = std::sync::atomic::AtomicUsize::new(0);
    let model = Model::start(move |mut call| {
        let busy = turn.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        let body = r#"{"message":"Too many requests"}"#;
        let refusal = format!(
            "HTTP/1.1 429 Too Many Requests\r\nretry-after: 0\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let bytes = if busy {
            refusal.into_bytes()
        } else {
            bytes.clone()
        };
        async move {
            call.raw(&bytes).await;
        }
    })
    .await;
    let served = Embedded::with_tools_and(config(Wire::Bedrock, &model)).await;
    let told = events(served.address, &hi()).await;
    assert_eq!(of(&told, "TEXT_MESSAGE_CONTENT")[0]["delta"], "Now.");
}

#[tokio::test]
async fn a_request_has_the_form_that_the_server_demands() {
    let (model, asked) = saying(Wire::Bedrock, vec![vec![Say::Text("ok")]]).await;
    let mut config = config(Wire::Bedrock, &model);
    config.prompt = Some("Be brief.".into());
    config.prompt_caching = true;
    config.settings.max_output_tokens = Some(100);
    config.settings.temperature = Some(0.5);
    let call = json!({"id": "call_1", "type": "function", "function": {"name": "old", "arguments": "{\"a\":1}"}});
    let picture = json!({"type": "image", "source": {"type": "data", "value": "iVBORw0KGgo=", "mimeType": "image/png"}});
    let report = json!({"type": "document", "metadata": {"filename": "Report_1.pdf"},
        "source": {"type": "data", "value": "JVBERg==", "mimeType": "application/pdf"}});
    let messages = json!([
        {"id": "1", "role": "user", "content": "hi"},
        {"id": "2", "role": "assistant", "content": "Hm.", "toolCalls": [call]},
        {"id": "3", "role": "tool", "toolCallId": "call_1", "content": "done"},
        {"id": "4", "role": "user", "content": [{"type": "text", "text": "and these?"}, picture, report]},
    ]);
    let served = Embedded::with_tools_and(config).await;
    let told = events(served.address, &input(messages)).await;
    assert_eq!(of(&told, "RUN_FINISHED").len(), 1, "{told:?}");
    let asked = asked.lock();
    let body = &asked[0].1;
    let cache = json!({"cachePoint": {"type": "default"}});
    assert_eq!(body["system"], json!([{"text": "Be brief."}, cache]));
    assert_eq!(
        body["inferenceConfig"],
        json!({"maxTokens": 100, "temperature": 0.5})
    );
    // The results of tools are the user's, and roles alternate.
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": [{"text": "hi"}]},
            {"role": "assistant", "content": [{"text": "Hm."},
                {"toolUse": {"toolUseId": "call_1", "name": "old", "input": {"a": 1}}}]},
            {"role": "user", "content": [
                {"toolResult": {"toolUseId": "call_1", "content": [{"text": "done"}]}},
                {"text": "and these?"},
                {"image": {"format": "png", "source": {"bytes": "iVBORw0KGgo="}}},
                {"document": {"format": "pdf", "source": {"bytes": "JVBERg=="}, "name": "Report 1"}},
                cache]},
        ])
    );
    let weather = &body["toolConfig"]["tools"][0]["toolSpec"];
    assert_eq!(weather["name"], "getWeather");
    assert_eq!(weather["inputSchema"]["json"]["type"], "object");
}

#[tokio::test]
async fn earlier_calls_are_declared_where_there_are_no_tools() {
    let (model, asked) = saying(Wire::Bedrock, vec![vec![Say::Text("ok")]]).await;
    let mut config = config(Wire::Bedrock, &model);
    config.settings.tool_choice = Some(agui_runtime::agents::llm::ToolChoice::Word("none".into()));
    let served = Embedded::with_tools_and(config).await;
    let call =
        json!({"id": "call_1", "type": "function", "function": {"name": "old", "arguments": "{}"}});
    let again = input(json!([
        {"id": "1", "role": "user", "content": "hi"},
        {"id": "2", "role": "assistant", "toolCalls": [call]},
        {"id": "3", "role": "tool", "toolCallId": "call_1", "content": "done"},
    ]));
    events(served.address, &again).await;
    events(served.address, &hi()).await;
    let asked = asked.lock();
    let tools = &asked[0].1["toolConfig"];
    assert_eq!(tools["tools"].as_array().map(Vec::len), Some(1));
    assert_eq!(tools["tools"][0]["toolSpec"]["name"], "old");
    assert_eq!(tools["toolChoice"], Value::Null);
    assert_eq!(asked[1].1["toolConfig"], Value::Null);
}

#[tokio::test]
async fn a_model_that_thinks_has_its_tokens_and_is_not_made_to_call() {
    let says = vec![Say::Thought("Hm.", "sealed"), WEATHER];
    let (model, asked) = saying(Wire::Bedrock, vec![says, vec![Say::Text("Cold.")]]).await;
    let mut config = config(Wire::Bedrock, &model);
    config.settings.thinking_tokens = Some(2000);
    config.settings.max_output_tokens = Some(500);
    config.settings.temperature = Some(0.5);
    config.settings.tool_choice = Some(agui_runtime::agents::llm::ToolChoice::Tool(
        "getWeather".into(),
    ));
    let served = Embedded::with_tools_and(config).await;
    let told = events(served.address, &hi()).await;
    assert_eq!(of(&told, "REASONING_MESSAGE_CONTENT")[0]["delta"], "Hm.");
    let asked = asked.lock();
    let body = &asked[0].1;
    assert_eq!(body["inferenceConfig"], json!({"maxTokens": 2500}));
    assert_eq!(
        body["additionalModelRequestFields"],
        json!({"thinking": {"type": "enabled", "budget_tokens": 2000}})
    );
    assert_eq!(body["toolConfig"]["toolChoice"], json!({"auto": {}}));
}
