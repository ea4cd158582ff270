//! This runtime, upstream's TypeScript runtimes and a bare relay side by side: the same scripted upstream behind them, the same
//! clients in front, all measured in one run. `docs/PERFORMANCE.md` says what the figures mean.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that fails should stop"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "nothing is served from here while it waits"
)]

mod arguments;
mod chunks;
mod client;
mod load;
mod measure;
mod plot;
mod process;
mod relay;
mod report;
mod request;
mod soak;
mod systems;
mod table;
mod upstream;
mod usage;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use measure::Bench;
use report::{Machine, Report};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(agent) = arguments.relay_to {
        relay::serve(agent).await;
        return ExitCode::SUCCESS;
    }
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), String> {
    let settings = arguments.settings();
    usage::allow_streams(settings.most_streams())?;
    let systems = systems::chosen(arguments)?;
    let bench = Bench::new(settings.clone());
    let mut report = Report {
        machine: Machine::this(),
        settings,
        systems: Vec::new(),
    };
    for system in &systems {
        report.systems.push(bench.measure(system).await);
    }
    let minutes = report.settings.soak_minutes;
    if minutes > 0 {
        let soaked = soak::all(&bench, &systems, minutes).await;
        for (system, outcome) in report.systems.iter_mut().zip(soaked) {
            system.soak = Some(outcome);
        }
    }
    println!("{}", table::of(&report));
    if let Some(file) = &arguments.json {
        report.write_json(file)?;
    }
    if let Some(file) = &arguments.svg {
        report::write(file, &plot::of(&report))?;
    }
    Ok(())
}
