//! What one client of a soak does: a run with all that may come between, or a look at what there is.

use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use super::answer::{self, Answer};
use super::plan::{Plan, Whim};
use super::requests::{Face, OWNERS, connect, graphql, request, run_from};
use super::truth::{Ended, Run, Thread};
use super::upstream::{self, Fate};
use super::weather::Before;
use super::world::World;
use crate::support::http::{self, PATIENCE};

/// The query of every page that asks which agents there are.
const AGENTS: &str = "{ availableAgents { agents { name } } }";

/// One client, from its coming to its going.
pub struct Visit<'a> {
    world: &'a World,
    rng: StdRng,
    mark: usize,
    before: Before,
}

impl<'a> Visit<'a> {
    pub fn new(world: &'a World, seed: u64, number: usize) -> Self {
        Self {
            world,
            rng: StdRng::seed_from_u64((seed << 32) + number as u64),
            mark: number,
            before: world.weather.now(),
        }
    }

    /// Comes, does something, and goes.
    pub async fn go(mut self) {
        match self.rng.random_range(0..100) {
            0..72 => self.runs().await,
            72..82 => self.comes_back().await,
            82..92 => self.looks_around().await,
            92..96 => self.deletes().await,
            _ => self.goes_in_the_doorway().await,
        }
    }

    fn weather_was_bad(&self) -> bool {
        self.world.weather.was_bad_since(self.before)
    }

    fn plan(&mut self, owner: &str) -> Plan {
        Plan::by_chance(&mut self.rng, owner, self.mark)
    }

    /// A run on a thread, and, now and then, a look at what was kept of it.
    async fn runs(&mut self) {
        let mut thread = self.world.thread(&mut self.rng);
        let mut plan = self.plan(thread.owner);
        let answer = self.asks(&thread, &plan).await;
        self.judge(&mut plan, &answer);
        thread.runs.push(plan.run);
        thread.changed_at = self.world.created();
        if answer.left || self.rng.random_bool(0.3) {
            self.check(&thread).await;
        }
        self.world.give_back(thread);
    }

    async fn asks(&self, thread: &Thread, plan: &Plan) -> Answer {
        let pieces = match plan.whim {
            Whim::Leaves(pieces) => Some(pieces),
            _ => None,
        };
        let meanwhile = async || match plan.whim {
            Whim::Stops => self.stop(thread).await,
            Whim::Follows => self.follow(thread, plan).await,
            _ => {}
        };
        answer::read(self.world.address, plan.request(thread), pieces, meanwhile).await
    }

    /// What the run came to, seen by its client.
    fn judge(&self, plan: &mut Plan, answer: &Answer) {
        let (reply, graphql) = (&answer.reply, plan.face == Face::GraphQl);
        if reply.code() != 200 {
            let told = format!("{plan:?}: {} {}", reply.status, reply.text());
            return self.excuse(plan, &reply.status, &told);
        }
        if answer.left {
            self.tell(plan, "the client left");
            // A GraphQL client takes its run along.
            if graphql || self.weather_was_bad() {
                plan.is_anywhere();
            }
            return;
        }
        assert!(reply.complete, "{plan:?} breaks off: {reply:?}");
        let said = answer.said(graphql);
        plan.run.told = format!("{:?} {said:?}", plan.face);
        if plan.whim == Whim::Stops {
            plan.run.ended = Ended::Somewhere(plan.words);
            // One that is stopped before it begins leaves nothing.
            plan.run.is_there = !said.text.is_empty();
        }
        if let Some(mistake) = plan.run.mistake(&said) {
            assert!(said.has_failed(), "{mistake}");
            return self.excuse(plan, &said.end, &mistake);
        }
        if let (Ended::Badly(_), false) = (plan.run.ended, graphql) {
            let is_right = said.end == plan.failure() || self.weather_was_bad();
            assert!(is_right, "{plan:?}");
        }
        self.tell(plan, &said.end);
    }

    fn tell(&self, plan: &Plan, what: &str) {
        let (face, fate) = (plan.face, plan.fate.name());
        let stopped = match plan.whim {
            Whim::Stops => ", stopped",
            _ => "",
        };
        self.world
            .count(format!("{face:?} {fate}: {what}{stopped}"));
    }

    /// Only the weather may be the reason.
    fn excuse(&self, plan: &mut Plan, what: &str, told: &str) {
        assert!(self.weather_was_bad(), "{told}");
        self.world.count(format!("weather: {what}"));
        plan.is_anywhere();
    }

    async fn stop(&self, thread: &Thread) {
        let path = format!("/agent/agent/stop/{}", thread.id);
        let request = request(thread.owner, "POST", &path, "{}");
        let reply = http::ask(self.world.address, request).await;
        let told = format!("a stop: {} {}", reply.status, reply.text());
        assert!(reply.code() == 200 || self.weather_was_bad(), "{told}");
    }

    /// Reads a thread to the end of the run that goes on there.
    async fn follow(&self, thread: &Thread, plan: &Plan) {
        let mut now = Thread {
            runs: thread.runs.clone(),
            id: thread.id.clone(),
            changed_at: self.world.created(),
            owner: thread.owner,
        };
        now.runs.push(Run {
            is_there: false,
            ended: match self.weather_was_bad() {
                true => Ended::Somewhere(plan.words),
                false => plan.run.ended,
            },
            ..plan.run.clone()
        });
        self.check(&now).await;
        self.world.count("followed");
    }

