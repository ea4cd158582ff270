//! Events of types that this version of AG-UI does not know: they are passed on, and logged once.

use std::collections::HashSet;
use std::sync::LazyLock;

use parking_lot::Mutex;

/// How many types are remembered; an agent that makes up more is not logged any more.
const REMEMBERED: usize = 64;

/// How much of a type's name is looked at, in bytes.
const NAME: usize = 128;

static SEEN: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// Logs a type, the first time that the process sees it.
pub(super) fn note(event_type: &str) {
    let name = &event_type[..event_type.floor_char_boundary(NAME)];
    if first(&mut SEEN.lock(), name) {
        tracing::warn!(
            event = name,
            "an agent sends events of a type that AG-UI 1.0 does not know; they are passed on as they are"
        );
    }
}

fn first(seen: &mut HashSet<String>, name: &str) -> bool {
    seen.len() < REMEMBERED && !seen.contains(name) && seen.insert(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_new_once_and_the_memory_has_an_end() {
        let mut seen = HashSet::new();
        assert!(first(&mut seen, "A"));
        assert!(!first(&mut seen, "A"));
        for at in 0..1000 {
            first(&mut seen, &at.to_string());
        }
        assert_eq!(seen.len(), REMEMBERED);
        assert!(!first(&mut seen, "B"));
    }
}
