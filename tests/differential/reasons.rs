//! Why the two may differ, difference by difference. What else they differ in on purpose no operation here asks for:
//! `tests/support/operations` and `tests/support/script.rs` say what.

use serde_json::Value;

use super::upstream::ScriptedCall;
use super::{Asking, Case};
use crate::support::payloads;

/// A difference that is wanted: the cases it is found in, and where in the canonical answer.
pub struct Reason {
    why: &'static str,
    holds: fn(&Case) -> bool,
    covers: fn(&str) -> bool,
}

/// All that are known; anything else is a mistake, here or there, to look at.
const REASONS: &[Reason] = &[
    Reason {
        why: "upstream lists no agents but those of remote endpoints and of LangGraph; ours does all",
        holds: |case| {
            case.asking
                .operation
                .text(false)
                .contains("availableAgents")
        },
        covers: |at| at.starts_with("/body/data/") && at.contains("/agents/"),
    },
    Reason {
        why: "upstream has no answer in parts where the list of agents is empty",
        holds: |case| {
            case.asking
                .operation
                .text(false)
                .contains("availableAgents")
        },
        covers: |at| at == "/headers/content-type",
    },
    Reason {
        why: "upstream loads the state of no agents but those of remote endpoints and of LangGraph; ours of all",
        holds: |case| case.asking.operation.text(false).contains("loadAgentState"),
        covers: |_| true,
    },
    Reason {
        why: "upstream trips over an agent that it does not have; ours says which there are",
        holds: |case| case.asking.session()["agentName"] == "nobody",
        covers: |at| at.starts_with("/body/errors/0/"),
    },
    Reason {
        why: "upstream delivers deferred fragments on other types, as nothing; ours has nothing to deliver",
        holds: |case| nothing_deferred(case.theirs.reply.text()),
        covers: |at| at == "/headers/content-type",
    },
    Reason {
        why: "upstream looks for an answer to an interrupt at the first meta-event only; ours at all",
        holds: |case| {
            let events = &case.asking.data()["metaEvents"];
            events[0]["response"].is_null()
        },
        covers: |at| at == "/asked/0/body/forwardedProps/command/resume",
    },
    Reason {
        why: "upstream loses the arguments of a call that come after a step has begun or ended",
        holds: |case| case.asking.script.calls().any(|call| call.unread),
        covers: |at| {
            let of_call = |part: &str| part.starts_with("arguments");
            let lost = at.contains("/messages/") && at.rsplit('/').nth(1).is_some_and(of_call);
            // They may have been all that would have been late.
            lost || at == "/headers/content-type"
        },
    },
    Reason {
        why: "upstream has an error where an interrupt's value is no text; ours is its JSON",
        holds: |case| {
            let mut events = case.asking.script.events.iter();
            events.any(|event| event["name"] == "on_interrupt" && !event["value"].is_string())
        },
        covers: |at| {
            // What is null for it may be all that would have been late.
            at.contains("/metaEvents")
                || at.starts_with("/body/errors")
                || at == "/headers/content-type"
        },
    },
    Reason {
        why: "upstream starts an agent again that calls itself; ours does not",
        holds: |case| own_calls(&case.asking).any(|call| !is_unread(&call)),
        covers: |at| {
            at.starts_with("/asked/1")
                || at.starts_with("/body/errors")
                || ["/messages/", "/metaEvents"]
                    .iter()
                    .any(|it| at.contains(it))
        },
    },
    Reason {
        why: "upstream hangs calls on a message that is not the assistant's; ours have one of their own",
        holds: |case| calls_of_others(&case.asking.data()["messages"]),
        covers: |at| at.starts_with("/asked/0/body/messages"),
    },
];

impl Reason {
    /// Why a case is as it is, if all of its differences are known.
    pub fn of(case: &Case, differences: &[String]) -> Option<&'static str> {
        let holding: Vec<_> = REASONS.iter().filter(|it| (it.holds)(case)).collect();
        let mut why = None;
        for difference in differences {
            let at = difference.lines().next().unwrap_or_default();
            let reason = holding.iter().find(|reason| (reason.covers)(at))?;
            why = why.or(Some(reason.why));
        }
        why
    }
}

/// Why upstream's answer never ends, if that is known before it is asked. `endless.rs` has the other reasons, which are
/// about what an operation does not select; here each selects enough.
pub fn endless(asking: &Asking) -> Option<&'static str> {
    // Upstream's executor starts the agent again with them, and who reads its answer waits for the end of that.
    own_calls(asking).any(|call| is_unread(&call)).then_some(
        "upstream never ends where an agent calls itself with arguments that are no JSON",
    )
}

/// The calls that an agent makes of itself.
fn own_calls(asking: &Asking) -> impl Iterator<Item = ScriptedCall> {
    let own = asking.session()["agentName"].clone();
    let calls = asking.script.calls();
    calls.filter(move |call| call.ended && call.name == own)
}

fn is_unread(call: &ScriptedCall) -> bool {
    serde_json::from_str::<Value>(&call.read).is_err()
}

/// Whether a call among these messages names one before it that no assistant wrote as its parent.
fn calls_of_others(messages: &Value) -> bool {
    let messages = messages.as_array().map_or(&[][..], Vec::as_slice);
    let of_another = |(at, message): (usize, &Value)| {
        let parent = &message["actionExecutionMessage"]["parentMessageId"];
        let mut before = messages[..at].iter();
        let parent = before.find(|it| it["id"] == *parent);
        parent.is_some_and(|it| {
            it["resultMessage"].is_object()
                || it["textMessage"]["role"]
                    .as_str()
                    .is_some_and(|role| role != "assistant")
        })
    };
    messages.iter().enumerate().any(of_another)
}

fn nothing_deferred(body: &str) -> bool {
    let Ok((payloads, _)) = payloads::multipart(body) else {
        return false;
    };
    let records = payloads.iter().skip(1);
    let mut records =
        records.flat_map(|payload| payload["incremental"].as_array().into_iter().flatten());
    records.all(|record| record["data"] == Value::Object(Default::default()))
}
