//! What `[auth]` says, made; or all that is wrong with it.

use std::time::Duration;

use super::super::presented::is_name;
use super::super::{
    ApiKey, ApiKeys, Auth, Jwt, JwtError, JwtOptions, KeyCaches, ProxyError, TrustedProxy,
};
use super::{ApiKeyConfig, AuthConfig, AuthConfigError, JwtConfig, ProxyConfig};
use crate::principal::Principal;
use crate::store::Owner;

impl AuthConfig {
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
        use ProxyError::{Address, Everybody, Header, Nobody};
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
