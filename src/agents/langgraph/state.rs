//! The state that a run begins with: the client's, the thread's messages with the new ones, the tools and the context.

use serde_json::{Map, Value, json};

use super::messages::{self, to_langchain};
use crate::agents::RunInput;

/// What the client brings, laid over what a thread has (`@ag-ui/langgraph` 0.0.43).
pub(super) struct Brought<'a> {
    input: &'a RunInput,
    /// The client's messages as LangChain takes them. The first is left out where it is the system's: it tells the model of
    /// the application, and the graph has instructions of its own.
    messages: Vec<Value>,
}

impl<'a> Brought<'a> {
    pub(super) fn new(input: &'a RunInput) -> Self {
        let mut messages = to_langchain(&input.request.messages);
        if messages.first().is_some_and(|it| it["role"] == "system") {
            messages.remove(0);
        }
        Self { input, messages }
    }

    /// The message of this id, if it was brought.
    pub(super) fn message(&self, id: &str) -> Option<&Value> {
        self.messages.iter().find(|it| it["id"] == id)
    }

    /// The messages that the thread does not have.
    pub(super) fn new_messages(&self, known: &[Value]) -> Vec<Value> {
        let is_known = |id: &Value| known.iter().any(|it| it["id"] == *id);
        let new = self.messages.iter().filter(|it| !is_known(&it["id"]));
        new.cloned().collect()
    }

    /// The state to go on with from a thread's: the client's, and all messages.
    pub(super) fn onto(&self, thread: &Map<String, Value>) -> Map<String, Value> {
        let known = messages::of_state(thread);
        let mut all = known.to_vec();
        all.extend(self.new_messages(known));
        let state = match &self.input.request.state {
            Some(Value::Object(state)) => state.clone(),
            _ => Map::new(),
        };
        self.merged(state, all)
    }

    /// A state with these messages, and with the tools and the context of this run.
    pub(super) fn merged(
        &self,
        mut state: Map<String, Value>,
        messages: Vec<Value>,
    ) -> Map<String, Value> {
        let tools = self.tools(state.get("tools"));
        let context = json!(self.input.request.context.as_deref().unwrap_or_default());
        let mut agui = json!({"tools": tools, "context": context});
        let props = self.input.request.forwarded_props.as_ref();
        if let Some(inject) = props.and_then(|props| props.get("injectA2UITool")) {
            agui["inject_a2ui_tool"] = inject.clone();
        }
        let mut copilotkit = match state.shift_remove("copilotkit") {
            Some(Value::Object(copilotkit)) => copilotkit,
            _ => Map::new(),
        };
        copilotkit.insert("actions".into(), tools.clone());
        copilotkit.insert("context".into(), context);
        state.insert("messages".into(), messages.into());
        state.insert("tools".into(), tools);
        state.insert("ag-ui".into(), agui);
        state.insert("copilotkit".into(), copilotkit.into());
        state
    }

    /// The tools as LangChain's models take them. The server's own come first, and one of the same name as a frontend's wins
    /// (upstream 1.10.6); what the state had of them before comes last.
    fn tools(&self, before: Option<&Value>) -> Value {
        let mut tools: Vec<Value> = Vec::new();
        let mut add = |tool: Value| {
            if !tools.iter().any(|it| it["name"] == tool["name"]) {
                tools.push(tool);
            }
        };
        for tool in self.input.tools.iter() {
            add(bindable(
                tool.name(),
                tool.description(),
                Some(&tool.parameters()),
            ));
        }
        for tool in self.input.request.tools.iter().flatten() {
            add(bindable(
                &tool.name,
                &tool.description,
                tool.parameters.as_ref(),
            ));
        }
        let before = before.and_then(Value::as_array).into_iter().flatten();
        for tool in before.filter(|tool| tool["name"].is_string()) {
            match tool.get("type") {
                Some(_) => add(tool.clone()),
                None => {
                    let text = |key: &str| tool[key].as_str().unwrap_or_default();
                    add(bindable(
                        text("name"),
                        text("description"),
                        tool.get("parameters"),
                    ));
                }
            }
        }
        tools.into()
    }
}

fn bindable(name: &str, description: &str, parameters: Option<&Value>) -> Value {
    json!({
        "type": "function",
        "name": name,
        "function": {"name": name, "description": description, "parameters": parameters},
    })
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::generated::agui::RunAgentInput;
    use crate::store::Owner;

    pub(in crate::agents::langgraph) fn input(request: Value) -> RunInput {
        let mut full = json!({"threadId": "t", "runId": "r", "messages": []});
        full.as_object_mut()
            .unwrap()
            .extend(request.as_object().unwrap().clone());
        RunInput {
            owner: Owner::anonymous(),
            agent: "a".into(),
            request: serde_json::from_value::<RunAgentInput>(full).unwrap(),
            parameters: Default::default(),
            tools: Default::default(),
            agents: Default::default(),
            properties: Default::default(),
            headers: Default::default(),
            frontend_url: None,
        }
    }

    #[test]
    fn what_is_new_is_laid_over_what_the_thread_has() {
        let input = input(json!({
            "state": {"count": 2, "messages": ["the client's copy"], "copilotkit": {"x": 1}},
            "context": [{"description": "d", "value": "v"}],
            "tools": [{"name": "show", "description": "Shows", "parameters": {"type": "object"}}],
            "messages": [
                {"id": "s", "role": "system", "content": "left out"},
                {"id": "u", "role": "user", "content": "known"},
                {"id": "v", "role": "user", "content": "new"}],
        }));
        let brought = Brought::new(&input);
        let thread =
            json!({"count": 1, "messages": [{"id": "u", "type": "human", "content": "known"}]});
        let state = brought.onto(thread.as_object().unwrap());
        let ids: Vec<_> = messages::of_state(&state)
            .iter()
            .map(|it| it["id"].clone())
            .collect();
        assert_eq!(ids, ["u", "v"]);
        assert_eq!(state["count"], 2);
        let tool = json!({"type": "function", "name": "show", "function":
            {"name": "show", "description": "Shows", "parameters": {"type": "object"}}});
        let context = json!([{"description": "d", "value": "v"}]);
        assert_eq!(state["tools"], json!([tool]));
        assert_eq!(state["ag-ui"], json!({"tools": [tool], "context": context}));
        assert_eq!(
            state["copilotkit"],
            json!({"x": 1, "actions": [tool], "context": context})
        );
    }

    #[test]
    fn tools_of_the_request_win_over_those_of_the_state() {
        let input = input(json!({
            "state": {"tools": [
                {"type": "function", "name": "show", "function": {"name": "show", "description": "old"}},
                {"name": "keep", "description": "kept"}]},
            "tools": [{"name": "show", "description": "new"}],
        }));
        let state = Brought::new(&input).onto(&Map::new());
        let told = state["tools"].as_array().unwrap().iter();
        let told: Vec<_> = told
            .map(|it| it["function"]["description"].clone())
            .collect();
        assert_eq!(told, ["new", "kept"]);
    }
}
