//! What to measure, as it is asked for on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use serde::Serialize;

/// Measures this runtime, upstream's and a bare relay, one after the other, on the same scripted upstream.
#[derive(Parser)]
#[command(name = "side_by_side")]
pub struct Arguments {
    /// Measure with 1, 16, 200, 500 and 2,000 streams, and longer.
    #[arg(long)]
    full: bool,
    /// Streams at the same time, with commas between the numbers [default: 200]
    #[arg(long, value_delimiter = ',', value_parser = positive)]
    streams: Vec<usize>,
    /// Measured rounds of paced streams; one more comes before them to warm up.
    #[arg(long, default_value_t = 3, value_parser = positive)]
    rounds: usize,
    /// Tokens in a paced stream.
    #[arg(long, default_value_t = 100, value_parser = positive)]
    tokens: usize,
    /// Milliseconds between two tokens of a paced stream.
    #[arg(long, default_value_t = 10)]
    pause_ms: u64,
    /// Connections that ask again and again, for runs a second and for tokens without a pause.
    #[arg(long, default_value_t = 16, value_parser = positive)]
    connections: usize,
    /// Seconds for which they are measured [default: 2, with --full 4]
    #[arg(long, value_parser = positive)]
    seconds: Option<usize>,
    /// At last, minutes of load on all processes at once, and the memory that each has after it.
    #[arg(long, default_value_t = 0)]
    soak_minutes: u64,
    /// Measure only those whose names contain all of these words: `--only "ag-ui sqlite"`. May be given several times.
    #[arg(long, value_name = "WORDS")]
    pub only: Vec<String>,
    /// Measure this build of the runtime instead of the one that cargo has just made.
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,
    /// Write the figures here, as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Draw CPU time per token here.
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Be the bare relay to this agent.
    #[arg(long, hide = true)]
    pub relay_to: Option<SocketAddr>,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
}

/// The same for all that is measured.
#[derive(Clone, Serialize)]
pub struct Settings {
    pub streams: Vec<usize>,
    pub rounds: usize,
    pub tokens: usize,
    pub pause_ms: u64,
    pub connections: usize,
    pub seconds: usize,
    pub soak_minutes: u64,
}

impl Arguments {
    pub fn settings(&self) -> Settings {
        let mut streams = match (&*self.streams, self.full) {
            ([], true) => vec![1, 16, 200, 500, 2_000],
            ([], false) => vec![200],
            (asked, _) => asked.to_vec(),
        };
        streams.sort_unstable();
        streams.dedup();
        Settings {
            streams,
            rounds: self.rounds,
            tokens: self.tokens,
            pause_ms: self.pause_ms,
            connections: self.connections,
            seconds: self.seconds.unwrap_or(if self.full { 4 } else { 2 }),
            soak_minutes: self.soak_minutes,
        }
    }
}

impl Settings {
    /// The stream count at which systems are compared: 200 where it was measured.
    pub fn compared_at(&self) -> usize {
        let most = self.streams.last().copied().unwrap_or_default();
        match self.streams.contains(&200) {
            true => 200,
            false => most,
        }
    }

    /// The most streams at the same time.
    pub fn most_streams(&self) -> usize {
        let most = self.streams.last().copied().unwrap_or_default();
        most.max(self.connections)
    }
}

fn positive(text: &str) -> Result<usize, String> {
    match text.replace('_', "").parse() {
        Ok(0) | Err(_) => Err("a number from 1 on is needed".to_owned()),
        Ok(number) => Ok(number),
    }
}
