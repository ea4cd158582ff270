//! The servers that the recordings presuppose, each with the upstreams that it asks.

use super::*;

/// What the server under test must have.
#[derive(Clone, Copy, PartialEq)]
pub enum World {
    /// A model.
    Model,
    /// A model, at the path of upstream's other integrations.
    Express,
    /// A model that refuses connections.
    NoModel,
    /// A model, and a remote endpoint of this kind.
    Remote(&'static str),
    /// A model, and CopilotKit's own Python SDK.
    Python,
    /// A model and LangServe chains.
    LangServe,
    /// A model and native tools: the library's endpoint.
    Tools,
    /// AG-UI agents, a model and one native tool: the library's endpoint.
    AgUiAndTool,
    /// AG-UI agents.
    AgUi,
    /// An agent on a LangGraph server.
    LangGraph,
    /// AG-UI agents, and a model that answers in their place.
    Delegate,
    /// A model and an MCP server.
    Mcp,
    /// Anthropic's model and native tools: the library's endpoint.
    Anthropic { caching: bool },
    /// Groq's model.
    Groq,
    /// A model with settings of its own.
    Options,
    /// A model, native tools, AG-UI agents, properties, and hooks that are told of all runs: the library's endpoint.
    Hooks,
    /// A model, native tools, and guardrails: the library's endpoint.
    Guardrails,
    /// A model, and a hook that fails: the library's endpoint.
    FailingHook,
}

impl World {
    pub fn of(golden: &Golden) -> Self {
        match golden.runtime() {
            "OpenAI adapter, nothing else" | "observability, not progressive" => Self::Model,
            "express integration" => Self::Express,
            "hooks, observability, server properties {fromServer, shared}" => Self::Hooks,
            "onBeforeRequest throws" => Self::FailingHook,
            "OpenAI adapter, model server refuses connections" => Self::NoModel,
            // Upstream forgets its remote agents here, and so says what it says where there are none.
            "remote endpoint (scripted)" if golden.name.starts_with("err-runtime-error") => {
                Self::Model
            }
            "remote endpoint (scripted)" => Self::Remote("ok"),
            "remote endpoint /info 400" => Self::Remote("info400"),
            "remote endpoint /info 404" => Self::Remote("info404"),
            "remote endpoint /info 500" | "observability, remote endpoint /info 500" => {
                Self::Remote("info500")
            }
            "remote endpoint /info 503" => Self::Remote("info503"),
            "remote endpoint /agents/execute 404" => Self::Remote("exec404"),
            "remote endpoint /agents/state 500" => Self::Remote("state500"),
            "remote endpoint refuses connections" => Self::Remote(REFUSED),
            runtime if runtime.starts_with("remote endpoint: CopilotKit Python SDK") => {
                Self::Python
            }
            "langserve chains" => Self::LangServe,
            "server-side actions, cloud guardrails" => Self::Guardrails,
            runtime if runtime.starts_with("server-side actions") => Self::Tools,
            "AG-UI HttpAgents (scripted) and action getWeather" => Self::AgUiAndTool,
            "AG-UI HttpAgents, one runtime for all requests" | "empty adapter and AG-UI agents" => {
                Self::AgUi
            }
            "AG-UI agents, delegateAgentProcessingToServiceAdapter" => Self::Delegate,
            "LangGraphAgent against a scripted LangGraph Platform" => Self::LangGraph,
            "MCP server with tools search and boom" => Self::Mcp,
            "Anthropic adapter and actions" => Self::Anthropic { caching: false },
            "Anthropic adapter with prompt caching" => Self::Anthropic { caching: true },
            "Groq adapter" => Self::Groq,
            runtime if runtime.starts_with("OpenAI adapter: no retries") => Self::Options,
            other => panic!("{}: no world for {other:?}", golden.name),
        }
    }

