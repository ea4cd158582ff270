//! What a model that GraphQL clients talk to is told of MCP tools in its system message, besides their schemas: upstream's
//! words (1.10.6).

use std::sync::Arc;

use serde_json::Value;

use crate::tools::Tool;

/// The instructions for these tools; nothing if there are none.
pub(super) fn of(tools: &[Arc<dyn Tool>]) -> Option<String> {
    if tools.is_empty() {
        return None;
    }
    let listed: Vec<String> = tools.iter().map(|tool| entry(tool.as_ref())).collect();
    Some(format!(
        "You have access to the following external tools provided by Model Context Protocol (MCP) servers:\n\n{}\n\n\
         When using these tools:\n\
         1. Only provide valid parameters according to their type requirements\n\
         2. Required parameters are marked with *\n\
         3. For array parameters, provide data in the correct array format\n\
         4. For object parameters, include all required nested properties\n\
         5. For enum parameters, use only the allowed values listed\n\
         6. Format API calls correctly with the expected parameter structure\n\
         7. Always check tool responses to determine your next action\n\
         Use them when appropriate to fulfill the user's request.",
        listed.join("\n\n")
    ))
}

fn entry(tool: &dyn Tool) -> String {
    let schema = tool.parameters();
    let required = schema["required"].as_array();
    let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|it| it == name));
    let properties = schema["properties"].as_object();
    let lines = properties.into_iter().flatten().map(|(name, property)| {
        let mark = if is_required(name) { "*" } else { "" };
        let (kind, description) = described(property);
        let dash = if description.is_empty() { "" } else { " - " };
        format!("    - {name}{mark} ({kind}){dash}{description}")
    });
    let lines: Vec<String> = lines.collect();
    let parameters = match lines.is_empty() {
        true => "    No parameters required".to_owned(),
        false => lines.join("\n"),
    };
    format!("- {}: {}\n{parameters}", tool.name(), tool.description())
}

/// A parameter's type, and what is said of it.
fn described(property: &Value) -> (String, String) {
    let mut kind = property["type"].as_str().unwrap_or("string").to_owned();
    let mut said: Vec<String> = Vec::new();
    said.extend(property["description"].as_str().map(str::to_owned));
    let items = &property["items"];
    if kind == "array" && items.is_object() {
        let item = items["type"].as_str().unwrap_or("object");
        match items["properties"].as_object() {
            Some(of) if item == "object" => {
                said.push(format!("Array of objects with properties: {}", keys(of)));
            }
            _ => kind = format!("array<{item}>"),
        }
    }
    if let Some(values) = property["enum"].as_array() {
        let values: Vec<String> = values.iter().map(text).collect();
        said.push(format!("Allowed values: {}", values.join(" | ")));
    }
    if let Some(of) = property["properties"]
        .as_object()
        .filter(|_| kind == "object")
    {
        said.push(format!("Object with properties: {}", keys(of)));
    }
    said.retain(|part| !part.is_empty());
    (kind, said.join(" "))
}

fn keys(of: &serde_json::Map<String, Value>) -> String {
    of.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
