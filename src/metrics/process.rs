//! The process, as the system sees it, under the names that every Prometheus client library gives them. Where there is no
//! `/proc`, only its start is told.

use std::time::{SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Clock ticks a second in `/proc`: the same on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// The process that this is.
#[derive(Debug)]
pub(super) struct Process {
    /// In seconds since 1970.
    start: f64,
}

impl Process {
    pub(super) fn new() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            start: since.unwrap_or_default().as_secs_f64(),
        }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder) -> std::fmt::Result {
        let mut gauge = |name: &str, help: &str, value: f64| {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
        };
        gauge(
            "process_start_time_seconds",
            "When the process started, in seconds since 1970",
            self.start,
        )?;
        if let Some(memory) = Memory::read() {
            gauge(
                "process_resident_memory_bytes",
                "Memory in use",
                memory.resident,
            )?;
            gauge(
                "process_virtual_memory_bytes",
                "Address space in use",
                memory.virt,
            )?;
            gauge("process_threads", "Threads", memory.threads)?;
        }
        // Whoever serves metrics does that in the runtime that serves everything else.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let tasks = runtime.metrics().num_alive_tasks();
            gauge(
                "process_tasks",
                "Tasks of Tokio's that are alive",
                tasks as f64,
            )?;
        }
        if let Some(open) = open_files() {
            gauge("process_open_fds", "File descriptors in use", open)?;
        }
        if let Some(most) = most_files() {
            gauge(
                "process_max_fds",
                "File descriptors that there may be",
                most,
            )?;
        }
        if let Some(seconds) = cpu_seconds() {
            let cpu = ConstCounter::new(seconds);
            let help = "Seconds of CPU that were spent";
            let kind = cpu.metric_type();
            cpu.encode(encoder.encode_descriptor("process_cpu_seconds", help, None, kind)?)?;
        }
        Ok(())
    }
}

struct Memory {
    resident: f64,
    virt: f64,
    threads: f64,
}

impl Memory {
    fn read() -> Option<Self> {
        Self::parse(&std::fs::read_to_string("/proc/self/status").ok()?)
    }

    fn parse(status: &str) -> Option<Self> {
        let number = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key))?;
            line.split_whitespace().next()?.parse::<f64>().ok()
        };
        Some(Self {
            resident: number("VmRSS:")? * 1024.0,
            virt: number("VmSize:")? * 1024.0,
            threads: number("Threads:")?,
        })
    }
}

fn open_files() -> Option<f64> {
    // One of them is the folder that is being read.
    let entries = std::fs::read_dir("/proc/self/fd").ok()?.count();
    Some(entries.saturating_sub(1) as f64)
}

fn most_files() -> Option<f64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

fn cpu_seconds() -> Option<f64> {
    cpu_of(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

/// User and system time: the 14th and 15th field, where the second, the program's name, may hold spaces.
fn cpu_of(stat: &str) -> Option<f64> {
    let (_, after) = stat.rsplit_once(')')?;
    let mut fields = after.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_linux_writes_is_read() {
        let status = "Name:\tx\nVmSize:\t  2048 kB\nVmRSS:\t    1024 kB\nThreads:\t7\n";
        let memory = Memory::parse(status).unwrap();
        assert_eq!(memory.resident, 1_048_576.0);
        assert_eq!((memory.virt, memory.threads), (2_097_152.0, 7.0));
        let stat = "42 (a b) c) S 1 42 42 0 -1 4194560 900 0 0 0 150 50 0 0 20 0 9 0 100 1 1";
        assert_eq!(cpu_of(stat), Some(2.0));
        assert!(cpu_of("").is_none() && Memory::parse("").is_none());
    }
}
