//! What the demo agent does in answer to a message.

use std::fmt::Write;

use serde_json::Value;
use uuid::Uuid;

use super::{arguments, recipe};
use crate::agents::RunInput;
use crate::generated::agui::{
    CustomEvent, Event, Interrupt, Message, MessageContent, ResumeEntryStatus, RunFinishedEvent,
    RunFinishedInterruptOutcome, TextMessageContentEvent, TextMessageEndEvent, TextMessageRole,
    TextMessageStartEvent, Tool, ToolCallArgsEvent, ToolCallEndEvent, ToolCallStartEvent,
    ToolMessage,
};
use crate::runtime::error::{AgentError, ErrorCode};

/// Arguments come in pieces of this many characters, as from a model.
const ARGUMENT_CHARS: usize = 12;
const LONG_SENTENCES: usize = 60;
const QUESTION: &str = "The demo agent has stopped to ask you: shall it go on?";

/// The whole run, but for its pace.
pub(super) fn write(input: &RunInput) -> Vec<Result<Event, AgentError>> {
    let mut script = Script::default();
    if let Some(answer) = resumed_with(input) {
        script.say(&format!(
            "Thank you. Your answer was {answer}, so I go on from where I stopped."
        ));
    } else if let Some(result) = fresh_result(input) {
        script.answer_result(input, result);
    } else {
        let said = input.last_user_text().unwrap_or_default();
        script.answer(input, said);
    }
    script.0
}

/// Events as they are put together.
#[derive(Default)]
pub(super) struct Script(Vec<Result<Event, AgentError>>);

impl Script {
    pub(super) fn push(&mut self, event: impl Into<Event>) {
        self.0.push(Ok(event.into()));
    }

    /// A text message, word by word.
    pub(super) fn say(&mut self, text: &str) {
        let id = format!("ck-{}", Uuid::new_v4());
        let mut start = TextMessageStartEvent::new(&id);
        start.role = Some(TextMessageRole::Assistant);
        self.push(start);
        for word in text.split_inclusive(' ') {
            self.push(TextMessageContentEvent::new(&id, word));
        }
        self.push(TextMessageEndEvent::new(id));
    }

    fn answer(&mut self, input: &RunInput, said: &str) {
        let words = words(said);
        if let Some(tool) = wanted_tool(input, &words) {
            self.call(tool);
        } else if asks(&words, "tool") {
            self.say(
                "Your page offers no tool that I could call. In React, useCopilotAction({ name, parameters, handler }) \
                 offers one; then ask me for it again.",
            );
        } else if asks(&words, "interrupt") {
            self.interrupt(input);
        } else if asks(&words, "error") {
            self.say("As you wish: this run ends with an error.");
            let error = AgentError::new(
                ErrorCode::Unknown,
                "This is the error that you asked the demo agent for.",
            );
            self.0.push(Err(error));
        } else if asks(&words, "state") || asks(&words, "recipe") {
            recipe::cook(self, input.request.state.as_ref());
        } else if asks(&words, "long") {
            self.say(&long_story());
        } else {
            self.say(&introduction(input, said));
        }
    }

    fn call(&mut self, tool: &Tool) {
        self.say(&format!(
            "I call your tool {} with arguments made from its schema.",
            tool.name
        ));
        let id = format!("call_{}", Uuid::new_v4().simple());
        let arguments = tool
            .parameters
            .as_ref()
            .map_or(Value::Null, arguments::plausible);
        let arguments = match arguments {
            Value::Object(_) => arguments.to_string(),
            _ => "{}".to_owned(),
        };
        self.push(ToolCallStartEvent::new(&id, &tool.name));
        for piece in pieces(&arguments) {
            self.push(ToolCallArgsEvent::new(&id, piece));
        }
        self.push(ToolCallEndEvent::new(id));
    }

    fn answer_result(&mut self, input: &RunInput, result: &ToolMessage) {
        let name = called_name(input, &result.tool_call_id).unwrap_or("you called");
        let text = match &result.content {
            MessageContent::Text(text) if text.is_empty() => "nothing, which is fine".to_owned(),
            MessageContent::Text(text) => format!("`{text}`"),
            MessageContent::Parts(parts) => format!("{} parts", parts.len()),
        };
        self.say(&format!(
            "Your tool {name} gave back {text}. A model would now make use of that."
        ));
    }

