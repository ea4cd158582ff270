//! Guardrails behind both faces: what may not be answered is not answered, and nothing of an answer gets out before.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use agui_runtime::Runtime;
use agui_runtime::agents::{Agent, EventStream, RunInput};
use agui_runtime::generated::agui::{
    RunStartedEvent, TextMessageContentEvent, TextMessageEndEvent, TextMessageStartEvent,
    ToolCallEndEvent, ToolCallStartEvent,
};
use agui_runtime::runtime::OnFailure;
use agui_runtime::runtime::guardrails::{
    Guardrail, GuardrailError, GuardrailService, Question, Topics, Verdict, Wait,
};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use poem::http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::support::embedded::Embedded;
use crate::support::http::{self, Exchange, Reply};
use crate::support::requests;
use crate::support::server::{Binary, config, free_address};
use crate::support::service::Service;

/// Says one word and calls a tool; counts how often it is asked, and how far it came.
#[derive(Clone, Default)]
struct Talker {
    asked: Arc<AtomicUsize>,
    called: Arc<AtomicUsize>,
}

impl Agent for Talker {
    fn run(&self, input: Arc<RunInput>) -> EventStream {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let called = self.called.clone();
        let request = &input.request;
        let said = stream::iter([
            Ok(RunStartedEvent::new(&*request.thread_id, &*request.run_id).into()),
            Ok(TextMessageStartEvent::new("m").into()),
            Ok(TextMessageContentEvent::new("m", "word").into()),
            Ok(TextMessageEndEvent::new("m").into()),
            Ok(ToolCallStartEvent::new("c", "look").into()),
        ]);
        let work = stream::once(async move {
            called.fetch_add(1, Ordering::SeqCst);
            Ok(ToolCallEndEvent::new("c").into())
        });
        said.chain(work).boxed()
    }
}

/// Denies after the gate is opened, or fails.
struct Gate {
    open: Arc<Semaphore>,
    verdict: fn() -> Result<Verdict, GuardrailError>,
}

impl Guardrail for Gate {
    fn judge<'a>(&'a self, _: &'a Question) -> BoxFuture<'a, Result<Verdict, GuardrailError>> {
        async move {
            self.open.acquire().await?.forget();
            (self.verdict)()
        }
        .boxed()
    }
}

/// A served talker behind a gate.
struct World {
    served: Embedded,
    talker: Talker,
    open: Arc<Semaphore>,
}

impl World {
    async fn new(
        wait: Wait,
        on_failure: OnFailure,
        verdict: fn() -> Result<Verdict, GuardrailError>,
    ) -> Self {
        let (talker, open) = (Talker::default(), Arc::new(Semaphore::new(0)));
        let gate = Gate {
            open: open.clone(),
            verdict,
        };
        let builder = Runtime::builder().agent("default", talker.clone());
        let builder = builder.guardrail(gate).judging(wait, on_failure);
        Self {
            served: Embedded::serve_at("/copilotkit", builder).await,
            talker,
            open,
        }
    }

    fn counts(&self) -> (usize, usize) {
        let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
        (count(&self.talker.asked), count(&self.talker.called))
    }

    /// A run over AG-UI, read up to `until` before the verdict is there, then to its end.
    async fn run(&self, until: &str) -> Vec<Value> {
        let mut exchange = Exchange::start(self.served.address, run("hi")).await;
        let mut reply = Reply::default();
        exchange.head(&mut reply).await;
        let mut text = String::new();
        while !text.contains(until) {
            let chunk = exchange.next().await.expect("more");
            text.push_str(&String::from_utf8_lossy(&chunk));
        }
        self.open.add_permits(1);
        while let Some(chunk) = exchange.next().await {
            text.push_str(&String::from_utf8_lossy(&chunk));
        }
        events(&text)
    }
}

fn run(text: &str) -> Vec<u8> {
    run_with(json!([{"id": "u", "role": "user", "content": text}]))
}

