//! Upstream's runtime 1.10.6 and this binary, asked the same: operations that are made up, on an upstream that is, and the same
//! canonical answer from both, or a listed reason why not.
//!
//! `DIFFERENTIAL_OPERATIONS=10000` asks for more than on every day, `DIFFERENTIAL_SEED` for the same again: that of one operation
//! is told where it fails.

mod endless;
mod reasons;
mod upstream;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use self::reasons::{Reason, endless};
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

/// How long an answer of upstream's may take that is known to have no end.
const ENDLESS: Duration = Duration::from_millis(500);
/// How many operations are asked on every day, and which: the same, so that a day's failure is of that day's change.
const OPERATIONS: u64 = 100;
const SEED: u64 = 1;

/// Both runtimes, on one upstream.
struct World {
    upstream: Upstream,
    theirs: Scripted,
    ours: Binary,
}

impl World {
    async fn new() -> Self {
        let upstream = Upstream::start().await;
        let url = upstream.url();
        let theirs = Scripted::runtime(&url);
        let agents = ["agent", "other"].map(|name| {
            format!("[agents.{name}]\ntype = \"ag-ui\"\nurl = \"{url}/{name}\"\ndescription = \"agent {name}\"\n")
        });
        let model = model_at(&format!("{url}/v1")) + "max_retries = 0\n";
        // Upstream has no limit, and operations that are made up have more names than an application's.
        let limits = "[limits]\nquery_aliases = 10000\n";
        let ours = Binary::start(&config(&(model + &agents.concat() + limits))).await;
        Self {
            upstream,
            theirs,
            ours,
        }
    }

    /// Asks both for this; upstream may take so long.
    async fn both(&self, body: &str, script: &Script, patience: Duration) -> (Side, Side) {
        let asking = http::ask(self.ours.address, requests::post(body));
        let ours = Side::from(self.upstream.script(script.clone(), asking, 0).await);
        let asking = http::ask_for(self.theirs.address, requests::post(body), patience);
        // Some of upstream's answers are there before it has asked anybody.
        let wanted = ours.asked.len();
        let theirs = Side::from(self.upstream.script(script.clone(), asking, wanted).await);
        (theirs, ours)
    }
}

/// What is asked.
struct Asking {
    seed: u64,
    operation: Operation,
    variables: Value,
    script: Script,
}

impl Asking {
    fn random(seed: u64) -> Self {
        let mut choices = Choices::seeded(seed);
        let script = Script::random(&mut choices);
        let operation = Operation::random(&mut choices, Inputs::Usual);
        Self {
            seed,
            variables: operation.body(true)["variables"].clone(),
            operation,
            script,
        }
    }

    async fn answered(self, world: &World) -> Case {
        let body = self.operation.body(true).to_string();
        // Nobody remembers what another operation was about.
        let body = body.replace("thread-", &format!("thread-{}-", self.seed));
        let patience = endless(&self).map_or(http::PATIENCE, |_| ENDLESS);
        let (theirs, ours) = world.both(&body, &self.script, patience).await;
        Case {
            asking: self,
            theirs,
            ours,
        }
    }

    /// The argument of `generateCopilotResponse`, if it is that.
    fn data(&self) -> &Value {
        let variables = self.variables.as_object().into_iter().flatten();
        let mut data = variables.filter(|(name, _)| name.starts_with("data"));
        data.next().map_or(&Value::Null, |(_, value)| value)
    }

    fn session(&self) -> &Value {
        &self.data()["agentSession"]
    }
}

/// What both made of it.
struct Case {
    asking: Asking,
    theirs: Side,
    ours: Side,
}

/// One runtime's answer, and what it asked for it.
struct Side {
    reply: Reply,
    asked: Vec<Value>,
}

impl From<(Reply, Vec<Value>)> for Side {
    fn from((reply, asked): (Reply, Vec<Value>)) -> Self {
        Self { reply, asked }
    }
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
    /// Why they differ, if they do and it is known; or what they differ in.
    fn verdict(&self) -> Result<Option<&'static str>, Vec<String>> {
        if !self.ours.reply.complete {
            return Err(vec!["ours has no end".to_owned()]);
        }
        if !self.theirs.reply.complete {
            let why = endless(&self.asking);
            return why
                .map(Some)
                .ok_or_else(|| vec!["theirs has no end".to_owned()]);
        }
        let differences = self.differences();
        if differences.is_empty() {
            return Ok(None);
        }
        Reason::of(self, &differences).map(Some).ok_or(differences)
    }

    fn differences(&self) -> Vec<String> {
        match (self.theirs.canonical(), self.ours.canonical()) {
            (Ok(theirs), Ok(ours)) => diff(&theirs, &ours),
            (_, Err(error)) => vec![format!("ours: {error}")],
            (Err(error), _) => vec![format!("theirs: {error}")],
        }
    }

    fn told(&self, differences: &[String]) -> String {
        let Asking {
            seed,
            operation,
            variables,
            script,
        } = &self.asking;
        format!(
            "== DIFFERENTIAL_SEED={seed} DIFFERENTIAL_OPERATIONS=1\n{}\n{variables}\nscript: {script}\n{}\n\
             theirs: {}\nours: {}",
            operation.text(true),
            differences.join("\n"),
            self.theirs.reply.text(),
            self.ours.reply.text(),
        )
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
    let world = World::new().await;
    let seed = from_environment("DIFFERENTIAL_SEED", SEED);
    let operations = from_environment("DIFFERENTIAL_OPERATIONS", OPERATIONS);
    let (mut same, mut listed, mut failures) = (0, BTreeMap::<&str, u64>::new(), Vec::new());
    for seed in seed..seed + operations {
        let case = Asking::random(seed).answered(&world).await;
        match case.verdict() {
            Ok(None) => same += 1,
            Ok(Some(reason)) => *listed.entry(reason).or_default() += 1,
            Err(differences) => failures.push(case.told(&differences)),
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
