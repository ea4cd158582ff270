//! What tokens have to say, besides being genuine.

use std::fmt;
use std::time::Duration;

use jsonwebtoken::{Algorithm, Validation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How tokens are signed. There is no `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum JwtAlgorithm {
    /// With a secret that both sides have.
    HS256,
    /// With a private RSA key.
    RS256,
    /// With a private key on the curve P-256.
    ES256,
}

impl JwtAlgorithm {
    pub(super) fn library(self) -> Algorithm {
        match self {
            Self::HS256 => Algorithm::HS256,
            Self::RS256 => Algorithm::RS256,
            Self::ES256 => Algorithm::ES256,
        }
    }
}

impl fmt::Display for JwtAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// What a token has to say, and where it says whose it is.
///
/// ```
/// use agui_runtime::server::auth::{Auth, Jwt, JwtOptions};
///
/// let options = JwtOptions {
///     issuer: Some("https://id.example.com".into()),
///     audience: vec!["agents".into()],
///     ..JwtOptions::default()
/// };
/// let auth = Auth::default().with(Jwt::with_secret("32 bytes or more, known to nobody", options)?);
/// assert!(auth.is_on());
/// # Ok::<(), agui_runtime::server::auth::JwtError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtOptions {
    /// How tokens may be signed, if not in every way that the key is for.
    pub algorithms: Option<Vec<JwtAlgorithm>>,
    /// Who issues them (`iss`); anybody who has the key if not given.
    pub issuer: Option<String>,
    /// Whom they are made for (`aud`): one of these. If not given, for whomever.
    pub audience: Vec<String>,
    /// How much clocks may differ.
    pub leeway: Duration,
    /// The claim that names the owner.
    pub owner_claim: String,
    /// The claim that names the roles: a list, or words in one text. `a.b` is `b` inside of `a`.
    pub roles_claim: String,
}

impl Default for JwtOptions {
    fn default() -> Self {
        Self {
            algorithms: None,
            issuer: None,
            audience: Vec::new(),
            leeway: Duration::from_secs(60),
            owner_claim: "sub".to_owned(),
            roles_claim: "roles".to_owned(),
        }
    }
}

impl JwtOptions {
    /// More would keep tokens alive that have ended.
    pub(crate) const LONGEST_LEEWAY: Duration = Duration::from_secs(600);

    pub(super) fn validation(&self, algorithm: JwtAlgorithm) -> Validation {
        let mut validation = Validation::new(algorithm.library());
        validation.leeway = self.leeway.min(Self::LONGEST_LEEWAY).as_secs();
        validation.validate_nbf = true;
        // The library lets a claim pass that is not there, unless it is required.
        let mut required = vec!["exp"];
        if let Some(issuer) = &self.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        match self.audience.is_empty() {
            true => validation.validate_aud = false,
            false => {
                validation.set_audience(&self.audience);
                required.push("aud");
            }
        }
        validation.set_required_spec_claims(&required);
        validation
    }
}
