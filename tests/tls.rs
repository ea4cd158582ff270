//! TLS: HTTP/1.1 and HTTP/2 by what the client wants, certificates that are changed while the server runs, and clients that do
//! not read one of the answers that a connection has for them.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::support::http::PATIENCE;
use crate::support::requests;
use crate::support::server::{Binary, config};

/// A certificate in files, and the server that has it.
struct Secure {
    folder: TempDir,
    server: Binary,
}

fn certificate() -> CertifiedKey<KeyPair> {
    rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

fn put(folder: &Path, name: &str, pem: &str) {
    // As whoever renews certificates does: never half of a file.
    let new = folder.join("new");
    std::fs::write(&new, pem).unwrap();
    std::fs::rename(new, folder.join(name)).unwrap();
}

fn put_both(folder: &Path, certificate: &CertifiedKey<KeyPair>) {
    put(folder, "key.pem", &certificate.signing_key.serialize_pem());
    put(folder, "cert.pem", &certificate.cert.pem());
}

fn with_tls(folder: &Path) -> String {
    let at = folder.display();
    let tls = format!("[server.tls]\ncert = \"{at}/cert.pem\"\nkey = \"{at}/key.pem\"\n");
    config(&format!("{tls}[agents.default]\ntype = \"demo\"\n"))
}

impl Secure {
    async fn with(certificate: &CertifiedKey<KeyPair>) -> Self {
        Self::configured(certificate, "").await
    }

    /// The same with more in the configuration.
    async fn configured(certificate: &CertifiedKey<KeyPair>, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        put_both(folder.path(), certificate);
        let server = Binary::start(&(with_tls(folder.path()) + more)).await;
        Self { folder, server }
    }
}

/// Connects, trusting this certificate alone.
async fn connect(
    address: SocketAddr,
    trusted: &CertificateDer<'static>,
    protocol: &[u8],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = ClientConfig::builder_with_provider(provider);
    let client = client.with_safe_default_protocol_versions().unwrap();
    let mut client = client.with_root_certificates(roots).with_no_client_auth();
    client.alpn_protocols = vec![protocol.to_vec()];
    let socket = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(client))
        .connect(name, socket)
        .await
}

fn request(path: &str, body: &str) -> Request<Full<Bytes>> {
    let kind = if body.is_empty() { "GET" } else { "POST" };
    Request::builder()
        .method(kind)
        .uri(format!("https://localhost/copilotkit{path}"))
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("accept", requests::ACCEPT)
        .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
        .unwrap()
}

