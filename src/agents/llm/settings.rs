//! How the model answers: an agent's own settings, and what one run may ask for in their place.

use serde::Deserialize;
use serde_json::{Value, json};

use super::request::Manner;
use crate::agents::{ModelParameters, RunInput};

/// What goes to the model server beside the conversation; what is unset is left to the server.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Upper bound on answered tokens.
    pub max_output_tokens: Option<u32>,
    /// Sampling temperature.
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    pub top_p: Option<f64>,
    /// Keeps the model from topics it has touched.
    pub presence_penalty: Option<f64>,
    /// Keeps the model from words it has used.
    pub frequency_penalty: Option<f64>,
    /// Sequences that end the answer.
    pub stop_sequences: Option<Vec<String>>,
    /// For answers that can be repeated, where the server supports it.
    pub seed: Option<i64>,
    /// Whether and which tool the model has to call.
    pub tool_choice: Option<ToolChoice>,
}

/// Whether and which tool the model has to call.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub enum ToolChoice {
    /// `auto`, `none`, `required`, or another word that the server knows.
    Word(String),
    /// This tool.
    Tool(String),
}

/// What a run may ask for in `forwardedProps`: upstream's `overridableProperties` (1.75.0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Overridable {
    /// Another model of the same provider: any. `allowed_models` allows some.
    Model,
    /// [`Settings::tool_choice`].
    ToolChoice,
    /// [`Settings::max_output_tokens`].
    MaxOutputTokens,
    /// [`Settings::temperature`].
    Temperature,
    /// [`Settings::top_p`].
    TopP,
    /// [`Settings::presence_penalty`].
    PresencePenalty,
    /// [`Settings::frequency_penalty`].
    FrequencyPenalty,
    /// [`Settings::stop_sequences`].
    StopSequences,
    /// [`Settings::seed`].
    Seed,
}

/// The model of one run, and how it is to answer.
#[derive(Debug, PartialEq)]
pub(super) struct Wishes {
    pub model: String,
    pub settings: Settings,
}

impl TryFrom<Value> for ToolChoice {
    type Error = &'static str;

    /// A word, or a tool in OpenAI's form or in the AI SDK's, which upstream's configuration takes.
    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let name = match value["type"].as_str() {
            Some("function") => value["function"]["name"].as_str(),
            Some("tool") => value["toolName"].as_str(),
            _ => None,
        };
        match (value.as_str(), name) {
            (Some(word @ ("auto" | "none" | "required")), _) => Ok(Self::Word(word.to_owned())),
            (None, Some(name)) => Ok(Self::Tool(name.to_owned())),
            _ => Err("a tool choice is auto, none, required or the name of a tool"),
        }
    }
}

impl ToolChoice {
    /// In OpenAI's form. A forced call is forced once: a model that has to call in every step would never come to its
    /// answer.
    pub(super) fn in_step(&self, step: usize) -> Option<Value> {
        match self {
            Self::Tool(_) if step > 0 => None,
            Self::Word(word) if step > 0 && word == "required" => None,
            Self::Tool(name) => Some(json!({"type": "function", "function": {"name": name}})),
            Self::Word(word) => Some(json!(word)),
        }
    }
}

impl Wishes {
    /// What the agent is set to, then what the frontend asks for where that is allowed. To a GraphQL client all is allowed
    /// but the model, as upstream does (1.10.6).
    pub(super) fn of(manner: &Manner, input: &RunInput) -> Self {
        use Overridable::*;
        let asked = &input.parameters;
        let open = asked.context_told;
        let may = |what| open || manner.overridable.contains(&what);
        let mut settings = manner.settings.clone();
        let it = &mut settings;
        put(
            &mut it.max_output_tokens,
            max_tokens(asked),
            may(MaxOutputTokens),
        );
        put(&mut it.temperature, temperature(asked), may(Temperature));
        put(&mut it.top_p, asked.top_p, may(TopP));
        put(
            &mut it.presence_penalty,
            asked.presence_penalty,
            may(PresencePenalty),
        );
        put(
            &mut it.frequency_penalty,
            asked.frequency_penalty,
            may(FrequencyPenalty),
        );
        put(
            &mut it.stop_sequences,
            asked.stop.clone(),
            may(StopSequences),
        );
        put(&mut it.seed, asked.seed, may(Seed));
        put(&mut it.tool_choice, tool_choice(asked), may(ToolChoice));
        Self {
            model: model(manner, asked).to_owned(),
            settings,
        }
    }
}

fn put<T>(setting: &mut Option<T>, asked: Option<T>, may: bool) {
    if may && asked.is_some() {
        *setting = asked;
    }
}

fn model<'a>(manner: &'a Manner, asked: &'a ModelParameters) -> &'a str {
    let Some(model) = asked.model.as_deref() else {
        return &manner.model;
    };
    match !asked.context_told && manner.overridable.contains(&Overridable::Model) {
        true => manner.provider.own_name(model),
        false => manner.allowed(model).unwrap_or(&manner.model),
    }
}

/// Zero means "as the model likes": to the GraphQL clients' adapter, which tests for truth (upstream 1.10.6), and as no
/// answer has no tokens, to all.
fn max_tokens(asked: &ModelParameters) -> Option<u32> {
    asked.max_tokens.filter(|max| *max > 0)
}

fn temperature(asked: &ModelParameters) -> Option<f64> {
    let told = asked.context_told;
    asked
        .temperature
        .filter(|temperature| !told || *temperature != 0.0)
}

fn tool_choice(asked: &ModelParameters) -> Option<ToolChoice> {
    match asked.tool_choice.as_deref()? {
        "" => None,
        "function" => asked.tool_choice_function.clone().map(ToolChoice::Tool),
        word => Some(ToolChoice::Word(word.to_owned())),
    }
}
