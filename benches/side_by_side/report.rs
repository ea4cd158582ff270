//! All that was measured, as it is written to a file.

use std::path::Path;

use serde::Serialize;

use super::arguments::Settings;
use super::request::Face;
use super::usage;

/// One run of everything.
#[derive(Serialize)]
pub struct Report {
    pub machine: Machine,
    pub settings: Settings,
    pub systems: Vec<Measured>,
}

/// Where it was measured.
#[derive(Serialize)]
pub struct Machine {
    pub processor: String,
    pub cpus: usize,
    pub kernel: String,
    /// How much of its CPUs others took before the first measurement, from 0 to 1.
    pub busy: f64,
}

/// What one system did.
#[derive(Serialize)]
pub struct Measured {
    pub name: String,
    pub face: Face,
    /// Whether it is upstream's runtime, against which others of its face are held.
    pub typescript: bool,
    /// Whether it is the bare relay, against which all are held.
    pub relay: bool,
    /// From the start of the process to its first answer, of each start.
    pub start_up_ms: Vec<f64>,
    /// Memory after each start.
    pub idle_mib: Vec<f64>,
    /// Runs of one token, one after the other on each connection.
    pub short_runs: Outcome<Closed>,
    /// Long runs without a pause between tokens, likewise.
    pub no_pause: Outcome<Closed>,
    /// Paced streams, for each number of streams.
    pub paced: Vec<Paced>,
    /// Memory before and after a time of load on all systems at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub soak: Option<Outcome<Soaked>>,
}

/// Figures, or why there are none.
#[derive(Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<T> {
    Measured(T),
    Failed(String),
}

/// Connections that asked again and again.
#[derive(Clone, Serialize)]
pub struct Closed {
    pub runs_per_second: f64,
    pub tokens_per_second: f64,
    /// None if no run ended in the time.
    pub cpu_us_per_run: Option<f64>,
    pub cpu_us_per_token: f64,
    /// CPU time that load generator and upstream took, of all there is, from 0 to 1.
    pub harness_share: f64,
}

/// Streams with a pause between tokens.
#[derive(Clone, Serialize)]
pub struct Paced {
    pub streams: usize,
    #[serde(flatten)]
    pub outcome: Outcome<PacedFigures>,
}

#[derive(Clone, Serialize)]
pub struct PacedFigures {
    pub rounds: usize,
    pub cpu_us_per_token: f64,
    pub tokens_per_second: f64,
    pub first_token_p50_ms: f64,
    pub first_token_p99_ms: f64,
    /// The most memory that it had.
    pub in_use_mib: f64,
    /// What that is more than idle, for each stream.
    pub per_stream_kib: f64,
    pub harness_share: f64,
}

/// A time of load.
#[derive(Clone, Serialize)]
pub struct Soaked {
    pub runs: usize,
    pub tokens: usize,
    pub idle_mib: f64,
    pub after_mib: f64,
    pub peak_mib: f64,
}

impl<T> Outcome<T> {
    pub fn figures(&self) -> Option<&T> {
        match self {
            Self::Measured(figures) => Some(figures),
            Self::Failed(_) => None,
        }
    }
}

impl<T> From<Result<T, String>> for Outcome<T> {
    fn from(result: Result<T, String>) -> Self {
        match result {
            Ok(figures) => Self::Measured(figures),
            Err(failure) => Self::Failed(failure),
        }
    }
}

impl Measured {
    /// The paced streams' figures with so many of them.
    pub fn paced_with(&self, streams: usize) -> Option<&PacedFigures> {
        let paced = self.paced.iter().find(|paced| paced.streams == streams)?;
        paced.outcome.figures()
    }

    /// What failed, and why.
    pub fn failures(&self) -> Vec<(String, &str)> {
        let paced = self.paced.iter().map(|paced| {
            let what = format!("{} streams", paced.streams);
            (what, failed(&paced.outcome))
        });
        let others = [
            ("no pause".to_owned(), failed(&self.no_pause)),
            ("short runs".to_owned(), failed(&self.short_runs)),
            ("soak".to_owned(), self.soak.as_ref().and_then(failed)),
        ];
        let all = paced.chain(others);
        all.filter_map(|(what, why)| Some((what, why?))).collect()
    }
}

fn failed<T>(outcome: &Outcome<T>) -> Option<&str> {
    match outcome {
        Outcome::Measured(_) => None,
        Outcome::Failed(why) => Some(why),
    }
}

impl Machine {
    pub fn this() -> Self {
        let read = |file| std::fs::read_to_string(file).unwrap_or_default();
        let processors = read("/proc/cpuinfo");
        let model = processors
            .lines()
            .find_map(|line| line.strip_prefix("model name"));
        let model = model.map(|name| name.trim_matches([' ', '\t', ':']).to_owned());
        Self {
            processor: model.unwrap_or_default(),
            cpus: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            busy: usage::busy(),
        }
    }
}

impl Report {
    pub fn write_json(&self, file: &Path) -> Result<(), String> {
        let json = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        write(file, &(json + "\n"))
    }

    /// The middle one.
    pub fn median(figures: &[f64]) -> Option<f64> {
        let mut figures = figures.to_vec();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied()
    }
}

/// Writes a file, or says which one could not be written.
pub fn write(file: &Path, text: &str) -> Result<(), String> {
    std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}
