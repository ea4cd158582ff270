//! One chain: asked in the background what it takes, so that no run waits for one that is down, and called where a model
//! wants it.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use super::config::{LangServeConfig, LangServeError};
use super::schema::Input;
use crate::agents::agui::excerpt;
use crate::upstream::{Answer, BodyError, Failed, Repeat, Upstream, header_map, innermost};

/// The pause before a chain that failed is asked again what it takes; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How long a chain may take to tell what it takes, whoever still waits for it.
const LONGEST_LOOK: Duration = Duration::from_secs(30);
/// The longest answer.
const MAX_ANSWER_BYTES: usize = 16 << 20;

pub(super) struct Chain {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) upstream: Upstream,
    url: Url,
    headers: HeaderMap,
    refresh: Duration,
    patience: Duration,
    /// What the chain takes is configured, and never asked for.
    given: bool,
    /// Since when it is asked.
    looking: OnceLock<Instant>,
    known: watch::Sender<Known>,
}

#[derive(Default)]
struct Known {
    input: Option<Arc<Input>>,
    /// Whether the first answer has come, or failed to.
    looked: bool,
}

impl Chain {
    pub(super) fn new(config: &LangServeConfig) -> Result<Self, LangServeError> {
        config.check()?;
        let url = config.address()?;
        let upstream = Upstream::at(&url, config.settings());
        let headers = header_map(&config.headers);
        let given = config.given_input()?.map(Arc::new);
        Ok(Self {
            name: config.name.clone(),
            description: config.description.clone(),
            upstream: upstream.map_err(|error| config.error("url", &error.to_string()))?,
            url,
            headers: headers.map_err(|error| config.error("headers", &error.to_string()))?,
            refresh: config.refresh,
            patience: config.discovery_timeout,
            given: given.is_some(),
            looking: OnceLock::new(),
            known: watch::Sender::new(Known {
                looked: given.is_some(),
                input: given,
            }),
        })
    }

    /// From now on asks every now and then what the chain takes.
    pub(super) fn keep_looking(self: &Arc<Self>) {
        if !self.given && self.looking.set(Instant::now()).is_ok() {
            tokio::spawn(keep_looking(Arc::downgrade(self)));
        }
    }

    /// What the chain takes, as far as is known in time. Only who comes before the first answer waits for it.
    pub(super) async fn input(self: &Arc<Self>) -> Option<Arc<Input>> {
        self.keep_looking();
        let mut known = self.known.subscribe();
        if let Some(since) = self.looking.get() {
            let looked = known.wait_for(|known| known.looked);
            // Without an answer the run goes on without the tool.
            let _ = timeout_at(*since + self.patience, looked).await;
        }
        self.known.borrow().input.clone()
    }