    pub async fn serve(self, (model, agents, remote, langgraph): Upstreams<'_>) -> Served {
        let agents = match self {
            Self::Tools => return Served::Library(Embedded::with_tools(&model.base_url()).await),
            Self::AgUiAndTool => {
                return Served::Library(Embedded::with_agents(&model.base_url(), agents).await);
            }
            Self::Hooks => {
                let told = Told::default();
                let embedded = Embedded::with_hook(&model.base_url(), agents, told.clone()).await;
                return Served::Hooked { embedded, told };
            }
            Self::Guardrails => {
                let cloud = Scripted::cloud();
                let embedded = Embedded::with_guardrails(model, &cloud).await;
                return Served::Guarded { embedded, cloud };
            }
            Self::FailingHook => {
                let embedded = Embedded::with_hook(&model.base_url(), agents, Throws).await;
                return Served::Library(embedded);
            }
            Self::Delegate => {
                return Served::Library(Embedded::with_delegate(&model.base_url(), agents).await);
            }
            Self::Anthropic { caching } => {
                let mut config = LlmConfig::new("anthropic/claude-3-5-sonnet-latest");
                config.base_url = Some(model.base_url());
                config.api_key = Some(Secret::new("ak"));
                config.prompt_caching = caching;
                // As the recorded one was.
                config.max_retries = 0;
                return Served::Library(Embedded::with_tools_and(config).await);
            }
            Self::Groq => format!(
                "[agents.default]\ntype = \"llm\"\nmodel = \"groq/llama-3.3-70b-versatile\"\n\
                 base_url = \"http://{}/openai/v1\"\napi_key = \"gk\"\n",
                model.address
            ),
            Self::Options => format!(
                "{}max_retries = 0\nparallel_tool_calls = false\nkeep_system_role = true\n",
                model_at(&model.base_url()).replace("gpt-4o", "gpt-4o-mini")
            ),
            Self::AgUi => agui::sections(agents),
            Self::LangGraph => format!(
                "[agents.lgp]\ntype = \"langgraph\"\nurl = \"{}\"\ngraph_id = \"agent\"\napi_key = \"ls-key\"\n",
                langgraph.agent("")
            ),
            Self::Mcp => {
                let server = McpServer::start(mcp::recorded()).await;
                let model = model_at(&model.base_url());
                let servers = format!(
                    "[[mcp_servers]]\nname = \"docs\"\nurl = \"{}\"\n",
                    server.url()
                );
                let binary = Binary::start(&config(&format!("{model}{servers}"))).await;
                return Served::WithMcp {
                    binary,
                    _server: server,
                };
            }
            Self::Python => {
                let python = Scripted::python("remote_py");
                let remote = remote_beside(model, &python.agent("copilotkit"));
                let headers =
                    "headers = { x-from-hook = \"yes\" }\n[headers]\nallow = [\"authorization\"]\n";
                let binary = Binary::start(&config(&format!("{remote}{headers}"))).await;
                return Served::WithPython { binary, python };
            }
            Self::LangServe => chains_beside(model, &remote.agent("ls")),
            Self::Model => model_at(&model.base_url()),
            Self::Express => {
                let text = config(&model_at(&model.base_url()));
                let text = text.replacen("/copilotkit", "/api/copilotkit", 1);
                return Served::Binary(Binary::start(&text).await);
            }
            Self::NoModel => model_at(&format!("http://{}/v1", free_address())),
            Self::Remote(REFUSED) => remote_beside(model, &format!("http://{}/x", free_address())),
            Self::Remote(kind) => remote_beside(model, &remote.agent(kind)),
        };
        Served::Binary(Binary::start(&config(&agents)).await)
    }
}

/// The model, the AG-UI agents, the remote endpoints, the LangGraph server.
pub type Upstreams<'a> = (&'a Scripted, &'a Scripted, &'a Scripted, &'a Scripted);

/// The remote endpoint that is not there.
const REFUSED: &str = "";

/// A model, and a remote endpoint.
fn remote_beside(model: &Scripted, url: &str) -> String {
    format!(
        "{}\n[[remote_endpoints]]\nurl = \"{url}\"\n",
        model_at(&model.base_url())
    )
}

/// A model, and the two chains of the recording: one tells what it takes, of the other it is configured.
fn chains_beside(model: &Scripted, url: &str) -> String {
    let typed = "parameters = { type = \"object\", properties = { topic = { type = \"string\" } }, required = [\"topic\"] }";
    format!(
        "{}\n[[langserve]]\nname = \"lsChain\"\ndescription = \"a chain\"\nurl = \"{url}\"\n\
         [[langserve]]\nname = \"lsTyped\"\ndescription = \"typed\"\nurl = \"{url}\"\n{typed}\n",
        model_at(&model.base_url())
    )
}

pub enum Served {
    Binary(Binary),
    Library(Embedded),
    WithMcp { binary: Binary, _server: McpServer },
    WithPython { binary: Binary, python: Scripted },
    Hooked { embedded: Embedded, told: Told },
    Guarded { embedded: Embedded, cloud: Scripted },
}

impl Served {
    pub fn address(&self) -> SocketAddr {
        match self {
            Self::Binary(binary)
            | Self::WithMcp { binary, .. }
            | Self::WithPython { binary, .. } => binary.address,
            Self::Library(embedded)
            | Self::Hooked { embedded, .. }
            | Self::Guarded { embedded, .. } => embedded.address,
        }
    }

    /// The guardrails that are asked about all runs.
    pub fn cloud(&self) -> Option<&Scripted> {
        match self {
            Self::Guarded { cloud, .. } => Some(cloud),
            _ => None,
        }
    }

    /// The hook that is told of all runs.
    pub fn told(&self) -> Option<&Told> {
        match self {
            Self::Hooked { told, .. } => Some(told),
            _ => None,
        }
    }

    /// The upstreams with the remote endpoint that this server has.
    pub fn upstreams<'a>(&'a self, others: Upstreams<'a>) -> Upstreams<'a> {
        let (model, agents, _, langgraph) = others;
        match self {
            Self::WithPython { python, .. } => (model, agents, python, langgraph),
            _ => others,
        }
    }
}
