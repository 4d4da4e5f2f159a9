//! What the workers report, and the clock they share.

use hdrhistogram::Histogram;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// What a worker reports, one JSON line each. All times are of the monotonic clock, in nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Report {
    /// It has opened all objects and is about to wait at the first gate.
    Ready,
    /// The first gate let it through.
    Started { at: u64 },
    /// It ended the act of the mutex.
    Mutex { operations: u64, waits: Times },
    /// It ended the act of the semaphore.
    Semaphore { operations: u64, waits: Times },
    /// It ended the act of the auto-reset event.
    Events { let_through: u64 },
    /// It owns the mutex and the permit of the pool, and will keep them.
    Owns,
    /// It got the mutex after its owner was killed.
    Inherited { at: u64, abandoned: bool },
    /// It ended the act of the timer; when each wait was satisfied.
    Ticks { at: Vec<u64> },
    /// It gave up.
    Failed { why: String },
}

/// Recorded times as pairs of a time and how often it occurred.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Times(Vec<(u64, u64)>);

/// No time in the demo comes near this: everybody's patience ends before.
const LONGEST: u64 = 1 << 40;

/// A histogram for times from a nanosecond to a quarter of an hour, exact to three digits.
pub(super) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST, 3).expect("bounds and digits are within the limits of a histogram")
}

impl From<&Histogram<u64>> for Times {
    fn from(histogram: &Histogram<u64>) -> Self {
        let pair = |step: hdrhistogram::iterators::IterationValue<u64>| {
            (step.value_iterated_to(), step.count_since_last_iteration())
        };
        Times(histogram.iter_recorded().map(pair).collect())
    }
}

impl Times {
    /// Adds the times to a histogram.
    pub(super) fn add_to(&self, histogram: &mut Histogram<u64>) {
        for (time, count) in &self.0 {
            histogram.saturating_record_n(*time, *count);
        }
    }
}

/// Now, on the clock that all processes share, in nanoseconds.
pub(super) fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_survives_the_way_through_a_report() {
        let mut sent = histogram();
        for time in [1, 80, 80, 1_500, 3_000_000_000] {
            sent.saturating_record(time);
        }
        let report = Report::Mutex {
            operations: 5,
            waits: Times::from(&sent),
        };
        let line = serde_json::to_string(&report).expect("a line");
        let Ok(Report::Mutex { operations: 5, waits }) = serde_json::from_str(&line) else {
            panic!("{line}")
        };
        let mut received = histogram();
        waits.add_to(&mut received);
        assert_eq!(received.len(), 5);
        assert_eq!(received.value_at_quantile(0.5), 80);
        assert!(received.max() >= 3_000_000_000);
    }

    #[test]
    fn the_shared_clock_does_not_go_back() {
        let first = now();
        assert!(first > 0 && now() >= first);
    }
}
