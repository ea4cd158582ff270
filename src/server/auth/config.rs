//! `[auth]`: who may ask, and how it is known who does.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::presented::is_name;
use super::{
    ApiKey, ApiKeys, Auth, Jwt, JwtAlgorithm, JwtError, JwtOptions, KeyCaches, TrustedProxy,
};
use crate::principal::Principal;
use crate::runtime::Access;
use crate::store::Owner;

/// `[auth]`: who may ask. With neither keys nor tokens nor a proxy nobody is asked who they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyConfig {
    /// What the log calls it.
    pub name: String,
    /// Whose threads it opens.
    pub owner: String,
    /// The key's SHA-256 in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Or the environment variable that holds the key itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_env: Option<String>,
    /// What its owner is.
    #[serde(default)]
    pub roles: Vec<String>,
    /// When it becomes useless: `2027-01-31`, the day's beginning in UTC, or `2027-01-31T18:00:00Z`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Expiry>,
}

/// `[auth.jwt]`: tokens, and the key that they are signed with: one of a secret, a public key and a set of keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JwtConfig {
    /// The environment variable that holds the secret of HS256; 32 bytes or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_env: Option<String>,
    /// Or the file that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<String>,
    /// The environment variable that holds the public key of RS256 or ES256, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key_env: Option<String>,
    /// Or the file that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key_file: Option<String>,
    /// The address of the issuer's keys, a JSON web key set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<String>,
    /// Of `HS256`, `RS256` and `ES256` those that are taken; unset, those that the key is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithms: Option<Vec<JwtAlgorithm>>,
    /// Who issues tokens (`iss`). Unset, it does not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Whom tokens are made for (`aud`), one of these. Empty, it does not matter, and a token that another service got is good
    /// here too.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyConfig {
    /// The header that names the owner, such as `x-forwarded-user`.
    pub owner_header: String,
    /// The header that names the roles, with commas in between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles_header: Option<String>,
    /// The proxies' addresses or networks: `10.0.0.7`, `10.0.0.0/8`. A request from elsewhere that has one of the headers is
    /// refused.
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

    /// Everything that cannot work wherever it runs.
    pub(crate) fn mistakes(&self) -> Vec<AuthConfigError> {
        let mut found = Found::default();
        if self.admin_role.trim().is_empty() {
            found.add(&["admin_role"], "is empty; name a role, such as `admin`");
        }
        for (n, key) in self.api_keys.iter().enumerate() {
            self.key_mistakes(n, key, &mut found);
        }
        if let Some(jwt) = &self.jwt {
            jwt.mistakes(&mut found);
        }
        if let Some(Err((key, message))) = self.proxy.as_ref().map(ProxyConfig::proxy) {
            found.add(&["proxy", key], message);
        }
        found.0
    }

    fn key_mistakes(&self, n: usize, key: &ApiKeyConfig, found: &mut Found) {
        let at = n.to_string();
        let mut add = |name: &str, message: &str| found.add(&["api_keys", &at, name], message);
        if key.name.trim().is_empty() {
            add("name", "is empty; the log names keys so");
        }
        if self.api_keys[..n]
            .iter()
            .any(|other| other.name == key.name)
        {
            add(
                "name",
                "another key has this name; the log could not tell them apart",
            );
        }
        if !is_name(&key.owner) {
            add(
                "owner",
                "is no name; write one of up to 512 bytes without control characters",
            );
        }
        if key.owner == Owner::anonymous().as_str() {
            add(
                "owner",
                "`anonymous` is nobody in particular; name somebody",
            );
        }
        match (&key.sha256, &key.key_env) {
            (Some(sha256), None) => {
                if let Err(error) = ApiKey::hashed("", sha256, Principal::anonymous()) {
                    add("sha256", &error.to_string());
                }
            }
            (None, Some(_)) => {}
            (Some(_), Some(_)) => add("key_env", "there is `sha256` too; remove one of them"),
            (None, None) => add("sha256", "is missing; `agui-runtime key new` makes one"),
        }
    }

    /// Everything that cannot work, here and now: what is missing in the environment too.
    pub(crate) fn mistakes_here(&self) -> Vec<AuthConfigError> {
        let mut found = Found::default();
        for (n, key) in self.api_keys.iter().enumerate() {
            if let Err(message) = key.key() {
                found.add(&["api_keys", &n.to_string(), "key_env"], message);
            }
        }
        if let Some(Err((key, message))) = self.jwt.as_ref().map(|it| it.jwt(&KeyCaches::default()))
        {
            found.add(&["jwt", key], message);
        }
        found.0
    }

    /// What it says, made; `caches` keeps keys that are fetched.
    ///
    /// # Errors
    /// What is wrong first.
    pub fn auth(&self, caches: &KeyCaches) -> Result<Auth, AuthConfigError> {
        let wrong = self
            .mistakes()
            .into_iter()
            .chain(self.mistakes_here())
            .next();
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        let mut auth = Auth::default()
            .admin_role(&self.admin_role)
            .allow_anonymous(self.allow_anonymous);
        // The proxy first: it knows its users, whatever else they send.
        if let Some(Ok(proxy)) = self.proxy.as_ref().map(ProxyConfig::proxy) {
            auth = auth.with(proxy);
        }
        let keys = self.api_keys.iter().filter_map(|key| key.key().ok());
        let keys: Vec<_> = keys.collect();
        if !keys.is_empty() {
            auth = auth.with(ApiKeys::new(keys));
        }
        if let Some(Ok(jwt)) = self.jwt.as_ref().map(|it| it.jwt(caches)) {
            auth = auth.with(jwt);
        }
        Ok(auth)
    }
}

