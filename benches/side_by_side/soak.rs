//! What is left in memory after a time of load. All systems are under it at the same time: it takes long, and memory does
//! not depend on who else is there.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::measure::{Bench, Started};
use super::report::{Outcome, Soaked};
use super::systems::System;
use super::usage::Memory;

/// Streams at the same time for each system: together they leave the machine room.
const STREAMS: usize = 10;
/// After the load, before memory is looked at.
const SETTLED: Duration = Duration::from_secs(5);

/// Puts all systems under load for so many minutes; the outcomes in their order.
pub async fn all(bench: &Bench, systems: &[System], minutes: u64) -> Vec<Outcome<Soaked>> {
    eprintln!("all at once, {STREAMS} streams each, for {minutes} minutes");
    let time = Duration::from_secs(60 * minutes);
    let mut outcomes: Vec<_> = systems
        .iter()
        .map(|_| Outcome::Failed("it did not end".to_owned()))
        .collect();
    let mut soaking = JoinSet::new();
    for (at, system) in systems.iter().enumerate() {
        match bench.paced.before(system).await {
            Ok(started) => {
                soaking.spawn(async move { (at, one(started, time).await) });
            }
            Err(failure) => outcomes[at] = Outcome::Failed(failure),
        }
    }
    while let Some(ended) = soaking.join_next().await {
        if let Ok((at, outcome)) = ended {
            outcomes[at] = outcome.into();
        }
    }
    outcomes
}

async fn one(started: Started, time: Duration) -> Result<Soaked, String> {
    let begun = Instant::now();
    let (mut runs, mut tokens) = (0, 0);
    while begun.elapsed() < time {
        let round = started.target.round(STREAMS).await?;
        runs += STREAMS;
        tokens += round.tokens;
    }
    sleep(SETTLED).await;
    Ok(Soaked {
        runs,
        tokens,
        idle_mib: started.idle_mib,
        after_mib: started.process.mib(Memory::Now)?,
        peak_mib: started.process.mib(Memory::Peak)?,
    })
}
