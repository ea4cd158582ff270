//! Programs that a test needs and that a machine may lack. A missing one skips the test out loud; with `REQUIRE_ALL=1`, as
//! in CI, it fails it.

use std::process::Command;

/// Whether Node.js is there. Without it the calling test must return at once: it counts as skipped.
pub fn node() -> bool {
    available("node", "--version")
}

/// Whether npm is there, on the same terms as [`node`].
pub fn npm() -> bool {
    available("npm", "--version")
}

fn available(program: &str, probe: &str) -> bool {
    let found = Command::new(program)
        .arg(probe)
        .output()
        .is_ok_and(|output| output.status.success());
    if !found {
        skip(&format!("{program} is not installed"));
    }
    found
}

/// Reports a skipped test; the line is what `.ci/run` looks for. Fails the test where nothing may be skipped.
pub fn skip(why: &str) {
    assert!(
        std::env::var("REQUIRE_ALL").as_deref() != Ok("1"),
        "REQUIRE_ALL=1, but {why}"
    );
    eprintln!("SKIPPED: {why}");
}
