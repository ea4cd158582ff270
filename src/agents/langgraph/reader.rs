//! What a run tells while it goes: LangChain's stream events and the graph's state, as AG-UI events.
//!
//! By the rules of `@ag-ui/langgraph` 0.0.43, with these differences: a state is told when it has changed and not with each
//! event; nothing is sent along of what only the graph needs to know (`RAW` events, `rawEvent`); and around subgraphs the
//! messages are told as they were at that point of the run, not as the thread has them by the time somebody asks.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::assistant::Keys;
use super::messages::{from_langchain, of_state};
use super::tool_end;
use crate::agents::langchain::{Manual, Models, StreamEvent, Told, by_hand, json_of, read};

/// What has been read so far, as far as it matters for what comes.
pub(super) struct Reader {
    models: Models,
    keys: Keys,
    /// Whether events of subgraphs have names of their own.
    subgraphs: bool,
    node: Option<String>,
    /// The nodes that are graphs themselves, the one that the run is in, and whether it came into one, or out of one, since
    /// the messages were told.
    graphs: HashSet<String>,
    graph: Option<String>,
    moved: bool,
    values: Map<String, Value>,
    /// The state that the graph told by hand: it holds until its node is done.
    by_hand: Option<Map<String, Value>>,
    /// Whether the state was not told since it may have changed.
    untold: bool,
    /// What was told of the state last.
    told_state: Option<Map<String, Value>>,
    /// Whether a call's arguments tell of the state to come, which the graph's own does not have yet.
    predicting: bool,
    /// Whether models' events come: messages tell the same again then.
    models_speak: bool,
}

/// What stands in the metadata of an event.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata<'a> {
    langgraph_node: Option<String>,
    langgraph_checkpoint_ns: Option<String>,
    #[serde(borrow)]
    predict_state: Option<&'a RawValue>,
    #[serde(borrow, rename = "copilotkit:emit-intermediate-state")]
    predict_for_copilotkit: Option<&'a RawValue>,
}

impl Reader {
    pub(super) fn new(keys: Keys, subgraphs: bool) -> Self {
        Self {
            models: Models::default(),
            keys,
            subgraphs,
            node: None,
            graphs: HashSet::new(),
            graph: None,
            moved: false,
            values: Map::new(),
            by_hand: None,
            untold: false,
            told_state: None,
            predicting: false,
            models_speak: false,
        }
    }

    /// The run begins at this node, as far as the client knows.
    pub(super) fn at(&mut self, node: Option<&str>, told: &mut Told) {
        self.node = node.map(str::to_owned);
        told.at_node(node);
    }

    /// Takes in the data of a server-sent event of this name.
    pub(super) fn take(
        &mut self,
        name: &str,
        data: &[u8],
        told: &mut Told,
    ) -> Result<(), serde_json::Error> {
        let (mode, of_subgraph) = match name.split_once('|') {
            Some((mode, _)) => (mode, true),
            None => (name, false),
        };
        if of_subgraph && !self.subgraphs {
            return Ok(());
        }
        match mode {
            "events" => return self.event(data, told),
            "values" => {
                let mut values: Map<String, Value> = serde_json::from_slice(data)?;
                if of_subgraph {
                    // A subgraph may have a conversation of its own.
                    values.shift_remove("messages");
                }
                self.values.extend(values);
                self.untold = true;
                if !of_subgraph && self.moved && !told.is_speaking() {
                    self.tell_messages(told);
                }
            }
            "messages" if !self.models_speak => self.models.message(data, told),
            // Updates tell what the values tell again.
            _ => {}
        }
        Ok(())
    }

