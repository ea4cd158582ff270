//! What an agent is told so that it can use A2UI: the tool, how to call it, and what the user did on a surface.
//!
//! Names and shapes are those of `@ag-ui/a2ui-middleware` 0.0.10. Only the agent sees them; the thread keeps what the client
//! sent.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::TOOL;
use crate::agents::RunInput;
use crate::generated::agui::{
    AssistantMessage, Context, FunctionCall, RunAgentInput, Tool, ToolCall, ToolMessage,
};

/// The call that stands for what a user did.
pub(super) const ACTION_TOOL: &str = "log_a2ui_event";

/// By which a frontend's description of its components is known among the context.
const CATALOG: &str = "A2UI Component Schema — available components for generating UI surfaces. Use these component names and properties when creating A2UI operations.";

const GUIDE: &str = "\
Call `render_a2ui` to show an interface instead of describing it. Its arguments, in this order:\n\
- `surfaceId` (text, required): a name for this surface, not used before.\n\
- `components` (list, required): all components in one flat list. Each has an `id`, a `component` (one of the types of the \
component schema in the context) and its properties beside them. One of them has the id `root`; make it a layout such as \
`Column`, `Row` or `Card`.\n\
- `data` (object, optional): what components are bound to.\n\
Components name their children by id: `\"children\": [\"a\", \"b\"]` or `\"child\": \"a\"`. All of these must be in the list, \
and none may be within itself. Bind a property to data with `{\"path\": \"/key\"}`; show a component for every item of a list \
with `\"children\": {\"componentId\": \"item\", \"path\": \"/items\"}`, in which paths without a slash are the item's own. \
A button says what it does with `\"action\": {\"event\": {\"name\": \"...\", \"context\": {}}}`.\n\
Example: {\"surfaceId\": \"trip\", \"components\": [{\"id\": \"root\", \"component\": \"Column\", \"children\": [\"title\"]}, \
{\"id\": \"title\", \"component\": \"Text\", \"text\": {\"path\": \"/city\"}}], \"data\": {\"city\": \"Oslo\"}}\n\
A call of `log_a2ui_event` at the end of the conversation is what the user just did on a surface: answer it.";

/// The input as the agent gets it; the same one if there is nothing to add.
pub(in super::super) fn prepare(mut input: Arc<RunInput>, offer_tool: bool) -> Arc<RunInput> {
    let action = action(&input.request).cloned();
    if action.is_none() && !offer_tool {
        return input;
    }
    let changed = Arc::make_mut(&mut input);
    if let Some(action) = action {
        tell(&mut changed.request, &action);
    }
    if offer_tool {
        offer(changed);
    }
    input
}

/// The catalog that the frontend draws components with, if it says.
pub(super) fn catalog(request: &RunAgentInput) -> Option<String> {
    let mut context = request.context.iter().flatten();
    let entry = context.find(|entry| entry.description == CATALOG)?;
    let catalog: Value = serde_json::from_str(&entry.value).ok()?;
    let id = catalog["catalogId"].as_str().filter(|id| !id.is_empty())?;
    Some(id.to_owned())
}

fn action(request: &RunAgentInput) -> Option<&Value> {
    let action = &request.forwarded_props.as_ref()?["a2uiAction"]["userAction"];
    action.is_object().then_some(action)
}

/// Adds what the user did as a call and its result.
fn tell(request: &mut RunAgentInput, action: &Value) {
    let call = Uuid::new_v4().to_string();
    let mut assistant = AssistantMessage::new(Uuid::new_v4());
    assistant.content = Some(String::new());
    let function = FunctionCall::new(ACTION_TOOL, action.to_string());
    assistant.tool_calls = Some(vec![ToolCall::new(&*call, function)]);
    let result = ToolMessage::new(Uuid::new_v4(), &*said(action), &*call);
    request.messages.extend([assistant.into(), result.into()]);
}

fn said(action: &Value) -> String {
    let text = |key: &str| action[key].as_str();
    let component = match text("sourceComponentId") {
        Some(id) if !id.is_empty() => format!(" (component: {id})"),
        _ => String::new(),
    };
    let context = match &action["context"] {
        Value::Null => "{}".to_owned(),
        context => context.to_string(),
    };
    format!(
        "User performed action \"{}\" on surface \"{}\"{component}. Context: {context}",
        text("name").unwrap_or("unknown_action"),
        text("surfaceId").unwrap_or("unknown_surface"),
    )
}

/// Offers the tool in place of any of its name, and tells how to call it.
fn offer(input: &mut RunInput) {
    let request = &mut input.request;
    let tools = request.tools.get_or_insert_default();
    tools.retain(|tool| tool.name != TOOL);
    tools.push(tool());
    let guide = format!("A2UI render tool usage guide — how to call {TOOL} with valid arguments.");
    let context = request.context.get_or_insert_default();
    context.retain(|entry| entry.description != guide);
    context.push(Context::new(guide, GUIDE));
    if let Some(Value::Object(props)) = &mut request.forwarded_props {
        props.insert("injectA2UITool".to_owned(), true.into());
    }
    input
        .properties
        .insert("injectA2UITool".to_owned(), true.into());
}

fn tool() -> Tool {
    let description =
        "Shows an A2UI v0.9 surface to the user. The context has a guide to its arguments.";
    let mut tool = Tool::new(TOOL, description);
    tool.parameters = Some(json!({
        "type": "object",
        "properties": {
            "surfaceId": {"type": "string", "description": "A name for the surface, not used before."},
            "components": {
                "type": "array",
                "description": "All components in one flat list; one of them has the id \"root\".",
                "items": {"type": "object"},
            },
            "data": {"type": "object", "description": "The data that components are bound to."},
        },
        "required": ["surfaceId", "components"],
    }));
    tool
}
