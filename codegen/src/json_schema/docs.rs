//! Doc comments where the contract has no descriptions: from names, and for the recurring keys in words.

use crate::names::snake;

/// What the keys mean that occur again and again or that do not explain themselves.
const KEYS: &[(&str, &str)] = &[
    (
        "activityType",
        "What kind of activity it is; the client chooses how to show it.",
    ),
    ("arguments", "The arguments, JSON as text."),
    ("delta", "What is added."),
    (
        "encryptedValue",
        "What only the model's provider can read, to be handed back as it is.",
    ),
    (
        "entityId",
        "The message or tool call that the value belongs to.",
    ),
    ("expiresAt", "When an answer comes too late."),
    (
        "forwardedProps",
        "Free data from the application for the agent.",
    ),
    ("from", "JSON pointer to where the value comes from."),
    ("id", "Its id."),
    ("input", "What the agent was asked."),
    ("interruptId", "The interrupt that is answered."),
    ("interruptIds", "The interrupts that are waited for."),
    ("interrupts", "What the agent waits for."),
    ("messageId", "The id of the message."),
    ("metadata", "Free data about it."),
    ("mimeType", "The media type of the content."),
    ("outcome", "How it ended."),
    ("parentMessageId", "The message that the call belongs to."),
    ("parentRunId", "The run that this one continues."),
    ("parentSubagentRunId", "The subagent run that started it."),
    ("parentToolCallId", "The tool call that started it."),
    ("patch", "The changes, in order (RFC 6902)."),
    ("path", "JSON pointer to the place (RFC 6901)."),
    ("payload", "The answer."),
    (
        "pendingToolCallIds",
        "The tool calls that the client has yet to answer.",
    ),
    ("protocolVersion", "The version of AG-UI that is spoken."),
    (
        "rawEvent",
        "The event of the agent's framework that this one came from.",
    ),
    (
        "replace",
        "Whether it takes the place of what is there; it does where this is absent.",
    ),
    ("responseSchema", "JSON Schema of the answer."),
    (
        "resume",
        "The answers to the interrupts that ended the run before.",
    ),
    ("runId", "The id of the run."),
    ("snapshot", "The whole state."),
    ("state", "The state that the client holds."),
    ("stepName", "The name of the step."),
    ("subagentRunId", "The subagent's run that this belongs to."),
    ("threadId", "The id of the thread."),
    ("timestamp", "When it happened, in milliseconds since 1970."),
    ("toolCallId", "The id of the tool call."),
    ("toolCallName", "The name of the tool."),
    ("toolCalls", "The tools that it calls."),
    ("usage", "The tokens that it took, one entry a model."),
];

/// The doc comment of a property.
pub fn property(description: Option<&str>, key: &str) -> String {
    if let Some(description) = description {
        return description.to_owned();
    }
    match KEYS.iter().find(|(known, _)| *known == key) {
        Some((_, meaning)) => (*meaning).to_owned(),
        None => sentence(key),
    }
}

/// The doc comment of a struct with this tag in a union; `union` is the union's name.
pub fn tagged(description: Option<&str>, tag: &str, union: &str) -> String {
    description.map_or_else(|| format!("The {} `{tag}`.", phrase(union)), str::to_owned)
}

/// The doc comment of a type that says no more than its name.
pub fn named(description: Option<&str>, name: &str) -> String {
    description.map_or_else(|| sentence(name), str::to_owned)
}

/// The doc comment of a union.
pub fn union(description: Option<&str>, name: &str, tag: &str) -> String {
    let what = description.map_or_else(|| sentence(name), str::to_owned);
    format!(
        "{what}\n\nWhich one it is says `{tag}`. What this version of the contract does not know is kept in `Other`."
    )
}

/// `HumanInTheLoop` as `Human in the loop.`
fn sentence(name: &str) -> String {
    let phrase = phrase(name);
    let mut chars = phrase.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).chain(['.']).collect()
}

/// `HumanInTheLoop` as `human in the loop`.
fn phrase(name: &str) -> String {
    let words = snake(&name.replace('-', "_")).replace('_', " ");
    words
        .replace("mime", "MIME")
        .replace("url", "URL")
        .replace("json", "JSON")
}
