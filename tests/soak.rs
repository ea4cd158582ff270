//! A server under mixed load for a while: clients that come and go at any moment, agents that break off, a database that is
//! locked, configurations that change. Every run ends as it has to, nobody sees another's words, and what the server
//! takes of memory, files and tasks does not grow.
//!
//! `SOAK_SECONDS=7200` goes on for longer than on every day; `SOAK_RATE` is how many clients come in a minute (600),
//! `SOAK_SEED` makes their choices, `SOAK_BINARY` names another binary, such as a release build, and `SOAK_REPORT` a file
//! for the figures; those of every sample are beside it, in `.csv`.

mod answer;
mod figures;
mod requests;
mod truth;
mod upstream;
mod visits;
mod weather;
mod world;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{MissedTickBehavior, interval};

use self::figures::Watch;
use self::requests::{ADMIN, OWNERS, key, keys, variable};
use self::truth::{RUNS_KEPT, THREADS_KEPT};
use self::visits::Visit;
use self::world::World;
use crate::support::agui::section;
use crate::support::database::Database;
use crate::support::model::Model;
use crate::support::server::{Binary, free_address, model_at};

/// More clients than this are not let in at once: they would be more than the load that was asked for.
const AT_ONCE: usize = 150;
/// So many failures are enough to look at.
const FAILURES: usize = 20;
/// From so many seconds on, figures under load are compared, too.
const LONG: u64 = 240;

/// What was asked for.
struct Knobs {
    seconds: u64,
    rate: u64,
    seed: u64,
    report: Option<PathBuf>,
}

fn asked(variable: &str, default: u64) -> u64 {
    let asked = std::env::var(variable).ok();
    asked.map_or(default, |it| it.parse().expect("a number"))
}

impl Knobs {
    fn read() -> Self {
        Self {
            seconds: asked("SOAK_SECONDS", 20),
            rate: asked("SOAK_RATE", 600),
            seed: asked("SOAK_SEED", rand::random_range(0..1_000_000)),
            report: std::env::var_os("SOAK_REPORT").map(PathBuf::from),
        }
    }

    fn is_long(&self) -> bool {
        self.seconds >= LONG
    }

    fn sample_every(&self) -> Duration {
        Duration::from_secs(if self.is_long() { 10 } else { 1 })
    }

    /// How long it is between two of what goes wrong.
    fn disturbed_every(&self) -> Duration {
        Duration::from_secs(if self.is_long() { 30 } else { 3 })
    }

    /// When all is let come to rest: after a tenth, which is for warming up, in between, and at the end.
    fn rests(&self) -> Vec<Duration> {
        let rests = (self.seconds / 600).max(2);
        let of_time = |part: f64| Duration::from_secs(self.seconds).mul_f64(part);
        let later = (1..=rests).map(|rest| of_time(0.1 + 0.9 * rest as f64 / rests as f64));
        std::iter::once(of_time(0.1)).chain(later).collect()
    }
}

fn config(database: &Database, model: &Model, version: u64) -> String {
    let agent = format!("http://{}/agent", model.address);
    let gone = format!("http://{}/", free_address());
    let never = "breaker = { failures = 0 }\n";
    [
        "[server]\nbase_path = \"/copilotkit\"\n".to_owned(),
        "[telemetry]\nlevel = \"warn,agui_runtime::server::live=info,agui_runtime::server::serve=info\"\n".to_owned(),
        format!(
            "[store]\nurl = \"{}\"\nthreads = {THREADS_KEPT}\nruns_per_thread = {RUNS_KEPT}\n",
            database.url
        ),
        keys(),
        format!("{}max_retries = 0\n{never}", model_at(&model.base_url())),
        // Made anew with each change.
        section(
            "agent",
            &agent,
            &format!("headers = {{ x-version = \"{version}\" }}\nretries = 0\n{never}"),
        ),
        section("broken", &agent, "retries = 0"),
        section("gone", &gone, "retries = 0"),
    ]
    .concat()
}

/// One soak.
struct Soak {
    knobs: Knobs,
    database: Arc<Database>,
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
    async fn start() -> Self {
        let knobs = Knobs::read();
        eprintln!("SOAK_SEED={} SOAK_SECONDS={}", knobs.seed, knobs.seconds);
        let (database, model) = (Database::sqlite(), upstream::start().await);
        let env = [OWNERS[0], OWNERS[1], ADMIN].map(|owner| (variable(owner), key(owner)));
        let env: Vec<_> = env
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let program = std::env::var("SOAK_BINARY").ok();
        let config = config(&database, &model, 0);
        let server = match program {
            Some(program) => Binary::start_other(&program, &config, &env).await,
            None => Binary::start_in(&config, &env).await,
        };
        Self {
            world: Arc::new(World::of(server.address)),
            watch: Watch::of(server.id(), file(&database)),
            rng: StdRng::seed_from_u64(knobs.seed),
            knobs,
            database: Arc::new(database),
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
        let mut comes = interval(Duration::from_secs(60) / u32::try_from(self.knobs.rate).unwrap());
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

    /// In turns: a locked database, another configuration, and much that comes and goes.
    async fn disturb(&mut self, number: u64) {
        match number % 3 {
            0 => self.reload(number).await,
            1 => self.lock(),
            _ => {
                let bytes = if self.knobs.is_long() {
                    2 << 20
                } else {
                    1 << 18
                };
                let world = self.world.clone();
                let goes = async move { visits::comes_and_goes(&world, number, bytes).await };
                self.clients.spawn(goes);
            }
        }
    }

    async fn reload(&mut self, number: u64) {
        let config = config(&self.database, &self.model, number);
        let before = self.server.log().matches(RELOADED).count();
        self.server.write(&config);
        self.server.signal("HUP");
        self.server.logged(RELOADED, before + 1).await;
        self.world.count("reloaded");
    }

    fn lock(&mut self) {
        let most = if self.knobs.is_long() { 7000 } else { 2000 };
        let time = Duration::from_millis(self.rng.random_range(500..most));
        let (world, database) = (self.world.clone(), self.database.clone());
        self.disturbances
            .spawn(async move { world.weather.hold(file(&database), time).await });
        self.world.count("locked the database");
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
        let check = agui_runtime::store::check(&self.database.url)
            .await
            .unwrap();
        let integrity = weather::integrity(file(&self.database)).await;
        let more = format!("exit code {code:?}, {check:?}, integrity: {integrity}\n");
        eprintln!("{}", self.report(&more));
        assert!(self.failures.is_empty(), "{}", self.failures.join("\n"));
        assert_eq!(code, Some(0), "it ends well");
        assert_eq!((check.going_on, integrity.as_str()), (0, "ok"));
        let grew = self.watch.grew(self.knobs.is_long());
        assert!(grew.is_empty(), "{}", grew.join("\n"));
    }
}

/// The log's word for a configuration that is served.
const RELOADED: &str = "the configuration was reloaded";

fn file(database: &Database) -> &str {
    database.url.strip_prefix("sqlite:").expect("a file")
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_under_mixed_load_stays_as_it_is() {
    let mut soak = Soak::start().await;
    soak.load().await;
    soak.end().await;
}
