//! Runs: start one, come back to one, stop one, and the runs for suggestions that nobody keeps.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Value, json};

use super::dialect::Dialect;
use super::input::{self, Refusal};
use super::sse::{self, Frames};
use super::{Asked, Face, Reply};
use crate::agents::{Agent, ModelParameters, RunInput};
use crate::generated::agui::RunAgentInput;
use crate::runtime::generative_ui;
use crate::runtime::hooks::HookFailure;
use crate::runtime::{StartOptions, Stopped, ThreadBusy, WhenBusy};

/// The longest stop request that is looked at, in bytes: an id of any reasonable length.
const STOP_BYTES: usize = 1 << 20;

impl Face {
    pub(super) async fn run(&self, asked: &Asked, agent: &str) -> Reply {
        let parts = self.runtime.parts();
        let options = StartOptions {
            when_busy: parts.when_busy.unwrap_or(WhenBusy::Reject),
            kept: true,
        };
        self.start(asked, agent, options, parts.attached).await
    }

    /// A run that leaves nothing behind and ends with its client.
    pub(super) async fn suggest(&self, asked: &Asked, agent: &str) -> Reply {
        let options = StartOptions {
            when_busy: WhenBusy::Queue,
            kept: false,
        };
        self.start(asked, agent, options, true).await
    }

    async fn start(
        &self,
        asked: &Asked,
        name: &str,
        options: StartOptions,
        attached: bool,
    ) -> Reply {
        let Some(agent) = self.agent(asked, name).await else {
            return no_agent(name);
        };
        let request = match self.read(asked) {
            Ok(request) => request,
            Err(refused) => return refused,
        };
        let dialect = Dialect::of(&request);
        // What a tool's interface asks meanwhile is no part of the conversation.
        let for_app = self.runtime.is_for_app(&request);
        let options = StartOptions {
            kept: options.kept && !for_app,
            ..options
        };
        // A suggestion has nowhere to show an interface.
        let agent = match options.kept {
            true => generative_ui::dress(agent, self.runtime.parts().generative_ui, &request),
            false => agent,
        };
        let pass = match asked.gate.enter() {
            Ok(pass) => pass,
            Err(too_many) => return Reply::too_many(&too_many),
        };
        let input = self.run_input(asked, name, request).await;
        if let Err(failure) = self.runtime.admit(&input).await {
            return not_admitted(failure);
        }
        let run = match self.runtime.start(agent, input, options).await {
            Ok(run) => run,
            Err(busy) => return thread_busy(&busy),
        };
        run.keep(pass);
        let follower = run.follow();
        let frames = Frames::of_run(
            follower,
            dialect,
            (attached || for_app).then(|| run.attach()),
        );
        sse::reply(frames, self.options.keep_alive)
    }

    async fn agent(&self, asked: &Asked, name: &str) -> Option<Arc<dyn Agent>> {
        let found = self.runtime.agent_for(Some(name), self.asker(asked)).await;
        found.map(|(_, agent)| agent)
    }

    fn read(&self, asked: &Asked) -> Result<RunAgentInput, Reply> {
        input::read(&asked.body, self.options.most).map_err(|refusal| match refusal {
            Refusal::Invalid(details) => Reply::invalid_body(&details),
            Refusal::TooMany {
                things,
                count,
                limit,
            } => Reply::explained(
                StatusCode::PAYLOAD_TOO_LARGE,
                &format!("too_many_{things}"),
                &format!(
                    "The request carries {count} {things}; at most {limit} are taken (limits.{things})."
                ),
            ),
        })
    }

    async fn run_input(&self, asked: &Asked, agent: &str, request: RunAgentInput) -> RunInput {
        let parts = self.runtime.parts();
        let mut properties = parts.properties.clone();
        if let Some(Value::Object(given)) = &request.forwarded_props {
            let given = given.iter();
            properties.extend(given.map(|(key, value)| (key.clone(), value.clone())));
        }
        RunInput {
            owner: asked.principal.owner.clone(),
            agent: agent.to_owned(),
            // What a client asks of the model is among its `forwardedProps`; agents look there.
            parameters: ModelParameters::default(),
            request,
            tools: parts.tools.clone(),
            agents: self
                .runtime
                .others(agent, self.asker(asked), |_| None)
                .await,
            properties,
            headers: asked.headers.clone(),
            frontend_url: None,
        }
    }

