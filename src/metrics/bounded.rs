//! Names that come from elsewhere, as labels: so many and no more, since each costs memory here and in Prometheus for ever.

use std::collections::HashSet;

use parking_lot::Mutex;

/// More agents and models than anybody configures.
const MOST: usize = 200;
/// What the others are called.
const OTHER: &str = "other";
/// Longer names are cut.
const LONGEST: usize = 100;

/// The names that are known so far.
#[derive(Debug, Default)]
pub(super) struct Bounded(Mutex<HashSet<(Of, String)>>);

/// What a name is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Of {
    Agent,
    Model,
}

impl Bounded {
    /// The name, or [`OTHER`] where too many are known already.
    pub(super) fn label(&self, of: Of, name: &str) -> String {
        let name: String = name.chars().take(LONGEST).collect();
        let mut known = self.0.lock();
        let key = (of, name);
        if known.contains(&key) {
            return key.1;
        }
        if known.iter().filter(|(it, _)| *it == of).count() >= MOST {
            return OTHER.to_owned();
        }
        known.insert(key.clone());
        key.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_end_make_no_labels_without_end() {
        let names = Bounded::default();
        let label = |n: usize| names.label(Of::Agent, &format!("agent-{n}"));
        assert_eq!(label(0), "agent-0");
        let labels: HashSet<String> = (0..10_000).map(label).collect();
        assert_eq!(labels.len(), MOST + 1);
        assert!(labels.contains(OTHER));
        assert_eq!(label(0), "agent-0", "who was first stays");
        assert_eq!(
            names.label(Of::Model, "gpt"),
            "gpt",
            "each kind has its own"
        );
        assert_eq!(names.label(Of::Model, &"x".repeat(5000)).len(), LONGEST);
    }
}
