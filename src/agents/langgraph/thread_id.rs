//! Which LangGraph thread a thread of ours is: LangGraph's have UUIDs, and know nothing of owners.

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::store::Owner;

/// The version of UUIDs that are made here: RFC 9562's for one's own use. Nobody's thread has one that was given.
const OURS: usize = 8;

/// The id of a thread on the LangGraph server.
///
/// Without authentication a UUID is taken as it is, as upstream does: the threads that there are go on. Any other id, and all of
/// those of an authenticated owner, become one that nobody else's threads can have.
pub(super) fn thread_id(owner: &Owner, thread: &str) -> Uuid {
    let given = Uuid::try_parse(thread).ok();
    // Other spellings of a UUID are other threads here.
    let given = given.filter(|id| id.to_string() == thread && id.get_version_num() != OURS);
    match given {
        Some(id) if *owner == Owner::anonymous() => id,
        _ => derived(owner, thread),
    }
}

/// Whether the id was made here, and so says nothing to people.
pub(super) fn is_derived(id: &Uuid) -> bool {
    id.get_version_num() == OURS
}

fn derived(owner: &Owner, thread: &str) -> Uuid {
    let owner = owner.as_str().as_bytes();
    let mut named = (owner.len() as u64).to_be_bytes().to_vec();
    named.extend_from_slice(owner);
    named.extend_from_slice(thread.as_bytes());
    let hash = Sha256::digest(&named);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "66666666-6666-4666-8666-666666666666";

    #[test]
    fn without_authentication_a_uuid_is_the_threads() {
        let anonymous = Owner::anonymous();
        assert_eq!(thread_id(&anonymous, ID).to_string(), ID);
        let other = thread_id(&anonymous, "my thread");
        assert_eq!(thread_id(&anonymous, "my thread"), other);
        assert_eq!(other.get_version_num(), OURS);
        let spelled = "{66666666-6666-4666-8666-666666666666}";
        assert_ne!(thread_id(&anonymous, spelled).to_string(), ID);
    }

    #[test]
    fn no_owner_can_name_anothers_thread() {
        let (anna, ben) = (Owner::new("anna"), Owner::new("ben"));
        let annas = thread_id(&anna, ID);
        assert_ne!(annas.to_string(), ID);
        assert_ne!(thread_id(&ben, ID), annas);
        // Who knows the id that was made cannot use it.
        for owner in [Owner::anonymous(), ben] {
            assert_ne!(thread_id(&owner, &annas.to_string()), annas);
        }
        // Where one name ends and the other begins makes a difference.
        assert_ne!(
            thread_id(&Owner::new("a"), "bc"),
            thread_id(&Owner::new("ab"), "c")
        );
    }
}
