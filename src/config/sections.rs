//! The sections of the configuration file, with their defaults.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::agents::agui::AgUiConfig;
use crate::agents::langgraph::LangGraphConfig;
use crate::agents::llm::LlmConfig;
use crate::runtime::WhenBusy;
use crate::server::TlsSection;
use crate::server::limits::ClientLimits;
use crate::store::{Durability, StoreLimits, StoreOptions};
use crate::upstream::HeaderSource;

/// `[server]`: where to listen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSection {
    /// Address or name to listen on; `0.0.0.0` for all of IPv4, `::` for everything.
    pub host: String,
    /// TCP port; 0 takes a free one.
    pub port: u16,
    /// The path at which CopilotKit clients call; `/` for the root.
    pub base_path: String,
    /// Seconds of silence after which an AG-UI stream says that it is still there, so that proxies keep it open.
    pub keep_alive_seconds: u64,
    /// Seconds that runs have to end once the server was told to stop.
    pub shutdown_grace_seconds: u64,
    /// Seconds that it goes on before that, while `/health/ready` says that it is not ready: load balancers need some to
    /// take note.
    pub shutdown_delay_seconds: u64,
    /// Whether the GraphQL schema can be asked for.
    pub introspection: bool,
    /// Whether browsers get GraphiQL at `base_path`; it needs `introspection`.
    pub graphiql: bool,
    /// Addresses and networks of proxies, such as `10.0.0.0/8`, whose `X-Forwarded-For` tells where requests come from.
    #[schemars(example = ["10.0.0.0/8"])]
    pub trusted_proxies: Vec<String>,
    /// Files with a certificate and its key; without them, connections are not encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSection>,
    /// Whether there is a console at `/console`, and at `/` for browsers where `base_path` is another.
    pub console: bool,
}

impl Default for ServerSection {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 8000,
            base_path: "/api/copilotkit".to_owned(),
            keep_alive_seconds: 15,
            shutdown_grace_seconds: 10,
            shutdown_delay_seconds: 0,
            introspection: true,
            graphiql: true,
            trusted_proxies: Vec::new(),
            tls: None,
            console: true,
        }
    }
}

/// `[store]`: where threads last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StoreSection {
    /// `sqlite:FILE` (made if it is not there), `sqlite::memory:`, `memory:`, or for several servers
    /// `postgres://user:password@host:5432/database` or `redis://user:password@host:6379`.
    pub url: String,
    /// The most threads that are kept, of all owners; those go first that have not changed for the longest time. Unset, a
    /// store in memory keeps upstream's 1,000, another one all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 10_000)]
    pub threads: Option<usize>,
    /// The most runs that are kept of a thread; the oldest go first. Unset, a store in memory keeps upstream's 100, another
    /// one all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 100)]
    pub runs_per_thread: Option<usize>,
    /// The most bytes of events that are kept; threads go as with `threads`. Unset, a store in memory keeps upstream's 512
    /// MiB, another one all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 1_000_000_000)]
    pub bytes: Option<u64>,
    /// Threads that have not changed for so many days are dropped. Unset, none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 90)]
    pub max_age_days: Option<u32>,
    /// How many earlier versions of an agent's state are kept besides the one that is there.
    pub state_versions: usize,
    /// When clients are shown what a run says: `batched`, at once, and it is stored within 50 ms; or `strict`, once it is
    /// stored for good.
    pub durability: Durability,
    /// How long a run keeps its thread if its server says nothing; then another one ends it.
    pub lease_seconds: u64,
}

impl Default for StoreSection {
    fn default() -> Self {
        Self {
            url: "sqlite:agui-runtime.db".to_owned(),
            threads: None,
            runs_per_thread: None,
            bytes: None,
            max_age_days: None,
            state_versions: StoreLimits::STATE_VERSIONS,
            durability: Durability::default(),
            lease_seconds: StoreOptions::LEASE.as_secs(),
        }
    }
}

