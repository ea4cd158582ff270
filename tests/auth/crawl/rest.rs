//! Every operation of `/openapi.json`, and every method of the envelope that it describes.

use poem::http::Method;
use serde_json::{Value, json};

use super::place::Asked;
use super::with_id;

/// The agents whose threads are asked for.
const AGENTS: [&str; 2] = ["default", "endless"];

/// Each operation with this id of a thread.
pub fn requests(document: &Value, id: &str) -> Vec<Asked> {
    let mut all = Vec::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            if path == "/" {
                // Of the envelope's own methods.
                continue;
            }
            let method: Method = method.to_uppercase().parse().expect("a method");
            for agent in agents(path) {
                all.push(Asked {
                    route: format!("{method} {path}"),
                    method: method.clone(),
                    body: body(operation, id),
                    ..Asked::get(&filled(path, agent, id))
                });
            }
        }
    }
    all
}

fn agents(path: &str) -> &'static [&'static str] {
    let starts = path.ends_with("/run") || path.ends_with("/suggest");
    match path.contains("{agentId}") && !starts {
        true => &AGENTS,
        // What is started has to end.
        false => &AGENTS[..1],
    }
}

fn filled(path: &str, agent: &str, id: &str) -> String {
    let path = path.replace("{agentId}", agent).replace("{threadId}", id);
    assert!(
        !path.contains('{'),
        "{path}: teach the crawl what this stands for"
    );
    path
}

/// The example of an operation's body, on this thread.
fn body(operation: &Value, id: &str) -> Option<Value> {
    let content = operation["requestBody"]["content"].get("application/json")?;
    let example = content["schema"]
        .get("example")
        .or_else(|| content.get("example"));
    let body = match example {
        Some(Value::String(text)) => serde_json::from_str(text).expect("JSON"),
        Some(example) => example.clone(),
        None => json!({}),
    };
    Some(with_id(&body, id))
}

/// Each method of the envelope with this id, and each operation as a resource.
pub fn enveloped(document: &Value, id: &str) -> Vec<Asked> {
    let methods = &document["components"]["schemas"]["Envelope"]["properties"]["method"]["enum"];
    let methods = methods.as_array().expect("the envelope's methods");
    let mut all = Vec::new();
    for method in methods.iter().filter_map(Value::as_str) {
        let path = match method {
            "agent/run" => "/agent/{agentId}/run",
            "agent/suggest" => "/agent/{agentId}/suggest",
            "agent/connect" => "/agent/{agentId}/connect",
            "agent/stop" => "/agent/{agentId}/stop/{threadId}",
            "info" => "/info",
            "inspector/metadata" => "/inspector-metadata",
            "inspector/learning" => "/inspector-learning",
            "transcribe" => "/transcribe",
            "resource/request" => {
                all.extend(requests(document, id).into_iter().map(as_resource));
                continue;
            }
            new => panic!("{new}: teach the crawl what this method asks"),
        };
        let operations = document["paths"][path].as_object().expect("its route");
        let operation = operations.values().next().expect("its operation");
        for agent in agents(path) {
            let body = body(operation, id);
            let params = json!({"agentId": agent, "threadId": id});
            let mut envelope = json!({"method": method, "params": params});
            if let Some(body) = body {
                envelope["body"] = body;
            }
            all.push(Asked::post(method, envelope));
        }
    }
    all
}

fn as_resource(asked: Asked) -> Asked {
    let params = json!({"path": asked.path, "httpMethod": asked.method.as_str()});
    let mut envelope = json!({"method": "resource/request", "params": params});
    if let Some(body) = asked.body {
        envelope["body"] = body;
    }
    Asked::post(&format!("resource {}", asked.route), envelope)
}
