//! A server under mixed load for a while: clients that come and go at any moment, agents that break off, a database that is
//! locked, configurations that change. Every run ends as it has to, nobody sees another's words, and what the server
//! takes of memory, files and tasks does not grow.
//!
//! `SOAK_SECONDS=7200` goes on for longer than on every day; `SOAK_RATE` is how many clients come in a minute,
//! `SOAK_SEED` makes their choices, `SOAK_STORE` is `sqlite`, `postgres` or `redis`, `SOAK_BINARY` names another binary, such
//! as a release build, and `SOAK_REPORT` a file for the figures; those of every sample are beside it, in `.csv`.

mod answer;
mod figures;
mod knobs;
mod plan;
mod requests;
mod truth;
mod upstream;
mod visits;
mod weather;
mod world;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{MissedTickBehavior, interval};

use self::figures::Watch;
use self::knobs::{Knobs, config};
use self::requests::{ADMIN, OWNERS, key, variable};
use self::visits::Visit;
use self::weather::Ground;
use self::world::World;
use crate::support::database::Database;
use crate::support::model::Model;
use crate::support::server::Binary;

/// More clients than this are not let in at once: they would be more than the load that was asked for.
const AT_ONCE: usize = 150;
/// So many failures are enough to look at.
const FAILURES: usize = 20;
/// The log's word for a configuration that is served.
const RELOADED: &str = "the configuration was reloaded";

/// One soak.
struct Soak {
    knobs: Knobs,
    ground: Arc<Ground>,
    model: Model,
    server: Binary,
    world: Arc<World>,
    watch: Watch,
    clients: JoinSet<()>,
    disturbances: JoinSet<()>,
    rng: StdRng,
    come: usize,
    failures: Vec<String>,
}

impl Soak {
    async fn start(knobs: Knobs, database: Database) -> Self {
        eprintln!("SOAK_SEED={} SOAK_SECONDS={}", knobs.seed, knobs.seconds);
        let (ground, model) = (Ground::of(database).await, upstream::start().await);
        let env = [OWNERS[0], OWNERS[1], ADMIN].map(|owner| (variable(owner), key(owner)));
        let env = env.each_ref().map(|(name, value)| (&**name, &**value));
        let config = config(&ground, &model, 0);
        let server = match &knobs.binary {
            Some(binary) => Binary::start_other(binary, &config, &env).await,
            None => Binary::start_in(&config, &env).await,
        };
        Self {
            world: Arc::new(World::of(server.address)),
            watch: Watch::of(server.id(), ground.file()),
            rng: StdRng::seed_from_u64(knobs.seed),
            knobs,
            ground: Arc::new(ground),
            model,
            server,
            clients: JoinSet::new(),
            disturbances: JoinSet::new(),
            come: 0,
            failures: Vec::new(),
        }
    }

