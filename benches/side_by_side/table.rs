//! The figures as tables for a terminal: one for each measure, with how they compare.

use std::fmt::Write;

use super::report::{Closed, Measured, PacedFigures, Report};

/// The title of a measure of paced streams, its decimals, and its figure.
type OfPaced = (&'static str, usize, fn(&PacedFigures) -> f64);
/// The same of a measure that does not depend on the number of streams.
type Single = (&'static str, usize, fn(&Measured) -> Option<f64>);

const PACED: [OfPaced; 6] = [
    ("CPU per token, µs", 1, |it| it.cpu_us_per_token),
    ("tokens per second", 0, |it| it.tokens_per_second),
    ("first token, median, ms", 1, |it| it.first_token_p50_ms),
    ("first token, p99, ms", 1, |it| it.first_token_p99_ms),
    ("memory in use, MiB", 1, |it| it.in_use_mib),
    ("memory per stream, KiB", 0, |it| it.per_stream_kib),
];

const SINGLE: [Single; 8] = [
    ("tokens/s, no pause", 0, |it| {
        no_pause(it).map(|it| it.tokens_per_second)
    }),
    ("CPU per token, no pause, µs", 1, |it| {
        no_pause(it).map(|it| it.cpu_us_per_token)
    }),
    ("runs of one token per second", 0, |it| {
        short_runs(it).map(|it| it.runs_per_second)
    }),
    ("CPU per such run, µs", 0, |it| {
        short_runs(it)?.cpu_us_per_run
    }),
    ("start-up, ms", 0, |it| Report::median(&it.start_up_ms)),
    ("memory idle, MiB", 1, |it| Report::median(&it.idle_mib)),
    ("memory after the soak, MiB", 1, |it| {
        Some(it.soak.as_ref()?.figures()?.after_mib)
    }),
    ("most memory in the soak, MiB", 1, |it| {
        Some(it.soak.as_ref()?.figures()?.peak_mib)
    }),
];

fn no_pause(measured: &Measured) -> Option<&Closed> {
    measured.no_pause.figures()
}

fn short_runs(measured: &Measured) -> Option<&Closed> {
    measured.short_runs.figures()
}

/// All tables, and below them what there is to say about them.
pub fn of(report: &Report) -> String {
    let mut text = head(report);
    let streams = &report.settings.streams;
    let compared = report.settings.compared_at();
    for (title, decimals, figure) in PACED {
        let columns = streams.iter().map(|&streams| grouped(streams as f64, 0));
        let table = Table {
            title,
            decimals,
            columns: columns.collect(),
            compared: streams.iter().position(|&it| it == compared).unwrap_or(0),
        };
        let figures = |it: &Measured| {
            let all = streams.iter().map(|&streams| it.paced_with(streams));
            all.map(|it| it.map(figure)).collect()
        };
        text += &table.of(report, figures);
    }
    for (title, decimals, figure) in SINGLE {
        if report.systems.iter().all(|it| figure(it).is_none()) {
            continue;
        }
        let table = Table {
            title,
            decimals,
            columns: vec![String::new()],
            compared: 0,
        };
        text += &table.of(report, |it| vec![figure(it)]);
    }
    text + &notes(report)
}

fn head(report: &Report) -> String {
    let (machine, settings) = (&report.machine, &report.settings);
    let rounds = match settings.rounds {
        1 => "1 round".to_owned(),
        rounds => format!("{rounds} rounds"),
    };
    format!(
        "\n{} CPUs, {}; load generator, upstream and the process under measurement share them\n\
         paced streams: {} tokens each, {} ms apart, {rounds} after one to warm up, by the number of streams\n\
         short runs, no pause: {} connections that ask again and again, {} s\n\
         ratios: to TypeScript's on the same face, and to the bare relay{}\n",
        machine.cpus,
        machine.processor,
        settings.tokens,
        settings.pause_ms,
        settings.connections,
        settings.seconds,
        match settings.streams.len() {
            1 => String::new(),
            _ => format!("; of paced streams with {}", settings.compared_at()),
        }
    )
}

struct Table {
    title: &'static str,
    decimals: usize,
    columns: Vec<String>,
    /// The column whose ratios are shown.
    compared: usize,
}

impl Table {
    fn of(&self, report: &Report, figures: impl Fn(&Measured) -> Vec<Option<f64>>) -> String {
        let mut text = format!("\n{:30}", self.title);
        for column in &self.columns {
            let _ = write!(text, " {column:>9}");
        }
        let _ = writeln!(text, "  {:>10} {:>10}", "TypeScript", "relay");
        let compared = |it: &Measured| figures(it).get(self.compared).copied().flatten();
        for system in &report.systems {
            let _ = write!(text, "  {:28}", system.name);
            for figure in figures(system) {
                let cell = figure.map_or("failed".to_owned(), |it| grouped(it, self.decimals));
                let _ = write!(text, " {cell:>9}");
            }
            let of = |of: Option<&Measured>| {
                let of = of.filter(|of| of.name != system.name).and_then(compared);
                compared(system)
                    .zip(of)
                    .map_or("–".to_owned(), |(it, of)| ratio(it / of))
            };
            let same_face = |it: &&Measured| it.typescript && it.face == system.face;
            let typescript = of(report.systems.iter().find(same_face));
            let relay = of(report.systems.iter().find(|it| it.relay));
            let _ = writeln!(text, "  {typescript:>10} {relay:>10}");
        }
        text
    }
}

/// As a factor or a part, whichever is from 1 on.
fn ratio(ratio: f64) -> String {
    match ratio {
        _ if !ratio.is_finite() || ratio <= 0.0 => "–".to_owned(),
        _ if ratio >= 1.0 => format!("{ratio:.1}×"),
        _ => format!("1/{:.1}", 1.0 / ratio),
    }
}

/// A number with its thousands apart.
pub fn grouped(number: f64, decimals: usize) -> String {
    let decimals = if number < 1_000.0 { decimals } else { 0 };
    let text = format!("{number:.decimals$}");
    if number < 1_000.0 {
        return text;
    }
    let mut grouped = String::new();
    for (at, digit) in text.chars().enumerate() {
        if at > 0 && (text.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn notes(report: &Report) -> String {
    let mut text = String::new();
    let busy = 100.0 * report.machine.busy;
    if busy > 10.0 {
        let _ = writeln!(
            text,
            "\nSomething else took {busy:.0} % of the CPUs before the first measurement: on a machine that is not quiet \
             the figures are worth little."
        );
    }
    for system in &report.systems {
        for (what, why) in system.failures() {
            let _ = writeln!(text, "\nfailed: {}, {what}: {why}", system.name);
        }
    }
    let Some(relay) = report.systems.iter().find(|it| it.relay) else {
        return text;
    };
    limits(report, relay, &mut text);
    text
}

/// Says where the load generator and the upstream were the limit: who is as fast as the relay may be faster still.
fn limits(report: &Report, relay: &Measured, text: &mut String) {
    let mut limited = |what: &str, of: &dyn Fn(&Measured) -> Option<(f64, f64)>| {
        let Some((most, share)) = of(relay) else {
            return;
        };
        let as_fast = |it: &&Measured| !it.relay && of(it).is_some_and(|(it, _)| it >= 0.9 * most);
        let names: Vec<_> = report
            .systems
            .iter()
            .filter(as_fast)
            .map(|it| &*it.name)
            .collect();
        let percent = 100.0 * share;
        let _ = writeln!(
            text,
            "\n{what}: with the relay, load generator and upstream take {percent:.0} % of the CPUs{}",
            match names.is_empty() {
                true => "; nobody else comes near it".to_owned(),
                false => format!("; they are the limit of {}", names.join(" and ")),
            }
        );
    };
    limited("no pause", &|it| {
        no_pause(it).map(|it| (it.tokens_per_second, it.harness_share))
    });
    limited("short runs", &|it| {
        short_runs(it).map(|it| (it.runs_per_second, it.harness_share))
    });
}