    /// That what is kept of a thread is what its clients saw: at once, but for what a store could not take in bad weather.
    async fn check(&self, thread: &Thread) {
        let since = Instant::now();
        while let Some(mistake) = self.mistake(thread).await {
            let may_come = self.weather_was_bad() && since.elapsed() < PATIENCE;
            assert!(may_come, "{} of {}: {mistake}", thread.id, thread.owner);
            self.world.count("weather: looked again");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    async fn mistake(&self, thread: &Thread) -> Option<String> {
        let face = [Face::Rest, Face::Envelope][self.mark % 2];
        let request = connect(face, thread.owner, &thread.id);
        let answer = answer::read(self.world.address, request, None, async || {}).await;
        let reply = &answer.reply;
        if reply.code() != 200 {
            return Some(format!("{} {}", reply.status, reply.text()));
        }
        assert!(reply.complete, "{reply:?} breaks off");
        self.is_own(thread.owner, reply.text());
        let kept = answer.runs();
        let outcome = if kept.is_empty() { "gone" } else { "connected" };
        self.world.count(outcome);
        thread.mistake(&kept)
    }

    /// That none of this is the other owner's.
    fn is_own(&self, owner: &str, text: &str) {
        for other in OWNERS.iter().filter(|it| **it != owner) {
            let foreign = format!("{other}-run-");
            assert!(!text.contains(&foreign), "{owner} sees {other}'s: {text}");
        }
    }

    async fn comes_back(&mut self) {
        let Some(thread) = self.world.known(&mut self.rng) else {
            return;
        };
        self.check(&thread).await;
        self.world.give_back(thread);
    }

    /// Lists and pages that anybody may look at while runs go on.
    async fn looks_around(&mut self) {
        let owner = OWNERS[self.rng.random_range(0..2)];
        let thread = self.rng.random_range(0..=self.world.created()) / OWNERS.len();
        let paths = [
            "/threads?limit=20".to_owned(),
            "/info".to_owned(),
            format!("/threads/t{thread}/messages"),
            format!("/threads/t{thread}/state"),
            format!("/threads/t{thread}/events"),
            String::new(),
        ];
        let path = &paths[self.rng.random_range(0..paths.len())];
        let request = match path.is_empty() {
            true => graphql(owner, &json!({"query": AGENTS})),
            false => request(owner, "GET", path, ""),
        };
        let reply = http::ask(self.world.address, request).await;
        let told = format!("{path:?}: {reply:?}");
        assert!(
            reply.code() == 200 && reply.complete || self.weather_was_bad(),
            "{told}"
        );
        self.is_own(owner, reply.text());
        if path.starts_with("/threads?") && reply.code() == 200 {
            let listed = reply.json();
            let ids = listed["threads"].as_array().expect("threads").iter();
            let mut ids: Vec<_> = ids.map(|it| it["id"].as_str()).collect();
            let all = ids.len();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), all, "a thread is listed twice: {listed}");
        }
        self.world.count("looked around");
    }

    async fn deletes(&mut self) {
        let Some(mut thread) = self.world.known(&mut self.rng) else {
            return;
        };
        let path = format!("/threads/{}", thread.id);
        let reply = http::ask(
            self.world.address,
            request(thread.owner, "DELETE", &path, ""),
        )
        .await;
        let told = format!("{path}: {} {}", reply.status, reply.text());
        // It may have been too old already.
        assert!(
            [200, 404].contains(&reply.code()) || self.weather_was_bad(),
            "{told}"
        );
        if reply.code() == 200 {
            thread.runs.clear();
            self.check(&thread).await;
            self.world.count("deleted");
            self.world.give_back(thread);
        }
    }

    /// Asks for a run, and is gone before there is any answer. Nobody knows what came of it.
    async fn goes_in_the_doorway(&mut self) {
        let thread = self.world.new_thread();
        let plan = self.plan(thread.owner);
        let request = plan.request(&thread);
        let patience = Duration::from_micros(self.rng.random_range(0..3000));
        let reading = answer::read(self.world.address, request, None, async || {});
        let _ = tokio::time::timeout(patience, reading).await;
        self.world.count("gone in the doorway");
    }

    /// One more run on a thread, which nothing is to keep from ending well.
    pub async fn runs_once_more(mut self, mut thread: Thread) {
        let mut plan = self.plan(thread.owner).that_ends_well();
        let answer = self.asks(&thread, &plan).await;
        self.judge(&mut plan, &answer);
        thread.runs.push(plan.run);
        thread.changed_at = self.world.created();
        self.check(&thread).await;
    }
}

/// Makes threads with much on them and deletes them again, so that the database has pages to give back.
pub async fn comes_and_goes(world: &World, number: u64, bytes: usize) {
    let (owner, before) = (OWNERS[0], world.weather.now());
    let threads: Vec<_> = (0..6).map(|it| format!("large{number}-{it}")).collect();
    for thread in &threads {
        let prompt = upstream::prompt(thread, 3, Duration::ZERO, Fate::Whole);
        let request = run_from(owner, thread, thread, &prompt, bytes);
        let answer = answer::read(world.address, request, None, async || {}).await;
        let is_well = answer.reply.code() == 200 && answer.said(false).has_finished();
        let told = format!("{thread}: {}", answer.reply.status);
        assert!(is_well || world.weather.was_bad_since(before), "{told}");
    }
    for thread in &threads {
        let path = format!("/threads/{thread}");
        let reply = http::ask(world.address, request(owner, "DELETE", &path, "")).await;
        let is_well = reply.code() == 200 || world.weather.was_bad_since(before);
        assert!(is_well, "{path}: {reply:?}");
    }
    world.count("large threads that came and went");
}
