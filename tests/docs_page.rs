//! The REST reference in a real browser: it renders from the binary alone, and its examples work as they stand.

use serde_json::json;

use crate::support::external;
use crate::support::npm::{clients, drive_with};
use crate::support::server::Binary;

#[tokio::test]
async fn the_reference_renders_and_its_examples_work() {
    let Some(chromium) = external::chromium() else {
        return;
    };
    if !clients() {
        return;
    }
    let binary = Binary::start("").await;
    let tried = [
        "GET /info",
        "POST /agent/{agentId}/run",
        "POST /agent/{agentId}/connect",
        "GET /threads",
        "GET /threads/{threadId}/messages",
    ];
    let url = format!("http://{}/docs", binary.address);
    let job = json!({"url": url, "chromium": chromium, "tried": tried});
    let lines = drive_with("docs.cjs", job).await;
    assert_eq!(lines.len(), tried.len() + 2, "{lines:#?}");

    let operations = lines[0]["operations"].as_array().expect("a list");
    assert!(operations.len() > 15, "{operations:?}");
    for (line, contained) in lines[1..].iter().zip([
        "\"DemoAgent\"",
        "RUN_FINISHED",
        "RUN_FINISHED",
        "\"agentId\": \"default\"",
        "\"role\": \"assistant\"",
    ]) {
        assert_eq!(line["status"], "200", "{line:#}");
        let body = line["body"].as_str().expect("a text");
        assert!(body.contains(contained), "{line:#}");
    }
    assert_eq!(lines[lines.len() - 1]["complaints"], json!([]));
}