/// `[cors]`: which web pages may call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CorsSection {
    /// Origins such as `https://app.example.com`, or `"*"` for any. With a list, others may not change anything either.
    pub origins: AnyOr,
    /// Whether browsers may send cookies and HTTP credentials along; needs a list of origins.
    pub credentials: bool,
    /// Request headers that pages may send, or `"*"` for whichever they ask for.
    pub headers: AnyOr,
    /// Seconds for which browsers may remember the answer to a preflight; unset leaves it to them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 600)]
    pub max_age: Option<u64>,
}

impl Default for CorsSection {
    fn default() -> Self {
        Self {
            origins: AnyOr::Any,
            credentials: false,
            headers: AnyOr::Any,
            max_age: None,
        }
    }
}

/// `[limits]`: what a request, a run and a connection may cost before they are refused or ended, and how many of them one
/// owner and one address may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsSection {
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Seconds for a request's body to arrive.
    pub body_read_seconds: u64,
    /// Nesting of a GraphQL query.
    pub query_depth: usize,
    /// Fields of a GraphQL query, each use of a fragment counted.
    pub query_complexity: usize,
    /// Those of them that have an alias.
    pub query_aliases: usize,
    /// Lexical tokens of a GraphQL query.
    pub query_tokens: usize,
    /// Messages in one request.
    pub messages: usize,
    /// Tools that one request brings.
    pub tools: usize,
    /// Seconds that a run may take.
    pub run_seconds: u64,
    /// Bytes of events that a run may produce.
    pub run_bytes: usize,
    /// Headers of a request.
    pub headers: usize,
    /// Bytes of a request's head: its first line and its headers.
    pub header_bytes: usize,
    /// Seconds for a request's head to arrive, and for the next one on a connection that is kept open. Behind a load
    /// balancer more than that keeps its idle connections.
    pub header_read_seconds: u64,
    /// Seconds that an answer waits for a client that takes nothing of it.
    pub write_seconds: u64,
    /// Connections that are open at the same time.
    pub connections: usize,
    /// The same of one address; those of `server.trusted_proxies` are not counted. Unset, an address may have all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 200)]
    pub connections_per_address: Option<usize>,
    /// What one owner may ask for. Without authentication, all are one.
    pub owner: ClientLimits,
    /// What may be asked for from one address; of IPv6, from one network of 64 bits.
    pub address: ClientLimits,
}

impl Default for LimitsSection {
    fn default() -> Self {
        Self {
            body_bytes: 25_000_000,
            body_read_seconds: 30,
            query_depth: 30,
            query_complexity: 2_000,
            query_aliases: 100,
            query_tokens: 10_000,
            messages: 10_000,
            tools: 1_000,
            run_seconds: 600,
            run_bytes: 50_000_000,
            headers: 100,
            header_bytes: 64 << 10,
            header_read_seconds: 10,
            write_seconds: 60,
            connections: 10_000,
            connections_per_address: None,
            owner: ClientLimits::default(),
            address: ClientLimits::default(),
        }
    }
}

/// `[headers]`: which headers of a request reach the agents that it asks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HeadersSection {
    /// Only these, in place of upstream's `authorization` and `x-*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = ["authorization", "x-tenant"])]
    pub allow: Option<Vec<String>>,
    /// Never these, besides those of proxies and platforms that upstream leaves out.
    #[schemars(example = ["x-internal-*"])]
    pub deny: Vec<String>,
}

/// `[runs]`: who answers them, how they share a thread, and whether they outlive their client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RunsSection {
    /// What becomes of a run on a thread that has an active one: `reject`, `supersede` or `queue`. Unset, a GraphQL
    /// client's run supersedes and an AG-UI client's is refused. At most 16 wait; more are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when_busy: Option<WhenBusy>,
    /// Whether an AG-UI client that goes away ends its run, as a GraphQL client does.
    pub attached: bool,
    /// Whether the default agent answers GraphQL requests that name another one, with all agents to hand over to: upstream
    /// 1.10.6's `delegateAgentProcessingToServiceAdapter`.
    pub delegate: bool,
}

