//! While something goes wrong: others are served undelayed, and the process lives on.

use std::future::Future;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::http;
use super::requests;
use super::server::Binary;

/// The longest that another client may wait for `{ hello }` meanwhile; the machine that runs the tests may be busy.
const UNDELAYED: Duration = Duration::from_secs(2);

/// Waits for the outcome while other requests are answered undelayed, then sees the server alive.
pub async fn meanwhile<T>(server: &mut Binary, limit: Duration, bad: impl Future<Output = T>) -> T {
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

/// Another client gets its answer at once.
pub async fn others_are_served(address: SocketAddr) {
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
