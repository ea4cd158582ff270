//! What an agent says, made up: mostly in order, with the things that go wrong in between.

use serde_json::{Value, json};

use super::choices::Choices;

/// Which events there are to choose from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Vocabulary {
    /// Those that `@ag-ui/client` of upstream 1.10.6 can read, in an order that it takes.
    Early,
    /// All of them, some where they must not be.
    Any,
}

const TEXTS: [&str; 6] = ["Hel", "lo ", "wörld 👋", "", "\"\\\n", "{}"];
const TOOLS: [&str; 4] = ["showCard", "search", "agent", "write_doc"];
const ARGUMENTS: [&str; 5] = ["{\"title\":", "\"a\"}", "{}", "", "nonsense"];
const STATES: [&str; 4] = [
    "{}",
    "{\"count\":1}",
    "{\"count\":0,\"items\":[]}",
    "{\"doc\":\"x\",\"messages\":[]}",
];
const STEPS: [&str; 2] = ["plan", "act"];

/// The events between the beginning and the end of a run, at most so many.
pub fn script(choices: &mut Choices<'_>, vocabulary: Vocabulary, most: usize) -> Vec<Value> {
    let mut writer = Writer {
        choices,
        vocabulary,
        texts: Vec::new(),
        calls: Vec::new(),
        steps: Vec::new(),
        thoughts: Vec::new(),
        made: 0,
        state: false,
        said: Vec::new(),
    };
    while writer.said.len() < most && writer.go_on() {}
    writer.end();
    writer.said
}

struct Writer<'a, 'b> {
    choices: &'a mut Choices<'b>,
    vocabulary: Vocabulary,
    /// What is open.
    texts: Vec<String>,
    calls: Vec<String>,
    steps: Vec<String>,
    thoughts: Vec<String>,
    made: usize,
    /// Whether there is a state that deltas can change.
    state: bool,
    said: Vec<Value>,
}

impl Writer<'_, '_> {
    fn say(&mut self, event: Value) {
        self.said.push(event);
    }

    /// Whether what follows is out of order on purpose.
    fn amiss(&mut self) -> bool {
        self.vocabulary == Vocabulary::Any && self.choices.once_in(32)
    }

    fn new_id(&mut self, prefix: &str) -> String {
        let again = self.amiss();
        if !again {
            self.made += 1;
        }
        format!("{prefix}-{}", self.made)
    }

