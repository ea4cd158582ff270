//! Gives a run the tools that come and go, before its agent starts.

use std::sync::Arc;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};

use crate::agents::{Agent, EventStream, RunInput};
use crate::tools::{RunFacts, ToolSource};

/// The agent, with what the sources have when it runs.
pub(super) fn equipped(
    agent: Arc<dyn Agent>,
    sources: &Arc<[Arc<dyn ToolSource>]>,
) -> Arc<dyn Agent> {
    if sources.is_empty() {
        return agent;
    }
    let sources = sources.clone();
    Arc::new(Equipped { agent, sources })
}

struct Equipped {
    agent: Arc<dyn Agent>,
    sources: Arc<[Arc<dyn ToolSource>]>,
}

impl Agent for Equipped {
    /// Asking the sources is a part of the stream, so that a run that is cancelled meanwhile stops asking.
    fn run(&self, input: Arc<RunInput>) -> EventStream {
        let (agent, sources) = (self.agent.clone(), self.sources.clone());
        let begin = async move { agent.run(equip(input, &sources).await) };
        stream::once(begin).flatten().boxed()
    }
}

async fn equip(input: Arc<RunInput>, sources: &[Arc<dyn ToolSource>]) -> Arc<RunInput> {
    let run = RunFacts {
        owner: &input.owner,
        properties: &input.properties,
        headers: &input.headers,
        frontend_url: input.frontend_url.as_deref(),
        tools: &input.tools,
    };
    let offers = join_all(sources.iter().map(|source| source.offer(run))).await;
    let offers = offers.into_iter().filter(|offer| !offer.tools.is_empty());
    let tools = offers.fold(input.tools.clone(), |tools, offer| tools.with(offer));
    if tools.iter().count() == input.tools.iter().count() {
        return input;
    }
    let input = RunInput::clone(&input);
    Arc::new(RunInput { tools, ..input })
}