    pub(super) async fn connect(&self, asked: &Asked, agent: &str) -> Reply {
        if self.agent(asked, agent).await.is_none() {
            return no_agent(agent);
        }
        let request = match self.read(asked) {
            Ok(request) => request,
            Err(refused) => return refused,
        };
        let thread = asked.thread(&request.thread_id);
        match self.runtime.connect(&thread).await {
            Ok(connection) => {
                let live = connection.live.map(|run| run.follow());
                let frames = Frames::of_thread(connection.history, live, Dialect::of(&request));
                sse::reply(frames, self.options.keep_alive)
            }
            Err(error) => Reply::store_failed(&error),
        }
    }

    pub(super) async fn stop(&self, asked: &Asked, agent: &str, thread: &str) -> Reply {
        let run_id = match stop_scope(&asked.body) {
            Ok(run_id) => run_id,
            Err(error) => return Reply::error(StatusCode::BAD_REQUEST, error),
        };
        if self.agent(asked, agent).await.is_none() {
            return no_agent(agent);
        }
        let key = asked.thread(thread);
        let stopped = match self.runtime.stop(&key, run_id.as_deref()).await {
            Ok(stopped) => stopped,
            Err(error) => return Reply::store_failed(&error),
        };
        let message = match (stopped, run_id) {
            (Stopped::Yes, _) => {
                return Reply::ok(&json!({
                    "stopped": true,
                    "interrupt": {"type": "RUN_ERROR", "message": "Run stopped by user", "code": "STOPPED"},
                }));
            }
            (Stopped::NoRun | Stopped::OtherRun, Some(run)) => {
                format!("Run '{run}' is not the active run for thread '{thread}'.")
            }
            (Stopped::NoRun | Stopped::OtherRun, None) => {
                format!("No active run for thread '{thread}'.")
            }
        };
        Reply::ok(&json!({"stopped": false, "message": message}))
    }
}

fn no_agent(name: &str) -> Reply {
    Reply::explained(
        StatusCode::NOT_FOUND,
        "Agent not found",
        &format!("Agent '{name}' does not exist"),
    )
}

/// A hook's refusal of a run, in the shape of this face's errors.
fn not_admitted(failure: HookFailure) -> Reply {
    match failure {
        HookFailure::Refused(refusal) => {
            Reply::explained(refusal.status, "run_refused", &refusal.message)
        }
        HookFailure::Failed => Reply::internal_error(),
    }
}

/// Upstream 1.75.0 answers 200 with nothing in it, which its clients take for a run that went well.
fn thread_busy(busy: &ThreadBusy) -> Reply {
    let body = json!({
        "error": "thread_busy",
        "message": busy.to_string(),
        "threadId": busy.thread,
        "runId": busy.run,
    });
    Reply::json(StatusCode::CONFLICT, &body)
}

/// The run that alone is to be stopped, if the request names one.
fn stop_scope(body: &[u8]) -> Result<Option<String>, &'static str> {
    const INVALID: &str = "Invalid stop request";
    if body.len() > STOP_BYTES {
        return Err(INVALID);
    }
    if body.trim_ascii().is_empty() {
        return Ok(None);
    }
    let Ok(Value::Object(mut scope)) = serde_json::from_slice(body) else {
        return Err(INVALID);
    };
    let run = scope.remove("runId");
    match run {
        _ if !scope.is_empty() => Err(INVALID),
        None => Ok(None),
        Some(Value::String(run)) if !run.trim().is_empty() => Ok(Some(run)),
        Some(_) => Err("Invalid runId"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_request_names_a_run_or_nothing() {
        for body in ["", " \n", "{}"] {
            assert_eq!(stop_scope(body.as_bytes()), Ok(None), "{body}");
        }
        let run = stop_scope(br#"{"runId": "r"}"#);
        assert_eq!(run, Ok(Some("r".to_owned())));
        for body in [
            r#"{"foo": 1}"#,
            r#"{"runId": "r", "foo": 1}"#,
            "[]",
            "null",
            "xx",
            "\"r\"",
        ] {
            let refused = stop_scope(body.as_bytes());
            assert_eq!(refused, Err("Invalid stop request"), "{body}");
        }
        for body in [r#"{"runId": ""}"#, r#"{"runId": "  "}"#, r#"{"runId": 1}"#] {
            let refused = stop_scope(body.as_bytes());
            assert_eq!(refused, Err("Invalid runId"), "{body}");
        }
    }
}
