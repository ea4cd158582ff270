//! Redis's errors as advice: what is wrong with the server and what to do about it.

use std::error::Error;

use ::redis::{ErrorKind, RedisError};

use crate::store::StoreError;

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Redis(#[from] RedisError),
    /// Nothing is wrong with the server.
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a stored value is not {expected}")]
    Strange { expected: &'static str },
    #[error("a stored value is no JSON")]
    Json(#[from] serde_json::Error),
    #[error("other nodes changed the state each time before this one could")]
    Contended,
}

/// What is stored is not as this program writes it.
pub(super) fn strange(expected: &'static str) -> Failure {
    Failure::Strange { expected }
}

/// A failed operation on this server, with the fix where the answer tells it.
pub(super) fn explain(server: &str, doing: &str, failure: Failure) -> StoreError {
    let advice = advice(&failure);
    let source: Box<dyn Error + Send + Sync> = match failure {
        Failure::Store(error) => return error,
        Failure::Redis(error) => error.into(),
        other => other.into(),
    };
    StoreError::Backend {
        context: format!("{doing}: Redis at {server}: {advice}"),
        source,
    }
}

fn advice(failure: &Failure) -> String {
    let error = match failure {
        Failure::Redis(error) => error,
        Failure::Strange { .. } | Failure::Json(_) => {
            return "what is stored is not what this program writes; something else changed it, or Redis evicted a \
                    part (`maxmemory-policy` must be `noeviction`)"
                .to_owned();
        }
        Failure::Contended | Failure::Store(_) => return failure.to_string(),
    };
    match by_code(error).or_else(|| by_kind(error)) {
        Some(advice) => advice.to_owned(),
        None => error.to_string(),
    }
}

/// Redis 6 tells the errors from within a script as text, in which the code is somewhere.
fn by_code(error: &RedisError) -> Option<&'static str> {
    let text = error.to_string();
    let found = |code: &str| error.code() == Some(code) || text.contains(&format!("-{code} "));
    Some(match () {
        () if found("OOM") => {
            "its memory is full (`maxmemory`); raise it, or keep less (`store.threads`, `store.bytes`, \
             `store.max_age_days`); what was acknowledged before is safe"
        }
        () if found("MISCONF") => {
            "it cannot write to its disk and refuses changes; free some space there; what was acknowledged before is safe"
        }
        () if found("READONLY") => {
            "it is a replica; point `store.url` at the primary (after a failover it is found by itself if the name \
             of the host leads to it)"
        }
        () if found("NOREPLICAS") => {
            "it has fewer replicas than `min-replicas-to-write`; start them, or lower that setting"
        }
        () if found("MOVED") || found("CROSSSLOT") || found("CLUSTERDOWN") => {
            "it is a node of a cluster that does not have our keys; point `store.url` at the node that has their slot"
        }
        () if found("NOPERM") => {
            "its user may not do this; it needs `~{agui}:* &{agui}:* +@all -@dangerous +info +config|get`, with the prefix \
             of `store.url`"
        }
        () if found("LOADING") => "it is starting and still loads its data; try again in a moment",
        () if found("BUSY") => "a script of some program keeps it busy; try again in a moment",
        _ => return None,
    })
}

fn by_kind(error: &RedisError) -> Option<&'static str> {
    Some(match error.kind() {
        ErrorKind::RESP3NotSupported => "it is older than version 6, which is needed",
        _ if error.code() == Some("NOAUTH") => {
            "it wants a password; write it into `store.url`: `redis://user:password@host:6379`"
        }
        kind if kind == ErrorKind::AuthenticationFailed || error.code() == Some("WRONGPASS") => {
            "it refuses the password; correct the user and the password in `store.url`"
        }
        _ if error.to_string().contains("peer certificate") => {
            "its certificate is not one that this system's authorities have signed for that name; add its authority to them, or \
             name its file in the environment's SSL_CERT_FILE"
        }
        _ if error.is_connection_refusal() => {
            "nothing listens there; start it, or correct `store.url`"
        }
        _ if error.is_timeout() => {
            "it does not answer in time; it is overloaded, or the network is"
        }
        _ if error.is_connection_dropped() => "the connection was lost; it is made anew",
        _ => return None,
    })
}