    /// Asks in both generations' ways: `on_interrupt` for clients up to 1.10, the run's outcome for AG-UI 1.0.
    fn interrupt(&mut self, input: &RunInput) {
        self.say("I stop here, for a decision that is yours.");
        self.push(CustomEvent::new("on_interrupt", Value::from(QUESTION)));
        let mut interrupt = Interrupt::new(format!("int-{}", Uuid::new_v4()), "input_required");
        interrupt.message = Some(QUESTION.to_owned());
        let mut finished = RunFinishedEvent::new(&input.request.thread_id, &input.request.run_id);
        finished.outcome = Some(RunFinishedInterruptOutcome::new(vec![interrupt]).into());
        self.push(finished);
    }
}

/// The answer to an earlier interrupt, in the words of either generation.
fn resumed_with(input: &RunInput) -> Option<String> {
    let entry = input
        .request
        .resume
        .as_ref()
        .and_then(|resume| resume.first());
    if let Some(entry) = entry {
        return Some(match (&entry.status, &entry.payload) {
            (ResumeEntryStatus::Cancelled, _) => "to cancel".to_owned(),
            (_, Some(payload)) => quoted(payload),
            (_, None) => "a plain yes".to_owned(),
        });
    }
    let answer = input
        .request
        .forwarded_props
        .as_ref()?
        .pointer("/command/resume")?;
    (!answer.is_null()).then(|| quoted(answer))
}

fn quoted(value: &Value) -> String {
    match value {
        Value::String(text) => format!("“{text}”"),
        other => format!("`{other}`"),
    }
}

/// The tool result that the run is about: one that came after all else.
fn fresh_result(input: &RunInput) -> Option<&ToolMessage> {
    match input.request.messages.last() {
        Some(Message::Tool(result)) => Some(result),
        _ => None,
    }
}

fn called_name<'a>(input: &'a RunInput, call_id: &str) -> Option<&'a str> {
    input
        .request
        .messages
        .iter()
        .rev()
        .find_map(|message| match message {
            Message::Assistant(assistant) => assistant
                .tool_calls
                .iter()
                .flatten()
                .find(|call| call.id == call_id)
                .map(|call| call.function.name.as_str()),
            _ => None,
        })
}

/// The frontend's tool that the message names, or that the request insists on, or any if the message asks for one.
fn wanted_tool<'a>(input: &'a RunInput, words: &[String]) -> Option<&'a Tool> {
    let tools = input.request.tools.as_deref().unwrap_or_default();
    // Where AG-UI clients say it, and CopilotKit's suggestions rely on it.
    let asked = input.request.forwarded_props.as_ref();
    let asked = asked.and_then(|props| props["toolChoice"]["function"]["name"].as_str());
    let forced = match input.parameters.tool_choice.as_deref() {
        None if asked.is_some() => tools.iter().find(|tool| Some(tool.name.as_str()) == asked),
        Some("function") => {
            let name = input.parameters.tool_choice_function.as_deref();
            tools.iter().find(|tool| Some(tool.name.as_str()) == name)
        }
        Some("required") => tools.first(),
        _ => None,
    };
    forced
        .or_else(|| {
            tools
                .iter()
                .find(|tool| words.contains(&tool.name.to_lowercase()))
        })
        .or_else(|| tools.first().filter(|_| asks(words, "tool")))
}

fn words(said: &str) -> Vec<String> {
    said.split(|char: char| !char.is_alphanumeric() && char != '_' && char != '-')
        .map(str::to_lowercase)
        .collect()
}

/// `tool`, `tools` and the like.
fn asks(words: &[String], keyword: &str) -> bool {
    words.iter().any(|word| word.starts_with(keyword))
}

fn introduction(input: &RunInput, said: &str) -> String {
    let mut text = String::from("Hello! I am the demo agent of agui-runtime: a script, no model.");
    if !said.trim().is_empty() {
        let heard: String = said.trim().chars().take(200).collect();
        // Writing to a string cannot fail.
        let _ = write!(text, " I heard “{heard}”.");
    }
    let names: Vec<_> = input
        .request
        .tools
        .iter()
        .flatten()
        .map(|tool| tool.name.as_str())
        .collect();
    let tools = match names.as_slice() {
        [] => "none so far".to_owned(),
        names => names.join(", "),
    };
    let _ = write!(
        text,
        "\n\nSay one of these words:\n\
         - tool: I call a tool of your page ({tools})\n\
         - state: I cook, and you see my state change\n\
         - interrupt: I stop and wait for your answer\n\
         - error: I fail\n\
         - long: I talk for a while, so that you can stop me\n\n\
         With OPENAI_API_KEY set, a model answers in my place."
    );
    text
}

fn long_story() -> String {
    (1..=LONG_SENTENCES)
        .map(|count| format!("This is sentence {count} of {LONG_SENTENCES}, and each of its words is an event of its own. "))
        .collect()
}

fn pieces(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars
        .chunks(ARGUMENT_CHARS)
        .map(|piece| piece.iter().collect())
        .collect()
}
