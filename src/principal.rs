//! Who asks: the owner of threads, and what that one may do besides.

use std::collections::BTreeSet;

use crate::store::Owner;

/// Who asks, as far as the server knows. Put into a request's extensions, by the server's own authentication or by a
/// middleware of the application's, it is who the request is from.
///
/// ```
/// use agui_runtime::Principal;
/// use agui_runtime::store::Owner;
///
/// let ann = Principal::new(Owner::new("ann")).with_roles(["analyst"]);
/// assert!(ann.has_role("analyst") && !ann.admin);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Whose threads are seen.
    pub owner: Owner,
    /// What the owner is, in the words of who issued the credential.
    pub roles: BTreeSet<String>,
    /// Whether other owners' threads, every agent and the server's figures are seen too.
    pub admin: bool,
}

impl Principal {
    /// An owner without roles.
    pub fn new(owner: Owner) -> Self {
        Self {
            owner,
            roles: BTreeSet::new(),
            admin: false,
        }
    }

    /// Nobody in particular.
    pub fn anonymous() -> Self {
        Self::new(Owner::anonymous())
    }

    /// The same with these roles.
    #[must_use]
    pub fn with_roles(mut self, roles: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.roles = roles.into_iter().map(Into::into).collect();
        self
    }

    /// Whether it has this role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.contains(role)
    }

    /// The same for another owner, whom the application names. Who was anybody before is nobody's administrator then.
    #[must_use]
    pub fn on_behalf_of(self, owner: Owner) -> Self {
        let admin = self.admin && (self.owner == owner || self.owner != Owner::anonymous());
        Self {
            owner,
            admin,
            ..self
        }
    }
}