    fn event(&mut self, data: &[u8], told: &mut Told) -> Result<(), serde_json::Error> {
        let event: StreamEvent<'_> = serde_json::from_slice(data)?;
        let metadata = event.metadata.map(RawValue::get).unwrap_or("{}");
        let metadata: Metadata<'_> = serde_json::from_str(metadata).unwrap_or_default();
        self.follow(&metadata);
        let node = metadata.langgraph_node.as_deref();
        if node.is_some() && node != self.node.as_deref() {
            self.at(node, told);
            self.untold = true;
        }
        match event.kind() {
            "on_chat_model_stream" => {
                self.models_speak = true;
                self.predict(&event, &metadata, told);
                self.models.stream(&event, told);
            }
            "on_chat_model_end" => self.models.end(&event, told),
            "on_custom_event" => self.custom(&event, told),
            "on_tool_end" => {
                tool_end::tell(&event, &self.models, told);
                self.predicting = false;
            }
            "on_tool_error" => self.predicting = false,
            "on_chain_end" if node.is_some_and(|node| event.name() == node) => {
                self.node_ends(json_of(event.data));
            }
            _ => {}
        }
        self.tell_state(told);
        Ok(())
    }

    /// Notes which graph the event is of. Only a name space in another tells that a node is a graph.
    fn follow(&mut self, metadata: &Metadata<'_>) {
        let space = metadata.langgraph_checkpoint_ns.as_deref().unwrap_or("");
        let outer = space.split(['|', ':']).next().unwrap_or_default();
        if space.contains('|') && !outer.is_empty() {
            self.graphs.insert(outer.to_owned());
        }
        let graph = self.graphs.get(outer);
        if graph != self.graph.as_ref() {
            self.graph = graph.cloned();
            self.moved = true;
        }
    }

    /// Announces which arguments of a call are state, where a node says so (`copilotkit_customize_config`).
    fn predict(&mut self, event: &StreamEvent<'_>, metadata: &Metadata<'_>, told: &mut Told) {
        let rules = metadata.predict_state.or(metadata.predict_for_copilotkit);
        let Some(rules @ Value::Array(_)) = rules.map(|rules| json_of(Some(rules))) else {
            return;
        };
        let data = json_of(event.data);
        let names = data["chunk"]["tool_call_chunks"].as_array().into_iter();
        let mut names = names.flatten().filter_map(|call| call["name"].as_str());
        let is_told = |name: &str| {
            rules
                .as_array()
                .into_iter()
                .flatten()
                .any(|rule| rule["tool"] == name)
        };
        if names.any(is_told) {
            self.predicting = true;
            told.custom("PredictState", rules);
        }
    }

    fn custom(&mut self, event: &StreamEvent<'_>, told: &mut Told) {
        if let Manual::State(Value::Object(state)) = by_hand(event, told) {
            let shown = self.keys.shown(state.clone());
            told.state(shown.clone().into());
            self.told_state = Some(shown);
            self.by_hand = Some(state);
        }
    }

    /// A node is done: what it gave is in the state, also where the server has not said so yet.
    fn node_ends(&mut self, data: Value) {
        if let Some(state) = self.by_hand.take() {
            self.values.extend(state);
        }
        let gave = match data {
            Value::Object(mut data) => data.shift_remove("output").unwrap_or_default(),
            _ => Value::Null,
        };
        let commands = gave.as_array().into_iter().flatten();
        let updates = commands.filter_map(|command| command.get("update")?.as_object());
        let updates: Vec<_> = updates.chain(gave.as_object()).cloned().collect();
        for mut update in updates {
            // Of these it has only the new ones.
            update.shift_remove("messages");
            self.values.extend(update);
        }
        self.untold = true;
    }

    /// Tells the state if it is another than was told, unless something is being said.
    fn tell_state(&mut self, told: &mut Told) {
        if !self.untold || self.predicting || self.node.is_none() || told.is_speaking() {
            return;
        }
        self.untold = false;
        let state = self.by_hand.as_ref().unwrap_or(&self.values);
        let shown = self.keys.shown(state.clone());
        if self.told_state.as_ref() != Some(&shown) {
            told.state(shown.clone().into());
            self.told_state = Some(shown);
        }
    }

    fn tell_messages(&mut self, told: &mut Told) {
        self.moved = false;
        told.messages(from_langchain(of_state(&self.values)));
    }