    /// The load, until the time is over.
    async fn load(&mut self) {
        let begun = Instant::now();
        let mut rests = self.knobs.rests().into_iter();
        let mut rest = rests.next();
        let mut comes = interval(self.knobs.client_every());
        let mut sample = interval(self.knobs.sample_every());
        let mut disturb = interval(self.knobs.disturbed_every());
        for it in [&mut comes, &mut sample, &mut disturb] {
            it.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        let mut disturbances = 0;
        disturb.tick().await;
        while let Some(next) = rest {
            tokio::select! {
                _ = comes.tick() => self.client(),
                _ = sample.tick() => {
                    self.watch.look(&self.world).await;
                    self.report("");
                }
                _ = disturb.tick() => {
                    disturbances += 1;
                    self.disturb(disturbances).await;
                }
            }
            while let Some(client) = self.clients.try_join_next() {
                self.left(client);
            }
            if begun.elapsed() >= next || self.failures.len() > FAILURES {
                self.rest().await;
                rest = rests.next().filter(|_| self.failures.len() <= FAILURES);
            }
        }
    }

    fn client(&mut self) {
        if self.clients.len() >= AT_ONCE {
            return self.world.count("too many at once");
        }
        self.come += 1;
        let (world, seed, number) = (self.world.clone(), self.knobs.seed, self.come);
        self.clients
            .spawn(async move { Visit::new(&world, seed, number).go().await });
    }

    fn left(&mut self, client: Result<(), JoinError>) {
        let Err(error) = client else { return };
        let panic = error.into_panic();
        let told = panic.downcast_ref::<String>().cloned();
        let told = told.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()));
        let seconds = self.watch.seconds();
        self.failures.push(format!(
            "after {seconds:.0} s: {}",
            told.unwrap_or_default()
        ));
    }

    /// In turns: a database out of reach, much that comes and goes, and another configuration.
    async fn disturb(&mut self, number: u64) {
        let world = self.world.clone();
        match number % 3 {
            0 => self.reload(number).await,
            1 => {
                let most = self.knobs.bad_weather();
                let time = self.rng.random_range(most / 4..most);
                let ground = self.ground.clone();
                let weather = async move { world.weather.is_bad(&ground, time).await };
                self.disturbances.spawn(weather);
                self.world.count("the database out of reach");
            }
            _ => {
                let bytes = self.knobs.large();
                let goes = async move { visits::comes_and_goes(&world, number, bytes).await };
                self.clients.spawn(goes);
            }
        }
    }

    async fn reload(&mut self, number: u64) {
        let before = self.server.log().matches(RELOADED).count();
        self.server
            .write(&config(&self.ground, &self.model, number));
        self.server.signal("HUP");
        self.server.logged(RELOADED, before + 1).await;
        self.world.count("reloaded");
    }

    /// Lets all that goes on end, and looks at what is left.
    async fn rest(&mut self) {
        while let Some(client) = self.clients.join_next().await {
            self.left(client);
        }
        while let Some(disturbance) = self.disturbances.join_next().await {
            disturbance.expect("the weather gets better");
        }
        self.watch.rest(&self.world).await;
    }

    fn report(&self, more: &str) -> String {
        let tally = self.world.tally();
        let tally: String = tally
            .iter()
            .map(|(what, count)| format!("{count:>8} {what}\n"))
            .collect();
        let report = format!(
            "seed {}, {:.0} s, {} clients, {} failures\n{}{tally}{more}",
            self.knobs.seed,
            self.watch.seconds(),
            self.come,
            self.failures.len(),
            self.watch.table(),
        );
        if let Some(path) = &self.knobs.report {
            let text = format!("{report}{}\n", self.failures.join("\n"));
            write(path, &text);
            write(&path.with_extension("csv"), &self.watch.csv());
        }
        report
    }

    /// That threads are free, and what is kept is whole; then the end.
    async fn end(mut self) {
        let threads = self.world.all_threads();
        assert!(!threads.is_empty(), "nobody came");
        for thread in threads {
            self.come += 1;
            let (world, seed, number) = (self.world.clone(), self.knobs.seed, self.come);
            self.clients.spawn(async move {
                Visit::new(&world, seed, number)
                    .runs_once_more(thread)
                    .await;
            });
        }
        self.rest().await;
        self.server.signal("TERM");
        let code = self.server.ended().await;
        let clean = self.ground.is_clean().await;
        eprintln!(
            "{}",
            self.report(&format!("exit code {code:?}, {clean:?}\n"))
        );
        assert!(self.failures.is_empty(), "{}", self.failures.join("\n"));
        assert_eq!(code, Some(0), "it ends well");
        assert!(clean.is_ok(), "{clean:?}");
        let grew = self.watch.grew(self.knobs.is_long());
        assert!(grew.is_empty(), "{}", grew.join("\n"));
    }
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// A soak of this store, where it is asked for and there is one.
async fn stays_as_it_is(store: &str, database: impl FnOnce() -> Option<Database>) {
    let Some(knobs) = Knobs::read(store) else {
        return;
    };
    let Some(database) = database() else { return };
    let mut soak = Soak::start(knobs, database).await;
    soak.load().await;
    soak.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_under_mixed_load_stays_as_it_is_on_sqlite() {
    stays_as_it_is("sqlite", || Some(Database::sqlite())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_under_mixed_load_stays_as_it_is_on_postgres() {
    stays_as_it_is("postgres", Database::postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_under_mixed_load_stays_as_it_is_on_redis() {
    stays_as_it_is("redis", Database::redis).await;
}