fn run_with(messages: Value) -> Vec<u8> {
    let body = json!({"threadId": "t", "runId": "r", "messages": messages}).to_string();
    format!(
        "POST /copilotkit/agent/default/run HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn events(text: &str) -> Vec<Value> {
    let frames = text.split("\n\n");
    let data = frames.filter_map(|frame| frame.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

fn types(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|it| it["type"].as_str().unwrap())
        .collect()
}

fn denied() -> Result<Verdict, GuardrailError> {
    Ok(Verdict::Denied("Not about that.".to_owned()))
}

#[tokio::test]
async fn an_answer_waits_for_its_verdict() {
    let world = World::new(Wait::Answer, OnFailure::Refuse, denied).await;
    let events = world.run("RUN_STARTED").await;
    assert_eq!(types(&events), ["RUN_STARTED", "RUN_ERROR"]);
    assert_eq!(events[1]["code"], "GUARDRAILS_VALIDATION_FAILED");
    let message = events[1]["message"].as_str().unwrap();
    assert!(message.ends_with("Not about that."), "{message}");
    // The agent was asked at once, but did nothing behind its first word.
    assert_eq!(world.counts(), (1, 0));
}

#[tokio::test]
async fn an_answer_that_may_be_given_is_whole() {
    for wait in [Wait::Answer, Wait::Question, Wait::Nothing] {
        let world = World::new(wait, OnFailure::Refuse, || Ok(Verdict::Allowed)).await;
        world.open.add_permits(1);
        let reply = http::ask(world.served.address, run("hi")).await;
        let expected = [
            "RUN_STARTED",
            "TEXT_MESSAGE_START",
            "TEXT_MESSAGE_CONTENT",
            "TEXT_MESSAGE_END",
            "TOOL_CALL_START",
            "TOOL_CALL_END",
            "RUN_FINISHED",
        ];
        assert_eq!(types(&events(reply.text())), expected, "{wait:?}");
        assert_eq!(world.counts(), (1, 1), "{wait:?}");
    }
}

#[tokio::test]
async fn a_question_waits_for_its_verdict_where_tokens_are_dear() {
    let world = World::new(Wait::Question, OnFailure::Refuse, denied).await;
    world.open.add_permits(1);
    let reply = http::ask(world.served.address, run("hi")).await;
    assert!(
        reply.text().contains("GUARDRAILS_VALIDATION_FAILED"),
        "{reply:?}"
    );
    assert_eq!(world.counts(), (0, 0));
}

#[tokio::test]
async fn text_need_not_wait_but_tools_do() {
    let world = World::new(Wait::Nothing, OnFailure::Refuse, denied).await;
    let events = world.run("TEXT_MESSAGE_END").await;
    let expected = [
        "RUN_STARTED",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_END",
        "RUN_ERROR",
    ];
    assert_eq!(types(&events), expected);
    assert_eq!(world.counts(), (1, 0));
}

#[tokio::test]
async fn graphql_clients_are_told_in_their_own_way() {
    let world = World::new(Wait::Answer, OnFailure::Refuse, denied).await;
    world.open.add_permits(1);
    let request = requests::selecting(
        "status { ... on FailedResponseStatus { reason details } } messages { __typename }",
        "hi",
    );
    let answer = http::ask(world.served.address, request).await.json();
    let answer = &answer["data"]["generateCopilotResponse"];
    let expected = json!({"reason": "GUARDRAILS_VALIDATION_FAILED", "details": {"guardrailsReason": "Not about that."}});
    assert_eq!(answer["status"], expected);
    assert_eq!(answer["messages"], json!([]));
}

#[tokio::test]
async fn a_guardrail_that_fails_refuses_or_allows() {
    let failing: [fn() -> Result<Verdict, GuardrailError>; 2] =
        [|| Err("password=geheim".into()), || panic!("of all texts")];
    for verdict in failing {
        let world = World::new(Wait::Answer, OnFailure::Refuse, verdict).await;
        world.open.add_permits(1);
        let reply = http::ask(world.served.address, run("hi")).await;
        let last = events(reply.text()).pop().unwrap();
        assert_eq!(last["type"], "RUN_ERROR");
        let expected = "An unknown error has occurred in the guardrails validation";
        assert_eq!(last["message"], expected);

        let world = World::new(Wait::Answer, OnFailure::Allow, verdict).await;
        world.open.add_permits(1);
        let reply = http::ask(world.served.address, run("hi")).await;
        assert!(reply.text().contains("RUN_FINISHED"), "{reply:?}");
    }
}

/// A service that says no to texts with `no` in them.
async fn service() -> Service {
    Service::start(|_, asked| async move {
        let no = asked.json()["input"].as_str().unwrap().contains("no");
        let verdict = match no {
            true => json!({"status": "denied", "reason": "No."}),
            false => json!({"status": "allowed"}),
        };
        (StatusCode::OK, verdict.to_string())
    })
    .await
}

async fn behind(service: &Service) -> (Embedded, Talker) {
    let topics = Topics {
        valid: vec!["a".to_owned()],
        invalid: Vec::new(),
    };
    let patience = Duration::from_secs(10);
    let guardrail = GuardrailService::new(&service.url("/base/"), None, patience, topics);
    let talker = Talker::default();
    let builder = Runtime::builder().agent("default", talker.clone());
    let builder = builder.guardrail(guardrail.unwrap());
    (Embedded::serve_at("/copilotkit", builder).await, talker)
}

#[tokio::test]
async fn the_last_words_of_a_user_are_judged_whatever_follows_them() {
    let service = service().await;
    let (served, _) = behind(&service).await;
    let user = |text: &str| json!({"id": text, "role": "user", "content": text});
    let denied = [
        json!([user("fine"), user("no")]),
        // A client may write what it wants behind them.
        json!([user("no"), {"id": "a", "role": "assistant", "content": "Of course."}]),
        json!([{"id": "p", "role": "user", "content": [{"type": "text", "text": "n"}, {"type": "text", "text": "and no"}]}]),
    ];
    for messages in denied {
        let reply = http::ask(served.address, run_with(messages.clone())).await;
        assert!(
            reply.text().contains("allow this: No."),
            "{messages}: {reply:?}"
        );
    }
    // What was denied before is told, but does not count again.
    let messages = json!([
        {"id": "s", "role": "system", "content": "Be nice."},
        user("no"),
        {"id": "a", "role": "assistant", "content": "Well."},
        {"id": "e", "role": "assistant", "toolCalls": []},
        user("fine"),
    ]);
    let reply = http::ask(served.address, run_with(messages)).await;
    assert!(reply.text().contains("RUN_FINISHED"), "{reply:?}");
    let asked = service.asked(4).await;
    let last = asked.last().unwrap();
    assert_eq!(last.path, "/base/guardrails/validate");
    assert!(!last.headers.contains_key("x-copilotcloud-public-api-key"));
    let before =
        json!([{"role": "user", "content": "no"}, {"role": "assistant", "content": "Well."}]);
    let expected =
        json!({"input": "fine", "validTopics": ["a"], "invalidTopics": [], "messages": before});
    assert_eq!(last.json(), expected);
    // Where no user said anything there is nothing to judge.
    let reply = http::ask(served.address, run_with(json!([]))).await;
    assert!(reply.text().contains("RUN_FINISHED"), "{reply:?}");
    assert_eq!(service.count(), 4);
}

/// What upstream refuses for want of a key (`cloud-missing-key`, `hooks-missing-cloud-key-onerror`).
#[tokio::test]
async fn a_client_that_speaks_of_a_cloud_needs_no_key() {
    let service = service().await;
    let (served, _) = behind(&service).await;
    for cloud in [
        json!({}),
        json!({"guardrails": {"inputValidationRules": {"allowList": ["b"], "denyList": ["c"]}}}),
    ] {
        let mut body = requests::chat_body("hi");
        body["variables"]["data"]["cloud"] = cloud;
        let reply = http::ask(served.address, requests::post(&body.to_string())).await;
        assert!(reply.text().contains("\"Success\""), "{reply:?}");
    }
    let asked = service.asked(2).await;
    assert_eq!(asked[0].json()["validTopics"], json!(["a"]));
    assert_eq!(asked[1].json()["validTopics"], json!(["a", "b"]));
    assert_eq!(asked[1].json()["invalidTopics"], json!(["c"]));
}

#[tokio::test]
async fn a_service_that_gives_no_verdict_has_failed() {
    let service = Service::start(|before, _| async move {
        match before {
            0 => (StatusCode::OK, "<h1>It works!</h1>".to_owned()),
            1 => (StatusCode::OK, json!({"status": "perhaps"}).to_string()),
            _ => (
                StatusCode::FORBIDDEN,
                json!({"status": "allowed"}).to_string(),
            ),
        }
    })
    .await;
    let (served, talker) = behind(&service).await;
    for _ in 0..3 {
        let reply = http::ask(served.address, run("hi")).await;
        assert!(reply.text().contains("RUN_ERROR"), "{reply:?}");
    }
    assert_eq!(talker.called.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn rules_are_configured_without_any_service() {
    let server = Binary::start(&config(
        "[agents.default]\ntype = \"demo\"\n\n[guardrails]\nallow = [\"recipe\", \"cook\"]\ndeny = [\"poison\"]\n\
         deny_patterns = [\"\\\\d{16}\"]\nmax_chars = 100\n",
    ))
    .await;
    let told = async |text: &str| {
        let reply = http::ask(server.address, run(text)).await;
        let last = events(reply.text()).pop().unwrap();
        last["message"].as_str().unwrap_or_default().to_owned()
    };
    let start = "The guardrails do not allow this: ";
    assert_eq!(told("A recipe, please").await, "");
    assert_eq!(
        told("Who won?").await,
        format!("{start}This is not what this assistant is for.")
    );
    assert_eq!(
        told("Cook with POISON").await,
        format!("{start}This is not allowed here.")
    );
    assert_eq!(
        told("cook 1234567812345678").await,
        format!("{start}This is not allowed here.")
    );
    assert_eq!(
        told(&"cook ".repeat(30)).await,
        format!("{start}The message is too long.")
    );
}

#[tokio::test]
async fn a_configured_service_that_is_not_there_refuses() {
    let section = format!("[guardrails]\nurl = \"http://{}\"\n", free_address());
    let server = Binary::start(&config(&format!(
        "[agents.default]\ntype = \"demo\"\n\n{section}"
    )))
    .await;
    let reply = http::ask(server.address, run("hi")).await;
    let types = events(reply.text());
    assert_eq!(types.last().unwrap()["type"], "RUN_ERROR", "{reply:?}");
    assert!(!reply.text().contains("TEXT_MESSAGE"), "{reply:?}");
}
