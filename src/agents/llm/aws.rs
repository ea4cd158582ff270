//! AWS Bedrock: where it is, and who asks it. Requests bear a token (Bedrock's API keys), or a signature made with an access
//! key (AWS's Signature Version 4).
//!
//! Keys come from the variables that all of AWS's own clients read. What those find elsewhere, in profiles or at the machine
//! they run on, can be exported into these: `aws configure export-credentials --format env`.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::config::{ConfigError, LlmConfig, Secret, env};

/// What stands before the `/` in a configured model.
pub(super) const NAME: &str = "bedrock";
/// The variable that holds a token (AWS, "API keys for Bedrock").
pub(super) const TOKEN: &str = "AWS_BEARER_TOKEN_BEDROCK";
/// The service in a signature's scope.
const SERVICE: &str = "bedrock";

/// Where models of the configured region are asked.
pub(super) fn base_url(config: &LlmConfig) -> Result<String, ConfigError> {
    let region = region(config)?;
    let domain = match region.starts_with("cn-") {
        true => "amazonaws.com.cn",
        false => "amazonaws.com",
    };
    Ok(format!("https://bedrock-runtime.{region}.{domain}"))
}

fn region(config: &LlmConfig) -> Result<String, ConfigError> {
    let configured = config.region.clone();
    let region = configured.or_else(|| env("AWS_REGION").or_else(|| env("AWS_DEFAULT_REGION")));
    region.ok_or(ConfigError::MissingRegion)
}

/// Signs requests, for one region and with one access key.
#[derive(Debug, Clone)]
pub(super) struct Signer {
    credentials: Credentials,
    region: String,
}

impl Signer {
    /// With the access key that is in the environment.
    pub(super) fn from_env(config: &LlmConfig) -> Result<Self, ConfigError> {
        let keys = env("AWS_ACCESS_KEY_ID").zip(env("AWS_SECRET_ACCESS_KEY"));
        let (id, secret) = keys.ok_or(ConfigError::MissingCredentials)?;
        let session = env("AWS_SESSION_TOKEN");
        Ok(Self {
            credentials: Credentials::new(id, secret, session, None, "environment"),
            region: region(config)?,
        })
    }

    /// What servers may repeat in their errors and nobody else may read.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        let session = self.credentials.session_token().map(Secret::new);
        let key = Secret::new(self.credentials.secret_access_key());
        session.into_iter().chain([key]).collect()
    }

    /// Adds the signature of this POST to its headers. It is good for some minutes.
    pub(super) fn sign(&self, url: &Url, body: &[u8], headers: &mut HeaderMap, now: SystemTime) {
        match self.signature(url, body, headers, now) {
            Ok(signature) => headers.extend(signature),
            // Cannot be: the parts of a request that there is are well formed. The server would refuse it with a reason.
            Err(error) => tracing::error!(%error, "a request to AWS cannot be signed"),
        }
    }

    fn signature(
        &self,
        url: &Url,
        body: &[u8],
        headers: &HeaderMap,
        now: SystemTime,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, Box<dyn std::error::Error>> {
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time(now)
            .settings(SigningSettings::default())
            .build()?;
        // The others may change on the way.
        let content_type = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
        let signed = content_type.map(|it| (CONTENT_TYPE.as_str(), it));
        let body = SignableBody::Bytes(body);
        let request = SignableRequest::new("POST", url.as_str(), signed.into_iter(), body)?;
        let (instructions, _) = sign(request, &parameters.into())?.into_parts();
        let header = |(name, value): (&str, &str)| {
            let mut value = HeaderValue::from_str(value)?;
            value.set_sensitive(true);
            Ok((HeaderName::from_bytes(name.as_bytes())?, value))
        };
        instructions.headers().map(header).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    /// What AWS's own JavaScript client (`@smithy/signature-v4`) makes of the same request at the same time.
    #[test]
    fn a_request_is_signed_as_by_awss_own_client() {
        let scope =
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/bedrock/aws4_request";
        for (session, signed, signature) in [
            (
                None,
                "content-type;host;x-amz-date",
                "eee47485388044b52bdb26c700750e442c64c1251c32dea130eaa5ae19155abb",
            ),
            (
                Some("session-token"),
                "content-type;host;x-amz-date;x-amz-security-token",
                "2b7bdd2e646298d1751a8da2bd627d40effb18cda3d6af83fe0208ad6c05aacf",
            ),
        ] {
            let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
            let session = session.map(str::to_owned);
            let signer = Signer {
                credentials: Credentials::new("AKIDEXAMPLE", secret, session.clone(), None, "test"),
                region: "us-east-1".to_owned(),
            };
            let url = "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-test-v1%3A0/converse-stream";
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            // 2026-01-02 03:04:05 UTC
            let now = UNIX_EPOCH + Duration::from_secs(1_767_323_045);
            let body = br#"{"messages":[]}"#;
            signer.sign(&Url::parse(url).unwrap(), body, &mut headers, now);
            let header = |name| {
                headers
                    .get(name)
                    .and_then(|it: &HeaderValue| it.to_str().ok())
            };
            assert_eq!(header("x-amz-date"), Some("20260102T030405Z"));
            assert_eq!(header("x-amz-security-token"), session.as_deref());
            assert_eq!(
                header("authorization").unwrap(),
                format!("{scope}, SignedHeaders={signed}, Signature={signature}")
            );
            assert!(!format!("{signer:?}{headers:?}").contains(secret));
            assert!(!format!("{signer:?}{headers:?}").contains("session-token\""));
        }
    }
}
