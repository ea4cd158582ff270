//! LangServe chains as tools (upstream 1.10.6's `langserve`): a chain tells what it takes at `/input_schema`, and runs at
//! `/invoke`.
//!
//! ```text
//! config ─> chain ─> schema ─┐
//!                            ├─> tool ─> Offer
//! RunFacts ──────────────────┘
//! ```
//!
//! A chain that is down costs a run its tool and nothing else.

mod chain;
mod config;
mod schema;
mod tool;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};

pub use config::{LangServeConfig, LangServeError};

use self::chain::Chain;
use self::tool::ChainTool;
use super::{Offer, RunFacts, Tool, ToolSource};
use crate::upstream::{NamedUpstream, UpstreamKind};

/// The configured chains.
///
/// ```
/// use agui_runtime::Runtime;
/// use agui_runtime::tools::langserve::{LangServeChains, LangServeConfig};
///
/// let summary = LangServeConfig::new("summarize", "http://localhost:8002/summarize");
/// let chains = LangServeChains::new(&[summary])?;
/// let builder = Runtime::builder().tool_source(chains);
/// # drop(builder);
/// # Ok::<(), agui_runtime::tools::langserve::LangServeError>(())
/// ```
pub struct LangServeChains(Vec<Arc<Chain>>);

impl LangServeChains {
    /// These chains; headers are looked up in the environment here, once. None is asked anything yet.
    ///
    /// # Errors
    /// If an address is none, a header cannot be sent, or given parameters are not those of a tool.
    pub fn new(configs: &[LangServeConfig]) -> Result<Self, LangServeError> {
        let chains = configs
            .iter()
            .map(|config| Chain::new(config).map(Arc::new));
        chains.collect::<Result<_, _>>().map(Self)
    }

    /// From now on asks every now and then what the chains take, and waits for nothing. Without it that begins with the first
    /// run. Needs a Tokio runtime.
    pub fn keep_looking(&self) {
        self.0.iter().for_each(Chain::keep_looking);
    }
}

impl ToolSource for LangServeChains {
    fn upstreams(&self) -> Vec<NamedUpstream> {
        let named = self.0.iter().map(|chain| NamedUpstream {
            kind: UpstreamKind::Chain,
            name: chain.name.clone(),
            upstream: chain.upstream.clone(),
        });
        named.collect()
    }

    fn offer<'a>(&'a self, run: RunFacts<'a>) -> BoxFuture<'a, Offer> {
        async move {
            let tools = self.0.iter().map(async |chain| {
                let input = chain.input().await?;
                let tool = ChainTool::new(chain.clone(), input, run.headers.clone());
                Some(Arc::new(tool) as Arc<dyn Tool>)
            });
            Offer {
                tools: join_all(tools).await.into_iter().flatten().collect(),
                instructions: None,
            }
        }
        .boxed()
    }
}
