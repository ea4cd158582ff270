//! What one client of a soak does: a run with all that may come between, or a look at what there is.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use super::answer::{self, Answer};
use super::requests::{Face, OWNERS, connect, graphql, request, run, run_from};
use super::truth::{Ended, Run, Thread};
use super::upstream::{self, Fate};
use super::weather::Before;
use super::world::World;
use crate::support::http;

/// The query of every page that asks which agents there are.
const AGENTS: &str = "{ availableAgents { agents { name } } }";

/// One client, from its coming to its going.
pub struct Visit<'a> {
    world: &'a World,
    rng: StdRng,
    mark: usize,
    before: Before,
}

/// What a client does in the middle of its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whim {
    Stays,
    /// It goes away after so many pieces of the answer.
    Leaves(usize),
    Stops,
    /// It reads the thread in another window, too.
    Follows,
}

/// The run of a visit.
#[derive(Debug)]
struct Plan {
    face: Face,
    agent: &'static str,
    fate: Fate,
    whim: Whim,
    words: usize,
    pause: Duration,
    run: Run,
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
        let words = self.rng.random_range(5..60);
        let fate = match self.rng.random_range(0..20) {
            0..2 => Fate::Cut(self.rng.random_range(0..words)),
            2 => Fate::Refused,
            3 => Fate::Garbage,
            4 => Fate::Unreachable,
            5 => Fate::Slow,
            _ => Fate::Whole,
        };
        let agent = match fate {
            Fate::Refused | Fate::Garbage => "broken",
            Fate::Unreachable => "gone",
            _ => ["default", "agent"][self.rng.random_range(0..2)],
        };
        let face = match self.rng.random_range(0..10) {
            0..5 => Face::Rest,
            5..7 => Face::Envelope,
            _ => Face::GraphQl,
        };
        let whim = match self.rng.random_range(0..20) {
            0..4 => Whim::Leaves(self.rng.random_range(1..words)),
            4..6 => Whim::Stops,
            6..8 => Whim::Follows,
            _ => Whim::Stays,
        };
        Plan {
            face,
            agent,
            fate,
            whim,
            words,
            pause: Duration::from_millis(self.rng.random_range(2..25)),
            run: Run {
                mark: format!("{owner}-run-{}", self.mark),
                ended: match fate.is_good() {
                    true => Ended::Well(words),
                    false => Ended::Badly(fate.words(words)),
                },
                is_there: true,
                told: String::new(),
            },
        }
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
        let prompt = upstream::prompt(&plan.run.mark, plan.words, plan.pause, plan.fate);
        let (owner, mark) = (thread.owner, &plan.run.mark);
        let request = run(plan.face, owner, plan.agent, &thread.id, mark, &prompt);
        let pieces = match plan.whim {
            Whim::Leaves(pieces) => Some(pieces),
            _ => None,
        };
        let meanwhile = async || match plan.whim {
            Whim::Stops => self.stop(thread).await,
            Whim::Follows => self.follow(thread, &plan.run, plan.words).await,
            _ => {}
        };
        answer::read(self.world.address, request, pieces, meanwhile).await
    }

    /// What the run came to, seen by its client.
    fn judge(&self, plan: &mut Plan, answer: &Answer) {
        let tell = |what: &str| {
            self.world
                .count(format!("{:?} {}: {what}", plan.face, plan.fate.name()))
        };
        let code = answer.reply.code();
        if code != 200 {
            let told = format!("{plan:?}: {} {}", answer.reply.status, answer.reply.text());
            assert!(self.weather_was_bad(), "{told}");
            self.world
                .count(format!("weather: {}", answer.reply.status));
            (plan.run.ended, plan.run.is_there) = (Ended::Somewhere(plan.words), false);
            return;
        }
        let graphql = plan.face == Face::GraphQl;
        if answer.left {
            tell("the client left");
            // A GraphQL client takes its run along.
            if graphql || self.weather_was_bad() {
                (plan.run.ended, plan.run.is_there) = (Ended::Somewhere(plan.words), false);
            }
            return;
        }
        assert!(
            answer.reply.complete,
            "{plan:?} breaks off: {:?}",
            answer.reply
        );
        let said = answer.said(graphql);
        plan.run.told = format!("{:?} {said:?}", plan.face);
        if plan.whim == Whim::Stops {
            plan.run.ended = Ended::Somewhere(plan.words);
            // One that is stopped before it begins leaves nothing.
            plan.run.is_there = !said.text.is_empty();
        }
        if let Some(mistake) = plan.run.mistake(&said) {
            assert!(
                self.weather_was_bad() && said.has_failed(),
                "{plan:?}: {mistake}"
            );
            self.world.count(format!("weather: {}", said.end));
            (plan.run.ended, plan.run.is_there) = (Ended::Somewhere(plan.words), false);
            return;
        }
        if let (Ended::Badly(_), false) = (plan.run.ended, graphql) {
            // Upstream's models give no code.
            let code = match plan.agent {
                "default" => "RUN_ERROR without a code",
                _ => "RUN_ERROR INCOMPLETE_STREAM",
            };
            assert!(said.end == code || self.weather_was_bad(), "{plan:?}");
        }
        let stopped = if plan.whim == Whim::Stops {
            ", stopped"
        } else {
            ""
        };
        tell(&format!("{}{stopped}", said.end));
    }

    async fn stop(&self, thread: &Thread) {
        let path = format!("/agent/agent/stop/{}", thread.id);
        let request = request(thread.owner, "POST", &path, "{}");
        let reply = http::ask(self.world.address, request).await;
        let told = format!("a stop: {} {}", reply.status, reply.text());
        assert!(reply.code() == 200 || self.weather_was_bad(), "{told}");
    }

    /// Reads a thread to the end of the run that goes on there.
    async fn follow(&self, thread: &Thread, run: &Run, words: usize) {
        let mut now = Thread {
            runs: thread.runs.clone(),
            id: thread.id.clone(),
            ..*thread
        };
        now.changed_at = self.world.created();
        now.runs.push(Run {
            is_there: false,
            ended: match self.weather_was_bad() {
                true => Ended::Somewhere(words),
                false => run.ended,
            },
            ..run.clone()
        });
        self.check(&now).await;
        self.world.count("followed");
    }

    /// That what is kept of a thread is what its clients saw.
    async fn check(&self, thread: &Thread) {
        let face = [Face::Rest, Face::Envelope][self.mark % 2];
        let request = connect(face, thread.owner, &thread.id);
        let answer = answer::read(self.world.address, request, None, async || {}).await;
        if answer.reply.code() != 200 && self.weather_was_bad() {
            return self.world.count("weather: connect");
        }
        assert!(answer.reply.complete, "{:?} breaks off", answer.reply);
        assert_eq!(answer.reply.code(), 200, "{:?}", answer.reply);
        self.is_own(thread.owner, answer.reply.text());
        let kept = answer.runs();
        if let Some(mistake) = thread.mistake(&kept, self.world.created()) {
            panic!("{} of {}: {mistake}", thread.id, thread.owner);
        }
        self.world
            .count(if kept.is_empty() { "gone" } else { "connected" });
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
        let prompt = upstream::prompt(&plan.run.mark, plan.words, plan.pause, plan.fate);
        let request = run(
            plan.face,
            thread.owner,
            plan.agent,
            &thread.id,
            &plan.run.mark,
            &prompt,
        );
        let patience = Duration::from_micros(self.rng.random_range(0..3000));
        let reading = answer::read(self.world.address, request, None, async || {});
        let _ = tokio::time::timeout(patience, reading).await;
        self.world.count("gone in the doorway");
    }

    /// One more run on a thread, which nothing is to keep from ending well.
    pub async fn runs_once_more(mut self, mut thread: Thread) {
        let mut plan = self.plan(thread.owner);
        (plan.fate, plan.whim, plan.agent) = (Fate::Whole, Whim::Stays, "agent");
        plan.run.ended = Ended::Well(plan.words);
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