    /// Asks what the chain takes. How long to wait before the next time.
    async fn look(&self, failures: &mut u32) -> Duration {
        let input = timeout(LONGEST_LOOK, self.schema()).await;
        let late = || {
            Err(self.says(&format!(
                "did not tell what it takes within {LONGEST_LOOK:?}"
            )))
        };
        let input = input.unwrap_or_else(|_| late());
        if input.is_err() {
            self.upstream.fails("it does not tell what it takes");
        }
        if let Err(reason) = &input
            && *failures == 0
        {
            tracing::warn!(
                chain = self.name,
                "the LangServe chain is not offered as a tool: {reason}"
            );
        }
        let pause = match &input {
            Ok(_) => {
                if *failures > 0 {
                    tracing::info!(chain = self.name, "the LangServe chain is back");
                }
                *failures = 0;
                self.refresh
            }
            Err(_) => {
                *failures += 1;
                let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(*failures - 1));
                pause.min(LONGEST_PAUSE)
            }
        };
        self.known.send_modify(|known| {
            known.looked = true;
            // What it took before, it will take when it is back.
            if let Ok(input) = input {
                known.input = Some(Arc::new(input));
            }
        });
        pause
    }

    /// It is asked however it does: the answer tells.
    async fn schema(&self) -> Result<Input, String> {
        let asked = self
            .upstream
            .request(Method::GET, self.address("/input_schema"));
        let answer = self
            .upstream
            .look(asked.headers(self.headers.clone()))
            .await;
        Input::of(self.read(answer, &self.headers).await?)
    }

    /// Runs the chain. What went wrong is for the model and the client.
    pub(super) async fn invoke(&self, input: Value, client: &HeaderMap) -> Result<Value, String> {
        let body = json!({"input": input, "config": {}, "kwargs": {}});
        let body = Bytes::from(body.to_string());
        let mut headers = client.clone();
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let request = || {
            let request = self.upstream.request(Method::POST, self.address("/invoke"));
            request.headers(headers.clone()).body(body.clone())
        };
        let answer = self.upstream.send(Repeat::Acts, request).await;
        let mut answer = self.read(answer, &headers).await?;
        match answer.get_mut("output") {
            Some(output) => Ok(plain(output.take())),
            None => {
                Err(self
                    .says("answered without an `output`; is its `url` that of a LangServe chain?"))
            }
        }
    }

    /// The JSON of an answer that is what was asked for.
    async fn read(
        &self,
        answer: Result<Answer, Failed>,
        sent: &HeaderMap,
    ) -> Result<Value, String> {
        let answer = answer.map_err(|failed| self.no_answer(failed))?;
        if !answer.status.is_success() {
            let body = answer.body.beginning(Bytes::new()).await;
            let (status, reason) = (answer.status.as_u16(), excerpt(&reason(&body), sent));
            return Err(self.says(&format!("answered with HTTP {status}: {reason}")));
        }
        let (mut body, mut chunks) = (Vec::new(), answer.body);
        while let Some(chunk) = chunks.next().await {
            body.extend_from_slice(&chunk.map_err(|error| self.broke_off(error))?);
            if body.len() > MAX_ANSWER_BYTES {
                return Err(self.says(&format!("answered with more than {MAX_ANSWER_BYTES} bytes")));
            }
        }
        serde_json::from_slice(&body)
            .map_err(|error| self.says(&format!("answered with something else than JSON: {error}")))
    }

    fn no_answer(&self, failed: Failed) -> String {
        self.says(&match failed {
            Failed::Unreachable(cause) => format!(
                "cannot be reached: {}. Is it running, and is its `url` right?",
                innermost(&cause)
            ),
            Failed::Slow(wait) => format!("did not answer within {wait:?} (call_seconds)"),
            Failed::Refused(refusal) => refusal.to_string(),
        })
    }

    fn broke_off(&self, error: BodyError) -> String {
        self.says(&match error {
            BodyError::Silent(wait) => {
                format!("was silent for {wait:?} in the middle of its answer (call_seconds)")
            }
            BodyError::Cut(cause) => {
                format!(
                    "broke off in the middle of its answer: {}",
                    innermost(&cause)
                )
            }
        })
    }

    /// Of the address only the origin is told: path and query may hold a secret.
    fn says(&self, what: &str) -> String {
        let origin = self.url.origin().ascii_serialization();
        format!("The LangServe chain at {origin} {what}")
    }

    fn address(&self, end: &str) -> Url {
        let mut url = self.url.clone();
        let path = format!("{}{end}", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }
}

async fn keep_looking(chain: Weak<Chain>) {
    let mut failures = 0;
    while let Some(chain) = chain.upgrade() {
        let pause = chain.look(&mut failures).await;
        drop(chain);
        tokio::time::sleep(pause).await;
    }
}

/// A chain that ends in a model gives a message: its text is what was asked for (upstream 1.10.6).
fn plain(output: Value) -> Value {
    let is_message = output["type"]
        .as_str()
        .is_some_and(|kind| matches!(kind, "ai" | "AIMessageChunk"));
    match output["content"].as_str() {
        Some(text) if is_message => text.into(),
        _ => output,
    }
}

/// What the body of an error says: FastAPI puts it under `detail`.
fn reason(body: &str) -> String {
    let said: Value = serde_json::from_str(body).unwrap_or_default();
    match &said["detail"] {
        Value::String(detail) => detail.clone(),
        Value::Null => body.to_owned(),
        detail => detail.to_string(),
    }
}
