//! Tokens as an issuer makes them, and as an attacker does.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use ring::{hmac, rsa};
use serde_json::{Value, json};

/// Made for these tests; it opens nothing.
const RSA: &str = include_str!("rsa-for-tests.pem");

pub fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Seconds since 1970, so many from now.
pub fn at(seconds: i64) -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock");
    i64::try_from(now.as_secs()).expect("a time") + seconds
}

/// What a good token says.
pub fn claims(owner: &str) -> Value {
    json!({"sub": owner, "iss": "https://id.example", "aud": ["other", "agui"], "exp": at(300), "roles": ["analyst"]})
}

/// `claims` with these keys in place of what is there; `null` takes one out.
pub fn but(mut claims: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().expect("an object") {
        match value {
            Value::Null => drop(claims.as_object_mut().expect("an object").shift_remove(key)),
            value => claims[key] = value.clone(),
        }
    }
    claims
}

/// A token of this header and these claims, signed so.
pub fn token(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let message = format!(
        "{}.{}",
        encoded(header.to_string()),
        encoded(claims.to_string())
    );
    let signature = sign(message.as_bytes());
    format!("{message}.{}", encoded(signature))
}

pub fn hs256(secret: &[u8]) -> impl FnOnce(&[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    move |message| hmac::sign(&key, message).as_ref().to_vec()
}

/// An RSA key.
pub struct Rsa(RsaKeyPair);

impl Rsa {
    pub fn new() -> Self {
        let body: String = RSA.lines().filter(|line| !line.starts_with("--")).collect();
        let der = STANDARD.decode(body).expect("base64");
        Self(RsaKeyPair::from_pkcs8(&der).expect("an RSA key"))
    }

    /// The public half, as the configuration has it.
    pub fn pem(&self) -> String {
        pem("RSA PUBLIC KEY", self.0.public().as_ref())
    }

    /// The same in a key set.
    pub fn jwk(&self, id: &str) -> Value {
        let parts: rsa::PublicKeyComponents<Vec<u8>> = self.0.public().into();
        json!({"kty": "RSA", "kid": id, "use": "sig", "alg": "RS256", "n": encoded(parts.n), "e": encoded(parts.e)})
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        let random = SystemRandom::new();
        let signed = self
            .0
            .sign(&RSA_PKCS1_SHA256, &random, message, &mut signature);
        signed.expect("a signature");
        signature
    }

    pub fn token(&self, claims: &Value) -> String {
        token(&json!({"alg": "RS256", "typ": "JWT"}), claims, |it| {
            self.sign(it)
        })
    }
}

/// A key on P-256, made on the spot.
pub struct Ec(EcdsaKeyPair);

impl Ec {
    pub fn new() -> Self {
        let (random, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let der = EcdsaKeyPair::generate_pkcs8(kind, &random).expect("a key");
        Self(EcdsaKeyPair::from_pkcs8(kind, der.as_ref(), &random).expect("a key"))
    }

    pub fn pem(&self) -> String {
        // The key's kind and curve, and that a point follows (RFC 5480).
        const KIND: [u8; 26] = [
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
            0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
        ];
        pem(
            "PUBLIC KEY",
            &[&KIND, self.0.public_key().as_ref()].concat(),
        )
    }

    pub fn jwk(&self, id: &str) -> Value {
        let (x, y) = self.0.public_key().as_ref()[1..].split_at(32);
        json!({"kty": "EC", "crv": "P-256", "kid": id, "x": encoded(x), "y": encoded(y)})
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signed = self.0.sign(&SystemRandom::new(), message);
        signed.expect("a signature").as_ref().to_vec()
    }

    pub fn token(&self, id: &str, claims: &Value) -> String {
        token(&json!({"alg": "ES256", "kid": id}), claims, |it| {
            self.sign(it)
        })
    }
}

fn pem(kind: &str, der: &[u8]) -> String {
    format!(
        "-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n",
        STANDARD.encode(der)
    )
}
