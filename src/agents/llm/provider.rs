//! The model servers that are known by name, and how each is asked.

use super::aws;
use super::config::{ConfigError, LlmConfig};
use super::wire::Api;

/// One server's dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Provider {
    /// What stands before the `/` in a configured model.
    pub name: &'static str,
    /// Another name that may stand there.
    pub alias: Option<&'static str>,
    /// How error messages call it.
    pub label: &'static str,
    /// The wire format it speaks, if not told otherwise.
    pub api: Api,
    /// Empty where everybody has an address of their own.
    pub base_url: &'static str,
    /// The variable by which its own clients are sent elsewhere.
    pub base_url_env: Option<&'static str>,
    /// The variables that usually hold its key, the first that is set counts; none where it needs no key.
    pub api_key_env: &'static [&'static str],
    /// The header that holds the key; `authorization` holds it after `Bearer`.
    pub key_header: &'static str,
    /// Headers that it insists on.
    pub headers: &'static [(&'static str, &'static str)],
    /// Whether its own client shows the whole body of an error, and not the message in it.
    pub whole_errors: bool,
    /// Whether a model that says nothing to a tool's result has it told to the user (upstream 1.10.6).
    pub speaks_results: bool,
    /// What is asked where the environment has its key and nothing is configured.
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

/// One that speaks chat completions.
const fn dialect(
    name: &'static str,
    label: &'static str,
    base_url: &'static str,
    api_key_env: &'static [&'static str],
    default_model: &'static str,
) -> Provider {
    Provider {
        name,
        alias: None,
        label,
        api: Api::Chat,
        base_url,
        base_url_env: None,
        api_key_env,
        key_header: BEARER,
        headers: &[],
        whole_errors: false,
        speaks_results: false,
        default_model,
        max_tokens_key: MaxTokensKey::MaxTokens,
        keep_system_role: true,
        usage_on_request: true,
    }
}

pub(super) const BEARER: &str = "authorization";

const OPENAI: Provider = Provider {
    base_url_env: Some("OPENAI_BASE_URL"),
    max_tokens_key: MaxTokensKey::MaxCompletionTokens,
    keep_system_role: false,
    ..dialect(
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        &["OPENAI_API_KEY"],
        "gpt-4o-mini",
    )
};

const AZURE: Provider = Provider {
    base_url_env: Some("AZURE_OPENAI_ENDPOINT"),
    key_header: "api-key",
    max_tokens_key: MaxTokensKey::MaxCompletionTokens,
    keep_system_role: false,
    // Without the name of a deployment there is no model to ask.
    ..dialect(
        "azure",
        "Azure OpenAI",
        "",
        &["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"],
        "",
    )
};

/// Its requests are signed where there is no token for it.
const BEDROCK: Provider = Provider {
    api: Api::Bedrock,
    base_url_env: Some("AWS_ENDPOINT_URL_BEDROCK_RUNTIME"),
    headers: &[("accept", "application/vnd.amazon.eventstream")],
    // Which models there are depends on the account and the region.
    ..dialect(aws::NAME, "AWS Bedrock", "", &[aws::TOKEN], "")
};

const ANTHROPIC: Provider = Provider {
    api: Api::Anthropic,
    base_url_env: Some("ANTHROPIC_BASE_URL"),
    key_header: "x-api-key",
    headers: &[("anthropic-version", "2023-06-01")],
    whole_errors: true,
    speaks_results: true,
    ..dialect(
        "anthropic",
        "Anthropic",
        "https://api.anthropic.com/v1",
        &["ANTHROPIC_API_KEY"],
        "claude-sonnet-4-5",
    )
};

const GOOGLE: Provider = Provider {
    alias: Some("gemini"),
    api: Api::Google,
    key_header: "x-goog-api-key",
    ..dialect(
        "google",
        "Google",
        "https://generativelanguage.googleapis.com/v1beta",
        &[
            "GEMINI_API_KEY",
            "GOOGLE_API_KEY",
            "GOOGLE_GENERATIVE_AI_API_KEY",
        ],
        "gemini-2.5-flash",
    )
};

const GROQ: Provider = Provider {
    whole_errors: true,
    ..dialect(
        "groq",
        "Groq",
        "https://api.groq.com/openai/v1",
        &["GROQ_API_KEY"],
        "llama-3.3-70b-versatile",
    )
};

impl Provider {
    /// In the order in which the environment is searched for a key.
    pub(super) const ALL: [Provider; 10] = [
        OPENAI,
        ANTHROPIC,
        GOOGLE,
        AZURE,
        BEDROCK,
        GROQ,
        dialect(
            "openrouter",
            "OpenRouter",
            "https://openrouter.ai/api/v1",
            &["OPENROUTER_API_KEY"],
            "openai/gpt-4o-mini",
        ),
        dialect(
            "deepseek",
            "DeepSeek",
            "https://api.deepseek.com/v1",
            &["DEEPSEEK_API_KEY"],
            "deepseek-chat",
        ),
        Provider {
            usage_on_request: false,
            ..dialect(
                "mistral",
                "Mistral",
                "https://api.mistral.ai/v1",
                &["MISTRAL_API_KEY"],
                "mistral-small-latest",
            )
        },
        dialect(
            "ollama",
            "Ollama",
            "http://localhost:11434/v1",
            &[],
            "llama3.2",
        ),
    ];

    /// The name of a model as this provider knows it.
    pub(super) fn own_name<'a>(&self, model: &'a str) -> &'a str {
        match model.split_once('/') {
            Some((prefix, rest)) if self.is_called(prefix) => rest,
            _ => model,
        }
    }

    fn is_called(&self, name: &str) -> bool {
        self.name == name || self.alias == Some(name)
    }

    /// The provider of the configured model, and the model's name as that provider knows it.
    pub(super) fn of(config: &LlmConfig) -> Result<(Provider, String), ConfigError> {
        let model = config.model.as_str();
        let Some((prefix, rest)) = model.split_once('/') else {
            return Ok((OPENAI, model.to_owned()));
        };
        match Self::ALL
            .into_iter()
            .find(|provider| provider.is_called(prefix))
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
