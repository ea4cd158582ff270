//! Traces by OTLP, as a collector gets them: from the incoming request to the agent that was asked.

use std::collections::HashMap;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use poem::http::StatusCode;
use prost::Message;
use tokio::sync::mpsc;

use super::{SECRET, config, get, model, run};
use crate::support::http;
use crate::support::model::{Call, Model};
use crate::support::requests::chat_body;
use crate::support::server::{Binary, free_address};
use crate::support::service::{Asked, Service};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

async fn collector() -> Service {
    Service::start(async |_, _| (StatusCode::OK, String::new())).await
}

/// An agent that says nothing, and tells what headers it was asked with.
async fn agent() -> (Model, mpsc::Receiver<String>) {
    let (tell, told) = mpsc::channel(16);
    let agent = Model::start(move |mut call: Call| {
        let _ = tell.try_send(call.head.clone());
        async move {
            let (thread, run) = (&call.body["threadId"], &call.body["runId"]);
            let ids = format!("\"threadId\":{thread},\"runId\":{run}");
            call.begin().await;
            for kind in ["RUN_STARTED", "RUN_FINISHED"] {
                let event = format!("data: {{\"type\":\"{kind}\",{ids}}}\n\n");
                call.chunk(event.as_bytes()).await;
            }
            call.raw(b"0\r\n\r\n").await;
        }
    })
    .await;
    (agent, told)
}

/// The spans that came, by name, with the name of the service.
fn spans(asked: &[Asked]) -> (HashMap<String, Span>, Vec<String>) {
    let (mut spans, mut services) = (HashMap::new(), Vec::new());
    for asked in asked {
        let told = ExportTraceServiceRequest::decode(&*asked.body).expect("OTLP");
        for told in told.resource_spans {
            let resource = told.resource.expect("a resource");
            let name = resource
                .attributes
                .iter()
                .find(|it| it.key == "service.name");
            services.push(text(name.and_then(|it| it.value.as_ref()?.value.as_ref())));
            for span in told.scope_spans.into_iter().flat_map(|it| it.spans) {
                spans.insert(span.name.clone(), span);
            }
        }
    }
    (spans, services)
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::StringValue(text)) => text.clone(),
        other => panic!("no text: {other:?}"),
    }
}

