//! A tool in Rust: a model looks up for the user how many pieces of an article a shop has.
//!
//! ```sh
//! OPENAI_API_KEY=… cargo run --example tool       # or the key of another provider; or none, with Ollama on this machine
//! cargo run -- chat --url http://127.0.0.1:8000/api/copilotkit      # in another terminal: "How many lamps are there?"
//! ```

use std::collections::HashMap;

use agui_runtime::Runtime;
use agui_runtime::agents::llm::{LlmAgent, LlmConfig};
use agui_runtime::tools::{Tool, ToolContext, ToolError, ToolOutput};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use poem::listener::TcpAcceptor;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What the shop has. A real one would hold a pool of connections to a database.
struct Stock(HashMap<&'static str, u32>);

impl Tool for Stock {
    fn name(&self) -> &str {
        "stock"
    }

    /// The model decides by this text when to call.
    fn description(&self) -> &str {
        "How many pieces of an article the shop has"
    }

    /// JSON Schema, which reaches the model as it is.
    fn parameters(&self) -> Value {
        json!({
            "type": "object",
            "properties": {"article": {"type": "string", "description": "In the singular, such as `lamp`"}},
            "required": ["article"],
        })
    }

    /// One call. `context` says for whom, on which thread and in which run; what one user may see is decided by its `owner`.
    ///
    /// A user who stops the run drops the future, and with it whatever it waits for.
    fn call(
        &self,
        arguments: Value,
        context: ToolContext,
    ) -> BoxFuture<'_, Result<ToolOutput, ToolError>> {
        async move {
            // Models do not always keep to the schema. An error goes back to the model, which mostly tries again.
            let article = arguments["article"].as_str().ok_or_else(|| ToolError {
                message: "`article` is missing".into(),
            })?;
            println!("{} asks for {article}", context.owner.as_str());
            match self.0.get(article) {
                Some(pieces) => Ok(json!({"article": article, "pieces": pieces}).into()),
                None => Err(ToolError {
                    message: format!("the shop does not sell `{article}`"),
                }),
            }
        }
        .boxed()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A model of the provider whose key is in the environment.
    let model = LlmConfig::from_env().unwrap_or_else(|| LlmConfig::new("ollama/llama3.2"));
    let config = LlmConfig {
        prompt: Some("You answer for a shop. Look up what is in stock; never guess.".into()),
        // With 1, the answer would end with the call. So the model goes on with the result by itself, up to three times.
        max_steps: 4,
        ..model
    };
    let runtime = Runtime::builder()
        .agent("default", LlmAgent::new(config)?)
        .tool(Stock(HashMap::from([("lamp", 7), ("chair", 0)])))
        .build()
        .await?;

    let port = std::env::args().nth(1).unwrap_or_else(|| "8000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!(
        "listening on http://{}/api/copilotkit",
        listener.local_addr()?
    );
    poem::Server::new_with_acceptor(TcpAcceptor::from_tokio(listener)?)
        .run(runtime.endpoint()?)
        .await?;
    Ok(())
}
