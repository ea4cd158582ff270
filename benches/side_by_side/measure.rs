//! What is measured of a system, each with a process of its own, so that nothing is left of what was before.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::time::sleep;

use super::arguments::Settings;
use super::load::Target;
use super::process::Process;
use super::report::{Closed, Measured, Outcome, Paced, PacedFigures};
use super::systems::{Kind, System};
use super::upstream::{self, Speech};
use super::usage::{Memory, own_cpu};

/// After this much of a case no more rounds begin: of some systems one takes long enough.
const ENOUGH: Duration = Duration::from_secs(8);
/// What a process that has just started still has to do for itself.
const SETTLED: Duration = Duration::from_millis(300);

/// The scripted upstreams, and what is measured with them.
pub struct Bench {
    pub settings: Settings,
    short: Upstream,
    no_pause: Upstream,
    pub paced: Upstream,
}

/// A scripted upstream.
#[derive(Clone, Copy)]
pub struct Upstream {
    pub address: SocketAddr,
    pub tokens: usize,
}

/// A process of a system that has just started.
pub struct Started {
    pub process: Process,
    pub target: Target,
    pub idle_mib: f64,
}

impl Upstream {
    fn start(tokens: usize, pause: Duration) -> Self {
        let address = upstream::start(Speech { tokens, pause });
        Self { address, tokens }
    }

    /// Starts the system before this upstream.
    pub async fn before(self, system: &System) -> Result<Started, String> {
        let process = system.start(self.address)?;
        sleep(SETTLED).await;
        Ok(Started {
            target: Target {
                address: process.address,
                face: system.face,
                tokens: self.tokens,
            },
            idle_mib: process.mib(Memory::Now)?,
            process,
        })
    }
}

impl Bench {
    pub fn new(settings: Settings) -> Self {
        Self {
            short: Upstream::start(1, Duration::ZERO),
            no_pause: Upstream::start(1_000, Duration::ZERO),
            paced: Upstream::start(settings.tokens, Duration::from_millis(settings.pause_ms)),
            settings,
        }
    }

    /// All there is to measure of one system.
    pub async fn measure(&self, system: &System) -> Measured {
        let mut measured = Measured {
            name: system.name.clone(),
            face: system.face,
            typescript: matches!(system.kind, Kind::TypeScript(_)),
            relay: system.kind == Kind::Relay,
            start_up_ms: Vec::new(),
            idle_mib: Vec::new(),
            short_runs: Outcome::Failed("not measured".to_owned()),
            no_pause: Outcome::Failed("not measured".to_owned()),
            paced: Vec::new(),
            soak: None,
        };
        for &streams in &self.settings.streams {
            progress(system, &format!("{streams} streams"));
            let outcome = match self.started(self.paced, system, &mut measured).await {
                Ok(started) => self.paced(&started, streams).await,
                Err(failure) => Err(failure),
            };
            let outcome = outcome.into();
            measured.paced.push(Paced { streams, outcome });
        }
        progress(system, "no pause between tokens");
        measured.no_pause = self.closed(self.no_pause, system, &mut measured).await;
        progress(system, "short runs");
        measured.short_runs = self.closed(self.short, system, &mut measured).await;
        measured
    }

    async fn started(
        &self,
        upstream: Upstream,
        system: &System,
        measured: &mut Measured,
    ) -> Result<Started, String> {
        let started = upstream.before(system).await?;
        measured.start_up_ms.push(ms(started.process.start_up));
        measured.idle_mib.push(started.idle_mib);
        Ok(started)
    }

    /// Rounds of paced streams, after one to warm up.
    async fn paced(&self, started: &Started, streams: usize) -> Result<PacedFigures, String> {
        let Started {
            process, target, ..
        } = started;
        target.round(streams).await?;
        let (cpu, own, begun) = (process.cpu()?, own_cpu(), Instant::now());
        let (mut tokens, mut took, mut rounds) = (0, Duration::ZERO, 0);
        let mut first_token = Vec::new();
        while rounds < self.settings.rounds && (rounds == 0 || begun.elapsed() < ENOUGH) {
            let round = target.round(streams).await?;
            rounds += 1;
            tokens += round.tokens;
            took += round.took;
            first_token.extend(round.first_token);
        }
        let own = own_cpu().saturating_sub(own);
        let cpu = process.cpu()?.saturating_sub(cpu);
        first_token.sort_unstable();
        let in_use_mib = process.mib(Memory::Peak)?;
        Ok(PacedFigures {
            rounds,
            cpu_us_per_token: us(cpu) / tokens as f64,
            tokens_per_second: tokens as f64 / took.as_secs_f64(),
            first_token_p50_ms: ms(first_token[first_token.len() / 2]),
            first_token_p99_ms: ms(first_token[first_token.len() * 99 / 100]),
            in_use_mib,
            per_stream_kib: (in_use_mib - started.idle_mib).max(0.0) * 1024.0 / streams as f64,
            harness_share: share(own, begun.elapsed()),
        })
    }

    /// Connections that ask again and again.
    async fn closed(
        &self,
        upstream: Upstream,
        system: &System,
        measured: &mut Measured,
    ) -> Outcome<Closed> {
        match self.started(upstream, system, measured).await {
            Ok(started) => self.again_and_again(&started).await.into(),
            Err(failure) => Outcome::Failed(failure),
        }
    }

    async fn again_and_again(&self, started: &Started) -> Result<Closed, String> {
        let Started {
            process, target, ..
        } = started;
        let time = Duration::from_secs(self.settings.seconds as u64);
        let mut flood = target.again_and_again(self.settings.connections);
        flood.go_on(time / 2).await?;
        let (cpu, own, begun) = (process.cpu()?, own_cpu(), Instant::now());
        let before = flood.so_far();
        flood.go_on(time).await?;
        let after = flood.so_far();
        let took = begun.elapsed();
        let own = own_cpu().saturating_sub(own);
        let cpu = us(process.cpu()?.saturating_sub(cpu));
        let tokens = (after.0 - before.0) as f64;
        let runs = (after.1 - before.1) as f64;
        if tokens == 0.0 {
            return Err(format!("no token came within {} s", time.as_secs()));
        }
        Ok(Closed {
            runs_per_second: runs / took.as_secs_f64(),
            tokens_per_second: tokens / took.as_secs_f64(),
            cpu_us_per_run: (runs > 0.0).then(|| cpu / runs),
            cpu_us_per_token: cpu / tokens,
            harness_share: share(own, took),
        })
    }
}

fn progress(system: &System, what: &str) {
    eprintln!("{}: {what}", system.name);
}

/// How much of all CPUs was taken.
fn share(cpu: Duration, time: Duration) -> f64 {
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    cpu.as_secs_f64() / (time.as_secs_f64() * cpus as f64)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
