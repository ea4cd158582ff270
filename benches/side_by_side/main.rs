//! This runtime and upstream's TypeScript runtime side by side: the same paced model behind both, the same streams in front,
//! both measured in one run. Prints the CPU time of the process under test for each token.
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
mod upstream;

use std::net::SocketAddr;

use clap::Parser;

use load::Round;
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
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    println!(
        "{} streams at once, {} tokens each, {} ms apart, GraphQL multipart; {} rounds after one to warm up",
        arguments.streams, arguments.tokens, arguments.pause_ms, arguments.rounds
    );
    let model = upstream::start(arguments.tokens, arguments.pause_ms).await;
    let theirs = measure("TypeScript 1.10.6", Process::typescript(model), &arguments).await;
    let ours = measure("agui-runtime", Process::ours(model), &arguments).await;
    println!(
        "CPU per token: ours is 1/{:.1} of TypeScript's",
        theirs / ours
    );
}

/// Measures one process and gives its CPU time per token, in microseconds.
async fn measure(name: &str, process: Process, arguments: &Arguments) -> f64 {
    let address = process.address;
    let idle = process.resident_mib();
    round(address, arguments).await;
    let before = process.cpu_us();
    let mut first_token_ms = Vec::new();
    let mut tokens = 0;
    let mut peak = 0;
    for _ in 0..arguments.rounds {
        let round = round(address, arguments).await;
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
        "{name:18} {per_token:6.1} µs CPU per token; first token p99 {p99} ms; memory {idle} MiB idle, {peak} MiB in use"
    );
    per_token
}

async fn round(address: SocketAddr, arguments: &Arguments) -> Round {
    load::round(address, arguments.streams).await
}
