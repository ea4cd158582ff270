//! What a graph waits for, and the client's answer to it.
//!
//! There are two kinds of interrupts. Plain ones (`interrupt(value)`) take any JSON for an answer; CopilotKit's own
//! (`copilotkit_interrupt`) show messages, and take messages for an answer.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::messages::flat;
use super::state::Brought;
use crate::agents::RunInput;
use crate::agents::langchain::Told;
use crate::generated::agui::{Interrupt, ResumeEntry, ResumeEntryStatus};

/// The key by which CopilotKit's interrupts are known, and the one of what they show (its Python SDK).
const COPILOTKIT: &str = "__copilotkit_interrupt_value__";
const SHOWN: &str = "__copilotkit_messages__";
/// What a graph gets for an interrupt that was not answered but dismissed (`@ag-ui/langgraph` 0.0.43).
const CANCELLED: &str = "__agui_cancelled__";

/// One interrupt that waits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Waiting {
    id: String,
    raw: Value,
}

/// The interrupts of all of a thread's tasks.
pub(super) fn of_tasks(tasks: &[Value]) -> Vec<Waiting> {
    let interrupts = tasks
        .iter()
        .filter_map(|task| task["interrupts"].as_array());
    let interrupts = interrupts.flatten().map(|raw| {
        // Older servers have another name for it, or none.
        let id = raw["id"].as_str().or_else(|| raw["interrupt_id"].as_str());
        Waiting {
            id: id.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned),
            raw: raw.clone(),
        }
    });
    interrupts.collect()
}

impl Waiting {
    fn value(&self) -> &Value {
        &self.raw["value"]
    }

    fn by_message(&self) -> bool {
        self.value().get(COPILOTKIT).is_some()
    }

    /// Tells clients of both generations.
    pub(super) fn tell(&self, told: &mut Told) {
        let value = self.value();
        if let Some(asked) = value.get(COPILOTKIT) {
            let messages = value[SHOWN].as_array().map_or(&[][..], |it| it);
            let data = json!({"value": text(asked), "messages": flat(messages)});
            let mut interrupt = Interrupt::new(&*self.id, "CopilotKitLangGraphInterruptEvent");
            interrupt.message = asked.as_str().map(str::to_owned);
            interrupt.metadata = Some(self.metadata());
            told.waits_for(interrupt, "CopilotKitLangGraphInterruptEvent", data);
        } else {
            told.waits_for(self.interrupt(), "on_interrupt", text(value).into());
        }
    }

    /// In AG-UI's words (`@ag-ui/langgraph` 0.0.43).
    fn interrupt(&self) -> Interrupt {
        let value = self.value();
        let any = |keys: [&str; 2]| keys.iter().find_map(|key| value.get(key));
        let word = |keys| any(keys).and_then(Value::as_str).map(str::to_owned);
        let reason = value.get("reason").and_then(Value::as_str);
        let mut interrupt = Interrupt::new(&*self.id, reason.unwrap_or("langgraph:interrupt"));
        let message = value.as_str().or_else(|| value.get("message")?.as_str());
        interrupt.message = message.map(str::to_owned);
        interrupt.tool_call_id = word(["toolCallId", "tool_call_id"]);
        interrupt.response_schema = any(["responseSchema", "response_schema"]).cloned();
        interrupt.expires_at = word(["expiresAt", "expires_at"]);
        interrupt.metadata = Some(self.metadata());
        interrupt
    }

    fn metadata(&self) -> Value {
        let mut of = json!({"raw": self.value()});
        for key in ["ns", "resumable", "when"] {
            if let Some(value) = self.raw.get(key) {
                of[key] = value.clone();
            }
        }
        json!({"langgraph": of})
    }

    /// An answer in the form that this interrupt takes.
    fn taking(&self, answer: Value, run: &str) -> Value {
        match self.by_message() && !answer.is_array() {
            true => json!([{
                "id": format!("resume-{run}"), "type": "human", "role": "user", "content": text(&answer),
            }]),
            false => answer,
        }
    }
}