/// `[telemetry]`: what is logged, counted and traced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetrySection {
    /// `error`, `warn`, `info`, `debug`, `trace`, or by module: `info,agui_runtime::store=debug`.
    pub level: String,
    /// How a line of the log looks.
    pub format: LogFormat,
    /// Whether `{base_path}/cpk-debug-events` shows the events of all runs of the asking owner as they come.
    pub debug_events: bool,
    /// Whether the log has what users ask and agents answer.
    pub log_content: bool,
    /// Whether `/metrics` shows figures for Prometheus.
    pub metrics: bool,
    /// Where an OpenTelemetry collector takes traces by OTLP over HTTP, such as `http://localhost:4318`; `/v1/traces` is added.
    /// Unset, OpenTelemetry's own variables say (`OTEL_EXPORTER_OTLP_ENDPOINT`); without them there are no traces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otlp_endpoint: Option<String>,
    /// Headers for the collector: `authorization = { env = "OTLP_AUTH" }`.
    pub otlp_headers: BTreeMap<String, HeaderSource>,
    /// Which part of the traces that begin here is kept, from 0 to 1; those that a client began are as the client says.
    /// Unset, `OTEL_TRACES_SAMPLER` says, or all are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_ratio: Option<f64>,
    /// How traces call this server. Unset, `OTEL_SERVICE_NAME` says, or it is `agui-runtime`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
}

impl Default for TelemetrySection {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Text,
            debug_events: false,
            log_content: false,
            metrics: true,
            otlp_endpoint: None,
            otlp_headers: BTreeMap::new(),
            sample_ratio: None,
            service_name: None,
        }
    }
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object in a line.
    Json,
}

/// `[agents.<name>]`: one agent, its kind told by `type`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(tag = "type")]
pub enum AgentSection {
    /// A language model behind an OpenAI-compatible server.
    Llm(Box<LlmConfig>),
    /// An agent elsewhere that speaks AG-UI.
    #[serde(rename = "ag-ui")]
    AgUi(Box<AgUiConfig>),
    /// A graph on a LangGraph server.
    LangGraph(Box<LangGraphConfig>),
    /// The scripted agent that needs no model.
    Demo(DemoSection),
}

impl Serialize for AgentSection {
    /// As it is written: the kind is one of the keys.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(tag = "type", rename_all = "lowercase")]
        enum Written<'a> {
            Llm(&'a LlmConfig),
            #[serde(rename = "ag-ui")]
            AgUi(&'a AgUiConfig),
            LangGraph(&'a LangGraphConfig),
            Demo(&'a DemoSection),
        }
        match self {
            Self::Llm(llm) => Written::Llm(llm),
            Self::AgUi(agui) => Written::AgUi(agui),
            Self::LangGraph(graph) => Written::LangGraph(graph),
            Self::Demo(demo) => Written::Demo(demo),
        }
        .serialize(serializer)
    }
}

/// `type = "demo"`: nothing to set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DemoSection {}

/// `"*"`, or a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyOr {
    /// `"*"`: all there are.
    Any,
    /// Only these.
    These(Vec<String>),
}

impl Serialize for AnyOr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => serializer.serialize_str("*"),
            Self::These(these) => these.serialize(serializer),
        }
    }
}

impl JsonSchema for AnyOr {
    fn schema_name() -> Cow<'static, str> {
        "AnyOr".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"const": "*"}, {"type": "array", "items": {"type": "string"}}]})
    }
}

impl<'de> Deserialize<'de> for AnyOr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyOrVisitor)
    }
}

struct AnyOrVisitor;

impl<'de> Visitor<'de> for AnyOrVisitor {
    type Value = AnyOr;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"*\" or a list of texts")
    }

    /// One text may hold several, with commas: an environment variable has no lists.
    fn visit_str<E>(self, text: &str) -> Result<AnyOr, E> {
        Ok(match text.trim() {
            "*" => AnyOr::Any,
            texts => AnyOr::These(
                texts
                    .split(',')
                    .map(|text| text.trim().to_owned())
                    .collect(),
            ),
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<AnyOr, A::Error> {
        let mut these = Vec::new();
        while let Some(item) = items.next_element::<String>()? {
            these.push(item);
        }
        Ok(if these == ["*"] {
            AnyOr::Any
        } else {
            AnyOr::These(these)
        })
    }
}