    /// The thread's state at the end, as the server has it.
    pub(super) fn end(&mut self, values: Map<String, Value>, told: &mut Told) {
        self.values = values;
        told.state(self.keys.shown(self.values.clone()).into());
        self.tell_messages(told);
    }
}

/// The value of a part of an event, for those that read further.
pub(super) fn data_of(event: &StreamEvent<'_>) -> Value {
    read(event.data)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::super::state::tests::input;
    use super::*;

    /// What is told of these events, in short.
    fn told(events: &[(&str, Value)]) -> Vec<String> {
        let mut told = Told::new(&input(json!({})));
        let mut reader = Reader::new(Keys::default(), true);
        for (name, data) in events {
            let data = data.to_string();
            reader.take(name, data.as_bytes(), &mut told).unwrap();
        }
        told.end();
        std::iter::from_fn(|| told.next())
            .map(|event| short(&event))
            .collect()
    }

    fn short(event: &crate::generated::agui::Event) -> String {
        let event = serde_json::to_value(event).unwrap();
        let keys = [
            "stepName",
            "delta",
            "toolCallName",
            "content",
            "snapshot",
            "name",
        ];
        let said = keys.iter().find_map(|key| event.get(key));
        let said = said.map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
        format!(
            "{} {}",
            event["type"].as_str().unwrap(),
            said.unwrap_or_default()
        )
    }

    fn model(node: &str, chunk: Value, metadata: Value) -> (&'static str, Value) {
        let mut of = json!({"langgraph_node": node});
        of.as_object_mut()
            .unwrap()
            .extend(metadata.as_object().unwrap().clone());
        let data = json!({"chunk": chunk});
        (
            "events",
            json!({"event": "on_chat_model_stream", "run_id": "r", "metadata": of, "data": data}),
        )
    }

    fn event(kind: &str, name: &str, node: &str, data: Value) -> (&'static str, Value) {
        (
            "events",
            json!({"event": kind, "name": name, "run_id": "r", "metadata": {"langgraph_node": node}, "data": data}),
        )
    }

    #[test]
    fn a_state_waits_for_what_is_said_and_predicted() {
        let call = |name: Value, args: &str| json!({"id": "m", "content": "", "tool_call_chunks": [{"index": 0, "id": name.as_str().map(|_| "c"), "name": name, "args": args}]});
        let rule = json!({"copilotkit:emit-intermediate-state": [{"tool": "write", "state_key": "doc", "tool_argument": "text"}]});
        let told = told(&[
            event("on_chain_start", "chat", "chat", json!({})),
            model("chat", call(json!("write"), ""), rule.clone()),
            ("values", json!({"doc": "old"})),
            model("chat", call(Value::Null, "{}"), rule),
            event("on_chat_model_end", "m", "chat", json!({})),
            event(
                "on_tool_end",
                "write",
                "tools",
                json!({"output": {"tool_call_id": "c", "content": "done", "id": "t"}}),
            ),
            event(
                "on_chain_end",
                "tools",
                "tools",
                json!({"output": [{"update": {"doc": "new", "messages": []}}]}),
            ),
        ]);
        assert_eq!(
            told,
            [
                "STEP_STARTED chat",
                "STATE_SNAPSHOT {}",
                "CUSTOM PredictState",
                "TOOL_CALL_START write",
                "TOOL_CALL_ARGS {}",
                "TOOL_CALL_END ",
                "STEP_FINISHED chat",
                "STEP_STARTED tools",
                "TOOL_CALL_RESULT done",
                "STATE_SNAPSHOT {\"doc\":\"old\"}",
                "STATE_SNAPSHOT {\"doc\":\"new\"}",
                "STEP_FINISHED tools",
            ]
        );
    }

    #[test]
    fn tools_that_no_model_called_are_told_and_hidden_ones_are_not() {
        let hidden = json!({"emit-tool-calls": false});
        let chunk = json!({"id": "m", "content": "", "tool_call_chunks": [{"index": 0, "id": "h", "name": "secret", "args": "{}"}]});
        let result = |id: &str| json!({"input": {"q": 1}, "output": {"tool_call_id": id, "name": "look", "content": [{"type": "text", "text": "seen"}]}});
        let told = told(&[
            model("chat", chunk, hidden),
            event("on_tool_end", "secret", "tools", result("h")),
            event("on_tool_end", "look", "tools", result("c")),
        ]);
        let calls: Vec<_> = told.iter().filter(|it| it.starts_with("TOOL")).collect();
        assert_eq!(
            calls,
            [
                "TOOL_CALL_START look",
                "TOOL_CALL_ARGS {\"q\":1}",
                "TOOL_CALL_END ",
                "TOOL_CALL_RESULT seen"
            ]
        );
    }

    #[test]
    fn messages_speak_where_models_have_no_events() {
        let said = |text: &str| {
            (
                "messages",
                json!([{"id": "m", "type": "AIMessageChunk", "content": text}, {"langgraph_node": "chat"}]),
            )
        };
        let whole = (
            "messages",
            json!([{"id": "u", "type": "human", "content": "no"}, {}]),
        );
        let texts = |events: &[(&str, Value)]| -> Vec<String> {
            told(events)
                .into_iter()
                .filter(|it| it.starts_with("TEXT_MESSAGE_CONTENT"))
                .collect()
        };
        assert_eq!(
            texts(&[said("a"), whole, said("b")]),
            ["TEXT_MESSAGE_CONTENT a", "TEXT_MESSAGE_CONTENT b"]
        );
        let both = [
            model("chat", json!({"id": "m", "content": "a"}), json!({})),
            said("a"),
        ];
        assert_eq!(texts(&both), ["TEXT_MESSAGE_CONTENT a"]);
    }

    #[test]
    fn a_model_thinks_before_it_speaks() {
        let thinks = |text: &str| json!({"id": "m", "content": [{"type": "thinking", "thinking": text, "index": 0}]});
        let signed = json!({"id": "m", "content": [{"type": "thinking", "thinking": "!", "index": 0, "signature": "s"}]});
        let told = told(&[
            model("chat", thinks("hm"), json!({})),
            model("chat", signed, json!({})),
            model(
                "chat",
                json!({"id": "m", "content": [{"type": "text", "text": "so"}]}),
                json!({}),
            ),
        ]);
        let kinds: Vec<_> = told
            .iter()
            .map(|it| it.split(' ').next().unwrap())
            .collect();
        assert_eq!(
            kinds[1..],
            [
                "REASONING_START",
                "REASONING_MESSAGE_START",
                "REASONING_MESSAGE_CONTENT",
                "REASONING_MESSAGE_CONTENT",
                "REASONING_ENCRYPTED_VALUE",
                "REASONING_MESSAGE_END",
                "REASONING_END",
                "TEXT_MESSAGE_START",
                "TEXT_MESSAGE_CONTENT",
                "TEXT_MESSAGE_END",
                "STEP_FINISHED",
            ]
        );
    }

    #[test]
    fn messages_around_a_subgraph_are_those_of_the_step() {
        let in_graph = |space: &str| {
            let metadata = json!({"langgraph_node": "inner", "langgraph_checkpoint_ns": space});
            (
                "events",
                json!({"event": "on_chain_start", "name": "inner", "metadata": metadata}),
            )
        };
        let own = json!({"messages": [{"id": "x", "type": "ai", "content": "the subgraph's own"}]});
        let all = json!({"messages": [{"id": "a", "type": "ai", "content": "all"}]});
        let told = told(&[
            in_graph("sub:1|inner:2"),
            ("values|sub:1", own),
            ("values", all),
        ]);
        let snapshots: Vec<_> = told
            .iter()
            .filter(|it| it.starts_with("MESSAGES"))
            .collect();
        assert_eq!(snapshots.len(), 1, "{told:?}");
        assert!(!told.iter().any(|it| it.contains("own")), "{told:?}");
    }
}
