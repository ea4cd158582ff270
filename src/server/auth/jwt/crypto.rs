//! The signatures of tokens, checked by `ring`, which this binary has for TLS already: `jsonwebtoken` brings no cryptography of
//! its own unless it is given another library.

use std::sync::Once;

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{Error as Refused, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey};
use ring::{hmac, signature};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: no_signer,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes the library check signatures so, once for the process. An application that has chosen something else keeps it; one
/// that signs tokens with the library has to choose before.
pub(super) fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let _ = PROVIDER.install_default();
    });
}

/// Nothing is signed here.
fn no_signer(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    Err(ErrorKind::UnsupportedAlgorithm.into())
}

/// What checks this algorithm with this key, if the key is for it.
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    if key.family() != algorithm.family() {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    let check = match algorithm {
        Algorithm::HS256 => hmac_sha256,
        Algorithm::RS256 => rsa_sha256,
        Algorithm::ES256 => ecdsa_p256,
        _ => return Err(ErrorKind::UnsupportedAlgorithm.into()),
    };
    Ok(Box::new(Checked {
        algorithm: *algorithm,
        key: key.clone(),
        check,
    }))
}

type Check = fn(&DecodingKey, &[u8], &[u8]) -> Option<()>;

struct Checked {
    algorithm: Algorithm,
    key: DecodingKey,
    check: Check,
}

impl Verifier<Vec<u8>> for Checked {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), Refused> {
        (self.check)(&self.key, message, signature).ok_or_else(Refused::new)
    }
}

impl JwtVerifier for Checked {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

fn hmac_sha256(key: &DecodingKey, message: &[u8], signature: &[u8]) -> Option<()> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.try_get_as_bytes().ok()?);
    hmac::verify(&key, message, signature).ok()
}

fn rsa_sha256(key: &DecodingKey, message: &[u8], signature: &[u8]) -> Option<()> {
    // Keys of fewer bits can be broken, and are refused.
    let rules = &signature::RSA_PKCS1_2048_8192_SHA256;
    match key.kind() {
        DecodingKeyKind::RsaModulusExponent { n, e } => {
            let (n, e) = (without_zeros(n), without_zeros(e));
            let key = signature::RsaPublicKeyComponents { n, e };
            key.verify(rules, message, signature).ok()
        }
        DecodingKeyKind::SecretOrDer(der) => {
            let key = signature::UnparsedPublicKey::new(rules, der);
            key.verify(message, signature).ok()
        }
    }
}

fn ecdsa_p256(key: &DecodingKey, message: &[u8], signature: &[u8]) -> Option<()> {
    let point = key.try_get_as_bytes().ok()?;
    let key = signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point);
    key.verify(message, signature).ok()
}

/// Some issuers write a number's sign in front of it.
fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}
