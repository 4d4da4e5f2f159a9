//! The clocks.
//!
//! Due times in an arena are on the monotonic clock of the machine: this process's clock minus the offset
//! of its time namespace. Futex deadlines are on this process's own clock.

use rustix::time::{ClockId, Timespec, clock_gettime};

/// Nanoseconds in a second.
pub(crate) const NS_PER_S: i64 = 1_000_000_000;

/// Seconds from 1601-01-01 to 1970-01-01, both UTC.
const FILETIME_EPOCH_S: i64 = 11_644_473_600;

/// Inode of the machine's first time namespace (`PROC_TIME_INIT_INO`), whose offsets are zero.
const FIRST_TIME_NAMESPACE: u64 = 0xEFFF_FFFA;

/// This process's `CLOCK_MONOTONIC`.
pub(crate) fn monotonic_ns() -> i64 {
    nanoseconds(clock_gettime(ClockId::Monotonic))
}

/// This process's `CLOCK_MONOTONIC_COARSE`: cheaper, and up to a tick behind.
pub(crate) fn coarse_ns() -> i64 {
    nanoseconds(clock_gettime(ClockId::MonotonicCoarse))
}

/// Now in units of 100 ns since 1601-01-01 UTC, as Windows counts.
pub(crate) fn realtime_100ns() -> i64 {
    let now = clock_gettime(ClockId::Realtime);
    now.tv_sec
        .saturating_add(FILETIME_EPOCH_S)
        .saturating_mul(10_000_000)
        .saturating_add(now.tv_nsec / 100)
}

/// What this process's time namespace adds to the machine's monotonic clock. To be read once, at attach: a
/// process does not change its own time namespace, only that of its children.
pub(crate) fn monotonic_offset_ns() -> i64 {
    offset_ns(["monotonic", "1"])
}

/// The same of the clock that counts since the boot.
pub(crate) fn boottime_offset_ns() -> i64 {
    offset_ns(["boottime", "7"])
}

fn offset_ns(names: [&str; 2]) -> i64 {
    // The offsets in `/proc` are those of the children's namespace, which may already be another one.
    if super::thread::inode("/proc/self/ns/time") == FIRST_TIME_NAMESPACE {
        return 0;
    }
    std::fs::read_to_string("/proc/self/timens_offsets").map_or(0, |text| parse_offset(&text, names))
}

/// A clock's line of `timens_offsets`: "monotonic  <seconds>  <nanoseconds>"; 0 where there is none.
fn parse_offset(text: &str, names: [&str; 2]) -> i64 {
    let line = text.lines().find_map(|line| {
        let mut words = line.split_ascii_whitespace();
        // Before 5.7 there is no such file, and later kernels name the clocks by word or by number.
        names.contains(&words.next()?).then_some(())?;
        let seconds: i64 = words.next()?.parse().ok()?;
        let nanoseconds: i64 = words.next()?.parse().ok()?;
        Some(seconds.saturating_mul(NS_PER_S).saturating_add(nanoseconds))
    });
    line.unwrap_or(0)
}

fn nanoseconds(time: Timespec) -> i64 {
    time.tv_sec.saturating_mul(NS_PER_S).saturating_add(time.tv_nsec)
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn offsets_of_both_signs_are_read() {
        let monotonic = |text| parse_offset(text, ["monotonic", "1"]);
        assert_eq!(
            monotonic("monotonic           0         0\nboottime            0         0\n"),
            0
        );
        assert_eq!(
            monotonic("monotonic  100000  5\nboottime  7  0\n"),
            100_000 * NS_PER_S + 5
        );
        assert_eq!(
            monotonic("monotonic  -2  500000000\nboottime  7  0\n"),
            -1_500_000_000
        );
        assert_eq!(monotonic("boottime  7  0\nmonotonic  1  0\n"), NS_PER_S);
        assert_eq!(monotonic("monotonic x y\n"), 0);
        assert_eq!(monotonic(""), 0);
        assert_eq!(
            parse_offset("monotonic  1  0\nboottime  7  0\n", ["boottime", "7"]),
            7 * NS_PER_S
        );
    }

    #[test]
    fn the_monotonic_clocks_agree_and_never_go_back() {
        let coarse = coarse_ns();
        let first = monotonic_ns();
        let second = monotonic_ns();
        assert!(coarse <= first && first <= second);
    }

    #[test]
    fn filetime_counts_from_1601() {
        let unix = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .expect("after 1970");
        let now = realtime_100ns();
        let before = (unix.as_nanos() / 100) as i64 + 116_444_736_000_000_000;
        assert!(
            now >= before && now - before < 600 * 10_000_000,
            "{now} against {before}"
        );
    }
}
