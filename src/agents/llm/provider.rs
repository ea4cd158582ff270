//! The servers that speak OpenAI's chat completions, and where their dialects differ.

use super::config::{ConfigError, LlmConfig};

/// One server's dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Provider {
    /// What stands before the `/` in a configured model.
    pub name: &'static str,
    /// How error messages call it.
    pub label: &'static str,
    pub base_url: &'static str,
    /// The variable by which its own clients are sent elsewhere.
    pub base_url_env: Option<&'static str>,
    /// The variable that usually holds its key; `None` where it needs none.
    pub api_key_env: Option<&'static str>,
    pub default_model: &'static str,
    /// The request key that bounds the answer's tokens.
    pub max_tokens_key: MaxTokensKey,
    /// Whether it knows only `system`, not OpenAI's `developer`.
    pub keep_system_role: bool,
    /// Whether it takes the wish for token counts; who does not sends them unasked.
    pub usage_on_request: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MaxTokensKey {
    MaxCompletionTokens,
    MaxTokens,
}

const fn dialect(
    name: &'static str,
    label: &'static str,
    base_url: &'static str,
    api_key_env: Option<&'static str>,
    default_model: &'static str,
) -> Provider {
    Provider {
        name,
        label,
        base_url,
        base_url_env: None,
        api_key_env,
        default_model,
        max_tokens_key: MaxTokensKey::MaxTokens,
        keep_system_role: true,
        usage_on_request: true,
    }
}

const OPENAI: Provider = Provider {
    name: "openai",
    label: "OpenAI",
    base_url: "https://api.openai.com/v1",
    base_url_env: Some("OPENAI_BASE_URL"),
    api_key_env: Some("OPENAI_API_KEY"),
    default_model: "gpt-4o-mini",
    max_tokens_key: MaxTokensKey::MaxCompletionTokens,
    keep_system_role: false,
    usage_on_request: true,
};

impl Provider {
    /// In the order in which the environment is searched for a key.
    pub(super) const ALL: [Provider; 6] = [
        OPENAI,
        dialect(
            "groq",
            "Groq",
            "https://api.groq.com/openai/v1",
            Some("GROQ_API_KEY"),
            "llama-3.3-70b-versatile",
        ),
        dialect(
            "openrouter",
            "OpenRouter",
            "https://openrouter.ai/api/v1",
            Some("OPENROUTER_API_KEY"),
            "openai/gpt-4o-mini",
        ),
        dialect(
            "deepseek",
            "DeepSeek",
            "https://api.deepseek.com/v1",
            Some("DEEPSEEK_API_KEY"),
            "deepseek-chat",
        ),
        Provider {
            usage_on_request: false,
            ..dialect(
                "mistral",
                "Mistral",
                "https://api.mistral.ai/v1",
                Some("MISTRAL_API_KEY"),
                "mistral-small-latest",
            )
        },
        dialect(
            "ollama",
            "Ollama",
            "http://localhost:11434/v1",
            None,
            "llama3.2",
        ),
    ];

    /// The name of a model as this provider knows it.
    pub(super) fn own_name<'a>(&self, model: &'a str) -> &'a str {
        model
            .strip_prefix(self.name)
            .and_then(|rest| rest.strip_prefix('/'))
            .unwrap_or(model)
    }

    /// The provider of the configured model, and the model's name as that provider knows it.
    pub(super) fn of(config: &LlmConfig) -> Result<(Provider, String), ConfigError> {
        let model = config.model.as_str();
        let Some((prefix, rest)) = model.split_once('/') else {
            return Ok((OPENAI, model.to_owned()));
        };
        match Self::ALL
            .into_iter()
            .find(|provider| provider.name == prefix)
        {
            Some(provider) => Ok((provider, rest.to_owned())),
            // A server of one's own may well have slashes in its models' names.
            None if config.base_url.is_some() => Ok((OPENAI, model.to_owned())),
            None => Err(ConfigError::UnknownProvider {
                model: model.to_owned(),
                known: Self::ALL.map(|provider| provider.name).join(", "),
            }),
        }
    }
}
