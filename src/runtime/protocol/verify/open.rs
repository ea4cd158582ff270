//! What is open in a run, and to whom it belongs.

use std::collections::HashMap;

/// Ids that are open, in the order in which they were opened.
#[derive(Debug, Default)]
pub(super) struct Open {
    next: u64,
    ids: HashMap<String, u64>,
}

impl Open {
    /// Opens an id; `false` if it is open.
    pub(super) fn start(&mut self, id: &str) -> bool {
        if self.ids.contains_key(id) {
            return false;
        }
        self.next += 1;
        self.ids.insert(id.to_owned(), self.next);
        true
    }

    /// Closes an id; `false` if it is not open.
    pub(super) fn end(&mut self, id: &str) -> bool {
        self.ids.remove(id).is_some()
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.ids.contains_key(id)
    }

    pub(super) fn in_order(&self) -> Vec<&str> {
        let mut ids: Vec<(&str, u64)> = self.ids.iter().map(|(id, at)| (&**id, *at)).collect();
        ids.sort_unstable_by_key(|(_, at)| *at);
        ids.into_iter().map(|(id, _)| id).collect()
    }

    /// Empties it.
    pub(super) fn take(&mut self) -> Vec<String> {
        let mut ids: Vec<(String, u64)> = self.ids.drain().collect();
        ids.sort_unstable_by_key(|(_, at)| *at);
        ids.into_iter().map(|(id, _)| id).collect()
    }

    /// The reason why the run may not finish, if anything is open.
    pub(super) fn none_before_finish(&self, nouns: &str) -> Result<(), String> {
        if self.ids.is_empty() {
            return Ok(());
        }
        Err(still_active(nouns, &self.in_order().join(", ")))
    }
}

pub(super) fn still_active(nouns: &str, which: &str) -> String {
    format!("Cannot send 'RUN_FINISHED' while {nouns} are still active: {which}")
}

/// The subagent's run that an item belongs to; `None` is the agent itself.
pub(super) type Owner = Option<String>;

/// Who opened the items of one kind. Kept for the whole run: an item may be referred to after its end.
#[derive(Debug, Default)]
pub(super) struct Owners(HashMap<String, Owner>);

impl Owners {
    pub(super) fn get(&self, id: &str) -> Option<&Owner> {
        self.0.get(id)
    }

    /// The subagent to which an item belongs, if it does to any.
    pub(super) fn tag(&self, id: &str) -> Owner {
        self.0.get(id).cloned().flatten()
    }

    /// Notes the owner of an item. The newest stands.
    pub(super) fn set(&mut self, id: &str, owner: Option<&str>) {
        let owner = owner.map(str::to_owned);
        match self.0.get_mut(id) {
            Some(known) => *known = owner,
            None => {
                self.0.insert(id.to_owned(), owner);
            }
        }
    }

    /// Notes the owner of an item that has none yet.
    pub(super) fn claim(&mut self, id: &str, owner: Option<&str>) {
        if !self.0.contains_key(id) {
            self.0.insert(id.to_owned(), owner.map(str::to_owned));
        }
    }

    /// Whether an event may speak of an item. One without a tag always may.
    pub(super) fn agree(
        &self,
        event: &str,
        tag: Option<&str>,
        noun: &str,
        id: &str,
    ) -> Result<(), String> {
        match (tag, self.0.get(id)) {
            (Some(tag), owner) => agree(event, tag, owner, noun, id),
            (None, _) => Ok(()),
        }
    }
}

/// Whether the tag of an event is that of the item's owner, if it has one.
pub(super) fn agree(
    event: &str,
    tag: &str,
    owner: Option<&Owner>,
    noun: &str,
    id: &str,
) -> Result<(), String> {
    match owner {
        Some(owner) if owner.as_deref() != Some(tag) => Err(format!(
            "Cannot send '{event}': subagentRunId '{tag}' does not match the {noun} '{id}' opener's subagent '{}'.",
            named(owner)
        )),
        _ => Ok(()),
    }
}

/// How an error names an owner.
pub(super) fn named(owner: &Owner) -> &str {
    owner.as_deref().unwrap_or("(the parent agent)")
}
