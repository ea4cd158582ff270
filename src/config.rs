//! What a server runs with: one TOML file, an environment variable for every key, and defaults for all of it.
//!
//! Read in three steps, so that every mistake is told with its place and all of them at once: [`tree`] merges file and
//! environment and remembers where each value came from, [`read`] makes the typed sections, [`check`] looks at what
//! types cannot say. What one step cannot make sense of is left out in the next.

mod check;
mod env;
mod path;
mod print;
mod problem;
mod read;
mod reload;
mod schema;
mod sections;
mod source;
#[cfg(test)]
mod tests;
mod tree;

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::check::Check;
use self::problem::Found;
pub use self::problem::{ConfigError, Problem};
pub use self::sections::{
    AgentSection, AnyOr, CorsSection, DemoSection, HeadersSection, LimitsSection, LogFormat,
    RunsSection, ServerSection, StoreSection, TelemetrySection,
};
pub use self::source::{Argument, Source};
use self::tree::Tree;
use crate::agents::remote::RemoteEndpointConfig;
use crate::runtime::generative_ui::GenerativeUi;
use crate::runtime::guardrails::GuardrailsConfig;
use crate::runtime::hooks::WebhooksConfig;
use crate::server::auth::AuthConfig;
use crate::tools::langserve::LangServeConfig;
use crate::tools::mcp::{McpConfig, McpSection};
use crate::transcribe::TranscriptionConfig;

/// The file that is read where no other is named, if it is there.
pub const DEFAULT_FILE: &str = "agui-runtime.toml";

/// Everything that can be configured.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub server: ServerSection,
    /// Where threads last.
    pub store: StoreSection,
    /// Which web pages may call.
    pub cors: CorsSection,
    /// Who may ask.
    pub auth: AuthConfig,
    /// What one request may cost.
    pub limits: LimitsSection,
    /// Which request headers reach agents.
    pub headers: HeadersSection,
    /// How runs share a thread.
    pub runs: RunsSection,
    /// Which tool calls become interface.
    pub generative_ui: GenerativeUi,
    /// Whom to ask before runs, and to tell after them.
    pub hooks: WebhooksConfig,
    /// What users may ask.
    pub guardrails: GuardrailsConfig,
    /// What is logged.
    pub telemetry: TelemetrySection,
    /// Who writes down what users say; without it, nobody does.
    pub transcription: Option<TranscriptionConfig>,
    /// CopilotKit remote endpoints, whose agents and actions are found there.
    pub remote_endpoints: Vec<RemoteEndpointConfig>,
    /// LangServe chains, which the agents may use as tools.
    pub langserve: Vec<LangServeConfig>,
    /// How MCP servers may be used.
    pub mcp: McpSection,
    /// MCP servers, whose tools the agents may use.
    pub mcp_servers: Vec<McpConfig>,
    /// The agents by the names they are asked under; `default` is asked where a request names none.
    pub agents: BTreeMap<String, AgentSection>,
    /// For [`Config::to_toml`]: agents, remote endpoints, LangServe chains and MCP servers as they were written.
    #[serde(skip)]
    tree: Tree,
}

impl Default for Config {
    /// What runs without a file and with an empty environment: the demo agent.
    fn default() -> Self {
        let mut tree = Tree::default();
        tree.add_default_agent(&BTreeMap::new());
        Self {
            server: ServerSection::default(),
            store: StoreSection::default(),
            cors: CorsSection::default(),
            auth: AuthConfig::default(),
            limits: LimitsSection::default(),
            headers: HeadersSection::default(),
            runs: RunsSection::default(),
            generative_ui: GenerativeUi::default(),
            hooks: WebhooksConfig::default(),
            guardrails: GuardrailsConfig::default(),
            telemetry: TelemetrySection::default(),
            transcription: None,
            remote_endpoints: Vec::new(),
            langserve: Vec::new(),
            mcp: McpSection::default(),
            mcp_servers: Vec::new(),
            agents: ["default", "demo"]
                .map(|name| (name.to_owned(), AgentSection::Demo(DemoSection::default())))
                .into(),
            tree,
        }
    }
}

impl Config {
    /// Reads `file`, or [`DEFAULT_FILE`] if it is there, and lays the environment over it.
    ///
    /// # Errors
    /// All that is wrong with what is written.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Source::of(file).load()
    }

    /// The configuration in `text`, with these environment variables laid over it; `name` is the file in messages.
    ///
    /// # Errors
    /// All that is wrong with what is written.
    pub fn parse(
        text: &str,
        name: &str,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut found = Found::default();
        let (config, _) = Self::read(Tree::parse(text, name, &mut found), env, &[], &mut found);
        found.into_result().map(|()| config)
    }

    /// What can be read, and the tree that it was read from; what cannot is found.
    fn read(
        mut tree: Tree,
        env: impl IntoIterator<Item = (String, String)>,
        arguments: &[Argument],
        found: &mut Found,
    ) -> (Self, Tree) {
        let env: BTreeMap<_, _> = env.into_iter().collect();
        tree.overlay(&env, found);
        arguments.iter().for_each(|argument| tree.argue(argument));
        tree.add_default_agent(&env);
        let written = tree.clone();
        let mut config: Self = read::read(&mut tree, found).unwrap_or_default();
        config.tree = written;
        config.check(&tree, found).run();
        (config, tree)
    }

    fn check<'a>(&'a self, read: &'a Tree, found: &'a mut Found) -> Check<'a> {
        Check {
            config: self,
            tree: read,
            found,
            agents: self.tree.agents().collect(),
        }
    }

    /// The whole configuration as TOML, defaults included, secrets blanked.
    pub fn to_toml(&self) -> String {
        print::to_toml(self, false)
    }

    /// The same, and behind each value where it comes from.
    pub fn to_toml_with_origins(&self) -> String {
        print::to_toml(self, true)
    }

    /// Each value that is set by its key, with where it comes from; secrets blanked.
    pub fn to_json_with_origins(&self) -> serde_json::Value {
        print::to_json(self)
    }

    /// JSON Schema of the file, for editors.
    pub fn schema() -> serde_json::Value {
        schema::schema()
    }

    /// A file with every key, its default and what it is for, all of them commented out.
    pub fn example() -> String {
        schema::example()
    }
}
