//! Keys that check tokens. Each is for one algorithm, which no token can change.

use std::slice;
use std::sync::Arc;

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};

use super::super::AuthFailure;
use super::JwtError;
use super::jwks::KeySet;
use super::options::JwtAlgorithm;

/// The bytes that an HMAC of 256 bits needs to be as strong as it is long (RFC 7518, 3.2).
const SECRET_BYTES: usize = 32;

/// A key, and what it is for.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) algorithm: JwtAlgorithm,
    /// By which tokens name it, in a set.
    id: Option<String>,
    pub(super) key: DecodingKey,
}

impl Key {
    pub(super) fn secret(secret: &str) -> Result<Self, JwtError> {
        if secret.len() < SECRET_BYTES {
            return Err(JwtError::ShortSecret(secret.len()));
        }
        Ok(Self {
            algorithm: JwtAlgorithm::HS256,
            id: None,
            key: DecodingKey::from_secret(secret.as_bytes()),
        })
    }

    pub(super) fn public(pem: &str) -> Result<Self, JwtError> {
        if pem.contains("PRIVATE KEY-----") {
            return Err(JwtError::PrivateKey);
        }
        let rsa = DecodingKey::from_rsa_pem(pem.as_bytes());
        let key = rsa.map(|key| (JwtAlgorithm::RS256, key));
        let key = key.or_else(|_| {
            let ec = DecodingKey::from_ec_pem(pem.as_bytes());
            // Of the curves of this family only P-256 has points of this size.
            let p256 = ec
                .ok()
                .filter(|key| key.try_get_as_bytes().is_ok_and(|it| it.len() == 65));
            p256.map(|key| (JwtAlgorithm::ES256, key))
                .ok_or(JwtError::NoKey)
        });
        let (algorithm, key) = key?;
        Ok(Self {
            algorithm,
            id: None,
            key,
        })
    }

    /// A key of a set, if it is one that checks tokens. Secrets are no part of a set that anybody can read.
    pub(super) fn of_set(jwk: &Jwk) -> Option<Self> {
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => JwtAlgorithm::RS256,
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
                JwtAlgorithm::ES256
            }
            _ => return None,
        };
        let named = match algorithm {
            JwtAlgorithm::RS256 => KeyAlgorithm::RS256,
            JwtAlgorithm::ES256 => KeyAlgorithm::ES256,
            JwtAlgorithm::HS256 => return None,
        };
        let fits = jwk.common.key_algorithm.is_none_or(|it| it == named);
        let signs = jwk.common.public_key_use.as_ref();
        let signs = signs.is_none_or(|it| *it == PublicKeyUse::Signature);
        let key = DecodingKey::from_jwk(jwk).ok()?;
        (fits && signs).then(|| Self {
            algorithm,
            id: jwk.common.key_id.clone(),
            key,
        })
    }

    /// Whether it may be the key that a token was signed with. A token that names none may be of any.
    pub(super) fn may_be(&self, id: Option<&str>, algorithm: JwtAlgorithm) -> bool {
        let named = match (id, &self.id) {
            (Some(asked), Some(id)) => asked == id,
            (None, _) | (Some(_), None) => true,
        };
        named && self.algorithm == algorithm
    }
}

/// Where keys come from.
pub(super) enum Keys {
    One(Key),
    Set(Arc<KeySet>),
}

impl Keys {
    /// What tokens may be signed with.
    fn all(&self) -> &[JwtAlgorithm] {
        match self {
            Self::One(key) => slice::from_ref(&key.algorithm),
            Self::Set(_) => &[JwtAlgorithm::RS256, JwtAlgorithm::ES256],
        }
    }

    /// The same, as far as they are named.
    pub(super) fn algorithms<'a>(
        &'a self,
        named: Option<&'a [JwtAlgorithm]>,
    ) -> impl Iterator<Item = JwtAlgorithm> + 'a {
        let all = self.all().iter().copied();
        all.filter(move |it| named.is_none_or(|named| named.contains(it)))
    }

    /// Whether they are for what is named.
    pub(super) fn check(&self, named: &[JwtAlgorithm]) -> Result<(), JwtError> {
        let all = self.all();
        match (named.iter().find(|it| !all.contains(it)), all) {
            (Some(named), [key, ..]) => Err(JwtError::Algorithm {
                named: *named,
                key: *key,
            }),
            _ => Ok(()),
        }
    }

    /// Those that a token may have been signed with.
    pub(super) async fn find(
        &self,
        id: Option<&str>,
        algorithm: JwtAlgorithm,
    ) -> Result<Vec<Key>, AuthFailure> {
        match self {
            Self::One(key) => Ok(vec![key.clone()]),
            Self::Set(set) => set.find(id, algorithm).await,
        }
    }
}
