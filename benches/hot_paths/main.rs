//! The hot paths, each measured by itself: `cargo bench --bench hot_paths`, or with `-- --quick` for a first look.
//!
//! All of it goes through what the crate makes public: what is not, such as a plan or a frame, is measured by a request to the
//! runtime's endpoint in this process, without a client's socket. Each module says what its figures include.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that fails should stop"
)]

mod appended;
mod endpoint;
mod events;
mod operation;
mod relayed;

use std::time::Duration;

use criterion::Criterion;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    operation::measure(&mut criterion);
    events::measure(&mut criterion);
    relayed::measure(&mut criterion);
    appended::measure(&mut criterion);
    criterion.final_summary();
}
