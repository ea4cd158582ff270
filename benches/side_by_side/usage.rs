//! What the kernel says a process costs, and how many files it lets it open.

use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::time::{ClockId, clock_gettime};
use nix::unistd::Pid;

/// CPU time of a process so far, user and system, of all its threads.
pub fn cpu(process: u32) -> Result<Duration, String> {
    let gone = |error| format!("process {process} cannot be measured: {error}");
    let id = i32::try_from(process).map_err(|error| error.to_string())?;
    let clock = ClockId::pid_cpu_clock_id(Pid::from_raw(id)).map_err(gone)?;
    clock_gettime(clock).map(Duration::from).map_err(gone)
}

/// CPU time of this process: the load generator and the scripted upstream.
pub fn own_cpu() -> Duration {
    cpu(std::process::id()).unwrap_or_default()
}

/// How much of the machine's CPUs others take just now, from 0 to 1: looks on for a second.
pub fn busy() -> f64 {
    let before = ticks();
    std::thread::sleep(Duration::from_secs(1));
    let ((all, idle), (all_before, idle_before)) = (ticks(), before);
    1.0 - (idle - idle_before) / (all - all_before).max(1.0)
}

/// Of all CPUs since the machine's start: all time, and that in which there was nothing to do.
fn ticks() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields = stat.lines().next().unwrap_or_default().split_whitespace();
    let ticks: Vec<f64> = fields.filter_map(|field| field.parse().ok()).collect();
    // The fourth and fifth are idle, and idle while a disk works; from the ninth on all is in the first two already.
    let idle = ticks.iter().skip(3).take(2).sum();
    (ticks.iter().take(8).sum(), idle)
}

/// Resident memory of a process.
#[derive(Clone, Copy)]
pub enum Memory {
    /// As it is.
    Now,
    /// The most that it has had.
    Peak,
}

impl Memory {
    /// In MiB.
    pub fn of(self, process: u32) -> Result<f64, String> {
        let status = std::fs::read_to_string(format!("/proc/{process}/status"))
            .map_err(|error| format!("process {process} cannot be measured: {error}"))?;
        let field = match self {
            Self::Now => "VmRSS:",
            Self::Peak => "VmHWM:",
        };
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        // A process that has ended has no memory, but a status as long as nobody asked for its exit code.
        kib.map(|kib| kib / 1024.0)
            .ok_or_else(|| format!("process {process} has ended"))
    }
}

/// Lets this process and those that it starts open two files for each stream: as the load generator and upstream here, as
/// the connections of client and agent there.
pub fn allow_streams(streams: usize) -> Result<(), String> {
    let needed = 2 * streams as u64 + 200;
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).map_err(|error| error.to_string())?;
    if soft >= needed {
        return Ok(());
    }
    if hard < needed {
        return Err(format!(
            "{streams} streams need {needed} open files in a process, and this machine allows {hard}: raise the limit \
             (`ulimit -Hn {needed}` as root, or `nofile` in /etc/security/limits.conf), or ask for fewer `--streams`"
        ));
    }
    setrlimit(Resource::RLIMIT_NOFILE, needed, hard).map_err(|error| error.to_string())
}
