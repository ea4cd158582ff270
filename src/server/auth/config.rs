//! `[auth]`: who may ask, and how it is known who does.

mod made;

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Auth, JwtAlgorithm, JwtOptions};
use crate::runtime::Access;

/// `[auth]`: who may ask. With neither keys nor tokens nor a proxy nobody is asked who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// Whether requests without a credential are answered, to the one owner `anonymous`. A server that others can reach, and
    /// that asks nobody who they are, does not start without it.
    pub allow_anonymous: bool,
    /// The role whose holders see other owners' threads, every agent, and the server's figures.
    pub admin_role: String,
    /// Keys, each with an owner. `agui-runtime key new` makes one.
    pub api_keys: Vec<ApiKeyConfig>,
    /// JSON web tokens of an issuer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt: Option<JwtConfig>,
    /// A proxy in front that knows its users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<ProxyConfig>,
    /// Who may use which agent: `researcher = { roles = ["analyst"], owners = ["ann"] }`; `"*"` is every other one. For who may
    /// not, an agent is not there.
    pub agents: Access,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            allow_anonymous: false,
            admin_role: Auth::ADMIN_ROLE.to_owned(),
            api_keys: Vec::new(),
            jwt: None,
            proxy: None,
            agents: Access::default(),
        }
    }
}

/// `[[auth.api_keys]]`: one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyConfig {
    /// What the log calls it.
    #[schemars(example = &"laptop")]
    pub name: String,
    /// Whose threads it opens.
    #[schemars(example = &"ann")]
    pub owner: String,
    /// The key's SHA-256 in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b", extend("x-for" = "sha256"))]
    pub sha256: Option<String>,
    /// Or the environment variable that holds the key itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"ANNS_KEY", extend("x-for" = "key_env"))]
    pub key_env: Option<String>,
    /// What its owner is.
    #[serde(default)]
    #[schemars(example = ["analyst"])]
    pub roles: Vec<String>,
    /// When it becomes useless: `2027-01-31`, the day's beginning in UTC, or `2027-01-31T18:00:00Z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"2027-01-31")]
    pub expires: Option<Expiry>,
}

/// `[auth.jwt]`: tokens, and the key that they are signed with: one of a secret, a public key and a set of keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct JwtConfig {
    /// The environment variable that holds the secret of HS256; 32 bytes or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"JWT_SECRET", extend("x-for" = "secret_env"))]
    pub secret_env: Option<String>,
    /// Or the file that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"/run/secrets/jwt", extend("x-for" = "secret_file"))]
    pub secret_file: Option<String>,
    /// The environment variable that holds the public key of RS256 or ES256, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"JWT_PUBLIC_KEY", extend("x-for" = "public_key_env"))]
    pub public_key_env: Option<String>,
    /// Or the file that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"jwt.pem", extend("x-for" = "public_key_file"))]
    pub public_key_file: Option<String>,
    /// The address of the issuer's keys, a JSON web key set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"https://issuer.example.com/.well-known/jwks.json", extend("x-for" = "jwks_url"))]
    pub jwks_url: Option<String>,
    /// Of `HS256`, `RS256` and `ES256` those that are taken; unset, those that the key is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = ["RS256"], extend("x-for" = "jwks_url"))]
    pub algorithms: Option<Vec<JwtAlgorithm>>,
    /// Who issues tokens (`iss`). Unset, it does not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"https://issuer.example.com/")]
    pub issuer: Option<String>,
    /// Whom tokens are made for (`aud`), one of these. Empty, it does not matter, and a token that another service got is good
    /// here too.
    #[schemars(example = ["agui-runtime"])]
    pub audience: Vec<String>,
    /// Seconds by which clocks may differ; at most 600.
    pub leeway_seconds: u64,
    /// The claim that names the owner.
    pub owner_claim: String,
    /// The claim that lists the roles; `realm_access.roles` for one inside of another.
    pub roles_claim: String,
}

impl Default for JwtConfig {
    fn default() -> Self {
        let options = JwtOptions::default();
        Self {
            secret_env: None,
            secret_file: None,
            public_key_env: None,
            public_key_file: None,
            jwks_url: None,
            algorithms: None,
            issuer: None,
            audience: Vec::new(),
            leeway_seconds: options.leeway.as_secs(),
            owner_claim: options.owner_claim,
            roles_claim: options.roles_claim,
        }
    }
}

/// `[auth.proxy]`: a proxy that says in a header who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProxyConfig {
    /// The header that names the owner, such as `x-forwarded-user`.
    #[schemars(example = &"x-forwarded-user")]
    pub owner_header: String,
    /// The header that names the roles, with commas in between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"x-forwarded-groups")]
    pub roles_header: Option<String>,
    /// The proxies' addresses or networks: `10.0.0.7`, `10.0.0.0/8`. A request from elsewhere that has one of the headers is
    /// refused.
    #[schemars(example = ["10.0.0.0/8"])]
    pub from: Vec<String>,
}

/// A time from which on something is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry(pub DateTime<Utc>);

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format("%Y-%m-%dT%H:%M:%SZ").fmt(f)
    }
}

impl JsonSchema for Expiry {
    fn schema_name() -> Cow<'static, str> {
        "Expiry".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string"})
    }
}

impl Serialize for Expiry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Expiry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = DateTime::parse_from_rfc3339(&text).map(|it| it.to_utc());
        let day = || text.parse::<NaiveDate>();
        let time = time.or_else(|_| day().map(|it| it.and_time(NaiveTime::MIN).and_utc()));
        time.map(Self).map_err(|_| {
            D::Error::custom("is no time; write `2027-01-31` or `2027-01-31T18:00:00Z`")
        })
    }
}

/// What is wrong with `[auth]`, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", path.join("."))]
pub struct AuthConfigError {
    /// The keys to it, from `auth` on.
    pub path: Vec<String>,
    /// What is wrong.
    pub message: String,
}

impl AuthConfig {
    /// Whether anybody is asked who they are.
    pub fn is_used(&self) -> bool {
        !self.api_keys.is_empty() || self.jwt.is_some() || self.proxy.is_some()
    }

    /// Why this must not be reachable at this address.
    pub(crate) fn refusal(&self, address: IpAddr) -> Option<&'static str> {
        let safe = self.is_used() || self.allow_anonymous || address.to_canonical().is_loopback();
        (!safe).then_some(
            "others can reach this address, and nobody would be asked who they are; configure keys (`agui-runtime key new`) \
             or tokens in [auth], or set `auth.allow_anonymous = true` if everybody may use everything",
        )
    }
}
