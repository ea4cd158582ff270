//! Who asks: API keys, JSON web tokens, a proxy in front that knows its users, or whatever the application brings along.
//!
//! ```text
//! request ─> gate ─> Auth ─> proxy, API keys, tokens: the first that knows the credential ─> Principal ─> hooks, faces
//! ```
//!
//! What is presented and not known is refused, even where requests without any credential are answered. The answers to a wrong
//! credential, an expired one and none are the same; the log says which it was. A credential that was used here stays here:
//! agents get it only where `[headers]` names its header.

mod api_keys;
mod config;
mod door;
mod gate;
mod jwt;
mod presented;
mod proxy;
mod refusal;

pub use api_keys::{ApiKey, ApiKeyError, ApiKeys, NewKey};
pub use config::{ApiKeyConfig, AuthConfig, AuthConfigError, Expiry, JwtConfig, ProxyConfig};
pub(super) use door::Door;
pub use jwt::{Jwt, JwtAlgorithm, JwtError, JwtOptions, KeyCaches};
pub use proxy::{ProxyError, TrustedProxy};

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName};

use crate::principal::Principal;
use crate::store::Owner;

/// Somebody who knows credentials of one kind.
///
/// ```
/// use agui_runtime::Principal;
/// use agui_runtime::server::auth::{Asking, Auth, Authenticator, AuthResult, Known};
/// use agui_runtime::store::Owner;
/// use futures_util::{FutureExt, future::BoxFuture};
///
/// /// Whoever sends the header `x-session` is who the application's sessions say.
/// struct Sessions;
///
/// impl Authenticator for Sessions {
///     fn authenticate<'a>(&'a self, asking: Asking<'a>) -> BoxFuture<'a, AuthResult> {
///         let session = asking.headers.get("x-session").cloned();
///         async move {
///             let Some(session) = session else { return Ok(None) };
///             let user = Principal::new(Owner::new(format!("user of {session:?}")));
///             Ok(Some(Known::by(user, "x-session".parse().expect("a header's name"))))
///         }
///         .boxed()
///     }
/// }
/// # drop(Auth::default().with(Sessions));
/// ```
pub trait Authenticator: Send + Sync + 'static {
    /// Who asks; `None` where nothing came along that it looks at.
    fn authenticate<'a>(&'a self, asking: Asking<'a>) -> BoxFuture<'a, AuthResult>;
}

/// What an [`Authenticator`] says.
pub type AuthResult = Result<Option<Known>, AuthFailure>;

/// What there is to know somebody by.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// The address that the connection comes from, where it has one.
    pub peer: Option<IpAddr>,
}

/// Somebody who is known.
#[derive(Debug, Clone)]
pub struct Known {
    /// Who it is.
    pub principal: Principal,
    /// The headers that said so.
    pub credential: Vec<HeaderName>,
}

impl Known {
    /// Known by this header.
    pub fn by(principal: Principal, credential: HeaderName) -> Self {
        let credential = vec![credential];
        Self {
            principal,
            credential,
        }
    }
}

/// Why somebody is not known. Reasons are for the log, and hold nothing of what was presented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthFailure {
    /// The credential may be of another kind.
    Unknown,
    /// The credential is of this kind and will not do.
    Refused(String),
    /// The credential cannot be looked into now.
    Unavailable {
        /// Why.
        reason: String,
        /// When another request may fare better.
        retry_after: Duration,
    },
}

/// Who may ask, and how it is known who does. By default anybody may, and is nobody in particular.
#[derive(Clone)]
pub struct Auth {
    ways: Vec<Arc<dyn Authenticator>>,
    admin_role: Arc<str>,
    anonymous: bool,
    operator: bool,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            ways: Vec::new(),
            admin_role: Arc::from(Self::ADMIN_ROLE),
            anonymous: false,
            operator: false,
        }
    }
}

impl Auth {
    /// The role of administrators, where no other is named.
    pub const ADMIN_ROLE: &'static str = "admin";

    /// The same, and whoever this one knows. Of several the first that knows a credential counts.
    #[must_use]
    pub fn with(mut self, authenticator: impl Authenticator) -> Self {
        self.ways.push(Arc::new(authenticator));
        self
    }

    /// The role whose holders may see everything, instead of [`Self::ADMIN_ROLE`].
    #[must_use]
    pub fn admin_role(mut self, role: &str) -> Self {
        self.admin_role = Arc::from(role);
        self
    }

    /// Whether requests without a credential are answered too, to nobody in particular. A wrong one is refused all the same.
    #[must_use]
    pub fn allow_anonymous(mut self, allow: bool) -> Self {
        self.anonymous = allow;
        self
    }

    /// Whether whoever reaches this server is its operator, as on the operator's own machine. It counts only where nobody is
    /// asked who they are.
    #[must_use]
    pub fn operator(mut self, operator: bool) -> Self {
        self.operator = operator;
        self
    }

    /// Whether anybody is asked who they are.
    pub fn is_on(&self) -> bool {
        !self.ways.is_empty()
    }

    /// Who asks, and by which headers it is known.
    async fn know(&self, asking: Asking<'_>) -> Result<Known, Unknown> {
        let mut failure = Unknown::Silent;
        for way in &self.ways {
            match way.authenticate(asking).await {
                Ok(Some(known)) => return self.admit(known),
                Ok(None) => {}
                Err(AuthFailure::Unknown) => {
                    failure = Unknown::Wrong("nobody knows the credential".to_owned());
                }
                Err(AuthFailure::Refused(reason)) => return Err(Unknown::Wrong(reason)),
                Err(AuthFailure::Unavailable {
                    reason,
                    retry_after,
                }) => {
                    return Err(Unknown::Later {
                        reason,
                        retry_after,
                    });
                }
            }
        }
        match failure {
            Unknown::Silent if self.anonymous || !self.is_on() => Ok(self.nobody()),
            failure => Err(failure),
        }
    }

    fn admit(&self, mut known: Known) -> Result<Known, Unknown> {
        if known.principal.owner == Owner::anonymous() {
            let reason = "the credential names the owner `anonymous`, who is nobody in particular";
            return Err(Unknown::Wrong(reason.to_owned()));
        }
        known.principal.admin |= known.principal.has_role(&self.admin_role);
        Ok(known)
    }

    fn nobody(&self) -> Known {
        let mut principal = Principal::anonymous();
        principal.admin = self.operator && !self.is_on();
        Known {
            principal,
            credential: Vec::new(),
        }
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("ways", &self.ways.len())
            .field("admin_role", &self.admin_role)
            .field("anonymous", &self.anonymous)
            .finish_non_exhaustive()
    }
}

/// Why a request is not answered.
#[derive(Debug)]
enum Unknown {
    /// It does not say whose it is.
    Silent,
    /// What it says will not do.
    Wrong(String),
    /// What it says cannot be looked into now.
    Later {
        reason: String,
        retry_after: Duration,
    },
}
