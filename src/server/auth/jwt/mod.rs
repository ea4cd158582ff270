//! JSON web tokens: whose they are, once a key of ours says that they are genuine.
//!
//! A token chooses nothing: which algorithms are taken follows from the kind of the key (a public key never checks an HMAC), keys
//! that a token brings along or points to are not looked at, and a token without an end is refused.

mod crypto;
mod jwks;
mod keys;
mod options;

pub use jwks::KeyCaches;
pub use options::{JwtAlgorithm, JwtOptions};

use std::collections::BTreeSet;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header;
use jsonwebtoken::{Header, decode, decode_header};
use serde_json::{Map, Value};

use self::keys::{Key, Keys};
use super::presented::{bearer, is_name, refused};
use super::{Asking, AuthFailure, AuthResult, Authenticator, Known};
use crate::principal::Principal;
use crate::store::Owner;

/// Tokens that cannot be checked with what is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// A secret that can be guessed.
    #[error(
        "the secret has {0} bytes; HS256 needs 32 or more (RFC 7518), such as `openssl rand -base64 32` makes"
    )]
    ShortSecret(usize),
    /// A text that holds no key.
    #[error("is no public key for RS256 or ES256; it begins `-----BEGIN PUBLIC KEY-----`")]
    NoKey,
    /// A private key, which has no business here.
    #[error("is a private key; only who signs tokens may have it: put the public one here")]
    PrivateKey,
    /// The key set's address is none.
    #[error("{0}")]
    Address(String),
    /// An algorithm that the key cannot check.
    #[error(
        "the key is for {key}, not for {named}; leave `algorithms` out, or name what the key is for"
    )]
    Algorithm {
        /// What is named.
        named: JwtAlgorithm,
        /// What the key is for.
        key: JwtAlgorithm,
    },
    /// No algorithm at all.
    #[error("names no algorithm; leave it out, or name one")]
    NoAlgorithm,
}

/// Tokens of one issuer, sent as `Authorization: Bearer`.
pub struct Jwt {
    keys: Keys,
    options: JwtOptions,
}

impl Jwt {
    /// Tokens that are signed with this secret, which whoever makes them has too (HS256).
    ///
    /// # Errors
    /// If the secret is too short.
    pub fn with_secret(secret: &str, options: JwtOptions) -> Result<Self, JwtError> {
        Self::new(Keys::One(Key::secret(secret)?), options)
    }

    /// Tokens that are signed with the private half of this key, which is in PEM (RS256 or ES256).
    ///
    /// # Errors
    /// If it is none, or not the one that the options are for.
    pub fn with_public_key(pem: &str, options: JwtOptions) -> Result<Self, JwtError> {
        Self::new(Keys::One(Key::public(pem)?), options)
    }

    /// Tokens that are signed with a key of the set at this address. It is fetched when it is needed, kept, and fetched anew
    /// when it has become old or a token names a key that is not there.
    ///
    /// # Errors
    /// If the address is none.
    pub fn with_key_set(
        url: &str,
        caches: &KeyCaches,
        options: JwtOptions,
    ) -> Result<Self, JwtError> {
        Self::new(Keys::Set(caches.at(url)?), options)
    }

    fn new(keys: Keys, options: JwtOptions) -> Result<Self, JwtError> {
        crypto::install();
        if let Some(named) = &options.algorithms {
            if named.is_empty() {
                return Err(JwtError::NoAlgorithm);
            }
            keys.check(named)?;
        }
        Ok(Self { keys, options })
    }

    async fn say(&self, asking: Asking<'_>) -> AuthResult {
        let Some(token) = bearer(asking.headers)? else {
            return Ok(None);
        };
        if token.split('.').count() != 3 {
            return Err(AuthFailure::Unknown);
        }
        // What is not even named as one of ours, such as `none`, is no algorithm to the library.
        let header = decode_header(token);
        let header = header.map_err(|_| refused("the token's header cannot be read"))?;
        let claims = self.claims(token, &header).await?;
        let principal = self.principal(&claims)?;
        Ok(Some(Known::by(principal, header::AUTHORIZATION)))
    }

    async fn claims(
        &self,
        token: &str,
        header: &Header,
    ) -> Result<Map<String, Value>, AuthFailure> {
        let mut algorithms = self.keys.algorithms(self.options.algorithms.as_deref());
        let algorithm = algorithms.find(|it| it.library() == header.alg);
        let Some(algorithm) = algorithm else {
            return Err(refused(
                "the token is signed in a way that is not taken here",
            ));
        };
        if header.crit.is_some() || header.enc.is_some() || header.zip.is_some() {
            return Err(refused(
                "the token's header wants something that is not done here",
            ));
        }
        let validation = self.options.validation(algorithm);
        let mut failure = refused("no key of ours is the one that the token names");
        for key in self.keys.find(header.kid.as_deref(), algorithm).await? {
            match decode(token, &key.key, &validation) {
                Ok(token) => return Ok(token.claims),
                Err(error) => {
                    failure = AuthFailure::Refused(format!("a token is refused: {error}"))
                }
            }
        }
        Err(failure)
    }

    fn principal(&self, claims: &Map<String, Value>) -> Result<Principal, AuthFailure> {
        let owner = match claim(claims, &self.options.owner_claim) {
            Some(Value::String(owner)) => owner.clone(),
            Some(Value::Number(owner)) => owner.to_string(),
            _ => {
                let claim = &self.options.owner_claim;
                return Err(AuthFailure::Refused(format!("the token has no `{claim}`")));
            }
        };
        if !is_name(&owner) {
            return Err(refused("the token names an owner that is no name"));
        }
        let roles = claim(claims, &self.options.roles_claim);
        Ok(Principal {
            roles: roles.map(texts).unwrap_or_default(),
            ..Principal::new(Owner::new(owner))
        })
    }
}

impl std::fmt::Debug for Jwt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jwt")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Authenticator for Jwt {
    fn authenticate<'a>(&'a self, asking: Asking<'a>) -> BoxFuture<'a, AuthResult> {
        self.say(asking).boxed()
    }
}

/// A claim by its name or, where there is none of it, by its path: `realm_access.roles`.
fn claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let by_path = || {
        let (first, rest) = name.split_once('.')?;
        rest.split('.')
            .try_fold(claims.get(first)?, |value, key| value.get(key))
    };
    claims.get(name).or_else(by_path)
}

/// A list, or words in one text as in `scope`.
fn texts(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(text) => text.split_whitespace().map(str::to_owned).collect(),
        Value::Array(items) => {
            let texts = items.iter().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        }
        _ => BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn claims_are_found_by_name_or_path() {
        let claims = json!({
            "realm_access": {"roles": ["a", 1, "b"]}, "https://x.example/roles": ["c"], "scope": "d  e"
        });
        let claims = claims.as_object().unwrap();
        let roles = |name: &str| {
            let found = claim(claims, name).map(texts);
            found.map(|it| it.into_iter().collect::<Vec<_>>().join(","))
        };
        assert_eq!(roles("realm_access.roles").as_deref(), Some("a,b"));
        assert_eq!(roles("https://x.example/roles").as_deref(), Some("c"));
        assert_eq!(roles("scope").as_deref(), Some("d,e"));
        assert_eq!(roles("realm_access").as_deref(), Some(""));
        assert_eq!(roles("realm_access.x"), None);
    }
}