fn attribute(span: &Span, key: &str) -> String {
    let found = span.attributes.iter().find(|it| it.key == key);
    let found = found.unwrap_or_else(|| panic!("no {key} in {span:?}"));
    text(found.value.as_ref().and_then(|it| it.value.as_ref()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Waits until the collector has a span of each name.
async fn told(collector: &Service, names: &[&str]) -> (HashMap<String, Span>, Vec<String>) {
    let mut wanted = 1;
    loop {
        let asked = collector.asked(wanted).await;
        let found = spans(&asked);
        if names.iter().all(|name| found.0.contains_key(*name)) {
            return found;
        }
        wanted = asked.len() + 1;
    }
}

fn telemetry(collector: &Service, more: &str) -> String {
    format!(
        "[telemetry]\notlp_endpoint = \"{}\"\n{more}\n\n",
        collector.url("")
    )
}

fn with_agent(agent: &Model, telemetry: &str) -> String {
    let url = format!("http://{}/path?key={SECRET}", agent.address);
    let agent = crate::support::agui::section("default", &url, "");
    crate::support::server::config(&format!("{telemetry}{agent}"))
}

const SOON: [(&str, &str); 1] = [("OTEL_BSP_SCHEDULE_DELAY", "50")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_graphql_run_is_one_trace_from_the_client_to_the_agent() {
    let (collector, (agent, mut heads)) = (collector().await, agent().await);
    let more = format!("otlp_headers = {{ x-token = \"{SECRET}\" }}\nservice_name = \"chat\"");
    let telemetry = telemetry(&collector, &more);
    let server = Binary::start_in(&with_agent(&agent, &telemetry), &SOON).await;
    let traceparent = format!("traceparent: 00-{TRACE}-{PARENT}-01\r\n");
    let request = super::post("/copilotkit", &traceparent, &chat_body(SECRET));
    let reply = http::ask(server.address, request).await;
    assert!(reply.complete, "{}", reply.text());

    let upstream = format!("http://{}", agent.address);
    let (spans, services) = told(&collector, &["POST /", "run", &upstream]).await;
    assert!(services.iter().all(|it| it == "chat"), "{services:?}");
    let (incoming, run, upstream) = (&spans["POST /"], &spans["run"], &spans[&upstream]);
    for span in [incoming, run, upstream] {
        assert_eq!(hex(&span.trace_id), TRACE, "{span:?}");
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano);
        assert!(!format!("{span:?}").contains(SECRET), "{span:?}");
    }
    assert_eq!(hex(&incoming.parent_span_id), PARENT);
    assert_eq!(run.parent_span_id, incoming.span_id);
    assert_eq!(upstream.parent_span_id, run.span_id);
    // Server, internal, client.
    assert_eq!((incoming.kind, run.kind, upstream.kind), (2, 1, 3));
    assert_eq!(attribute(incoming, "http.request.method"), "POST");
    assert_eq!(attribute(run, "agent"), "default");

    let head = heads.recv().await.expect("the agent was asked");
    let passed_on = format!("traceparent: 00-{TRACE}-{}-01", hex(&upstream.span_id));
    assert_eq!(head.matches("traceparent:").count(), 1, "{head}");
    assert!(head.contains(&passed_on), "{head}");
    let asked = &collector.asked(1).await[0];
    assert_eq!(
        (asked.path.as_str(), asked.header("x-token")),
        ("/v1/traces", SECRET)
    );
    assert_eq!(asked.header("content-type"), "application/x-protobuf");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opentelemetrys_own_variables_are_heeded_and_the_last_spans_are_sent_at_the_end() {
    let (collector, (agent, mut heads)) = (collector().await, agent().await);
    let endpoint = collector.url("");
    let env = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_SERVICE_NAME", "by-environment"),
        // Nothing is sent but at the end.
        ("OTEL_BSP_SCHEDULE_DELAY", "3600000"),
    ];
    let mut server = Binary::start_in(&with_agent(&agent, ""), &env).await;
    http::ask(server.address, run("default", "t1", "hello", "")).await;
    assert!(
        heads
            .recv()
            .await
            .expect("asked")
            .contains("traceparent: 00-")
    );
    assert_eq!(collector.count(), 0);
    let pid = server.id().to_string();
    let told_to = std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status();
    assert!(told_to.expect("kill").success());
    let (spans, services) = told(&collector, &["POST /agent/{agent}/run", "run"]).await;
    assert_eq!(services[0], "by-environment");
    assert_eq!(attribute(&spans["run"], "run_id"), "t1");
    while server.lives() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_away_costs_one_line_of_the_log() {
    let (agent, mut heads) = agent().await;
    let nowhere = format!(
        "[telemetry]\notlp_endpoint = \"http://{}\"\n\n",
        free_address()
    );
    let server = Binary::start_in(&with_agent(&agent, &nowhere), &SOON).await;
    let complaints = || server.log().matches("takes no traces").count();
    let mut runs = 0;
    while complaints() == 0 || runs < 20 {
        let thread = format!("t{runs}");
        let reply = http::ask(server.address, run("default", &thread, "hello", "")).await;
        assert!(reply.text().contains("RUN_FINISHED"));
        heads.recv().await.expect("asked");
        runs += 1;
        assert!(runs < 10_000, "the log does not tell:\n{}", server.log());
    }
    assert_eq!(complaints(), 1, "{}", server.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_collector_no_agent_is_told_of_a_trace() {
    let (model, (agent, mut heads)) = (model().await, agent().await);
    let server = Binary::start(&config(&model, &agent, "")).await;
    http::ask(server.address, run("remote", "t1", "hello", "")).await;
    let head = heads.recv().await.expect("asked");
    assert!(!head.contains("traceparent"), "{head}");
    assert_eq!(
        http::ask(server.address, get("/health/live")).await.code(),
        200
    );
}
