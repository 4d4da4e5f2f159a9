//! Whether other programs use the cores while something is measured.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// How much others may use: what the kernel's coarse counters cannot tell from nothing, or this
/// share of the time.
const TOLERATED: Duration = Duration::from_millis(30);
const TOLERATED_SHARE: f64 = 0.04;
/// How long one look for others takes.
const LOOK: Duration = Duration::from_millis(100);

/// The processor time used so far: by everybody, and by this process and the children it has seen end.
#[derive(Debug)]
pub struct Load {
    began: Instant,
    everybody: Duration,
    own: Duration,
}

impl Load {
    /// From now on.
    pub fn begin() -> Load {
        Load {
            began: Instant::now(),
            everybody: everybody(),
            own: own(),
        }
    }

    /// Whether others have hardly used the cores since then.
    pub fn quiet(&self) -> bool {
        let others = everybody()
            .saturating_sub(self.everybody)
            .saturating_sub(own().saturating_sub(self.own));
        others <= TOLERATED.max(self.began.elapsed().mul_f64(TOLERATED_SHARE))
    }
}

/// Waits for the others to stop, but not longer than `patience`.
pub fn await_quiet(patience: Duration) {
    let start = Instant::now();
    while start.elapsed() < patience {
        let before = everybody();
        sleep(LOOK);
        if everybody().saturating_sub(before) <= TOLERATED / 2 {
            return;
        }
    }
}

/// Busy time of all cores, in the ticks of the kernel; nothing where it cannot be read.
fn everybody() -> Duration {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let ticks: Vec<u64> = line
        .split_whitespace()
        .skip(1)
        .map_while(|field| field.parse().ok())
        .collect();
    // user, nice, system, (idle, waiting for input and output,) interrupts: what somebody used.
    let busy: u64 = ticks
        .iter()
        .take(7)
        .enumerate()
        .filter(|(index, _)| ![3, 4].contains(index))
        .map(|(_, t)| t)
        .sum();
    Duration::from_secs_f64(busy as f64 / rustix::param::clock_ticks_per_second() as f64)
}

fn own() -> Duration {
    let used = |who| getrusage(who).map_or(Duration::ZERO, |usage| time(&usage));
    used(UsageWho::RUSAGE_SELF) + used(UsageWho::RUSAGE_CHILDREN)
}

fn time(usage: &Usage) -> Duration {
    let microseconds = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(microseconds.try_into().unwrap_or(0))
}
