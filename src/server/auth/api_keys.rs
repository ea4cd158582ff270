//! API keys: each is somebody's, and only its hash is kept.
//!
//! A key has 256 random bits, so a plain SHA-256 of it tells nobody anything: there is nothing to guess that a slow hash would
//! make slower.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header;
use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};

use super::presented::{API_KEY, bearer, only};
use super::{Asking, AuthFailure, AuthResult, Authenticator, Known};
use crate::principal::Principal;

/// What every new key begins with, so that scanners of repositories find one that was left there.
const PREFIX: &str = "agk_";

type Hash = [u8; 32];

/// A key's hash, and whose it is.
#[derive(Debug, Clone)]
pub struct ApiKey {
    name: String,
    hash: Hash,
    principal: Principal,
    expires: Option<DateTime<Utc>>,
}

/// A hash that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is no SHA-256 in hexadecimal: it has 64 digits; `agui-runtime key new` makes one")]
pub struct ApiKeyError;

impl ApiKey {
    /// The key itself, under this name in the log.
    pub fn new(name: impl Into<String>, key: &str, principal: Principal) -> Self {
        Self {
            name: name.into(),
            hash: hash(key),
            principal,
            expires: None,
        }
    }

    /// The key whose SHA-256 this is.
    ///
    /// # Errors
    /// If it is none in hexadecimal.
    pub fn hashed(
        name: impl Into<String>,
        sha256: &str,
        principal: Principal,
    ) -> Result<Self, ApiKeyError> {
        let mut hash = Hash::default();
        let digits = sha256.as_bytes();
        if digits.len() != 2 * hash.len() || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(ApiKeyError);
        }
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| ApiKeyError)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| ApiKeyError)?;
        }
        Ok(Self {
            name: name.into(),
            hash,
            principal,
            expires: None,
        })
    }

    /// The same, of no use from this time on.
    #[must_use]
    pub fn until(mut self, expires: DateTime<Utc>) -> Self {
        self.expires = Some(expires);
        self
    }
}

/// Keys, sent as `x-api-key` or as `Authorization: Bearer`.
///
/// ```
/// use agui_runtime::Principal;
/// use agui_runtime::server::auth::{ApiKey, ApiKeys, Auth};
/// use agui_runtime::store::Owner;
///
/// let ci = ApiKey::new("ci", "a long secret", Principal::new(Owner::new("robot")));
/// let auth = Auth::default().with(ApiKeys::new([ci]));
/// assert!(auth.is_on());
/// ```
#[derive(Debug, Clone)]
pub struct ApiKeys(Vec<ApiKey>);

impl ApiKeys {
    /// These keys.
    pub fn new(keys: impl IntoIterator<Item = ApiKey>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// Whose key this is. It takes as long for each, known or not.
    fn find(&self, key: &str) -> Option<&ApiKey> {
        let presented = hash(key);
        let mut found = 0;
        for (number, key) in (1_u64..).zip(&self.0) {
            found.conditional_assign(&number, key.hash.ct_eq(&presented));
        }
        let index = usize::try_from(found.checked_sub(1)?).ok()?;
        self.0.get(index)
    }
}

impl Authenticator for ApiKeys {
    fn authenticate<'a>(&'a self, asking: Asking<'a>) -> BoxFuture<'a, AuthResult> {
        let presented = match only(asking.headers, &API_KEY) {
            Ok(Some(key)) => Ok(Some((key, API_KEY))),
            Ok(None) => {
                let bearer = bearer(asking.headers);
                bearer.map(|key| key.map(|key| (key, header::AUTHORIZATION)))
            }
            Err(failure) => Err(failure),
        };
        let said = presented.and_then(|presented| {
            let Some((key, sent_as)) = presented else {
                return Ok(None);
            };
            let known = self.find(key).ok_or(AuthFailure::Unknown)?;
            if known.expires.is_some_and(|expires| expires <= Utc::now()) {
                let reason = format!("the API key `{}` has expired", known.name);
                return Err(AuthFailure::Refused(reason));
            }
            Ok(Some(Known::by(known.principal.clone(), sent_as)))
        });
        async { said }.boxed()
    }
}

fn hash(key: &str) -> Hash {
    Sha256::digest(key.as_bytes()).into()
}

/// A key that was just made.
#[derive(Clone)]
pub struct NewKey {
    /// The key, for who is to use it.
    pub key: String,
    /// Its SHA-256 in hexadecimal, for the configuration.
    pub sha256: String,
}

impl NewKey {
    /// A key that nobody has had before.
    pub fn generate() -> Self {
        let secret: [u8; 32] = rand::random();
        let key = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
        let digits = hash(&key).map(|byte| format!("{byte:02x}"));
        Self {
            sha256: digits.concat(),
            key,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::store::Owner;

    #[test]
    fn a_key_is_found_by_its_hash_and_nothing_like_it() {
        let new = NewKey::generate();
        let whose = |name: &str| Principal::new(Owner::new(name));
        let keys = ApiKeys::new([
            ApiKey::new("first", "another", whose("a")),
            ApiKey::hashed("second", &new.sha256.to_uppercase(), whose("b")).unwrap(),
            ApiKey::new("third", "a third", whose("c")),
        ]);
        let found = |key: &str| keys.find(key).map(|it| it.name.as_str());
        assert_eq!(found(&new.key), Some("second"));
        assert_eq!(found("another"), Some("first"));
        assert_eq!(found("a third"), Some("third"));
        for wrong in ["", "anothe", "another ", new.sha256.as_str(), PREFIX] {
            assert_eq!(found(wrong), None, "{wrong}");
        }
        assert_ne!(NewKey::generate().key, new.key);
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        let of = |text: &str| ApiKey::hashed("k", text, Principal::anonymous()).map(drop);
        assert_eq!(of(&"0f".repeat(32)), Ok(()));
        for text in [
            "",
            "0f",
            &"0g".repeat(32),
            &"é".repeat(32),
            &"+1".repeat(32),
        ] {
            assert_eq!(of(text), Err(ApiKeyError), "{text}");
        }
    }
}
