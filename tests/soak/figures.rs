//! The figures of a server under load, as they were seen from time to time, and whether they stayed as they were.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::world::World;

/// The figures of one moment.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    seconds: f64,
    /// Nothing was asked for, and all that was had ended.
    at_rest: bool,
    values: [f64; NAMES.len()],
}

const NAMES: [&str; 13] = [
    "resident_kib",
    "open_files",
    "tasks",
    "threads",
    "database_kib",
    "runs_active",
    "connections",
    "cpu_seconds",
    "runs_ended",
    "threads_dropped",
    "runs_dropped",
    "tidied",
    "freed_kib",
];
const MEMORY: usize = 0;
const FILES: usize = 1;
const TASKS: usize = 2;
const THREADS: usize = 3;
const DATABASE: usize = 4;

/// What is looked at.
pub struct Watch {
    process: u32,
    /// Where it is a file.
    database: Option<PathBuf>,
    begun: Instant,
    samples: Vec<Sample>,
}

impl Watch {
    pub fn of(process: u32, database: Option<&str>) -> Self {
        Self {
            process,
            database: database.map(PathBuf::from),
            begun: Instant::now(),
            samples: Vec::new(),
        }
    }

    /// For how long it has been watched.
    pub fn seconds(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    /// Looks, and remembers.
    pub async fn look(&mut self, world: &World) {
        let (sample, _) = self.seen(world).await;
        self.samples.push(sample);
    }

    /// Waits until nothing goes on any more and the figures are those of an earlier rest, or of one where nothing
    /// changes; then looks, and remembers.
    pub async fn rest(&mut self, world: &World) {
        let since = Instant::now();
        let first = self.rests().next().copied();
        loop {
            let (now, goes_on) = self.seen(world).await;
            let is_over = goes_on.is_empty();
            let like_before = first.is_none_or(|first| grew_between(&first, &now).is_none());
            let late = since.elapsed() > Duration::from_secs(30);
            if is_over && like_before && (first.is_some() || since.elapsed() > SETTLES) || late {
                self.samples.push(Sample {
                    at_rest: true,
                    ..now
                });
                assert!(is_over, "it goes on for ever: {goes_on:?} {now:?}");
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// The figures, and what goes on.
    async fn seen(&self, world: &World) -> (Sample, Vec<(&'static str, f64)>) {
        let metrics = world.metrics().await;
        let sum = |name: &str| -> f64 {
            let labelled = format!("{name}{{");
            let of_name = |key: &str| key == name || key.starts_with(&labelled);
            metrics
                .iter()
                .filter(|(key, _)| of_name(key))
                .map(|it| it.1)
                .sum()
        };
        let file = |more: &str| {
            let mut path = self.database.clone()?.into_os_string();
            path.push(more);
            Some(std::fs::metadata(path).ok()?.len() as f64 / 1024.0)
        };
        // One connection, and one request, is that of who asks.
        let at_rest = [
            ("agui_runs_active", 0.0),
            ("agui_run_tasks", 0.0),
            ("agui_store_journal_runs", 0.0),
            ("agui_http_connections", 1.0),
            ("agui_http_requests_active", 1.0),
        ];
        let goes_on = at_rest.map(|(name, at_rest)| (name, sum(name) - at_rest));
        let goes_on = goes_on.into_iter().filter(|(_, more)| *more > 0.0);
        let sample = Sample {
            seconds: self.seconds(),
            at_rest: false,
            values: [
                status(self.process, "VmRSS:"),
                open_files(self.process),
                sum("process_tasks"),
                status(self.process, "Threads:"),
                [file(""), file("-wal")].into_iter().flatten().sum(),
                sum("agui_runs_active"),
                sum("agui_http_connections"),
                sum("process_cpu_seconds_total"),
                sum("agui_runs_ended_total"),
                sum("agui_store_dropped_threads_total"),
                sum("agui_store_dropped_runs_total"),
                sum("agui_store_tidied_total"),
                sum("agui_store_freed_bytes_total") / 1024.0,
            ],
        };
        (sample, goes_on.collect())
    }

    fn rests(&self) -> impl DoubleEndedIterator<Item = &Sample> {
        self.samples.iter().filter(|it| it.at_rest)
    }

    /// What was not flat: at rest, and, where it was watched for long enough, under load.
    pub fn grew(&self, long: bool) -> Vec<String> {
        let (Some(first), Some(last)) = (self.rests().next(), self.rests().next_back()) else {
            return vec!["nobody looked".to_owned()];
        };
        let mut grew: Vec<_> = grew_between(first, last).into_iter().collect();
        if !long {
            return grew;
        }
        let busy: Vec<_> = self
            .samples
            .iter()
            .filter(|it| !it.at_rest && it.seconds > first.seconds)
            .collect();
        let fifth = (busy.len() / 5).max(1);
        let (early, late) = (&busy[..fifth], &busy[busy.len() - fifth..]);
        for (column, more) in [
            (MEMORY, 8192.0),
            (FILES, 10.0),
            (TASKS, 20.0),
            (THREADS, 6.0),
            (DATABASE, 8192.0),
        ] {
            let (was, is) = (median(early, column), median(late, column));
            if is > was * 1.25 + more {
                grew.push(format!("{} under load: from {was} to {is}", NAMES[column]));
            }
        }
        grew
    }

    /// All samples, as a spreadsheet reads them.
    pub fn csv(&self) -> String {
        let mut csv = format!("seconds,at_rest,{}\n", NAMES.join(","));
        for sample in &self.samples {
            let values = sample
                .values
                .map(|it| format!("{it:.1}").trim_end_matches(".0").to_owned());
            let at_rest = u8::from(sample.at_rest);
            let _ = writeln!(csv, "{:.1},{at_rest},{}", sample.seconds, values.join(","));
        }
        csv
    }

    /// Figures of start, middle and end: at rest, and medians of a fifth of the time under load.
    pub fn table(&self) -> String {
        let rests: Vec<_> = self.rests().collect();
        let Some(first) = rests.first() else {
            return String::new();
        };
        let busy: Vec<_> = self
            .samples
            .iter()
            .filter(|it| !it.at_rest && it.seconds > first.seconds)
            .collect();
        let mut table = format!(
            "{:<16}{:>30}{:>36}\n",
            "", "under load: start, middle, end", "at rest: start, middle, end"
        );
        for (column, name) in NAMES.iter().enumerate() {
            let _ = write!(table, "{name:<16}");
            let fifth = (busy.len() / 5).max(1).min(busy.len());
            let middle = (busy.len() - fifth) / 2;
            for part in [0, middle, busy.len() - fifth] {
                let _ = write!(table, "{:>10.0}", median(&busy[part..part + fifth], column));
            }
            let _ = write!(table, "{:6}", "");
            for rest in [0, rests.len() / 2, rests.len() - 1] {
                let _ = write!(table, "{:>10.0}", rests[rest].values[column]);
            }
            table.push('\n');
        }
        table
    }
}

/// For how long the first rest waits for what goes by itself, such as connections that nobody uses.
const SETTLES: Duration = Duration::from_secs(1);

/// What is more at the second rest than at the first. A few files are those of connections to the database that are made
/// when they are needed first.
fn grew_between(first: &Sample, last: &Sample) -> Option<String> {
    let more = |column: usize| last.values[column] - first.values[column];
    let grew = [(FILES, 12.0), (TASKS, 4.0)]
        .into_iter()
        .find(|(column, most)| more(*column) > *most)?;
    Some(format!(
        "{} at rest: {first:?}, then {last:?}",
        NAMES[grew.0]
    ))
}

fn median(samples: &[&Sample], column: usize) -> f64 {
    let mut values: Vec<f64> = samples.iter().map(|it| it.values[column]).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn status(process: u32, key: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    let number = line.and_then(|line| line.split_whitespace().next());
    number
        .and_then(|it| it.parse().ok())
        .expect("a system with /proc")
}

fn open_files(process: u32) -> f64 {
    let open = std::fs::read_dir(format!("/proc/{process}/fd"));
    open.expect("a system with /proc").count() as f64
}
