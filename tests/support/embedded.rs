//! The library's endpoint, served in this process: for what only Rust code can configure, such as native tools.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use agui_runtime::agents::agui::AgUiAgent;
use agui_runtime::agents::llm::{LlmAgent, LlmConfig, Secret};
use agui_runtime::runtime::Runtime;
use agui_runtime::runtime::builder::RuntimeBuilder;
use agui_runtime::runtime::guardrails::{
    Guardrail, GuardrailError, GuardrailService, Question, Topics, Verdict,
};
use agui_runtime::runtime::hooks::Hook;
use agui_runtime::server::HttpOptions;
use agui_runtime::tools::Tool;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use poem::http::HeaderValue;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, Request, Response};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::agui;
use super::server::MODEL_KEY;
use super::tools::recorded;
use super::upstream::{Log, Scripted};

/// Guardrails whose verdict is there once the model has been asked too, as it is of upstream's, which asks both at once and takes
/// none back. Here the run ends with the verdict, and whether the model was asked by then would be a matter of milliseconds.
struct AfterModel {
    service: GuardrailService,
    asked: Log,
}

impl Guardrail for AfterModel {
    fn judge<'a>(
        &'a self,
        question: &'a Question,
    ) -> BoxFuture<'a, Result<Verdict, GuardrailError>> {
        async move {
            let before = self.asked.lines().len();
            let verdict = self.service.judge(question).await;
            while self.asked.lines().len() == before {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            verdict
        }
        .boxed()
    }
}

/// A served endpoint; it ends with this value.
pub struct Embedded {
    /// Where it listens.
    pub address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Embedded {
    /// A runtime with the recordings' server tools and this model, at the recordings' path.
    pub async fn with_tools(base_url: &str) -> Self {
        Self::with_tools_and(openai(base_url)).await
    }

    /// A runtime with the recordings' server tools and a model of this configuration.
    pub async fn with_tools_and(config: LlmConfig) -> Self {
        let builder = with_model(config);
        Self::serve(
            recorded()
                .into_iter()
                .fold(builder, |builder, tool| builder.tool(tool)),
        )
        .await
    }

    /// A runtime with the recordings' AG-UI agents, their model, and the one tool that it had besides.
    pub async fn with_agents(base_url: &str, agents: &Scripted) -> Self {
        let tool = recorded()
            .into_iter()
            .find(|tool| tool.name() == "getWeather");
        let builder = with_model(openai(base_url)).tool(tool.expect("a recorded tool"));
        Self::serve(and_agents(builder, agents)).await
    }

    /// The same without a tool; the model answers in the place of the agents.
    pub async fn with_delegate(base_url: &str, agents: &Scripted) -> Self {
        Self::serve(and_agents(
            with_model(openai(base_url)).delegate(true),
            agents,
        ))
        .await
    }

    /// A runtime with one tool.
    pub async fn with_tool(base_url: &str, tool: impl Tool) -> Self {
        Self::serve(with_model(openai(base_url)).tool(tool)).await
    }

    /// A runtime with the recordings' server tools, AG-UI agents, model and properties, and this hook.
    pub async fn with_hook(base_url: &str, agents: &Scripted, hook: impl Hook) -> Self {
        let properties = json!({"fromServer": "yes", "shared": "server"});
        let builder = recorded()
            .into_iter()
            .fold(with_model(openai(base_url)), |builder, tool| {
                builder.tool(tool)
            });
        let builder = builder.properties(properties.as_object().cloned().expect("an object"));
        Self::serve(and_agents(builder, agents).hook(hook)).await
    }

    /// A runtime with the recordings' server tools and model, and these guardrails with the recordings' key.
    pub async fn with_guardrails(model: &Scripted, cloud: &Scripted) -> Self {
        let url = format!("http://{}", cloud.address);
        let key = Some(HeaderValue::from_static("ck_pub_1"));
        let patience = Duration::from_secs(10);
        let guardrails = GuardrailService::new(&url, key, patience, Topics::default());
        let guardrails = AfterModel {
            service: guardrails.expect("a service"),
            asked: model.log(),
        };
        let builder = with_model(openai(&model.base_url())).guardrail(guardrails);
        let tools = recorded().into_iter();
        Self::serve(tools.fold(builder, |builder, tool| builder.tool(tool))).await
    }

    async fn serve(builder: RuntimeBuilder) -> Self {
        Self::serve_at("/copilotkit", builder).await
    }

    /// Whatever the builder builds, at this path.
    pub async fn serve_at(base_path: &str, builder: RuntimeBuilder) -> Self {
        let runtime = builder.build().await.expect("a runtime");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let options = HttpOptions {
            base_path: base_path.to_owned(),
            ..HttpOptions::default()
        };
        let endpoint = Arc::new(runtime.endpoint_with(options).expect("an endpoint"));
        let serving = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(connection(socket, endpoint.clone()));
            }
        });
        Self { address, serving }
    }
}

fn and_agents(builder: RuntimeBuilder, agents: &Scripted) -> RuntimeBuilder {
    let agents = agui::agents(agents).into_iter();
    agents.fold(builder, |builder, (name, config)| {
        builder.agent(name, AgUiAgent::new(config).expect("an agent"))
    })
}

fn openai(base_url: &str) -> LlmConfig {
    let mut config = LlmConfig::new("openai/gpt-4o");
    config.base_url = Some(base_url.to_owned());
    config.api_key = Some(Secret::new(MODEL_KEY));
    config
}

fn with_model(config: LlmConfig) -> RuntimeBuilder {
    let agent = LlmAgent::new(config).expect("a model agent");
    Runtime::builder().agent("default", agent)
}

/// As the binary serves. Poem 3.1's own server polls a connection once more after its client has gone, and keeps the answer
/// until its next byte.
async fn connection(socket: TcpStream, endpoint: Arc<impl Endpoint<Output = Response> + 'static>) {
    let (Ok(local), Ok(remote)) = (socket.local_addr(), socket.peer_addr()) else {
        return;
    };
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let endpoint = endpoint.clone();
        let (local, remote) = (LocalAddr(local.into()), RemoteAddr(remote.into()));
        let request = Request::from((request, local, remote, http::uri::Scheme::HTTP));
        async move { Ok::<_, Infallible>(hyper::Response::from(endpoint.get_response(request).await)) }
    });
    let serving = http1::Builder::new().serve_connection(TokioIo::new(socket), service);
    // A client may go at any time.
    let _ = serving.await;
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
