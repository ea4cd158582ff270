//! Upstreams that fail, hang or are asked too much: what is tried again, what is left alone, and what `/health/ready` says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use agui_runtime::Runtime;
use agui_runtime::agents::demo::DemoAgent;
use poem::{Endpoint, Request};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::agui::section;
use crate::support::http::{self, Exchange, PATIENCE, Reply};
use crate::support::model::{Call, Model};
use crate::support::server::{Binary, config, free_address, model_at};

const BUSY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 6\r\nconnection: close\r\n\r\nsecret";

/// A run of an AG-UI client.
fn run(agent: &str, thread: &str) -> Vec<u8> {
    let input = json!({
        "threadId": thread, "runId": thread, "state": {}, "tools": [], "context": [], "forwardedProps": {},
        "messages": [{"id": "u", "role": "user", "content": thread}],
    });
    let body = input.to_string();
    format!(
        "POST /copilotkit/agent/{agent}/run HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

async fn ready(address: SocketAddr) -> (u16, Value) {
    let request = "GET /health/ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let reply = http::ask(address, request.into()).await;
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    (reply.code(), reply.json())
}

/// What is said of the only upstream.
async fn only(address: SocketAddr) -> Value {
    let (_, ready) = ready(address).await;
    assert_eq!(ready["upstreams"].as_array().map(Vec::len), Some(1));
    ready["upstreams"][0].clone()
}

/// Looks again and again until it is so.
async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(started.elapsed() < PATIENCE, "never seen: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn succeeds(reply: &Reply) -> bool {
    reply.complete && reply.text().contains("RUN_FINISHED")
}

/// Counts requests, and answers each by its number.
async fn counted<R: Future<Output = ()> + Send + 'static>(
    answer: impl Fn(usize, Call) -> R + Send + Sync + 'static,
) -> (Model, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let model = Model::start(move |call| answer(count.fetch_add(1, Ordering::SeqCst), call)).await;
    (model, asked)
}

/// What an AG-UI agent says that has nothing to say.
async fn agent_says_nothing(mut call: Call) {
    let ids = json!({"threadId": call.body["threadId"], "runId": call.body["runId"]});
    call.begin().await;
    for kind in ["RUN_STARTED", "RUN_FINISHED"] {
        let mut event = ids.clone();
        event["type"] = kind.into();
        call.chunk(format!("data: {event}\n\n").as_bytes()).await;
    }
    call.raw(b"0\r\n\r\n").await;
}

fn agent_at(model: &Model, more: &str) -> String {
    let url = format!("http://{}/secret-path?key=geheim", model.address);
    config(&section("default", &url, more))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_is_busy_twice_is_asked_three_times() {
    let (model, asked) = counted(|number, mut call| async move {
        if number < 2 {
            call.raw(BUSY).await;
            return;
        }
        call.begin().await;
        call.token("at last").await;
        call.end().await;
    })
    .await;
    let server = Binary::start(&config(&model_at(&model.base_url()))).await;
    let reply = http::ask(server.address, run("default", "t")).await;
    assert!(
        succeeds(&reply) && reply.text().contains("at last"),
        "{}",
        reply.text()
    );
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    let status = only(server.address).await;
    assert_eq!(
        (&status["state"], status.get("error")),
        (&json!("ok"), None)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_is_asked_again_when_it_says_so_and_the_configuration_too() {
    let later = |number, mut call: Call| async move {
        if number == 0 {
            let head = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 0.3\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            call.raw(head).await;
            return;
        }
        agent_says_nothing(call).await;
    };
    let (agent, asked) = counted(later).await;
    let server = Binary::start(&agent_at(&agent, "retries = 1")).await;
    let started = Instant::now();
    let reply = http::ask(server.address, run("default", "t")).await;
    assert!(succeeds(&reply), "{}", reply.text());
    assert!(started.elapsed() >= Duration::from_millis(300));
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    // By default it is asked once, as upstream does.
    let (agent, asked) = counted(later).await;
    let server = Binary::start(&agent_at(&agent, "")).await;
    let reply = http::ask(server.address, run("default", "t")).await;
    assert!(reply.text().contains("RUN_ERROR"), "{}", reply.text());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_has_begun_is_never_asked_for_again() {
    let (model, asked) = counted(|_, mut call| async move {
        call.begin().await;
        call.token("so far").await;
    })
    .await;
    let server = Binary::start(&config(&model_at(&model.base_url()))).await;
    let reply = http::ask(server.address, run("default", "t")).await;
    assert!(reply.text().contains("so far") && reply.text().contains("RUN_ERROR"));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let status = only(server.address).await;
    assert_eq!(
        (&status["state"], &status["error"]),
        (&json!("failing"), &json!("its answer broke off"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_is_gone_is_left_alone_and_found_again() {
    let (agent, asked) = counted(|number, mut call| async move {
        match number {
            0 | 1 => drop(call.raw(BUSY).await),
            _ => agent_says_nothing(call).await,
        }
    })
    .await;
    let more = "breaker = { failures = 2, seconds = 1.5 }";
    let server = Binary::start(&agent_at(&agent, more)).await;
    assert_eq!(only(server.address).await["state"], "unknown");
    for thread in ["one", "two"] {
        let reply = http::ask(server.address, run("default", thread)).await;
        assert!(reply.text().contains("HTTP 503"), "{}", reply.text());
    }
    let reply = http::ask(server.address, run("default", "three")).await;
    assert!(
        reply.text().contains("is left alone since") && reply.text().contains("HTTP 503"),
        "{}",
        reply.text()
    );
    assert_eq!(asked.load(Ordering::SeqCst), 2, "it is left alone");
    let (code, said) = ready(server.address).await;
    assert_eq!((code, &said["status"]), (200, &json!("ready")));
    assert_eq!(said["missing"], json!(["agent default: HTTP 503"]));
    let status = &said["upstreams"][0];
    assert_eq!(status["state"], "open");
    assert!(
        status["since"].is_string() && status["until"].is_string(),
        "{said}"
    );
    for secret in ["secret", "geheim"] {
        assert!(!said.to_string().contains(secret), "{said}");
    }
    let mut thread = 0;
    until("an answer", async || {
        thread += 1;
        let reply = http::ask(server.address, run("default", &format!("again {thread}"))).await;
        succeeds(&reply).then_some(())
    })
    .await;
    assert_eq!(asked.load(Ordering::SeqCst), 3, "one request tried");
    let (_, said) = ready(server.address).await;
    assert_eq!(
        (&said["missing"], &said["upstreams"][0]["state"]),
        (&json!([]), &json!("ok"))
    );
    let log = server.log();
    assert!(
        log.contains("is left alone for 1.5s") && log.contains("answers again"),
        "{log}"
    );
}

/// A model that tells of each run by its text, says a word, and ends when it is let.
async fn held() -> (Model, mpsc::Receiver<String>, mpsc::Sender<()>) {
    let (tell, begun) = mpsc::channel(16);
    let (end, ends) = mpsc::channel::<()>(16);
    let ends = Arc::new(tokio::sync::Mutex::new(ends));
    let model = Model::start(move |mut call: Call| {
        let (tell, ends) = (tell.clone(), ends.clone());
        async move {
            let _ = tell.send(call.text().to_owned()).await;
            call.begin().await;
            call.token("word").await;
            let mut ends = ends.lock().await;
            tokio::select! {
                _ = ends.recv() => call.end().await,
                () = call.closed() => {}
            }
        }
    })
    .await;
    (model, begun, end)
}

async fn next(begun: &mut mpsc::Receiver<String>) -> String {
    let next = tokio::time::timeout(PATIENCE, begun.recv()).await;
    next.expect("in time").expect("a run")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_with_one_place_is_asked_one_after_the_other_and_one_too_many_is_refused() {
    let (model, mut begun, end) = held().await;
    let limit = "limit = { at_once = 1, waiting = 1, wait_seconds = 60 }\n";
    let server = Binary::start(&config(&(model_at(&model.base_url()) + limit))).await;
    let address = server.address;
    let first = tokio::spawn(http::ask(address, run("default", "first")));
    assert_eq!(next(&mut begun).await, "first");
    let rivals = ["second", "third"].map(|it| Box::pin(http::ask(address, run("default", it))));
    let (full, _, waits) = futures_util::future::select_all(rivals).await;
    assert!(full.text().contains("limit.waiting"), "{}", full.text());
    assert!(begun.try_recv().is_err(), "nobody else is asked");
    end.send(()).await.expect("the first goes on");
    assert!(succeeds(&first.await.expect("a reply")));
    end.send(()).await.expect("the next goes on");
    for waits in waits {
        assert!(succeeds(&waits.await));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_goes_makes_room_for_the_next() {
    let (model, mut begun, end) = held().await;
    let limit = "limit = { at_once = 1 }\n";
    let server = Binary::start(&format!(
        "{}[runs]\nattached = true\n",
        config(&(model_at(&model.base_url()) + limit))
    ))
    .await;
    let mut gone = Exchange::start(server.address, run("default", "gone")).await;
    gone.head(&mut Reply::default()).await;
    assert_eq!(next(&mut begun).await, "gone");
    let stays = tokio::spawn(http::ask(server.address, run("default", "stays")));
    gone.hang_up();
    assert_eq!(next(&mut begun).await, "stays");
    end.send(()).await.expect("it goes on");
    assert!(succeeds(&stays.await.expect("a reply")));
    assert_eq!(only(server.address).await["state"], "ok");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_hangs_delays_no_other() {
    let (tell, mut asked) = mpsc::channel(64);
    let hanging = Model::start(move |mut call: Call| {
        let tell = tell.clone();
        async move {
            let _ = tell.send(()).await;
            call.closed().await;
        }
    })
    .await;
    let well = Model::start(agent_says_nothing).await;
    let url = |model: &Model| format!("http://{}/agent", model.address);
    let agents = section("hangs", &url(&hanging), "") + &section("well", &url(&well), "");
    let server = Binary::start(&config(&agents)).await;
    let mut waiting = Vec::new();
    for thread in 0..32 {
        let request = run("hangs", &format!("h{thread}"));
        waiting.push(Exchange::start(server.address, request).await);
        let asked = tokio::time::timeout(PATIENCE, asked.recv()).await;
        asked.expect("the agent is asked");
    }
    for thread in 0..8 {
        let started = Instant::now();
        let reply = http::ask(server.address, run("well", &format!("w{thread}"))).await;
        assert!(succeeds(&reply), "{}", reply.text());
        assert!(
            started.elapsed() < Duration::from_secs(2),
            "{:?}",
            started.elapsed()
        );
    }
    drop(waiting);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_down_at_the_start_is_missing_until_it_comes() {
    let (address, tools) = (free_address(), free_address());
    let server = Binary::start(&config(&format!(
        "[agents.demo]\ntype = \"demo\"\n\
         [[remote_endpoints]]\nurl = \"http://{address}/secret-path\"\nrefresh_seconds = 0.1\n\
         [[mcp_servers]]\nname = \"docs\"\nurl = \"http://{tools}/secret-path\"\n"
    )))
    .await;
    let name = format!("http://{address}");
    let down = until("the endpoint is missing", async || {
        let (code, said) = ready(server.address).await;
        assert_eq!(code, 200, "others are served");
        let missing = said["missing"].as_array().map(Vec::len);
        (missing == Some(1)).then_some(said)
    })
    .await;
    assert!(
        down["missing"][0]
            .as_str()
            .is_some_and(|it| it.starts_with(&format!("remote endpoint {name}: "))),
        "{down}"
    );
    assert_eq!(down["upstreams"][1]["kind"], "mcp_server");
    assert_eq!(down["upstreams"][1]["detail"], "not connected");
    assert!(!down.to_string().contains("secret-path"), "{down}");
    assert!(server.log().contains(&name), "{}", server.log());
    let _endpoint = Model::start_at(address, |mut call| async move {
        let body =
            json!({"actions": [], "agents": [{"name": "echo", "type": "langgraph"}]}).to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        call.raw(format!("{head}{body}").as_bytes()).await;
    })
    .await;
    let up = until("the endpoint is there", async || {
        // Any run asks for what there is.
        let reply = http::ask(server.address, run("demo", &another_thread())).await;
        assert!(succeeds(&reply), "{}", reply.text());
        let (_, said) = ready(server.address).await;
        let endpoint = &said["upstreams"][0];
        (endpoint["state"] == "ok").then(|| endpoint.clone())
    })
    .await;
    assert_eq!(up["detail"], "1 agents, 0 actions");
    let (_, said) = ready(server.address).await;
    let down = said["missing"].to_string();
    assert!(
        down.contains("MCP server docs: it cannot be reached as an MCP server"),
        "{said}"
    );
}

fn another_thread() -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    format!("thread {}", NUMBER.fetch_add(1, Ordering::SeqCst))
}

#[tokio::test]
async fn a_server_that_shuts_down_or_has_lost_its_store_is_not_ready() {
    let runtime = || async {
        let builder = Runtime::builder().agent("default", DemoAgent::default());
        builder.build().await.expect("a runtime")
    };
    let ask = |runtime: Runtime| async move {
        let endpoint = runtime.endpoint().expect("an endpoint");
        let mut answers = Vec::new();
        for path in ["/health/ready", "/health/startup", "/health/live"] {
            let request = Request::builder().uri_str(path).finish();
            let response = endpoint.get_response(request).await;
            let status = response.status().as_u16();
            let body = response.into_body().into_string().await.expect("a body");
            answers.push((status, serde_json::from_str(&body).unwrap_or(Value::Null)));
        }
        let codes = answers.iter().map(|(code, _)| *code).collect::<Vec<_>>();
        (codes, answers.swap_remove(0).1)
    };
    let (codes, said) = ask(runtime().await).await;
    assert_eq!(codes, [200, 200, 200], "{said}");
    assert_eq!(
        said,
        json!({"status": "ready", "store": "ok", "missing": [], "upstreams": []})
    );
    let stopping = runtime().await;
    stopping.begin_shut_down();
    let (codes, said) = ask(stopping).await;
    assert_eq!(
        (codes, &said["reason"]),
        (vec![503, 503, 200], &json!("the server shuts down"))
    );
    let broken = runtime().await;
    broken.store().close().await.expect("closed");
    let (codes, said) = ask(broken).await;
    assert_eq!(
        (codes, &said["store"]),
        (vec![503, 503, 200], &json!("failing")),
        "{said}"
    );
}
