//! The command line: see `agui-runtime --help`.

mod cli;

use std::process::ExitCode;

/// Runs allocate and free many small strings on many threads; the system's allocator keeps more of them for itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
