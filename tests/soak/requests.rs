//! Requests of the two owners of a soak.

use serde_json::{Value, json};

use crate::support::requests::{ACCEPT, chat_body};

/// Who has threads. Both use the same ids for theirs.
pub const OWNERS: [&str; 2] = ["ann", "bob"];
/// Who may look at everything.
pub const ADMIN: &str = "boss";

/// An owner's key.
pub fn key(owner: &str) -> String {
    format!("the key of {owner}, which is long enough")
}

/// The keys as the configuration names them.
pub fn keys() -> String {
    let key = |(owner, roles): (&str, &str)| {
        let variable = variable(owner);
        format!(
            "[[auth.api_keys]]\nname = \"{owner}\"\nowner = \"{owner}\"\nkey_env = \"{variable}\"\nroles = [{roles}]\n"
        )
    };
    let [ann, bob] = OWNERS;
    [(ann, ""), (bob, ""), (ADMIN, "\"admin\"")]
        .map(key)
        .concat()
}

/// The environment variable that holds an owner's key.
pub fn variable(owner: &str) -> String {
    format!("KEY_OF_{}", owner.to_uppercase())
}

/// A request below the base path.
pub fn request(owner: &str, method: &str, path: &str, body: &str) -> Vec<u8> {
    raw(owner, method, &format!("/copilotkit{path}"), body)
}

/// A GraphQL request.
pub fn graphql(owner: &str, body: &Value) -> Vec<u8> {
    asking(owner, "POST", "/copilotkit", ACCEPT, &body.to_string())
}

/// A request to any path.
pub fn raw(owner: &str, method: &str, path: &str, body: &str) -> Vec<u8> {
    asking(owner, method, path, "*/*", body)
}

fn asking(owner: &str, method: &str, path: &str, accept: &str, body: &str) -> Vec<u8> {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: {}\r\naccept: {accept}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        key(owner),
        body.len()
    )
    .into_bytes()
}

/// By which way a run is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    Rest,
    Envelope,
    GraphQl,
}

/// A request that starts a run; the mark is its id, and its message's.
pub fn run(
    face: Face,
    owner: &str,
    agent: &str,
    thread: &str,
    mark: &str,
    prompt: &str,
) -> Vec<u8> {
    if face == Face::GraphQl {
        let mut body = chat_body(prompt);
        let data = &mut body["variables"]["data"];
        data["threadId"] = thread.into();
        data["messages"][0]["id"] = format!("system of {mark}").into();
        data["messages"][1]["id"] = mark.into();
        if agent != "default" {
            data["agentSession"] = json!({"agentName": agent, "threadId": thread});
        }
        return graphql(owner, &body);
    }
    let mut input = input(thread, mark);
    input["messages"] = json!([{"id": mark, "role": "user", "content": prompt}]);
    called(face, owner, "run", agent, &input)
}

/// A request that starts a run from a state of so many bytes.
pub fn run_from(owner: &str, thread: &str, mark: &str, prompt: &str, bytes: usize) -> Vec<u8> {
    let mut input = input(thread, mark);
    input["state"] = json!({"large": "x".repeat(bytes)});
    input["messages"] = json!([{"id": mark, "role": "user", "content": prompt}]);
    called(Face::Rest, owner, "run", "agent", &input)
}

/// A request of somebody who comes back to a thread.
pub fn connect(face: Face, owner: &str, thread: &str) -> Vec<u8> {
    called(face, owner, "connect", "agent", &input(thread, "connects"))
}

fn input(thread: &str, run: &str) -> Value {
    json!({
        "threadId": thread, "runId": run, "state": {}, "tools": [], "context": [], "forwardedProps": {}, "messages": [],
    })
}

fn called(face: Face, owner: &str, what: &str, agent: &str, input: &Value) -> Vec<u8> {
    match face {
        Face::Envelope => {
            let method = format!("agent/{what}");
            let call = json!({"method": method, "params": {"agentId": agent}, "body": input});
            request(owner, "POST", "", &call.to_string())
        }
        _ => {
            let path = format!("/agent/{agent}/{what}");
            request(owner, "POST", &path, &input.to_string())
        }
    }
}
