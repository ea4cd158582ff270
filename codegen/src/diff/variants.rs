//! What can be one of several: values of enums, members of unions.

use super::{
    Diff,
    Severity::{Breaking, Dangerous, Safe},
    matched,
};
use crate::sdl::TypeDef;

/// Compares the values of an enum. The server's code matches them without a wildcard, so each new one is a place to mend.
pub fn values(is_input: bool, was: &TypeDef, now: &TypeDef, diff: &mut Diff) {
    let values = matched(&was.values, &now.values, |value| &value.name.text);
    let path = |name: &str| format!("{}.{name}", was.name.text);
    for value in values.removed {
        // What only the server sends, no client misses.
        let clients = if is_input { Breaking } else { Safe };
        diff.push(
            "value-removed",
            path(&value.name.text),
            "value removed",
            clients,
            Breaking,
        );
    }
    for (was, now) in values.kept {
        diff.description(&was.description, &now.description);
        if was.deprecation != now.deprecation {
            diff.push(
                "deprecation-changed",
                path(&was.name.text),
                "deprecation changed",
                Safe,
                Safe,
            );
        }
    }
    for value in values.added {
        diff.push(
            "value-added",
            path(&value.name.text),
            "value added, which old clients may not know",
            Dangerous,
            Breaking,
        );
    }
}

/// Compares the members of a union.
pub fn members(was: &TypeDef, now: &TypeDef, diff: &mut Diff) {
    let members = matched(&was.members, &now.members, |member| &member.text);
    for member in members.removed {
        diff.push(
            "member-removed",
            &was.name.text,
            format!("can no longer be {}", member.text),
            Breaking,
            Breaking,
        );
    }
    for member in members.added {
        let message = format!(
            "may now be {}, which no fragment of an old client covers",
            member.text
        );
        diff.push("member-added", &was.name.text, message, Dangerous, Breaking);
    }
}