async fn text(answer: Response<Incoming>) -> String {
    assert_eq!(answer.status(), 200);
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.into()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_versions_of_http_are_spoken_over_tls() {
    let certificate = certificate();
    let secure = Secure::with(&certificate).await;
    let (address, trusted) = (secure.server.address, certificate.cert.der());
    let io = connect(address, trusted, b"http/1.1").await.unwrap();
    assert_eq!(io.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let (mut client, serving) = http1::handshake(TokioIo::new(io)).await.unwrap();
    let serving = tokio::spawn(serving);
    let hello = requests::chat_body("hello").to_string();
    let answer = client.send_request(request("", &hello)).await.unwrap();
    assert!(text(answer).await.contains("\"hasNext\":false"));
    serving.abort();

    let io = connect(address, trusted, b"h2").await.unwrap();
    assert_eq!(io.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let executor = TokioExecutor::new();
    let (client, serving) = http2::handshake(executor, TokioIo::new(io)).await.unwrap();
    let serving = tokio::spawn(serving);
    let answers = (0..50).map(|_| {
        let mut client = client.clone();
        let request = request("", &hello);
        async move { text(client.send_request(request).await.unwrap()).await }
    });
    for answer in join_all(answers).await {
        assert!(answer.contains("\"hasNext\":false"), "{answer}");
    }
    serving.abort();
}

#[tokio::test]
async fn what_is_not_encrypted_gets_nothing() {
    let secure = Secure::with(&certificate()).await;
    let mut socket = TcpStream::connect(secure.server.address).await.unwrap();
    socket.write_all(&requests::hello()).await.unwrap();
    let mut read = Vec::new();
    let reading = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut read));
    let _ = reading.await.expect("it is closed");
    assert!(!String::from_utf8_lossy(&read).contains("HTTP"));
}

/// Connects until the server has the certificate that is trusted.
async fn until_trusted(address: SocketAddr, trusted: &CertificateDer<'static>) {
    let started = Instant::now();
    while connect(address, trusted, b"http/1.1").await.is_err() {
        assert!(started.elapsed() < PATIENCE, "the certificate is not taken");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_certificate_is_taken_and_a_bad_one_is_not() {
    let (old, new) = (certificate(), certificate());
    let secure = Secure::with(&old).await;
    let address = secure.server.address;
    let io = connect(address, old.cert.der(), b"http/1.1").await.unwrap();
    let (mut client, serving) = http1::handshake(TokioIo::new(io)).await.unwrap();
    let serving = tokio::spawn(serving);
    let story = requests::chat_body("Tell me a story.").to_string();
    let mut stream = client.send_request(request("", &story)).await.unwrap();
    stream.body_mut().frame().await.expect("it begins").unwrap();

    put(secure.folder.path(), "key.pem", "no key\n");
    secure.server.logged("has no private key", 1).await;
    assert!(
        secure
            .server
            .log()
            .contains("the certificate before it stays")
    );
    connect(address, old.cert.der(), b"http/1.1").await.unwrap();
    put(
        secure.folder.path(),
        "key.pem",
        &new.signing_key.serialize_pem(),
    );
    secure
        .server
        .logged("does not belong to the certificate", 1)
        .await;
    connect(address, old.cert.der(), b"http/1.1").await.unwrap();

    put(secure.folder.path(), "cert.pem", &new.cert.pem());
    until_trusted(address, new.cert.der()).await;
    assert!(connect(address, old.cert.der(), b"h2").await.is_err());
    // Whoever was connected goes on.
    assert!(text(stream).await.contains("\"hasNext\":false"));
    serving.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_brings_the_new_certificate_at_once() {
    let (old, new) = (certificate(), certificate());
    let secure = Secure::with(&old).await;
    let address = secure.server.address;
    connect(address, old.cert.der(), b"http/1.1").await.unwrap();
    put_both(secure.folder.path(), &new);
    secure.server.signal("HUP");
    // Nobody has to wait until the files are looked at again.
    let reloaded = "the configuration was reloaded";
    secure.server.logged(reloaded, 1).await;
    connect(address, new.cert.der(), b"http/1.1").await.unwrap();
    assert!(connect(address, old.cert.der(), b"h2").await.is_err());
}

/// As AG-UI's clients ask.
fn agui(path: &str, body: &str) -> Request<Full<Bytes>> {
    let mut request = request(path, body);
    request.headers_mut().remove("accept");
    request
}

/// A run of AG-UI's, begun or come back to.
fn run(what: &str) -> Request<Full<Bytes>> {
    let input = json!({
        "threadId": "t", "runId": "r", "state": {}, "tools": [], "context": [], "forwardedProps": {},
        "messages": [{"id": "1", "role": "user", "content": "Tell me a story."}],
    });
    agui(&format!("/agent/default/{what}"), &input.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_its_client_does_not_read_is_cut_and_its_run_goes_on() {
    let certificate = certificate();
    let limits = "[limits]\nwrite_seconds = 1\n[limits.address]\nrequests_at_once = 1\n";
    let secure = Secure::configured(&certificate, limits).await;
    let (address, trusted) = (secure.server.address, certificate.cert.der());
    let io = connect(address, trusted, b"h2").await.unwrap();
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder.initial_stream_window_size(100);
    let (mut client, serving) = builder.handshake(TokioIo::new(io)).await.unwrap();
    let serving = tokio::spawn(serving);

    let unread = client.send_request(run("run")).await.unwrap();
    assert_eq!(unread.status(), 200);
    // It has the one place that there is, until it is cut; the connection itself serves all the time.
    let started = Instant::now();
    let mut refused = 0;
    while client
        .send_request(agui("/info", ""))
        .await
        .unwrap()
        .status()
        == 429
    {
        refused += 1;
        assert!(started.elapsed() < PATIENCE, "the stream is never cut");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(refused > 0);
    let error = unread.into_body().collect().await.unwrap_err();
    assert!(format!("{error:?}").contains("CANCEL"), "{error:?}");
    let rest = client.send_request(run("connect")).await.unwrap();
    assert!(text(rest).await.contains("RUN_FINISHED"));
    let metrics = Request::get("https://localhost/metrics").body(Full::default());
    let metrics = client.send_request(metrics.unwrap()).await.unwrap();
    assert!(
        text(metrics)
            .await
            .contains("agui_http_slow_clients_total 1\n")
    );
    serving.abort();
}

#[test]
fn files_that_cannot_be_used_are_told_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let check = |expected: &str| {
        std::fs::write(folder.path().join("test.toml"), with_tls(folder.path())).unwrap();
        let mut check = std::process::Command::new(env!("CARGO_BIN_EXE_agui-runtime"));
        check.args(["serve", "--config", "test.toml", "--port", "0"]);
        let output = check.current_dir(folder.path()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains("server.tls.") && said.contains(expected),
            "{said}"
        );
        assert!(!said.contains("PRIVATE KEY-----\nM"), "{said}");
    };
    check("cert.pem cannot be read");
    let certificate = certificate();
    put(
        folder.path(),
        "cert.pem",
        "-----BEGIN CERTIFICATE-----\nAA\n",
    );
    put(
        folder.path(),
        "key.pem",
        &certificate.signing_key.serialize_pem(),
    );
    check("has no certificate");
    put(folder.path(), "cert.pem", &self::certificate().cert.pem());
    check("does not belong to the certificate");
}
