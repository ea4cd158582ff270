//! Upstream's runtime 1.10.6 and this binary, asked the same: operations that are made up, on an upstream that is, and the same
//! canonical answer from both, or a listed reason why not.
//!
//! `DIFFERENTIAL_OPERATIONS=10000` asks for more than on every day, `DIFFERENTIAL_SEED` for the same again: that of one operation
//! is told where it fails.

mod reasons;
mod upstream;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use self::reasons::Reason;
use self::upstream::{Script, Upstream};
use crate::support::canonical::canonical;
use crate::support::choices::Choices;
use crate::support::diff::diff;
use crate::support::http::{self, Reply};
use crate::support::npm;
use crate::support::operations::{Inputs, Operation};
use crate::support::requests;
use crate::support::server::{Binary, config, model_at};
use crate::support::upstream::Scripted;

/// How long an answer of upstream's may take; some never end.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many operations are asked on every day, and which: the same, so that a day's failure is of that day's change.
const OPERATIONS: u64 = 40;
const SEED: u64 = 1;

/// One operation, and what both made of it.
struct Case {
    operation: Operation,
    script: Script,
    theirs: Side,
    ours: Side,
}

/// One runtime's answer, and what it asked for it.
struct Side {
    reply: Reply,
    asked: Vec<Value>,
}

impl Side {
    /// The answer in canonical form, with what was asked for it. Of one in parts it is what they make together: how fragments
    /// that are late at the same time come one after the other is told by no specification.
    fn canonical(&self) -> Result<Value, String> {
        let mut canonical = canonical(&self.reply.answer())?;
        if let Some(merged) = canonical["body"].get("merged") {
            canonical["body"] = merged.clone();
        }
        canonical["asked"] = self.asked.clone().into();
        Ok(canonical)
    }
}

impl Case {
    async fn new(seed: u64, upstream: &Upstream, theirs: &Scripted, ours: &Binary) -> Self {
        let mut choices = Choices::seeded(seed);
        let script = Script::random(&mut choices);
        let operation = Operation::random(&mut choices, Inputs::Usual);
        let body = operation.body(true).to_string();
        // Nobody remembers what another operation was about.
        let body = body.replace("thread-", &format!("thread-{seed}-"));
        let asking = http::ask(ours.address, requests::post(&body));
        let ours = Side::from(upstream.script(script.clone(), asking, 0).await);
        let asking = http::ask_for(theirs.address, requests::post(&body), PATIENCE);
        // Some of upstream's answers are there before it has asked anybody.
        let wanted = ours.asked.len();
        let theirs = Side::from(upstream.script(script.clone(), asking, wanted).await);
        Self {
            operation,
            script,
            theirs,
            ours,
        }
    }

    /// What differs.
    fn differences(&self) -> Vec<String> {
        match (self.theirs.canonical(), self.ours.canonical()) {
            (Ok(theirs), Ok(ours)) => diff(&theirs, &ours),
            (_, Err(error)) => vec![format!("ours: {error}")],
            (Err(error), _) => vec![format!("theirs: {error}")],
        }
    }

    fn told(&self, seed: u64, differences: &[String]) -> String {
        format!(
            "== DIFFERENTIAL_SEED={seed} DIFFERENTIAL_OPERATIONS=1\n{}\n{}\nscript: {}\n{}",
            self.operation.text(true),
            self.operation.body(true)["variables"],
            self.script,
            differences.join("\n")
        )
    }
}

impl From<(Reply, Vec<Value>)> for Side {
    fn from((reply, asked): (Reply, Vec<Value>)) -> Self {
        Self { reply, asked }
    }
}

fn from_environment(name: &str, default: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(default, |text| {
        text.parse().unwrap_or_else(|_| panic!("{name}: a number"))
    })
}

#[tokio::test]
async fn both_runtimes_answer_the_same() {
    if !npm::runtime() {
        return;
    }
    let upstream = Upstream::start().await;
    let theirs = Scripted::runtime(&upstream.url());
    let agents = ["agent", "other"].map(|name| {
        format!("[agents.{name}]\ntype = \"ag-ui\"\nurl = \"{}/{name}\"\ndescription = \"agent {name}\"\n", upstream.url())
    });
    let model = model_at(&format!("{}/v1", upstream.url())) + "max_retries = 0\n";
    let ours = Binary::start(&config(&(model + &agents.concat()))).await;
    let seed = from_environment("DIFFERENTIAL_SEED", SEED);
    let operations = from_environment("DIFFERENTIAL_OPERATIONS", OPERATIONS);
    let (mut same, mut listed, mut failures) = (0, BTreeMap::<&str, u64>::new(), Vec::new());
    for seed in seed..seed + operations {
        let case = Case::new(seed, &upstream, &theirs, &ours).await;
        assert!(case.ours.reply.complete, "no end: {}", case.told(seed, &[]));
        let differences = case.differences();
        if differences.is_empty() {
            same += 1;
        } else if let Some(reason) = Reason::of(&case, &differences) {
            *listed.entry(reason).or_default() += 1;
        } else {
            failures.push(case.told(seed, &differences));
        }
    }
    println!(
        "{operations} operations from seed {seed} on: {same} have the same answer; {listed:#?}"
    );
    assert!(
        failures.is_empty(),
        "{} of {operations} differ\n{}",
        failures.len(),
        failures.join("\n")
    );
}
