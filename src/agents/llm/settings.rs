//! How the model answers: an agent's own settings, and what one run may ask for in their place.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::request::Manner;
use crate::agents::RunInput;

/// What goes to the model server beside the conversation; what is unset is left to the server.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Upper bound on answered tokens.
    #[schemars(example = 1_000)]
    pub max_output_tokens: Option<u32>,
    /// Sampling temperature.
    #[schemars(example = 0.2)]
    pub temperature: Option<f64>,
    /// Nucleus sampling.
    #[schemars(example = 0.9)]
    pub top_p: Option<f64>,
    /// Keeps the model from topics it has touched.
    #[schemars(example = 0.5)]
    pub presence_penalty: Option<f64>,
    /// Keeps the model from words it has used.
    #[schemars(example = 0.5)]
    pub frequency_penalty: Option<f64>,
    /// Sequences that end the answer.
    #[schemars(example = ["END"])]
    pub stop_sequences: Option<Vec<String>>,
    /// For answers that can be repeated, where the server supports it.
    #[schemars(example = 1)]
    pub seed: Option<i64>,
    /// How much an OpenAI model thinks: `low`, `medium`, `high`, or another word that the server knows.
    #[schemars(example = &"low")]
    pub reasoning_effort: Option<String>,
    /// Lets a model of Anthropic's or Google's think aloud, with up to so many tokens beside `max_output_tokens`.
    #[schemars(example = 2_000)]
    pub thinking_tokens: Option<u32>,
    /// Whether and which tool the model has to call.
    #[schemars(example = &"auto")]
    pub tool_choice: Option<ToolChoice>,
}

/// Whether and which tool the model has to call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Value", into = "Value")]
pub enum ToolChoice {
    /// `auto`, `none`, `required`, or another word that the server knows.
    Word(String),
    /// This tool.
    Tool(String),
}

/// What a run may ask for in `forwardedProps`: upstream's `overridableProperties` (1.75.0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

    /// OpenAI's forms, which CopilotKit's suggestions send, and the AI SDK's, which upstream takes.
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

impl From<ToolChoice> for Value {
    /// OpenAI's forms.
    fn from(choice: ToolChoice) -> Self {
        match choice {
            ToolChoice::Word(word) => word.into(),
            ToolChoice::Tool(name) => json!({"type": "function", "function": {"name": name}}),
        }
    }
}

impl ToolChoice {
    /// A forced call is forced once: a model that has to call in every step would never come to its answer.
    pub(super) fn in_step(&self, step: usize) -> Option<&Self> {
        let forces = match self {
            Self::Tool(_) => true,
            Self::Word(word) => word == "required",
        };
        (step == 0 || !forces).then_some(self)
    }
}

impl Wishes {
    /// What the agent is set to, then what the frontend asks for where that is allowed.
    pub(super) fn of(manner: &Manner, input: &RunInput) -> Self {
        let mut wishes = Self {
            model: manner.model_for(&input.parameters).to_owned(),
            settings: manner.settings.clone(),
        };
        wishes.take_parameters(input);
        if !input.parameters.context_told
            && let Some(Value::Object(props)) = &input.request.forwarded_props
        {
            wishes.take_props(manner, props);
        }
        wishes
    }

    /// Zero means "as the model likes" to upstream's adapter (1.10.6), which tests for truth.
    fn take_parameters(&mut self, input: &RunInput) {
        let (settings, asked) = (&mut self.settings, &input.parameters);
        put(
            &mut settings.max_output_tokens,
            asked.max_tokens.filter(|max| *max > 0),
        );
        put(
            &mut settings.temperature,
            asked.temperature.filter(|temperature| *temperature != 0.0),
        );
        put(&mut settings.stop_sequences, asked.stop.clone());
        let choice = match asked.tool_choice.as_deref() {
            None | Some("") => None,
            Some("function") => asked.tool_choice_function.clone().map(ToolChoice::Tool),
            Some(word) => Some(ToolChoice::Word(word.to_owned())),
        };
        put(&mut settings.tool_choice, choice);
    }

    /// A property of another form than its setting's is ignored, as upstream does.
    fn take_props(&mut self, manner: &Manner, props: &Map<String, Value>) {
        use Overridable::*;
        if let Some(model) = asked::<String>(props, "model") {
            self.model = match manner.overridable.contains(&Model) {
                true => manner.provider.own_name(&model).to_owned(),
                false => manner.allowed(&model).unwrap_or(&manner.model).to_owned(),
            };
        }
        let settings = &mut self.settings;
        for what in &manner.overridable {
            match what {
                Model => {}
                ToolChoice => put(&mut settings.tool_choice, asked(props, "toolChoice")),
                MaxOutputTokens => {
                    put(
                        &mut settings.max_output_tokens,
                        asked(props, "maxOutputTokens"),
                    );
                }
                Temperature => put(&mut settings.temperature, asked(props, "temperature")),
                TopP => put(&mut settings.top_p, asked(props, "topP")),
                PresencePenalty => {
                    put(
                        &mut settings.presence_penalty,
                        asked(props, "presencePenalty"),
                    );
                }
                FrequencyPenalty => {
                    put(
                        &mut settings.frequency_penalty,
                        asked(props, "frequencyPenalty"),
                    );
                }
                StopSequences => put(&mut settings.stop_sequences, asked(props, "stopSequences")),
                Seed => put(&mut settings.seed, asked(props, "seed")),
            }
        }
    }
}

fn put<T>(setting: &mut Option<T>, asked: Option<T>) {
    if asked.is_some() {
        *setting = asked;
    }
}

fn asked<T: DeserializeOwned>(props: &Map<String, Value>, key: &str) -> Option<T> {
    T::deserialize(props.get(key)?).ok()
}
