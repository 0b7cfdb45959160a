//! The process as the kernel sees it, under the names that every Prometheus client uses.
use std::fs;

use chrono::{DateTime, Utc};
use prometheus::{Counter, Gauge, IntGauge, IntGaugeVec, Opts, Registry};

use super::{added, opts};

/// Linux counts a process's time in hundredths of a second, whatever its own clock does.
const TICKS_A_SECOND: f64 = 100.0;

/// What is known of this process.
pub(super) struct Process {
    cpu: Counter,
    memory: IntGauge,
    threads: IntGauge,
    files: IntGauge,
    most_files: IntGauge,
}

impl Process {
    pub(super) fn new(to: &Registry, now: DateTime<Utc>) -> Self {
        let build = opts("build_info", "1, with the version of the program.");
        let build: IntGaugeVec = added(to, IntGaugeVec::new(build, &["version"]));
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        let started = ("process_start_time_seconds", "When the program started, in Unix time.");
        let started: Gauge = added(to, Gauge::new(started.0, started.1));
        #[expect(clippy::cast_precision_loss, reason = "Unix time in milliseconds fits exactly")]
        started.set(now.timestamp_millis() as f64 / 1000.0);
        let cpu = Opts::new("process_cpu_seconds_total", "Processor time that was used.");
        let gauge = |name: &str, help: &str| added(to, IntGauge::new(name, help));
        Self {
            cpu: added(to, Counter::with_opts(cpu)),
            memory: gauge("process_resident_memory_bytes", "Memory in use."),
            threads: gauge("process_threads", "Threads."),
            files: gauge("process_open_fds", "Open files and connections."),
            most_files: gauge("process_max_fds", "How many files and connections may be open."),
        }
    }

    /// Looks again. Where the kernel tells nothing, the last that was known stays.
    pub(super) fn look(&self) {
        if let Some(used) = fs::read_to_string("/proc/self/stat").ok().and_then(|s| processor(&s)) {
            self.cpu.inc_by((used - self.cpu.get()).max(0.0));
        }
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        if let Some(kibibytes) = line(&status, "VmRSS:") {
            self.memory.set(kibibytes * 1024);
        }
        if let Some(threads) = line(&status, "Threads:") {
            self.threads.set(threads);
        }
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            self.files.set(open.count().try_into().unwrap_or(i64::MAX));
        }
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        if let Some(most) = line(&limits, "Max open files") {
            self.most_files.set(most);
        }
    }
}

/// Seconds of processor time: the 14th and 15th word, counted from behind the program's name, which
/// may hold anything.
fn processor(stat: &str) -> Option<f64> {
    let (_, words) = stat.rsplit_once(')')?;
    let mut ticks = words.split_whitespace().skip(11).map(str::parse::<f64>);
    Some((ticks.next()?.ok()? + ticks.next()?.ok()?) / TICKS_A_SECOND)
}

/// The first number of the line that begins so.
fn line(text: &str, begins: &str) -> Option<i64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(begins))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_words_are_read() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 1 2 3 4 250 50 0 0 20 0 9 0 100 200 300";
        assert_eq!(processor(stat), Some(3.0));
        assert_eq!(processor("7 (cut off"), None);
        let status = "Name:\tdeskbell\nVmRSS:\t   2048 kB\nThreads:\t9\n";
        assert_eq!((line(status, "VmRSS:"), line(status, "Threads:")), (Some(2048), Some(9)));
        assert_eq!(
            line("Max open files            1024    524288  files", "Max open files"),
            Some(1024)
        );
        assert_eq!(line("Max open files   unlimited unlimited files", "Max open files"), None);
    }
}
