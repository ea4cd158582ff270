//! Connections: how many there are, what their clients send before there is a request, and whether they take the answers.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::{info, probe, server};
use crate::support::http::{self, PATIENCE};

async fn connect(address: SocketAddr, first: &[u8]) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(first).await.unwrap();
    socket
}

/// Reads until the server closes, however it does.
async fn closed(socket: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let reading = socket.read_to_end(&mut read);
    // A reset is an end, too.
    let _ = tokio::time::timeout(PATIENCE, reading)
        .await
        .expect("an end");
    String::from_utf8_lossy(&read).into_owned()
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_is_not_waited_for() {
    let server = server("[limits]\nheader_read_seconds = 1\n").await;
    let mut slow = Vec::new();
    for _ in 0..50 {
        slow.push(connect(server.address, b"GET /copilotkit HTTP/1.1\r\nx-a: b").await);
    }
    let began = Instant::now();
    let others = async {
        loop {
            assert_eq!(http::ask(server.address, info("")).await.code(), 200);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let all_closed = async {
        for socket in &mut slow {
            // One more byte gains no time.
            let _ = socket.write_all(b"c").await;
            closed(socket).await;
        }
    };
    tokio::select! {
        () = all_closed => {}
        () = others => {}
    }
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn heads_have_bounds() {
    let server = server("[limits]\nheaders = 20\nheader_bytes = 8192\n").await;
    let many: String = (0..20).map(|n| format!("x-{n}: v\r\n")).collect();
    let reply = http::ask(server.address, info(&many)).await;
    assert_eq!(reply.code(), 431);
    let few: String = (0..10).map(|n| format!("x-{n}: v\r\n")).collect();
    assert_eq!(http::ask(server.address, info(&few)).await.code(), 200);
    let long = format!("x-long: {}\r\n", "v".repeat(9_000));
    assert_eq!(http::ask(server.address, info(&long)).await.code(), 431);
}

/// A client that asks for much and reads nothing of it.
async fn deaf(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 << 10).unwrap();
    let mut socket = socket.connect(address).await.unwrap();
    let request = b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n";
    for _ in 0..400 {
        // The server stops reading when it cannot write, and cuts the connection in the end.
        let sent = tokio::time::timeout(Duration::from_millis(200), socket.write_all(request));
        if !matches!(sent.await, Ok(Ok(()))) {
            break;
        }
    }
    socket
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut() {
    let keys = "[limits]\nwrite_seconds = 1\n[telemetry]\nlevel = \"info,agui_runtime=debug\"\n";
    let server = server(keys).await;
    let mut socket = deaf(server.address).await;
    server.logged("a connection broke off", 1).await;
    let said = closed(&mut socket).await;
    let asked = said.matches("HTTP/1.1 200 OK").count();
    assert!((1..400).contains(&asked), "{asked} answers came");
    assert_eq!(http::ask(server.address, info("")).await.code(), 200);
}

#[tokio::test]
async fn too_many_connections_are_told_so_and_probes_are_answered() {
    let server = server("[limits]\nconnections = 2\n").await;
    let held = [
        connect(server.address, b"G").await,
        connect(server.address, b"G").await,
    ];
    let reply = loop {
        let reply = http::ask(server.address, info("")).await;
        // The two are taken about now.
        if reply.code() != 200 {
            break reply;
        }
    };
    assert_eq!(reply.code(), 503);
    assert_eq!(reply.json()["error"], "too_many_connections");
    assert_eq!(reply.header("retry-after"), Some("1"));
    assert_eq!(probe(server.address).await, 200);
    drop(held);
    while http::ask(server.address, info("")).await.code() == 503 {}
}

#[tokio::test]
async fn an_address_has_so_many_connections() {
    let server = server("[limits]\nconnections_per_address = 2\n").await;
    let held = [
        connect(server.address, b"G").await,
        connect(server.address, b"G").await,
    ];
    let mut third = connect(server.address, &info("")).await;
    while closed(&mut third).await.starts_with("HTTP/1.1 200") {
        third = connect(server.address, &info("")).await;
    }
    drop(held);
    loop {
        let mut third = connect(server.address, &info("")).await;
        if closed(&mut third).await.starts_with("HTTP/1.1 200") {
            break;
        }
    }
}
