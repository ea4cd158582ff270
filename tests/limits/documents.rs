//! What one request carries, what can be learned of the schema, and how limits may be written.

use agui_runtime::config::Config;
use serde_json::{Value, json};

use super::{agui, server};
use crate::support::http;
use crate::support::requests;
use crate::support::server::{Binary, config};

#[tokio::test]
async fn aliases_are_counted_with_their_fragments() {
    let server = server("[limits]\nquery_aliases = 4\n").await;
    let ask = async |query: &str| {
        let body = json!({"query": query}).to_string();
        http::ask(server.address, requests::post(&body))
            .await
            .json()
    };
    let four = "{ ...two ...two } fragment two on Query { a: hello b: hello }";
    assert_eq!(ask(four).await["data"]["a"], "Hello World");
    let five = "{ ...two ...two c: hello } fragment two on Query { a: hello b: hello }";
    let told = ask(five).await["errors"][0]["message"].to_string();
    assert!(
        told.contains("5 aliases") && told.contains("limits.query_aliases"),
        "{told}"
    );
}

#[tokio::test]
async fn a_request_brings_so_many_tools_and_no_more() {
    let server = server("[limits]\ntools = 1\n").await;
    let tool =
        |name: &str| json!({"name": name, "description": "", "parameters": {"type": "object"}});
    let input = json!({
        "threadId": "t", "runId": "r", "state": {}, "tools": [tool("a"), tool("b")], "context": [],
        "messages": [{"id": "1", "role": "user", "content": "hello"}], "forwardedProps": {},
    });
    let request = agui("POST", "agent/default/run", "", &input.to_string());
    let reply = http::ask(server.address, request).await;
    assert_eq!(reply.code(), 413);
    assert_eq!(reply.json()["error"], "too_many_tools");
    assert!(
        reply.json()["message"]
            .as_str()
            .unwrap()
            .contains("limits.tools")
    );
    let mut body = requests::chat_body("hello");
    let action = |name: &str| json!({"name": name, "description": "", "jsonSchema": "{}"});
    body["variables"]["data"]["frontend"]["actions"] = json!([action("a"), action("b")]);
    let reply = http::ask(server.address, requests::post(&body.to_string())).await;
    let message = reply.json()["errors"][0]["message"].to_string();
    assert!(message.contains("limits.tools"), "{message}");
}

async fn with_server_keys(keys: &str) -> Binary {
    let config = config(super::DEMO);
    Binary::start(&config.replacen("[server]\n", &format!("[server]\n{keys}"), 1)).await
}

async fn page(server: &Binary) -> http::Reply {
    let request =
        "GET /copilotkit HTTP/1.1\r\nhost: x\r\naccept: text/html\r\nconnection: close\r\n\r\n";
    http::ask(server.address, request.into()).await
}

async fn schema(server: &Binary) -> Value {
    let body = json!({"query": "{ __schema { queryType { name } } hello }"}).to_string();
    http::ask(server.address, requests::post(&body))
        .await
        .json()
}

#[tokio::test]
async fn graphiql_and_introspection_can_be_turned_off() {
    let server = with_server_keys("graphiql = false\n").await;
    let off = page(&server).await;
    assert_eq!(off.code(), 404);
    assert!(
        off.text().contains("turned off") && !off.text().contains("http"),
        "{}",
        off.text()
    );
    assert_eq!(
        schema(&server).await["data"]["__schema"]["queryType"]["name"],
        "Query"
    );
    let server = with_server_keys("introspection = false\n").await;
    assert_eq!(page(&server).await.code(), 404);
    let answer = schema(&server).await.to_string();
    assert!(!answer.contains("queryType"), "{answer}");
    let hello = http::ask(server.address, requests::hello()).await;
    assert_eq!(hello.json()["data"]["hello"], "Hello World");
    let server = with_server_keys("").await;
    assert!(page(&server).await.text().contains("graphiql"));
}

#[test]
fn limits_that_mean_nothing_are_told() {
    let told = |text: &str, env: &[(&str, &str)]| {
        let env = env
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let config = Config::parse(text, "a.toml", env);
        config.map_or_else(|error| error.to_string(), |_| String::new())
    };
    let wrong = [
        (
            "[limits.owner]\nruns_per_second = 0",
            "limits.owner.runs_per_second",
        ),
        (
            "[limits.owner]\nruns_burst = 3",
            "without `runs_per_second`",
        ),
        (
            "[limits.owner]\nruns_at_once = 0",
            "limits.owner.runs_at_once",
        ),
        (
            "[limits.address]\nrequests_per_second = \"5\"",
            "limits.address.requests_per_second",
        ),
        (
            "[limits.address]\nrequest_per_second = 5",
            "did you mean `limits.address.requests_per_second`",
        ),
        ("[limits]\nheader_bytes = 100", "8192"),
        ("[limits]\nconnections = 0", "limits.connections"),
        (
            "[server]\ntrusted_proxies = [\"10.0.0.0/8\", \"proxy\"]",
            "server.trusted_proxies.1",
        ),
        ("[server.tls]\ncert = \"a.pem\"", "needs `key`"),
    ];
    for (text, expected) in wrong {
        let told = told(text, &[]);
        assert!(told.contains(expected), "{text}: {told}");
    }
    assert_eq!(
        told("[limits.owner]\nruns_per_second = 2\nruns_burst = 10", &[]),
        ""
    );
    let env = [("AGUI_LIMITS__ADDRESS__REQUESTS_PER_SECOND", "0.5")];
    assert_eq!(told("", &env), "");
}
