//! This runtime, upstream's TypeScript runtime and a bare relay side by side: the same paced upstream behind them, the same
//! streams in front, all measured in one run. Prints the CPU time of the process under test for each token.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that fails should stop"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "nothing is served from here while it waits"
)]

mod load;
mod process;
mod relay;
mod upstream;

use std::net::SocketAddr;

use clap::Parser;

use load::{Face, Round};
use process::Process;

/// What to measure. `--bench` is what cargo adds.
#[derive(Parser)]
struct Arguments {
    /// Streams at the same time.
    #[arg(long, default_value_t = 200)]
    streams: usize,
    /// Measured rounds; one more comes before them to warm up.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Tokens in a stream.
    #[arg(long, default_value_t = 100)]
    tokens: usize,
    /// Milliseconds between two tokens of a stream.
    #[arg(long, default_value_t = 10)]
    pause_ms: u64,
    /// Be the bare relay to this agent.
    #[arg(long, hide = true)]
    relay_to: Option<SocketAddr>,
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    if let Some(agent) = arguments.relay_to {
        return relay::serve(agent).await;
    }
    println!(
        "{} streams at once, {} tokens each, {} ms apart; {} rounds after one to warm up",
        arguments.streams, arguments.tokens, arguments.pause_ms, arguments.rounds
    );
    let upstream = upstream::start(arguments.tokens, arguments.pause_ms).await;
    let graphql = Measurement {
        face: Face::GraphQl,
        arguments: &arguments,
    };
    let theirs = Process::typescript(upstream);
    let theirs = graphql.of("TypeScript 1.10.6, GraphQL", theirs).await;
    let ours = Process::ours(upstream);
    let ours = graphql.of("agui-runtime, GraphQL", ours).await;
    let agui = Measurement {
        face: Face::AgUi,
        arguments: &arguments,
    };
    let least = agui.of("bare relay, AG-UI", Process::relay(upstream)).await;
    let relayed = agui
        .of("agui-runtime, AG-UI", Process::ours(upstream))
        .await;
    println!(
        "CPU per token: over GraphQL 1/{:.1} of TypeScript's; over AG-UI {:.1} times the bare relay's",
        theirs / ours,
        relayed / least
    );
}

/// How a process is measured.
struct Measurement<'a> {
    face: Face,
    arguments: &'a Arguments,
}

impl Measurement<'_> {
    async fn round(&self, address: SocketAddr) -> Round {
        load::round(address, self.face, self.arguments.streams).await
    }

    /// Measures one process and gives its CPU time per token, in microseconds.
    async fn of(&self, name: &str, process: Process) -> f64 {
        let arguments = self.arguments;
        let address = process.address;
        let idle = process.resident_mib();
        self.round(address).await;
        let before = process.cpu_us();
        let mut first_token_ms = Vec::new();
        let mut tokens = 0;
        let mut peak = 0;
        for _ in 0..arguments.rounds {
            let round = self.round(address).await;
            first_token_ms.extend(round.first_token_ms);
            tokens += round.tokens;
            peak = peak.max(process.resident_mib());
        }
        let wanted = arguments.rounds * arguments.streams * arguments.tokens;
        assert_eq!(tokens, wanted, "{name} lost tokens");
        let per_token = (process.cpu_us() - before) as f64 / tokens as f64;
        first_token_ms.sort_unstable();
        let p99 = first_token_ms[first_token_ms.len() * 99 / 100];
        println!(
            "{name:27} {per_token:6.1} µs CPU per token; first token p99 {p99} ms; memory {idle} MiB idle, {peak} MiB in use"
        );
        per_token
    }
}
