//! Why the two may differ. What else they differ in on purpose no operation here asks for: `tests/support/operations` says what.

use super::Case;

/// A difference that is wanted.
pub struct Reason {
    why: &'static str,
    covers: fn(&Case, &[String]) -> bool,
}

/// All that are known; anything else is a mistake, here or there, to look at.
const REASONS: &[Reason] = &[
    Reason {
        why: "upstream's answer never ends; ours does",
        covers: |case, _| !case.theirs.reply.complete,
    },
    Reason {
        why: "upstream lists and loads no agents but those of remote endpoints and of LangGraph; ours does all",
        covers: |case, _| {
            let text = case.operation.text(false);
            text.contains("availableAgents") || text.contains("loadAgentState")
        },
    },
    Reason {
        why: "upstream trips over an agent that it does not have; ours says which there are",
        covers: |case, _| case.ours.reply.text().contains("\"AGENT_NOT_FOUND\""),
    },
    Reason {
        why: "where all that is deferred is of other types, ours is still an answer in parts, of which there is one",
        covers: |_, differences| {
            let of_it = |it: &String| it.starts_with("/headers/content-type\n");
            differences.iter().all(of_it)
        },
    },
];

impl Reason {
    /// Why a case is as it is, if that is known.
    pub fn of(case: &Case, differences: &[String]) -> Option<&'static str> {
        let reason = REASONS
            .iter()
            .find(|reason| (reason.covers)(case, differences));
        reason.map(|reason| reason.why)
    }
}
