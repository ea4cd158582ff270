//! A proxy in front that knows its users and names them in a header, believed from its addresses only.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::HeaderName;

use super::presented::{is_name, only, refused};
use super::{Asking, AuthResult, Authenticator, Known};
use crate::principal::Principal;
use crate::server::address::Networks;
use crate::store::Owner;

/// A proxy that cannot be trusted as it is described.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// A header that HTTP does not know.
    #[error("`{0}` is no header name; write it like `x-forwarded-user`")]
    Header(String),
    /// An address that is none.
    #[error("{0}")]
    Address(String),
    /// Everybody could say who they are.
    #[error("`{0}` is every address there is; name those of your proxies")]
    Everybody(String),
    /// Nobody could.
    #[error("needs the addresses of your proxies, such as [\"10.0.0.0/8\"]")]
    Nobody,
}

/// A header that says who asks, and the addresses from which it is believed.
#[derive(Debug, Clone)]
pub struct TrustedProxy {
    owner: HeaderName,
    roles: Option<HeaderName>,
    from: Networks,
}

impl TrustedProxy {
    /// The owner is in the header of this name, as proxies at these addresses or in these networks send it.
    ///
    /// # Errors
    /// If a name or an address is none, or there is no address.
    pub fn new(owner: &str, from: &[impl AsRef<str>]) -> Result<Self, ProxyError> {
        let from = from.iter().map(|it| it.as_ref().trim().to_owned());
        let from: Vec<_> = from.collect();
        if from.is_empty() {
            return Err(ProxyError::Nobody);
        }
        if let Some(all) = from.iter().find(|it| it.ends_with("/0")) {
            return Err(ProxyError::Everybody(all.clone()));
        }
        let from = Networks::new(&from).map_err(|(_, message)| ProxyError::Address(message))?;
        Ok(Self {
            owner: header_name(owner)?,
            roles: None,
            from,
        })
    }

    /// The same; roles are in the header of this name, with commas in between.
    ///
    /// # Errors
    /// If the name is none.
    pub fn roles(mut self, header: &str) -> Result<Self, ProxyError> {
        self.roles = Some(header_name(header)?);
        Ok(self)
    }

    fn credential(&self) -> impl Iterator<Item = &HeaderName> {
        [Some(&self.owner), self.roles.as_ref()]
            .into_iter()
            .flatten()
    }

    fn say(&self, asking: Asking<'_>) -> AuthResult {
        if !self.credential().any(|it| asking.headers.contains_key(it)) {
            return Ok(None);
        }
        if !asking.peer.is_some_and(|peer| self.from.contains(peer)) {
            let reason = "a header that only the proxy may send comes from elsewhere; \
                          `auth.proxy.from` lists the addresses of proxies";
            return Err(refused(reason));
        }
        let Some(owner) = only(asking.headers, &self.owner)? else {
            return Err(refused("the proxy names roles and no owner"));
        };
        if !is_name(owner) {
            return Err(refused("the proxy names an owner that is no name"));
        }
        let roles = match &self.roles {
            Some(roles) => only(asking.headers, roles)?.unwrap_or_default(),
            None => "",
        };
        let roles = roles.split(',').map(str::trim).filter(|it| !it.is_empty());
        Ok(Some(Known {
            principal: Principal::new(Owner::new(owner)).with_roles(roles),
            credential: self.credential().cloned().collect(),
        }))
    }
}

impl Authenticator for TrustedProxy {
    fn authenticate<'a>(&'a self, asking: Asking<'a>) -> BoxFuture<'a, AuthResult> {
        let said = self.say(asking);
        async { said }.boxed()
    }
}

fn header_name(name: &str) -> Result<HeaderName, ProxyError> {
    HeaderName::try_from(name).map_err(|_| ProxyError::Header(name.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::HeaderMap;

    use super::super::AuthFailure;
    use super::*;

    fn say(peer: &str, headers: &[(&'static str, &str)]) -> AuthResult {
        let proxy = TrustedProxy::new("x-user", &["10.1.0.0/16", "::1"]).unwrap();
        let proxy = proxy.roles("X-Groups").unwrap();
        let mut sent = HeaderMap::new();
        for (name, value) in headers {
            sent.append(*name, value.parse().unwrap());
        }
        proxy.say(Asking {
            headers: &sent,
            peer: peer.parse().ok(),
        })
    }

    #[test]
    fn a_proxy_is_believed_and_nobody_else() {
        let ann = [("x-user", "ann"), ("x-groups", "a, b,,")];
        for peer in ["10.1.2.3", "::1", "::ffff:10.1.2.3"] {
            let known = say(peer, &ann).unwrap().unwrap();
            let expected = Principal::new(Owner::new("ann")).with_roles(["a", "b"]);
            assert_eq!(known.principal, expected, "{peer}");
            assert_eq!(known.credential, ["x-user", "x-groups"]);
        }
        for peer in ["10.2.0.1", "::2", "127.0.0.1", "no address"] {
            for sent in [&ann[..], &ann[1..]] {
                let refused = say(peer, sent);
                assert!(matches!(refused, Err(AuthFailure::Refused(_))), "{peer}");
            }
            assert!(say(peer, &[]).unwrap().is_none());
        }
    }

    #[test]
    fn what_a_proxy_says_is_one_name() {
        for sent in [
            &[("x-user", "ann"), ("x-user", "bob")][..],
            &[("x-user", " ")],
            &[("x-groups", "a")],
            &[("x-user", "ann"), ("x-groups", "a"), ("x-groups", "b")],
        ] {
            let refused = say("10.1.2.3", sent);
            assert!(matches!(refused, Err(AuthFailure::Refused(_))), "{sent:?}");
        }
    }

    #[test]
    fn everybody_is_no_proxy() {
        let of = |from: &str| TrustedProxy::new("x-user", &[from]).map(drop);
        assert_eq!(
            of("0.0.0.0/0"),
            Err(ProxyError::Everybody("0.0.0.0/0".to_owned()))
        );
        assert_eq!(of("::/0"), Err(ProxyError::Everybody("::/0".to_owned())));
        assert!(matches!(of("10.0.0"), Err(ProxyError::Address(_))));
        let none: [&str; 0] = [];
        assert_eq!(
            TrustedProxy::new("x-user", &none).map(drop),
            Err(ProxyError::Nobody)
        );
        assert_eq!(
            TrustedProxy::new("x user", &["::1"]).map(drop),
            Err(ProxyError::Header("x user".to_owned()))
        );
    }
}
