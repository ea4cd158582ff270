//! Bad input: each kind gets a clear error within its time, the process lives on, and nobody else waits.

use std::future::Future;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::canonical::canonical;
use crate::support::http::{self, Reply};
use crate::support::model::{Call, Model, token};
use crate::support::requests;
use crate::support::server::{Binary, config, free_address, model_at};

/// The longest that another client may wait for `{ hello }` meanwhile; the machine that runs the tests may be busy.
const UNDELAYED: Duration = Duration::from_secs(2);

/// A server with the demo agent, less patient than by default.
async fn demo() -> Binary {
    let limits = "[limits]\nbody_read_seconds = 3\n";
    Binary::start(&config(&format!(
        "[agents.default]\ntype = \"demo\"\n{limits}"
    )))
    .await
}

/// Waits for the outcome while other requests are answered undelayed, then sees the server alive.
async fn meanwhile<T>(server: &mut Binary, limit: Duration, bad: impl Future<Output = T>) -> T {
    let address = server.address;
    let others = async {
        loop {
            others_are_served(address).await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let outcome = tokio::select! {
        outcome = tokio::time::timeout(limit, bad) => outcome.expect("an outcome within the limit"),
        () = others => unreachable!("it goes on for ever"),
    };
    others_are_served(address).await;
    assert!(server.lives(), "the server died");
    outcome
}

async fn others_are_served(address: SocketAddr) {
    let started = Instant::now();
    let reply = http::ask(address, requests::hello()).await;
    assert_eq!(
        reply.text(),
        r#"{"data":{"hello":"Hello World"}}"#,
        "another client is served"
    );
    assert!(
        started.elapsed() < UNDELAYED,
        "another client waited for {:?}",
        started.elapsed()
    );
}

/// Sends a request to a fresh server and gives its answer, which must come within ten seconds.
async fn answer_to(request: Vec<u8>) -> Reply {
    let mut server = demo().await;
    let address = server.address;
    meanwhile(
        &mut server,
        Duration::from_secs(10),
        http::ask(address, request),
    )
    .await
}

fn first_error(reply: &Reply) -> String {
    let json = reply.json();
    assert!(
        json.get("data").is_none_or(Value::is_null),
        "refused, not executed: {json}"
    );
    json["errors"][0]["message"]
        .as_str()
        .unwrap_or_else(|| panic!("no error in {json}"))
        .to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_26_mb_is_too_large() {
    let body = json!({"query": "{ hello }", "variables": {"x": "a".repeat(26_000_000)}});
    let reply = answer_to(requests::post(&body.to_string())).await;
    assert_eq!(
        (
            reply.code(),
            reply.json()["errors"][0]["extensions"]["code"].as_str()
        ),
        (413, Some("REQUEST_ENTITY_TOO_LARGE"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_200_levels_deep_is_refused() {
    let deep = format!(
        "{{ __schema {{ types {{ fields {{ type {} name {} }} }} }} }}",
        "{ ofType ".repeat(200),
        "}".repeat(200)
    );
    let reply = answer_to(requests::post(&json!({"query": deep}).to_string())).await;
    assert_eq!(reply.code(), 400);
    let message = first_error(&reply).to_lowercase();
    assert!(
        message.contains("deep") || message.contains("depth") || message.contains("nested"),
        "{message}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_that_would_overflow_a_stack_is_refused() {
    for (open, close) in [
        ("{a", "}"),
        ("{a(x:[", "])}"),
        ("query($v:", ")"),
        ("{...{", "}}"),
        ("{a(x:{y:", "})}"),
    ] {
        let deep = format!("{}{}", open.repeat(60_000), close.repeat(60_000));
        let reply = answer_to(requests::post(&json!({"query": deep}).to_string())).await;
        assert!(
            reply.complete && reply.code() == 400,
            "{open}: {} {}",
            reply.status,
            reply.text()
        );
        first_error(&reply);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_would_overflow_a_stack_is_refused() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!(
            "{{\"query\":\"{{ hello }}\",\"variables\":{{\"v\":{}1{}}}}}",
            open.repeat(100_000),
            close.repeat(100_000)
        );
        let reply = answer_to(requests::post(&deep)).await;
        assert_eq!(reply.code(), 400, "{}", reply.text());
        first_error(&reply);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_aliases_are_refused() {
    let aliases: Vec<String> = (0..10_000)
        .map(|alias| format!("a{alias}: hello"))
        .collect();
    let reply = answer_to(requests::post(
        &json!({"query": format!("{{ {} }}", aliases.join(" "))}).to_string(),
    ))
    .await;
    assert_eq!(reply.code(), 400);
    let message = first_error(&reply);
    assert!(message.contains("limit"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fragments_that_multiply_are_refused() {
    let doubling: Vec<String> = (0..40)
        .map(|level| {
            format!(
                "fragment F{level} on Query {{ ...F{0} ...F{0} }}",
                level + 1
            )
        })
        .collect();
    let query = format!(
        "{{ ...F0 }} {} fragment F40 on Query {{ hello }}",
        doubling.join(" ")
    );
    let reply = answer_to(requests::post(&json!({"query": query}).to_string())).await;
    assert_eq!(reply.code(), 400, "{}", reply.text());
    first_error(&reply);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invalid_utf8_is_refused() {
    let reply = answer_to(requests::post_bytes(
        b"{\"query\":\"{ hello }\",\"operationName\":\"\xff\xfe\"}",
    ))
    .await;
    assert_eq!(
        (reply.code(), first_error(&reply).as_str()),
        (400, "POST body sent invalid JSON.")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_body_and_silence_is_a_timeout() {
    let mut server = demo().await;
    let address = server.address;
    let waiting = async {
        let mut socket = TcpStream::connect(address)
            .await
            .expect("the server listens");
        socket
            .write_all(format!("{}{{\"query\":", requests::head(1000)).as_bytes())
            .await
            .expect("half a request");
        let mut said = String::new();
        let _ = socket.read_to_string(&mut said).await;
        said
    };
    let said = meanwhile(&mut server, Duration::from_secs(20), waiting).await;
    assert!(said.starts_with("HTTP/1.1 408 "), "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_head_and_silence_is_cut_off() {
    let mut server = demo().await;
    let address = server.address;
    let waiting = async {
        let mut socket = TcpStream::connect(address)
            .await
            .expect("the server listens");
        socket
            .write_all(b"POST /copilotkit HTTP/1.1\r\nhost: ")
            .await
            .expect("half a head");
        let mut said = Vec::new();
        let _ = socket.read_to_end(&mut said).await;
    };
    meanwhile(&mut server, Duration::from_secs(30), waiting).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_reads_a_byte_a_second_costs_little_memory() {
    // As fast as anybody takes it, up to more than the server may hold.
    let model = Model::start(|mut call| async move {
        let words = "x".repeat(1000);
        call.begin().await;
        for _ in 0..200_000 {
            if !call.token(&words).await {
                return;
            }
        }
        call.end().await;
    })
    .await;
    let mut server = Binary::start(&config(&model_at(&model.base_url()))).await;
    others_are_served(server.address).await;
    let (address, process) = (server.address, server.id());
    let before = resident_kib(process);
    let reading = async {
        let mut sockets = vec![slow_reader(address).await, slow_reader(address).await];
        read_slowly(&mut sockets).await;
        let settled = resident_kib(process);
        read_slowly(&mut sockets).await;
        (settled, resident_kib(process))
    };
    let (settled, after) = meanwhile(&mut server, Duration::from_secs(40), reading).await;
    assert!(
        after < settled + 8 * 1024,
        "the server goes on growing: from {settled} to {after} KiB"
    );
    assert!(
        after < before + 160 * 1024,
        "two slow readers made the server grow from {before} to {after} KiB"
    );
}

/// A client whose answer is a flood.
async fn slow_reader(address: SocketAddr) -> TcpStream {
    // What the kernel keeps for the reader is not the server's memory; little, so that it shows soon.
    let socket = TcpSocket::new_v4().expect("a socket");
    socket
        .set_recv_buffer_size(64 * 1024)
        .expect("a small buffer");
    let mut socket = socket.connect(address).await.expect("the server listens");
    socket
        .write_all(&requests::chat("flood"))
        .await
        .expect("a request");
    socket
}

/// Reads a byte a second for a while.
async fn read_slowly(sockets: &mut [TcpStream]) {
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        for socket in &mut *sockets {
            socket.read_u8().await.expect("a byte");
        }
    }
}

fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("Linux");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("a resident size");
    line.trim()
        .trim_end_matches(" kB")
        .parse()
        .expect("a number")
}

/// Asks a model server that misbehaves, and gives the failed response's status.
async fn failure_of(agent: String, limit: Duration) -> Value {
    let mut server = Binary::start(&config(&agent)).await;
    let address = server.address;
    let reply = meanwhile(&mut server, limit, http::ask(address, requests::chat("hi"))).await;
    assert!(reply.complete, "the answer comes to its end");
    let answer =
        canonical(&reply.answer()).unwrap_or_else(|error| panic!("{error} in {}", reply.text()));
    let status = answer["body"]["merged"]["data"]["generateCopilotResponse"]["status"].clone();
    assert_eq!(status["code"], "Failed", "{status}");
    let described = status["details"]["description"]
        .as_str()
        .unwrap_or_default();
    assert!(
        !described.is_empty() && !described.contains(".rs"),
        "clear and without insides: {status}"
    );
    status
}

async fn failure_of_model<R>(
    limit: Duration,
    handler: impl Fn(Call) -> R + Send + Sync + 'static,
) -> Value
where
    R: Future<Output = ()> + Send + 'static,
{
    let model = Model::start(handler).await;
    let impatient =
        model_at(&model.base_url()).replace("first_byte_seconds = 20", "first_byte_seconds = 2");
    failure_of(
        impatient.replace("idle_seconds = 20", "idle_seconds = 2"),
        limit,
    )
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_server_that_refuses_is_reported() {
    let status = failure_of(
        model_at(&format!("http://{}/v1", free_address())),
        Duration::from_secs(20),
    )
    .await;
    assert_eq!(status["details"]["originalError"]["code"], "NETWORK_ERROR");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_server_that_answers_html_is_reported() {
    failure_of_model(Duration::from_secs(20), |mut call| async move {
        let page = "<html><body>Welcome to the proxy</body></html>";
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n",
            page.len()
        );
        call.raw(format!("{head}{page}").as_bytes()).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_server_that_cuts_a_token_in_two_is_reported() {
    let status = failure_of_model(Duration::from_secs(20), |mut call| async move {
        let text = token("never whole");
        call.begin().await;
        call.token("whole").await;
        call.chunk(&text.as_bytes()[..text.len() / 2]).await;
    })
    .await;
    assert_eq!(status["details"]["originalError"]["code"], "NETWORK_ERROR");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_server_that_ends_in_half_a_character_is_reported() {
    failure_of_model(Duration::from_secs(20), |mut call| async move {
        let text = token("日本");
        let half = text.find('本').expect("it is there") + 1;
        call.begin().await;
        call.chunk(&text.as_bytes()[..half]).await;
        call.chunk(b"\"}}]}\n\n").await;
        call.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_character_in_two_pieces_is_put_together() {
    let model = Model::start(|mut call| async move {
        let text = token("日本");
        let half = text.find('本').expect("it is there") + 1;
        call.begin().await;
        call.chunk(&text.as_bytes()[..half]).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        call.chunk(&text.as_bytes()[half..]).await;
        call.end().await;
    })
    .await;
    let server = Binary::start(&config(&model_at(&model.base_url()))).await;
    let reply = http::ask(server.address, requests::chat("hi")).await;
    assert!(reply.text().contains("日本"), "{}", reply.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_server_that_never_answers_is_reported() {
    failure_of_model(Duration::from_secs(30), |mut call| async move {
        call.closed().await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_server_that_falls_silent_is_reported() {
    failure_of_model(Duration::from_secs(30), |mut call| async move {
        call.begin().await;
        call.token("and then").await;
        call.closed().await;
    })
    .await;
}
