//! Why the two may differ.

use super::Case;

/// A difference that is wanted.
pub struct Reason {
    why: &'static str,
    covers: fn(&Case, &[String]) -> bool,
}

/// All that are known; anything else is a mistake, here or there, to look at.
const REASONS: &[Reason] = &[Reason {
    why: "upstream's answer never ends; ours does",
    covers: |case, _| !case.theirs.reply.complete && case.ours.reply.complete,
}];

impl Reason {
    /// Why a case is as it is, if that is known.
    pub fn of(case: &Case, differences: &[String]) -> Option<&'static str> {
        let reason = REASONS
            .iter()
            .find(|reason| (reason.covers)(case, differences));
        reason.map(|reason| reason.why)
    }
}