impl ApiKeyConfig {
    fn key(&self) -> Result<ApiKey, String> {
        let whose = Principal::new(Owner::new(&self.owner)).with_roles(self.roles.iter());
        let key = match (&self.sha256, &self.key_env) {
            (Some(sha256), _) => {
                ApiKey::hashed(&self.name, sha256, whose).map_err(|error| error.to_string())?
            }
            (None, Some(variable)) => ApiKey::new(&self.name, &held(variable, "the key")?, whose),
            (None, None) => return Err("is missing".to_owned()),
        };
        Ok(match self.expires {
            Some(expires) => key.until(expires.0),
            None => key,
        })
    }
}

/// A key, and what is wrong with its value.
type Wrong = (&'static str, String);

impl JwtConfig {
    fn sources(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let sources = [
            ("secret_env", &self.secret_env),
            ("secret_file", &self.secret_file),
            ("public_key_env", &self.public_key_env),
            ("public_key_file", &self.public_key_file),
            ("jwks_url", &self.jwks_url),
        ];
        sources
            .into_iter()
            .filter_map(|(key, source)| Some((key, source.as_ref()?)))
    }

    fn mistakes(&self, found: &mut Found) {
        let mut sources = self.sources();
        match (sources.next(), sources.next()) {
            (None, _) => found.add(
                &["jwt"],
                "needs what tokens are checked with: `jwks_url`, `public_key_file`, `public_key_env`, `secret_file` or `secret_env`",
            ),
            (Some((one, _)), Some((other, _))) => {
                let message = format!("there is `{one}` too; remove one of them");
                found.add(&["jwt", other], message);
            }
            (Some(_), None) => {}
        }
        if self.leeway_seconds > JwtOptions::LONGEST_LEEWAY.as_secs() {
            found.add(
                &["jwt", "leeway_seconds"],
                "is more than 600: tokens would outlive their end by far",
            );
        }
        for (key, claim) in [
            ("owner_claim", &self.owner_claim),
            ("roles_claim", &self.roles_claim),
        ] {
            if claim.trim().is_empty() {
                found.add(&["jwt", key], "is empty; name a claim");
            }
        }
    }

    fn jwt(&self, caches: &KeyCaches) -> Result<Jwt, Wrong> {
        let Some((key, source)) = self.sources().next() else {
            return Err(("jwks_url", "is missing".to_owned()));
        };
        let text = match key {
            "secret_env" | "public_key_env" => held(source, "the key of tokens"),
            "secret_file" | "public_key_file" => read(source),
            _ => Ok(source.clone()),
        };
        let text = text.map_err(|message| (key, message))?;
        let options = self.options();
        let made = match key {
            "secret_env" | "secret_file" => Jwt::with_secret(&text, options),
            "jwks_url" => Jwt::with_key_set(&text, caches, options),
            _ => Jwt::with_public_key(&text, options),
        };
        made.map_err(|error| match error {
            JwtError::Algorithm { .. } | JwtError::NoAlgorithm => ("algorithms", error.to_string()),
            _ => (key, error.to_string()),
        })
    }

    fn options(&self) -> JwtOptions {
        JwtOptions {
            algorithms: self.algorithms.clone(),
            issuer: self.issuer.clone(),
            audience: self.audience.clone(),
            leeway: Duration::from_secs(self.leeway_seconds),
            owner_claim: self.owner_claim.clone(),
            roles_claim: self.roles_claim.clone(),
        }
    }
}

impl ProxyConfig {
    fn proxy(&self) -> Result<TrustedProxy, Wrong> {
        use super::ProxyError::{Address, Everybody, Header, Nobody};
        let proxy = TrustedProxy::new(&self.owner_header, &self.from);
        let proxy = proxy.map_err(|error| {
            let key = match error {
                Header(_) => "owner_header",
                Address(_) | Everybody(_) | Nobody => "from",
            };
            (key, error.to_string())
        })?;
        match &self.roles_header {
            Some(roles) => proxy
                .roles(roles)
                .map_err(|error| ("roles_header", error.to_string())),
            None => Ok(proxy),
        }
    }
}

/// What an environment variable holds.
fn held(variable: &str, what: &str) -> Result<String, String> {
    match std::env::var(variable) {
        Ok(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        _ => Err(format!(
            "the environment variable `{variable}` is not set; it should hold {what}"
        )),
    }
}

/// What a file holds. Its path is the operator's own.
fn read(file: &str) -> Result<String, String> {
    match std::fs::read_to_string(file) {
        Ok(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        Ok(_) => Err(format!("`{file}` is empty")),
        Err(error) => Err(format!("`{file}` cannot be read: {error}")),
    }
}

#[derive(Default)]
struct Found(Vec<AuthConfigError>);

impl Found {
    fn add(&mut self, path: &[&str], message: impl Into<String>) {
        let path = ["auth"].iter().chain(path);
        self.0.push(AuthConfigError {
            path: path.map(|key| (*key).to_owned()).collect(),
            message: message.into(),
        });
    }
}
