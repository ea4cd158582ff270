//! What somebody asks of a soak, and the configuration that is served.

use std::path::PathBuf;
use std::time::Duration;

use super::requests::keys;
use super::truth::{RUNS_KEPT, THREADS_KEPT};
use super::weather::Ground;
use crate::support::agui::section;
use crate::support::model::Model;
use crate::support::server::{free_address, model_at};

/// From so many seconds on, figures under load are compared, too.
const LONG: u64 = 240;

/// What was asked for.
pub struct Knobs {
    pub seconds: u64,
    /// Clients a minute.
    pub rate: u32,
    pub seed: u64,
    /// A binary other than the one that the tests were built with.
    pub binary: Option<String>,
    pub report: Option<PathBuf>,
}

fn asked<T: std::str::FromStr>(variable: &str, default: T) -> T {
    let asked = std::env::var(variable).ok();
    let read = |it: String| it.parse().unwrap_or_else(|_| panic!("{variable}={it}"));
    asked.map_or(default, read)
}

impl Knobs {
    /// `None` if another store than this is asked for: a long soak is one of SQLite unless it says so.
    pub fn read(store: &str) -> Option<Self> {
        let seconds = asked("SOAK_SECONDS", 20);
        // In the short form other tests go on beside it.
        let rate = if seconds < LONG { 300 } else { 600 };
        let knobs = Self {
            seconds,
            rate: asked("SOAK_RATE", rate),
            seed: asked("SOAK_SEED", rand::random_range(0..1_000_000)),
            binary: std::env::var("SOAK_BINARY").ok(),
            report: std::env::var_os("SOAK_REPORT").map(PathBuf::from),
        };
        let default = if knobs.is_long() { "sqlite" } else { store };
        (asked("SOAK_STORE", default.to_owned()) == store).then_some(knobs)
    }

    pub fn is_long(&self) -> bool {
        self.seconds >= LONG
    }

    /// How long it is between two clients.
    pub fn client_every(&self) -> Duration {
        Duration::from_secs(60) / self.rate
    }

    pub fn sample_every(&self) -> Duration {
        Duration::from_secs(if self.is_long() { 10 } else { 1 })
    }

    /// How long it is between two of what goes wrong.
    pub fn disturbed_every(&self) -> Duration {
        Duration::from_secs(if self.is_long() { 30 } else { 3 })
    }

    /// For how long the database is out of reach at most.
    pub fn bad_weather(&self) -> Duration {
        Duration::from_secs(if self.is_long() { 7 } else { 2 })
    }

    /// Bytes of a large thread.
    pub fn large(&self) -> usize {
        if self.is_long() { 2 << 20 } else { 1 << 18 }
    }

    /// When all is let come to rest: after a tenth, which is for warming up, in between, and at the end.
    pub fn rests(&self) -> Vec<Duration> {
        let rests = (self.seconds / 600).max(2);
        let of_time = |part: f64| Duration::from_secs(self.seconds).mul_f64(part);
        let later = (1..=rests).map(|rest| of_time(0.1 + 0.9 * rest as f64 / rests as f64));
        std::iter::once(of_time(0.1)).chain(later).collect()
    }
}

/// The configuration; one of the agents is made anew with each version.
pub fn config(ground: &Ground, model: &Model, version: u64) -> String {
    let agent = format!("http://{}/agent", model.address);
    let gone = format!("http://{}/", free_address());
    let lines = "warn,agui_runtime::server::live=info,agui_runtime::server::serve=info";
    let patient = "breaker = { failures = 0 }\n";
    let agents_own = format!("headers = {{ x-version = \"{version}\" }}\nretries = 0\n{patient}");
    [
        "[server]\nbase_path = \"/copilotkit\"\n".to_owned(),
        format!("[telemetry]\nlevel = \"{lines}\"\n"),
        format!(
            "[store]\nurl = \"{}\"\nthreads = {THREADS_KEPT}\nruns_per_thread = {RUNS_KEPT}\n",
            ground.url()
        ),
        keys(),
        format!("{}max_retries = 0\n{patient}", model_at(&model.base_url())),
        section("agent", &agent, &agents_own),
        section("broken", &agent, "retries = 0"),
        section("gone", &gone, "retries = 0"),
    ]
    .concat()
}
