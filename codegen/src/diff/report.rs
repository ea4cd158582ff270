//! The differences for people: the worst first.

use super::{Change, Diff, Severity};

/// Lays out the differences between what is called `old` and `new`.
pub fn human(diff: &Diff, old: &str, new: &str) -> String {
    let mut text = format!("{old} → {new}: {}\n", plural(diff.changes.len(), "change"));
    for (who, severity) in [
        ("clients", clients as fn(&Change) -> Severity),
        ("resolvers", resolvers),
    ] {
        if !diff.changes.is_empty() {
            text.push_str(&format!("  for {who:<10} {}\n", tally(diff, severity)));
        }
    }
    for severity in [Severity::Breaking, Severity::Dangerous, Severity::Safe] {
        let group: Vec<&Change> = diff
            .changes
            .iter()
            .filter(|change| change.worst() == severity)
            .collect();
        if !group.is_empty() {
            text.push_str(&format!("\n{}\n", word(severity).to_uppercase()));
            group
                .iter()
                .for_each(|change| text.push_str(&lines(change)));
        }
    }
    if diff.descriptions > 0 {
        text.push_str(&format!(
            "\n{} changed, which hurts nobody.\n",
            plural(diff.descriptions, "description")
        ));
    }
    text
}

fn lines(change: &Change) -> String {
    let whom = match (change.clients, change.resolvers) {
        (clients, resolvers) if clients == resolvers => format!("{} for both", word(clients)),
        (clients, resolvers) => {
            format!("clients: {}, resolvers: {}", word(clients), word(resolvers))
        }
    };
    format!("  {}  ({whom})\n      {}\n", change.path, change.message)
}

fn tally(diff: &Diff, severity: fn(&Change) -> Severity) -> String {
    let count = |wanted| {
        diff.changes
            .iter()
            .filter(|change| severity(change) == wanted)
            .count()
    };
    let counts = [Severity::Breaking, Severity::Dangerous, Severity::Safe]
        .map(|wanted| format!("{} {}", count(wanted), word(wanted)));
    counts.join(", ")
}

fn clients(change: &Change) -> Severity {
    change.clients
}

fn resolvers(change: &Change) -> Severity {
    change.resolvers
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Safe => "safe",
        Severity::Dangerous => "dangerous",
        Severity::Breaking => "breaking",
    }
}

fn plural(count: usize, word: &str) -> String {
    match count {
        0 => format!("no {word}s"),
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    }
}
