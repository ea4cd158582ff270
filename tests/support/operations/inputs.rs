//! Values for upstream's inputs.

use serde_json::{Map, Value, json};

use super::schema::{Kind, Schema};
use crate::support::choices::Choices;

/// How much sense the inputs make.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Inputs {
    /// As applications send them.
    Usual,
    /// Any that the schema allows.
    Any,
}

/// The agents that are asked for by name; the last is none.
pub const NAMES: [&str; 3] = ["agent", "other", "nobody"];

const TEXTS: [&str; 5] = ["hi", "", "wörld 👋", "a \"quoted\"\nline", "{}"];
const TOOLS: [&str; 3] = ["showCard", "search", "write_doc"];
const JSON: [&str; 4] = [
    "{}",
    "{\"count\":1}",
    "{\"doc\":\"x\",\"items\":[]}",
    "{\"title\":\"A\"}",
];
const NO_JSON: [&str; 3] = ["", "nonsense", "[1"];
const SCHEMAS: [&str; 2] = [
    "{\"type\":\"object\",\"properties\":{\"title\":{\"type\":\"string\"}},\"required\":[\"title\"]}",
    "{\"type\":\"object\",\"properties\":{}}",
];
const TIMES: [&str; 2] = ["2025-10-01T00:00:00.000Z", "2025-10-01T00:00:01Z"];
const ROLES: [&str; 4] = ["user", "assistant", "system", "developer"];
/// What one message is.
const MESSAGES: [&str; 5] = [
    "textMessage",
    "actionExecutionMessage",
    "resultMessage",
    "agentStateMessage",
    "imageMessage",
];

/// What applications mostly send.
const OFTEN: [&str; 4] = ["agentSession", "threadId", "frontend", "messages"];
/// What they do not, where upstream and this runtime differ on purpose: guardrails without a key for them, and the agent's
/// state as older clients sent it.
const UNUSUAL: [&str; 2] = ["cloud", "agentState"];

/// Makes values; `thread` tells the threads of root fields apart.
pub struct Values<'a, 'b, 'c> {
    pub schema: &'a Schema,
    pub choices: &'b mut Choices<'c>,
    pub inputs: Inputs,
    pub thread: usize,
    /// Counts messages, whose ids are all different.
    pub made: &'b mut usize,
}

impl Values<'_, '_, '_> {
    /// A value of a type, for a field of this name; none where none is needed.
    pub fn value(&mut self, field: &str, kind: &Kind, depth: usize) -> Option<Value> {
        let usual = self.inputs == Inputs::Usual;
        if usual && UNUSUAL.contains(&field) {
            return None;
        }
        let wanted = match depth {
            1 if usual => OFTEN.contains(&field) || self.choices.once_in(4),
            _ => depth < 5 && self.choices.once_in(3),
        };
        if !kind.required && !wanted {
            return None;
        }
        if !kind.list {
            return Some(self.single(field, &kind.name, depth));
        }
        let length = if depth > 6 { 0 } else { self.choices.below(4) };
        let items = (0..length).map(|_| self.single(field, &kind.name, depth));
        Some(items.collect())
    }

    fn single(&mut self, field: &str, name: &str, depth: usize) -> Value {
        match name {
            // Upstream sends an agent texts of tools, which are no results of any call.
            "MessageRole" if self.inputs == Inputs::Usual => json!(self.choices.pick(&ROLES)),
            "MessageInput" => self.message(depth),
            "String" => json!(self.text(field)),
            "Boolean" => json!(self.choices.below(2) == 0),
            "Int" => json!(self.choices.below(100)),
            "Float" => json!(self.choices.below(100) as f64 / 4.0),
            "DateTimeISO" => json!(self.choices.pick(&TIMES)),
            "JSONObject" => json!({"fromRequest": self.text(field)}),
            name => match self.schema.enums.get(name) {
                Some(values) => json!(values[self.choices.below(values.len())]),
                None => self.object(name, depth),
            },
        }
    }

    fn object(&mut self, name: &str, depth: usize) -> Value {
        let schema = self.schema;
        let fields = schema.inputs.get(name).expect("an input").iter();
        let fields = fields
            .filter_map(|(field, kind)| Some((field.clone(), self.value(field, kind, depth + 1)?)));
        Value::Object(fields.collect())
    }

    /// A message of one kind; upstream wants exactly one.
    fn message(&mut self, depth: usize) -> Value {
        *self.made += 1;
        let mut message = Map::new();
        message.insert("id".into(), json!(format!("in-{}", self.made)));
        message.insert("createdAt".into(), json!(self.choices.pick(&TIMES)));
        let which = match self.inputs {
            // A conversation is text, mostly.
            Inputs::Usual => [0, 0, 0, 1, 2, 3][self.choices.below(6)],
            Inputs::Any => self.choices.below(MESSAGES.len()),
        };
        let field = MESSAGES[which];
        let name = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
        message.insert(field.into(), self.object(&name, depth + 1));
        Value::Object(message)
    }

    fn text(&mut self, field: &str) -> String {
        match field {
            "agentName" if self.inputs == Inputs::Any || self.choices.once_in(12) => {
                self.choices.pick(&NAMES).to_owned()
            }
            "agentName" => NAMES[self.choices.below(2)].to_owned(),
            "threadId" => format!("thread-{}", self.thread),
            "jsonSchema" => self.json(&SCHEMAS),
            "state" | "config" | "arguments" => self.json(&JSON),
            "name" | "actionName" | "toolChoiceFunctionName" => {
                self.choices.pick(&TOOLS).to_owned()
            }
            "runId" => "run-1".to_owned(),
            "parentMessageId" | "actionExecutionId" => {
                let made = *self.made;
                format!("in-{}", self.choices.below(made + 1))
            }
            "format" => "png".to_owned(),
            "bytes" => "iVBORw0KGgo=".to_owned(),
            "url" => "http://localhost:3000/page".to_owned(),
            "toolChoice" => self
                .choices
                .pick(&["auto", "none", "required", "function"])
                .to_owned(),
            _ => self.choices.pick(&TEXTS).to_owned(),
        }
    }

    fn json(&mut self, of: &[&str]) -> String {
        let of = if self.inputs == Inputs::Any && self.choices.once_in(4) {
            &NO_JSON[..]
        } else {
            of
        };
        self.choices.pick(of).to_owned()
    }
}
