//! The command line: see `agui-runtime --help`.

mod cli;

use std::process::ExitCode;

/// Runs allocate and free many small strings on many threads; the system's allocator keeps more of them for itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    without_huge_pages();
    cli::main()
}

/// Many small strings fill a huge page slowly, and it is in memory from its first byte on: without them a server takes a
/// third less of it at rest, and no more time. Whatever it starts inherits this. A kernel that refuses has its reasons.
fn without_huge_pages() {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_thp_disable(true);
}
