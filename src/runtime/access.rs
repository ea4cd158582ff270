//! Who may use which agent. An agent that somebody may not use is not there for them: not in a list, not to be asked, and not
//! to be handed over to.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::principal::Principal;

/// Stands for every agent that is not named.
const OTHERS: &str = "*";

/// Who may use the agents of a runtime; everybody may where nothing is said.
///
/// ```
/// use agui_runtime::Principal;
/// use agui_runtime::runtime::{Access, Users};
/// use agui_runtime::store::Owner;
///
/// let access = Access::default().only("researcher", Users::default().role("analyst").owner("ann"));
/// let bob = Principal::new(Owner::new("bob"));
/// assert!(!access.allows("researcher", &bob) && access.allows("default", &bob));
/// assert!(access.allows("researcher", &bob.with_roles(["analyst"])));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Access(BTreeMap<String, Users>);

/// Those who may use an agent: whoever is one of the owners, or has one of the roles.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Users {
    /// Owners by name.
    #[schemars(example = ["ann"])]
    pub owners: Vec<String>,
    /// Roles, as keys, tokens and proxies name them.
    #[schemars(example = ["analyst"])]
    pub roles: Vec<String>,
}

impl Access {
    /// The same, and of this agent that only these may use it. `*` stands for all agents that are not named.
    #[must_use]
    pub fn only(mut self, agent: impl Into<String>, users: Users) -> Self {
        self.0.insert(agent.into(), users);
        self
    }

    /// Whether the agent is there for who asks. Administrators may use all of them.
    pub fn allows(&self, agent: &str, who: &Principal) -> bool {
        let users = self.0.get(agent).or_else(|| self.0.get(OTHERS));
        users.is_none_or(|users| who.admin || users.include(who))
    }

    /// The agents of which something is said, and who may use them.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&str, &Users)> {
        let named = self.0.iter().filter(|(name, _)| *name != OTHERS);
        named.map(|(name, users)| (name.as_str(), users))
    }
}

impl Users {
    /// The same, and everybody with this role.
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.roles.push(role.into());
        self
    }

    /// The same, and this owner.
    #[must_use]
    pub fn owner(mut self, owner: impl Into<String>) -> Self {
        self.owners.push(owner.into());
        self
    }

    fn include(&self, who: &Principal) -> bool {
        self.owners.iter().any(|owner| owner == who.owner.as_str())
            || self.roles.iter().any(|role| who.has_role(role))
    }
}
