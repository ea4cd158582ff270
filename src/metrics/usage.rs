//! Who used how many tokens of which model: by owner, agent, model and day. No metric, whose labels would grow with the owners,
//! but an answer to who asks for it.
//!
//! It is what this process counted since it started, and no more than [`MOST`] rows of it: with several servers, each has its own.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use parking_lot::Mutex;
use serde::Serialize;

use crate::generated::agui::TokenUsage;
use crate::store::Owner;

/// How many rows are kept; the oldest days go first.
const MOST: usize = 100_000;
/// Of names that agents tell, this much is kept.
const LONGEST: usize = 100;

/// What was used.
#[derive(Debug)]
pub(super) struct UsageTable {
    since: DateTime<Utc>,
    rows: Mutex<BTreeMap<Key, Used>>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    day: NaiveDate,
    owner: String,
    agent: String,
    provider: Option<String>,
    model: Option<String>,
}

/// Sums, as AG-UI's `TokenUsage` counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Used {
    /// Runs that asked the model, or that told of none.
    runs: u64,
    input_tokens: u64,
    output_tokens: u64,
    total_tokens: u64,
    reasoning_tokens: u64,
    cached_input_tokens: u64,
    cache_write_input_tokens: u64,
}

/// One owner's use of one model through one agent on one day, in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    day: NaiveDate,
    owner: String,
    agent: String,
    provider: Option<String>,
    model: Option<String>,
    #[serde(flatten)]
    used: Used,
}

/// What is told of all that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct UsageReport {
    /// Since when it was counted.
    since: DateTime<Utc>,
    usage: Vec<Row>,
}

impl Default for UsageTable {
    fn default() -> Self {
        Self {
            since: Utc::now(),
            rows: Mutex::default(),
        }
    }
}

impl UsageTable {
    /// Adds what a run that has ended tells.
    pub(super) fn add(&self, day: NaiveDate, owner: &Owner, agent: &str, usage: &[TokenUsage]) {
        let key = |of: Option<&TokenUsage>| Key {
            day,
            owner: owner.as_str().to_owned(),
            agent: agent.to_owned(),
            provider: of.and_then(|it| it.provider.as_deref()).map(short),
            model: of.and_then(|it| it.model.as_deref()).map(short),
        };
        let mut rows = self.rows.lock();
        if usage.is_empty() {
            rows.entry(key(None)).or_default().runs += 1;
        }
        for told in usage {
            rows.entry(key(Some(told))).or_default().add(told);
        }
        while rows.len() > MOST {
            rows.pop_first();
        }
    }

    /// What was used from that day on, by this owner or by all.
    pub(super) fn report(&self, from: NaiveDate, owner: Option<&Owner>) -> UsageReport {
        let rows = self.rows.lock();
        let wanted = rows.iter().filter(|(key, _)| {
            key.day >= from && owner.is_none_or(|owner| owner.as_str() == key.owner)
        });
        let row = |(key, used): (&Key, &Used)| Row {
            day: key.day,
            owner: key.owner.clone(),
            agent: key.agent.clone(),
            provider: key.provider.clone(),
            model: key.model.clone(),
            used: *used,
        };
        UsageReport {
            since: self.since,
            usage: wanted.map(row).collect(),
        }
    }
}

impl Used {
    fn add(&mut self, told: &TokenUsage) {
        let count = |tokens: Option<i64>| u64::try_from(tokens.unwrap_or(0)).unwrap_or(0);
        self.runs += 1;
        for (sum, tokens) in [
            (&mut self.input_tokens, told.input_tokens),
            (&mut self.output_tokens, told.output_tokens),
            (&mut self.total_tokens, told.total_tokens),
            (&mut self.reasoning_tokens, told.reasoning_tokens),
            (&mut self.cached_input_tokens, told.cached_input_tokens),
            (
                &mut self.cache_write_input_tokens,
                told.cache_write_input_tokens,
            ),
        ] {
            *sum = sum.saturating_add(count(tokens));
        }
    }
}

fn short(name: &str) -> String {
    name.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
    }

    fn tokens(model: &str, input: i64) -> TokenUsage {
        TokenUsage {
            model: Some(model.to_owned()),
            input_tokens: Some(input),
            ..TokenUsage::new()
        }
    }

    #[test]
    fn days_owners_agents_and_models_are_told_apart_and_nobody_sees_anothers() {
        let table = UsageTable::default();
        let (ann, bob) = (Owner::new("ann"), Owner::new("bob"));
        table.add(day(1), &ann, "a", &[tokens("m", 10), tokens("n", 1)]);
        table.add(day(2), &ann, "a", &[tokens("m", 20)]);
        table.add(day(2), &ann, "a", &[tokens("m", -5)]);
        table.add(day(2), &bob, "a", &[]);
        let told = |from, owner| {
            let report = table.report(day(from), owner);
            let rows = report.usage.into_iter().map(|row| {
                let (runs, input) = (row.used.runs, row.used.input_tokens);
                json!([row.day, row.owner, row.model, runs, input])
            });
            rows.collect::<Vec<_>>()
        };
        let expected = [
            json!(["2026-11-01", "ann", "m", 1, 10]),
            json!(["2026-11-01", "ann", "n", 1, 1]),
            json!(["2026-11-02", "ann", "m", 2, 20]),
        ];
        assert_eq!(told(1, Some(&ann)), expected);
        assert_eq!(
            told(2, Some(&bob)),
            [json!(["2026-11-02", "bob", null, 1, 0])]
        );
        assert_eq!(told(1, None).len(), 4);
    }

    #[test]
    fn the_oldest_days_go_first() {
        let table = UsageTable::default();
        table.add(day(1), &Owner::new("old"), "a", &[]);
        for n in 0..MOST {
            table.add(day(2), &Owner::new(format!("o{n}")), "a", &[]);
        }
        let all = table.report(day(1), None).usage;
        assert_eq!(all.len(), MOST);
        assert!(all.iter().all(|row| row.owner != "old"));
    }
}
