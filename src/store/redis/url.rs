//! What the URL of a store in Redis says.

use ::redis::io::tcp::TcpSettings;
use ::redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion};
use ::url::Url;

use super::keys::Keys;
use crate::store::{StoreError, without_secrets};

/// Where the server is, and which of its keys are ours.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub connection: ConnectionInfo,
    pub keys: Keys,
    /// The host and port, for messages.
    pub server: String,
}

impl Address {
    /// As it is for those that listen only: what others say comes in the older protocol, where nothing else comes.
    pub(super) fn to_listen(&self) -> ConnectionInfo {
        let settings = self.connection.redis_settings().clone();
        let settings = settings.set_protocol(ProtocolVersion::RESP2);
        self.connection.clone().set_redis_settings(settings)
    }

    /// Reads `redis://user:password@host:6379/0?prefix=agui`; `rediss` is with TLS.
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        let refuse = |reason: &str| StoreError::Url {
            url: without_secrets(url),
            reason: reason.to_owned(),
        };
        let mut parsed = Url::parse(url).map_err(|_| {
            refuse("it is no URL; write it as `redis://user:password@host:6379/0?prefix=agui`")
        })?;
        let prefix = prefix(&parsed).map_err(|reason| refuse(&reason))?;
        if let Some(fragment) = parsed.fragment() {
            let reason = match fragment {
                "insecure" => "certificates are always checked; leave out `#insecure`",
                _ => "a `#` in the password is written `%23`",
            };
            return Err(refuse(reason));
        }
        if parsed.host_str().is_none_or(str::is_empty) {
            return Err(refuse("it names no host; write `redis://host:6379`"));
        }
        parsed.set_query(None);
        let info = parsed.clone().into_connection_info();
        let info = info.map_err(|error| refuse(&error.to_string()))?;
        let server = match info.addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                format!("{host}:{port}")
            }
            _ => return Err(refuse("it names no host; write `redis://host:6379`")),
        };
        let settings = info.redis_settings().clone();
        // With it a connection that was lost is noticed, and made anew, at once and not only when it is used.
        let settings = settings.set_protocol(ProtocolVersion::RESP3);
        Ok(Self {
            connection: info
                .set_redis_settings(settings)
                .set_tcp_settings(TcpSettings::default().set_nodelay(true)),
            keys: Keys::new(&prefix),
            server,
        })
    }
}

/// The prefix in the URL's query, which has nothing else.
fn prefix(url: &Url) -> Result<String, String> {
    let mut prefix = Keys::DEFAULT_PREFIX.to_owned();
    for (key, value) in url.query_pairs() {
        if key != "prefix" {
            return Err(format!("there is no option `{key}`; there is `prefix`"));
        }
        if value.is_empty() || value.contains(['{', '}']) {
            return Err("`prefix` is a name without braces, such as `agui`".to_owned());
        }
        prefix = value.into_owned();
    }
    Ok(prefix)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_url_says_where_and_under_which_prefix() {
        for (url, server, start) in [
            ("redis://h", "h:6379", "{agui}:"),
            ("redis://u:p@h:7000/3", "h:7000", "{agui}:"),
            ("rediss://:p@h:7000", "h:7000", "{agui}:"),
            ("redis://[::1]:7/0?prefix=x:y", "::1:7", "{x:y}:"),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!((&*address.server, address.keys.start()), (server, start));
        }
    }

    #[test]
    fn a_url_that_cannot_be_is_refused_with_the_reason_and_without_its_password() {
        for (url, reason) in [
            ("redis:", "names no host"),
            ("redis://", "names no host"),
            ("redis://:geheim@h:99999", "is no URL"),
            ("redis://:geheim@h/x", "database number"),
            ("redis://:geheim@h/0?prefx=x", "no option `prefx`"),
            ("redis://:geheim@h/0?prefix=", "without braces"),
            ("redis://:geheim@h/0?prefix={x", "without braces"),
            ("rediss://:geheim@h/0#insecure", "always checked"),
            ("redis://:ge#heim@h/0", "no URL"),
        ] {
            let error = Address::parse(url).unwrap_err().to_string();
            assert!(error.contains(reason), "{url}: {error}");
            assert!(!error.contains("geheim"), "{error}");
        }
    }
}
