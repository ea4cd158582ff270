//! docs/OPERATING.md's settings for reverse proxies, in real ones: tokens pass as they come, even where a proxy compresses all else.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::tempdir;
use tokio::net::TcpStream;

use crate::support::external;
use crate::support::golden::root;
use crate::support::http::{Exchange, PATIENCE, Reply};
use crate::support::requests;
use crate::support::server::{Binary, free_address};

/// The block of this language in the page, for a server at this address.
fn block(language: &str, server: SocketAddr) -> String {
    let page = std::fs::read_to_string(root().join("docs/OPERATING.md")).expect("the page");
    let block = page
        .split_once(&format!("```{language}\n"))
        .expect("a block")
        .1;
    let block = block.split_once("```").expect("its end").0;
    assert!(block.contains("127.0.0.1:8000"), "{block}");
    block.replace("127.0.0.1:8000", &server.to_string())
}

/// A proxy that listens; it ends with this value.
struct Proxy(Child);

impl Proxy {
    async fn start(command: &mut Command, address: SocketAddr) -> Self {
        let command = command.stdin(Stdio::null()).stderr(Stdio::piped());
        let mut proxy = Self(command.spawn().expect("it starts"));
        let started = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            let lives = matches!(proxy.0.try_wait(), Ok(None));
            assert!(lives && started.elapsed() < PATIENCE, "it does not listen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        proxy
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// In how many pieces an answer comes, and the whole of it.
async fn pieces(address: SocketAddr, request: Vec<u8>) -> (usize, String) {
    let mut exchange = Exchange::start(address, request).await;
    let mut reply = Reply::default();
    exchange.head(&mut reply).await;
    assert_eq!(reply.code(), 200, "{reply:?}");
    assert_eq!(reply.header("content-encoding"), None);
    let mut pieces = 0;
    while let Some(bytes) = exchange.next().await {
        reply.body.extend_from_slice(&bytes);
        pieces += 1;
    }
    assert!(exchange.ended(), "{reply:?}");
    (pieces, reply.text().to_owned())
}

async fn streams_through(address: SocketAddr) {
    let to = |path: &str, accept: &str, body: &[u8]| {
        let request = requests::post_bytes(body);
        let request = String::from_utf8(request).expect("UTF-8");
        let request = request.replacen("POST /copilotkit ", &format!("POST {path} "), 1);
        let accept = format!("accept: {accept}\r\naccept-encoding: gzip\r\n");
        let asked = format!("accept: {}\r\n", requests::ACCEPT);
        request.replacen(&asked, &accept, 1).into_bytes()
    };
    let run = json!({"threadId": "t", "runId": "r", "messages": [{"id": "1", "role": "user", "content": "Hello!"}]});
    let agui = to(
        "/api/copilotkit/agent/default/run",
        "text/event-stream",
        run.to_string().as_bytes(),
    );
    let (count, body) = pieces(address, agui).await;
    assert!(
        count > 20 && body.contains("RUN_FINISHED"),
        "{count} pieces: {body}"
    );
    let chat = requests::chat_body("Hello!").to_string();
    let graphql = to("/api/copilotkit", "multipart/mixed", chat.as_bytes());
    let (count, body) = pieces(address, graphql).await;
    assert!(
        count > 20 && body.ends_with("-----\r\n"),
        "{count} pieces: {body}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_hands_tokens_on_as_they_come() {
    let found = Path::new("/usr/sbin/nginx");
    if !found.exists() {
        external::skip("nginx is not installed");
        return;
    }
    let (server, address) = (Binary::fresh().await, free_address());
    let folder = tempdir().expect("a temporary folder");
    let at = folder.path().display();
    let location = block("nginx", server.address);
    let configuration = format!(
        "daemon off; master_process off; pid {at}/pid; error_log {at}/log; events {{}}\n\
         http {{ gzip on; gzip_types *; access_log off; client_body_temp_path {at}/body; proxy_temp_path {at}/proxy;\n\
         fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; scgi_temp_path {at}/s;\n\
         server {{ listen {address};\n{location}\n}} }}\n"
    );
    let file = folder.path().join("nginx.conf");
    std::fs::write(&file, configuration).expect("a configuration");
    let mut command = Command::new(found);
    let _proxy = Proxy::start(command.arg("-c").arg(&file), address).await;
    streams_through(address).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn caddy_hands_tokens_on_as_they_come() {
    if Command::new("caddy").arg("version").output().is_err() {
        external::skip("caddy is not installed");
        return;
    }
    let (server, address) = (Binary::fresh().await, free_address());
    let folder = tempdir().expect("a temporary folder");
    let handle = block("caddyfile", server.address);
    let configuration = format!(
        "{{\n\tadmin off\n\tauto_https off\n}}\nhttp://:{} {{\n\tbind 127.0.0.1\n\tencode gzip\n{handle}}}\n",
        address.port()
    );
    let file = folder.path().join("Caddyfile");
    std::fs::write(&file, configuration).expect("a configuration");
    let mut command = Command::new("caddy");
    let command = command
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(&file)
        .env("XDG_CONFIG_HOME", folder.path())
        .env("XDG_DATA_HOME", folder.path());
    let _proxy = Proxy::start(command, address).await;
    streams_through(address).await;
}
