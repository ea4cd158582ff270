//! Programs that a test needs and that a machine may lack. A missing one skips the test out loud; with `REQUIRE_ALL=1`, as
//! in CI, it fails it.

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

/// The oldest Node.js that runs upstream's clients, as in `tests/run`.
const OLDEST_NODE: u32 = 18;

/// Whether Node.js is there and new enough. Without it the calling test must return at once: it counts as skipped.
pub fn node() -> bool {
    let Some(version) = version("node") else {
        return false;
    };
    let recent = is_recent(&version);
    if !recent {
        skip(&format!("Node.js {version} is older than {OLDEST_NODE}"));
    }
    recent
}

/// Whether Node.js is there and at least this one (major, minor), on the same terms as [`node`].
pub fn node_of(oldest: (u32, u32)) -> bool {
    let Some(found) = version("node") else {
        return false;
    };
    let mut numbers = found.trim_start_matches('v').split('.').map(str::parse);
    let number = |next: Option<Result<u32, _>>| next.and_then(Result::ok).unwrap_or(0);
    let found_one = (number(numbers.next()), number(numbers.next()));
    if found_one < oldest {
        skip(&format!(
            "Node.js {found} is older than {}.{}",
            oldest.0, oldest.1
        ));
    }
    found_one >= oldest
}

/// Where the browser is, on the same terms as [`node`].
pub fn chromium() -> Option<PathBuf> {
    version("chromium")?;
    let path = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&path).map(|folder| folder.join("chromium"));
    places.find(|place| place.exists())
}

/// Whether the program is there, on the same terms as [`node`].
pub fn is_there(program: &str) -> bool {
    version(program).is_some()
}

/// What the program says its version is; nothing, and a skip, if it is not there.
fn version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok();
    let Some(output) = output.filter(|output| output.status.success()) else {
        skip(&format!("{program} is not installed"));
        return None;
    };
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether `v18.20.4` or the like is new enough.
fn is_recent(version: &str) -> bool {
    let major = version.trim_start_matches('v').split('.').next();
    major
        .and_then(|major| major.parse().ok())
        .is_some_and(|major: u32| major >= OLDEST_NODE)
}

/// Reports a skipped test; the line is what `.ci/run` looks for. Fails the test where nothing may be skipped.
pub fn skip(why: &str) {
    assert!(
        std::env::var("REQUIRE_ALL").as_deref() != Ok("1"),
        "REQUIRE_ALL=1, but {why}"
    );
    // Not `eprintln!`, whose lines cargo shows only of tests that fail.
    writeln!(std::io::stderr(), "SKIPPED: {why}").expect("standard error can be written");
}

#[test]
fn an_old_node_is_told_from_a_recent_one() {
    for (version, recent) in [
        ("v18.20.4", true),
        ("v22.0.0", true),
        ("v12.22.9", false),
        ("v9.1.0", false),
        ("", false),
    ] {
        assert_eq!(is_recent(version), recent, "{version}");
    }
}