    fn text(&mut self) -> &'static str {
        self.choices.pick(&TEXTS)
    }

    /// One of what is open, or a wrong one on purpose.
    fn one_of(&mut self, open: &[String]) -> Option<String> {
        if self.amiss() {
            return Some("nobody".to_owned());
        }
        match open {
            [] => None,
            open => Some(open[self.choices.below(open.len())].clone()),
        }
    }

    /// Says one thing more; false when there is nothing more to say.
    fn go_on(&mut self) -> bool {
        match self.choices.below(24) {
            0 => return false,
            1..=3 => self.start_text(),
            4..=8 => self.more_text(),
            9 => self.end_text(),
            10 | 11 => self.start_call(),
            12 | 13 => self.more_arguments(),
            14 => self.end_call(),
            15 => self.result(),
            16 => self.snapshot(),
            17 => self.delta(),
            18 => self.step(),
            19 => self.custom(),
            20 => self.thought(),
            21 => self.whole(),
            22 => self.chunk(),
            _ => self.rare(),
        }
        true
    }

    fn start_text(&mut self) {
        // Upstream's own clients of that time have one message open at a time.
        if self.vocabulary == Vocabulary::Early && !(self.texts.is_empty() && self.calls.is_empty())
        {
            return;
        }
        let id = self.new_id("m");
        let mut event = json!({"type": "TEXT_MESSAGE_START", "messageId": id, "role": "assistant"});
        if self.vocabulary == Vocabulary::Any && self.choices.once_in(8) {
            event["role"] = json!(self.choices.pick(&["user", "system", "developer"]));
            event["metadata"] = json!({"key": self.choices.below(3)});
        }
        self.texts.push(id);
        self.say(event);
    }

    fn more_text(&mut self) {
        let open = self.texts.clone();
        if let Some(id) = self.one_of(&open) {
            let text = match (self.vocabulary, self.text()) {
                (Vocabulary::Early, "") => "empty",
                (_, text) => text,
            };
            self.say(json!({"type": "TEXT_MESSAGE_CONTENT", "messageId": id, "delta": text}));
        }
    }

    fn end_text(&mut self) {
        let open = self.texts.clone();
        if let Some(id) = self.one_of(&open) {
            self.texts.retain(|open| *open != id);
            self.say(json!({"type": "TEXT_MESSAGE_END", "messageId": id}));
        }
    }

    fn start_call(&mut self) {
        if self.vocabulary == Vocabulary::Early && !(self.texts.is_empty() && self.calls.is_empty())
        {
            return;
        }
        let id = self.new_id("c");
        let mut event = json!({"type": "TOOL_CALL_START", "toolCallId": id, "toolCallName": self.choices.pick(&TOOLS)});
        if self.choices.once_in(3) && self.made > 1 {
            event["parentMessageId"] = json!(format!("m-{}", 1 + self.choices.below(self.made)));
        }
        self.calls.push(id);
        self.say(event);
    }

    fn more_arguments(&mut self) {
        let open = self.calls.clone();
        if let Some(id) = self.one_of(&open) {
            let delta = self.choices.pick(&ARGUMENTS);
            self.say(json!({"type": "TOOL_CALL_ARGS", "toolCallId": id, "delta": delta}));
        }
    }

    fn end_call(&mut self) {
        let open = self.calls.clone();
        if let Some(id) = self.one_of(&open) {
            self.calls.retain(|open| *open != id);
            self.say(json!({"type": "TOOL_CALL_END", "toolCallId": id}));
        }
    }

    fn result(&mut self) {
        if self.made == 0 {
            return;
        }
        let call = format!("c-{}", 1 + self.choices.below(self.made));
        let started = |said: &Value| said["type"] == "TOOL_CALL_END" && said["toolCallId"] == call;
        if self.vocabulary == Vocabulary::Early && !self.said.iter().any(started) {
            return;
        }
        let id = self.new_id("r");
        let content = self.text();
        self.say(json!({"type": "TOOL_CALL_RESULT", "messageId": id, "toolCallId": call, "content": content, "role": "tool"}));
    }

    fn snapshot(&mut self) {
        let state = self.choices.pick(&STATES);
        self.state = true;
        let state: Value = serde_json::from_str(state).expect("JSON");
        self.say(json!({"type": "STATE_SNAPSHOT", "snapshot": state}));
    }

    fn delta(&mut self) {
        if !self.state && self.vocabulary == Vocabulary::Early {
            return;
        }
        let value = self.choices.below(4);
        let patch = match self.choices.below(if self.vocabulary == Vocabulary::Early {
            1
        } else {
            5
        }) {
            0 => json!([{"op": "add", "path": "/added", "value": value}]),
            1 => json!([{"op": "remove", "path": "/count"}]),
            2 => json!([{"op": "add", "path": "/items/-", "value": value}]),
            3 => json!([{"op": "move", "from": "/doc", "path": "/moved"}]),
            _ => json!([{"op": "test", "path": "/count", "value": value}]),
        };
        self.say(json!({"type": "STATE_DELTA", "delta": patch}));
    }

    fn step(&mut self) {
        let name = self.choices.pick(&STEPS).to_owned();
        let open = self.steps.contains(&name) != self.amiss();
        if open {
            self.steps.retain(|step| *step != name);
            self.say(json!({"type": "STEP_FINISHED", "stepName": name}));
        } else {
            self.steps.push(name.clone());
            self.say(json!({"type": "STEP_STARTED", "stepName": name}));
        }
    }

    fn custom(&mut self) {
        let event = match self.choices.below(7) {
            0 => json!({"name": "on_interrupt", "value": "{\"question\":\"Proceed?\"}"}),
            1 => json!({"name": "on_interrupt", "value": {"question": "Proceed?"}}),
            2 => json!({"name": "LangGraphInterruptEvent", "value": "approve?"}),
            // Of an AG-UI agent's it takes upstream down.
            3 if self.vocabulary == Vocabulary::Any => {
                json!({"name": "CopilotKitLangGraphInterruptEvent", "value": {"value": "approve?", "messages": []}})
            }
            4 => {
                json!({"name": "PredictState", "value": [{"state_key": "doc", "tool": "write_doc", "tool_argument": "title"}]})
            }
            5 => json!({"name": "Exit", "value": true}),
            _ => json!({"name": "other", "value": null}),
        };
        let mut event = event;
        event["type"] = json!("CUSTOM");
        self.say(event);
    }

    fn thought(&mut self) {
        if self.vocabulary == Vocabulary::Early {
            return;
        }
        match self.choices.below(4) {
            0 => {
                let id = self.new_id("t");
                self.thoughts.push(id.clone());
                self.say(json!({"type": "REASONING_START", "messageId": id}));
                self.say(json!({"type": "REASONING_MESSAGE_START", "messageId": id, "role": "reasoning"}));
            }
            1 | 2 => {
                let open = self.thoughts.clone();
                if let Some(id) = self.one_of(&open) {
                    let delta = self.text();
                    self.say(json!({"type": "REASONING_MESSAGE_CONTENT", "messageId": id, "delta": delta}));
                }
            }
            _ => {
                let open = self.thoughts.clone();
                if let Some(id) = self.one_of(&open) {
                    self.thoughts.retain(|open| *open != id);
                    self.say(json!({"type": "REASONING_MESSAGE_END", "messageId": id}));
                    self.say(json!({"type": "REASONING_END", "messageId": id}));
                }
            }
        }
    }

    /// An event that stands alone.
    fn whole(&mut self) {
        let text = self.text();
        let event = match self.choices.below(if self.vocabulary == Vocabulary::Early {
            2
        } else {
            5
        }) {
            0 => json!({"type": "RAW", "event": {"foo": 1}}),
            1 => json!({"type": "MESSAGES_SNAPSHOT", "messages": [
                {"id": "u-1", "role": "user", "content": "hi"},
                {"id": "a-1", "role": "assistant", "content": "yo", "toolCalls": [
                    {"id": "c-1", "type": "function", "function": {"name": "showCard", "arguments": "{}"}}]}]}),
            2 => {
                json!({"type": "ACTIVITY_SNAPSHOT", "messageId": "a-2", "activityType": "plan", "content": {"a": text}})
            }
            3 => json!({"type": "ACTIVITY_DELTA", "messageId": "a-2", "activityType": "plan",
                "patch": [{"op": "add", "path": "/b", "value": text}]}),
            _ => json!({"type": "SUBAGENT_STARTED", "subagentRunId": "s-1", "name": text}),
        };
        self.say(event);
    }

    fn chunk(&mut self) {
        if self.vocabulary == Vocabulary::Early {
            return;
        }
        let text = self.text();
        let event = match self.choices.below(4) {
            0 => {
                json!({"type": "TEXT_MESSAGE_CHUNK", "messageId": self.new_id("m"), "delta": text})
            }
            1 => json!({"type": "TEXT_MESSAGE_CHUNK", "delta": text}),
            2 => {
                json!({"type": "TOOL_CALL_CHUNK", "toolCallId": self.new_id("c"), "toolCallName": "search", "delta": text})
            }
            _ => json!({"type": "TOOL_CALL_CHUNK", "delta": text}),
        };
        self.say(event);
    }

    fn rare(&mut self) {
        if self.vocabulary == Vocabulary::Early {
            return;
        }
        match self.choices.below(6) {
            0 => self
                .say(json!({"type": "RUN_ERROR", "message": "Agent failed badly", "code": "BAD"})),
            1 => self.say(json!({"type": "RUN_FINISHED", "threadId": "t", "runId": "r"})),
            2 => self.say(json!({"type": "RUN_STARTED", "threadId": "t", "runId": "r"})),
            3 => self.say(json!({"type": "THINKING_START"})),
            4 => self.say(json!({"type": "THINKING_END"})),
            _ => self.say(json!({"type": "NOT_IN_THE_CONTRACT", "key": 1})),
        }
    }

    /// Ends what is open, and for a few does not.
    fn end(&mut self) {
        if self.amiss() {
            return;
        }
        for id in std::mem::take(&mut self.texts) {
            self.say(json!({"type": "TEXT_MESSAGE_END", "messageId": id}));
        }
        for id in std::mem::take(&mut self.calls) {
            self.say(json!({"type": "TOOL_CALL_END", "toolCallId": id}));
        }
        for id in std::mem::take(&mut self.thoughts) {
            self.say(json!({"type": "REASONING_MESSAGE_END", "messageId": id}));
            self.say(json!({"type": "REASONING_END", "messageId": id}));
        }
        for name in std::mem::take(&mut self.steps) {
            self.say(json!({"type": "STEP_FINISHED", "stepName": name}));
        }
    }
}