/// What a run does about the interrupts that wait.
#[derive(Debug, PartialEq)]
pub(super) enum Reply {
    /// It goes on with this command.
    Command(Value),
    /// It cannot go on without an answer.
    None,
    /// Nothing waits, or nothing was answered and nothing has to be.
    NotNeeded,
}

/// Whether the client answers an interrupt, and so means the conversation as it stands.
pub(super) fn answers(input: &RunInput) -> bool {
    entries(input).is_some() || legacy(input).is_some()
}

/// The command that the client's answer is.
pub(super) fn answer(
    input: &RunInput,
    waiting: &[Waiting],
    brought: &Brought<'_>,
    known: &[Value],
) -> Reply {
    let run = &input.request.run_id;
    let resume = match (entries(input), legacy(input)) {
        (Some(entries), _) => Some(of_entries(entries, waiting, run)),
        (None, Some(answer)) => Some(of_one(answer, waiting, run)),
        (None, None) if waiting.iter().any(Waiting::by_message) => {
            // What the user says next is the answer (upstream 1.10.6).
            let new = brought.new_messages(known);
            (!new.is_empty()).then(|| new.into())
        }
        (None, None) => None,
    };
    let mut command = match command(input) {
        Some(Value::Object(command)) => command.clone(),
        _ => Map::new(),
    };
    match resume {
        Some(resume) => command.insert("resume".into(), resume),
        None if !waiting.is_empty() => return Reply::None,
        None => command.shift_remove("resume"),
    };
    match command.is_empty() {
        true => Reply::NotNeeded,
        false => Reply::Command(command.into()),
    }
}

fn command(input: &RunInput) -> Option<&Value> {
    input.request.forwarded_props.as_ref()?.get("command")
}

fn entries(input: &RunInput) -> Option<&[ResumeEntry]> {
    let entries = input.request.resume.as_deref()?;
    (!entries.is_empty()).then_some(entries)
}

/// The older way to answer: JSON, or the text of it.
fn legacy(input: &RunInput) -> Option<Value> {
    match command(input)?.get("resume")? {
        Value::Null => None,
        Value::String(text) => {
            Some(serde_json::from_str(text).unwrap_or_else(|_| text.clone().into()))
        }
        answer => Some(answer.clone()),
    }
}

/// AG-UI's answers. LangGraph takes one for the only interrupt, and several by their ids.
fn of_entries(entries: &[ResumeEntry], waiting: &[Waiting], run: &str) -> Value {
    let payload = |entry: &ResumeEntry| {
        let answer = match entry.status {
            ResumeEntryStatus::Resolved => entry.payload.clone().unwrap_or_default(),
            ResumeEntryStatus::Cancelled => {
                return json!({CANCELLED: true, "interrupt_id": entry.interrupt_id});
            }
        };
        let meant = waiting.iter().find(|it| it.id == entry.interrupt_id);
        let meant = meant.or_else(|| waiting.first().filter(|_| waiting.len() == 1));
        meant.map_or(answer.clone(), |it| it.taking(answer, run))
    };
    if waiting.len() > 1 {
        let answers = entries
            .iter()
            .map(|it| (it.interrupt_id.clone(), payload(it)));
        return answers.collect::<Map<_, _>>().into();
    }
    let meant = |entry: &&ResumeEntry| waiting.iter().any(|it| it.id == entry.interrupt_id);
    let entry = entries.iter().find(meant).or_else(|| entries.first());
    entry.map(payload).unwrap_or_default()
}

/// One answer for all that waits, unless it has one for each by id.
fn of_one(answer: Value, waiting: &[Waiting], run: &str) -> Value {
    match waiting {
        [] => answer,
        [one] => one.taking(answer, run),
        several if several.iter().all(|it| answer.get(&it.id).is_some()) => answer,
        several => {
            let answers = several
                .iter()
                .map(|it| (it.id.clone(), it.taking(answer.clone(), run)));
            answers.collect::<Map<_, _>>().into()
        }
    }
}

/// Clients of both generations have a text here.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
