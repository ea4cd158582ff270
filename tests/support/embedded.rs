//! The library's endpoint, served in this process: for what only Rust code can configure, such as native tools.

use std::net::SocketAddr;

use agui_runtime::agents::agui::AgUiAgent;
use agui_runtime::agents::llm::{LlmAgent, LlmConfig, Secret};
use agui_runtime::runtime::Runtime;
use agui_runtime::runtime::builder::RuntimeBuilder;
use agui_runtime::server::HttpOptions;
use agui_runtime::tools::Tool;
use poem::listener::{Acceptor, Listener, TcpListener};
use tokio::task::JoinHandle;

use super::agui;
use super::server::MODEL_KEY;
use super::tools::recorded;
use super::upstream::Scripted;

/// A served endpoint; it ends with this value.
pub struct Embedded {
    /// Where it listens.
    pub address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Embedded {
    /// A runtime with the recordings' server tools and this model, at the recordings' path.
    pub async fn with_tools(base_url: &str) -> Self {
        let builder = with_model(base_url);
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
        let builder = with_model(base_url).tool(tool.expect("a recorded tool"));
        Self::serve(and_agents(builder, agents)).await
    }

    /// The same without a tool; the model answers in the place of the agents.
    pub async fn with_delegate(base_url: &str, agents: &Scripted) -> Self {
        Self::serve(and_agents(with_model(base_url).delegate(true), agents)).await
    }

    /// A runtime with one tool.
    pub async fn with_tool(base_url: &str, tool: impl Tool) -> Self {
        Self::serve(with_model(base_url).tool(tool)).await
    }

    async fn serve(builder: RuntimeBuilder) -> Self {
        let runtime = builder.build().await.expect("a runtime");
        let acceptor = TcpListener::bind("127.0.0.1:0")
            .into_acceptor()
            .await
            .expect("a free port");
        let address = *acceptor.local_addr()[0]
            .as_socket_addr()
            .expect("a TCP address");
        let options = HttpOptions {
            base_path: "/copilotkit".to_owned(),
            ..HttpOptions::default()
        };
        let endpoint = runtime.endpoint_with(options).expect("an endpoint");
        let serving = tokio::spawn(async move {
            poem::Server::new_with_acceptor(acceptor)
                .run(endpoint)
                .await
                .expect("serves");
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

fn with_model(base_url: &str) -> RuntimeBuilder {
    let mut config = LlmConfig::new("openai/gpt-4o");
    config.base_url = Some(base_url.to_owned());
    config.api_key = Some(Secret::new(MODEL_KEY));
    let agent = LlmAgent::new(config).expect("a model agent");
    Runtime::builder().agent("default", agent)
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
