//! Where Azure OpenAI is asked: a path of its own for each deployment, and the version as a parameter.

use url::Url;

use super::config::{ConfigError, LlmConfig};
use super::wire::Api;

/// The newest version of chat completions that is no preview.
const VERSION: &str = "2024-10-21";

/// The address for a resource's address; one that has a path already is taken as it is.
pub(super) fn base_url(
    resource: &str,
    config: &LlmConfig,
    api: Api,
) -> Result<String, ConfigError> {
    let bad = |reason: String| ConfigError::BadUrl {
        url: resource.to_owned(),
        reason,
    };
    let mut url = Url::parse(resource).map_err(|error| bad(error.to_string()))?;
    let deployment = config.model.strip_prefix("azure/").unwrap_or(&config.model);
    if matches!(url.path(), "" | "/" | "/openai" | "/openai/") {
        let mut path = url
            .path_segments_mut()
            .map_err(|()| bad("must begin with https://".to_owned()))?;
        path.clear().push("openai");
        match api {
            // Responses know the deployment from the body, and need no version.
            Api::Responses => path.push("v1"),
            _ => path.push("deployments").push(deployment),
        };
    }
    let versioned = url.query_pairs().any(|(key, _)| key == "api-version");
    let version = config.api_version.as_deref();
    let version = version.or((api != Api::Responses).then_some(VERSION));
    if let (false, Some(version)) = (versioned, version) {
        url.query_pairs_mut().append_pair("api-version", version);
    }
    Ok(url.into())
}
