#![allow(clippy::unwrap_used)]

use serde_json::Value;

use super::super::Route;
use super::super::envelope::METHODS;
use super::super::input;
use super::*;

fn document() -> Value {
    serde_json::from_str(&spec("/api/copilotkit/")).unwrap()
}

/// Where a route stands in the table. Without a wildcard: a new route has to be described.
fn template(route: &Route) -> &'static str {
    match route {
        Route::Info => "/info",
        Route::Run { .. } => "/agent/{agentId}/run",
        Route::Suggest { .. } => "/agent/{agentId}/suggest",
        Route::Connect { .. } => "/agent/{agentId}/connect",
        Route::Stop { .. } => "/agent/{agentId}/stop/{threadId}",
        Route::Transcribe => "/transcribe",
        Route::DebugEvents => "/cpk-debug-events",
        Route::Threads => "/threads",
        Route::ClearThreads => "/threads/clear",
        Route::SubscribeToThreads => "/threads/subscribe",
        Route::Thread { .. } => "/threads/{threadId}",
        Route::ArchiveThread { .. } => "/threads/{threadId}/archive",
        Route::ThreadMessages { .. } => "/threads/{threadId}/messages",
        Route::ThreadEvents { .. } => "/threads/{threadId}/events",
        Route::ThreadState { .. } => "/threads/{threadId}/state",
        Route::Memories => "/memories",
        Route::Annotate => "/annotate",
        Route::InspectorMetadata => "/inspector-metadata",
        Route::InspectorLearning => "/inspector-learning",
    }
}

#[test]
fn the_table_has_every_method_of_every_route() {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    for (path, described) in paths.iter().filter(|(path, _)| *path != "/") {
        let route = Route::of(path).unwrap_or_else(|| unreachable!("{path} is no route"));
        assert_eq!(template(&route), path);
        for method in [
            Method::GET,
            Method::POST,
            Method::PATCH,
            Method::DELETE,
            Method::PUT,
        ] {
            let is_described = described.get(method.as_str().to_lowercase()).is_some();
            let taken = route.refusal(&method).is_none();
            assert!(
                is_described == taken || route == Route::Memories,
                "{method} {path}"
            );
        }
    }
    // One for each arm of `template`, and the base path.
    assert_eq!(paths.len(), 19 + 1);
    assert_eq!(document["servers"][0]["url"], "/api/copilotkit");
}

#[test]
fn the_envelope_has_every_method() {
    let envelope = &document()["components"]["schemas"]["Envelope"];
    let methods = &envelope["properties"]["method"]["enum"];
    assert_eq!(methods, &serde_json::json!(METHODS));
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let text = document.to_string();
    let names: Vec<_> = text
        .split("\"#/components/schemas/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(names.contains(&"Event") && names.contains(&"ToolCallArgsEvent"));
    for name in names {
        assert!(
            document["components"]["schemas"].get(name).is_some(),
            "{name}"
        );
    }
}

#[test]
fn the_examples_are_what_they_should_be() {
    for operation in OPERATIONS {
        let Some(body) = &operation.body else {
            continue;
        };
        let example: Value = serde_json::from_str(body.example).unwrap();
        if body.content[0].1 == "RunAgentInput" {
            let most = input::Most {
                messages: 10,
                tools: 10,
            };
            let read = input::read(example.to_string().as_bytes(), most);
            assert!(read.is_ok(), "{}: {read:?}", operation.path);
        }
    }
    let input = &document()["paths"]["/agent/{agentId}/run"]["post"]["requestBody"];
    let schema = &input["content"]["application/json"]["schema"];
    assert_eq!(schema["example"]["threadId"], "docs");
}

#[test]
fn the_page_loads_nothing_from_elsewhere() {
    let page = page("/").replace("<link rel=\"icon\" href=\"data:,\">", "");
    // What the page's own markup would load; the bundle's text mentions addresses, and calls none.
    for tag in [
        "<link",
        "<script src",
        "<img src=\"http",
        "@import url(http",
    ] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert!(page.contains("spec: spec"));
}
