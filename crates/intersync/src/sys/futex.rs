//! Shared futexes: sleep until a word changes, wake those who sleep on it.
//!
//! A return from any wait means nothing by itself: a wake may be stray, or come from a member that
//! means harm. Callers read the word again and decide by that.

use std::num::NonZeroU32;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use rustix::io::Errno;
use rustix::thread::ClockId;
use rustix::thread::futex::{self, Flags, Timespec, Wait, WaitFlags, WaitPtr, WaitvFlags};

use super::clock;

/// How a wait came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::enum_variant_names,
    reason = "woken is what a sleeper is, whatever the type is called"
)]
pub(crate) enum Woken {
    /// Somebody woke the word, or the kernel says so without cause.
    Woken,
    /// The deadline has passed.
    TimedOut,
    /// The word did not hold the expected value.
    Changed,
    /// A signal, or the end of a slice, ended the sleep early.
    Interrupted,
}

/// The most words the kernel accepts in one `futex_waitv`.
const WAITV_MAXIMUM: usize = 128;

/// The shortest and the longest slice of a sleep on several words where `futex_waitv` is missing.
const SLICE_NS: (i64, i64) = (1_000_000, 20_000_000);

/// Matches every wake: this crate does not use the bits of `FUTEX_WAIT_BITSET`.
const ALL_BITS: NonZeroU32 = NonZeroU32::MAX;

/// Cleared for good when the kernel, or a filter installed later, refuses `futex_waitv`.
static WAITV_ACCEPTED: AtomicBool = AtomicBool::new(true);

/// Sleeps while `word` is `expected`, until `deadline_ns` on this process's `CLOCK_MONOTONIC` (`None`: for ever).
pub(crate) fn wait(word: &AtomicU32, expected: u32, deadline_ns: Option<i64>) -> Woken {
    let deadline = deadline_ns.map(timespec);
    match futex::wait_bitset(word, Flags::empty(), expected, deadline.as_ref(), ALL_BITS) {
        Ok(()) => Woken::Woken,
        Err(errno) => outcome(errno),
    }
}

/// Sleeps while every word has its expected value, until one of them is woken or the deadline passes.
///
/// Where `futex_waitv` is missing or refused this sleeps on the first word only, in slices, and
/// returns [`Woken::Interrupted`] at the end of each; callers loop and look at all words anyway.
pub(crate) fn wait_many(words: &[(&AtomicU32, u32)], deadline_ns: Option<i64>) -> Woken {
    match words {
        [] => Woken::Changed,
        [(word, expected)] => wait(word, *expected, deadline_ns),
        _ if words.len() <= WAITV_MAXIMUM && has_waitv() => wait_vector(words, deadline_ns),
        _ => wait_slice(words, deadline_ns),
    }
}

/// Wakes up to `count` sleepers of `word` and returns how many were woken.
///
/// Errors are ignored: a member can make a wake fail by sleeping on the word in a way that does not
/// fit, and sleepers do not rely on a single wake.
pub(crate) fn wake(word: &AtomicU32, count: u32) -> u32 {
    // The kernel reads the count as a signed number, and wakes one for a negative one.
    let count = count.min(i32::MAX as u32);
    futex::wake(word, Flags::empty(), count).map_or(0, |woken| u32::try_from(woken).unwrap_or(u32::MAX))
}

/// Has a sleeper on `word`, if that still has the expected value, sleep on `to` instead.
pub(crate) fn requeue(word: &AtomicU32, expected: u32, to: &AtomicU32) {
    if futex::cmp_requeue(word, Flags::empty(), 0, 1, to, expected).is_err() {
        wake(word, 1);
    }
}

/// Whether `futex_waitv` (Linux 5.16) works in this process.
pub(crate) fn has_waitv() -> bool {
    static PROBED: LazyLock<bool> = LazyLock::new(probe_waitv);
    WAITV_ACCEPTED.load(Ordering::Relaxed) && *PROBED
}

/// Asks for a wait that can only end with "the word has another value" where the call exists.
fn probe_waitv() -> bool {
    let words = [AtomicU32::new(1), AtomicU32::new(1)];
    let waiters = [waiter(&words[0], 0), waiter(&words[1], 0)];
    let answer = futex::waitv(&waiters, WaitvFlags::empty(), None, ClockId::Monotonic);
    matches!(answer, Err(Errno::AGAIN))
}

fn wait_vector(words: &[(&AtomicU32, u32)], deadline_ns: Option<i64>) -> Woken {
    let mut waiters = [const { Wait::new() }; WAITV_MAXIMUM];
    for (entry, (word, expected)) in waiters.iter_mut().zip(words) {
        *entry = waiter(word, *expected);
    }
    let count = words.len().min(WAITV_MAXIMUM);
    let deadline = deadline_ns.map(timespec);
    match futex::waitv(
        &waiters[..count],
        WaitvFlags::empty(),
        deadline.as_ref(),
        ClockId::Monotonic,
    ) {
        Ok(_) => Woken::Woken,
        Err(Errno::NOSYS | Errno::PERM | Errno::INVAL) => {
            WAITV_ACCEPTED.store(false, Ordering::Relaxed);
            wait_slice(words, deadline_ns)
        }
        Err(errno) => outcome(errno),
    }
}

/// One slice of sleep on the first word. The slice is longer the longer the caller wants to sleep.
fn wait_slice(words: &[(&AtomicU32, u32)], deadline_ns: Option<i64>) -> Woken {
    if words
        .iter()
        .any(|(word, expected)| word.load(Ordering::SeqCst) != *expected)
    {
        return Woken::Changed;
    }
    let Some((word, expected)) = words.first() else {
        return Woken::Changed;
    };
    let now = clock::monotonic_ns();
    let remaining = deadline_ns.map_or(i64::MAX, |deadline| deadline.saturating_sub(now));
    let slice = (remaining / 8)
        .clamp(SLICE_NS.0, SLICE_NS.1)
        .min(remaining.max(0));
    match wait(word, *expected, Some(now.saturating_add(slice))) {
        Woken::TimedOut if slice < remaining => Woken::Interrupted,
        ended => ended,
    }
}

fn waiter(word: &AtomicU32, expected: u32) -> Wait {
    let mut waiter = Wait::new();
    waiter.val = u64::from(expected);
    waiter.uaddr = WaitPtr::new(word.as_ptr().cast());
    waiter.flags = WaitFlags::SIZE_U32;
    waiter
}

/// A deadline in the past stays one: the kernel refuses negative times, so they become zero.
fn timespec(ns: i64) -> Timespec {
    let ns = ns.max(0);
    Timespec {
        tv_sec: ns / clock::NS_PER_S,
        tv_nsec: ns % clock::NS_PER_S,
    }
}

/// A system call filter may answer with any number; looking again is always right.
fn outcome(errno: Errno) -> Woken {
    match errno {
        Errno::TIMEDOUT => Woken::TimedOut,
        Errno::INTR => Woken::Interrupted,
        Errno::AGAIN => Woken::Changed,
        _ => {
            rustix::thread::sched_yield();
            Woken::Changed
        }
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_changed_word_ends_the_wait_at_once() {
        let word = AtomicU32::new(7);
        assert_eq!(wait(&word, 6, None), Woken::Changed);
        assert_eq!(
            wait_many(&[(&word, 7), (&AtomicU32::new(1), 0)], None),
            Woken::Changed
        );
        assert_eq!(
            wait_slice(&[(&word, 7), (&AtomicU32::new(1), 0)], None),
            Woken::Changed
        );
    }

    #[test]
    fn deadlines_in_the_past_time_out() {
        let word = AtomicU32::new(0);
        for deadline in [i64::MIN, -1, 0, 1, clock::monotonic_ns()] {
            assert_eq!(wait(&word, 0, Some(deadline)), Woken::TimedOut);
            assert_eq!(
                wait_many(&[(&word, 0), (&word, 0)], Some(deadline)),
                Woken::TimedOut
            );
            assert_eq!(
                wait_slice(&[(&word, 0), (&word, 0)], Some(deadline)),
                Woken::TimedOut
            );
        }
    }

    #[test]
    fn a_slice_ends_as_an_interruption_before_the_deadline() {
        let word = AtomicU32::new(0);
        assert_eq!(wait_slice(&[(&word, 0), (&word, 0)], None), Woken::Interrupted);
        let far = clock::monotonic_ns() + 3_600 * clock::NS_PER_S;
        assert_eq!(
            wait_slice(&[(&word, 0), (&word, 0)], Some(far)),
            Woken::Interrupted
        );
    }

    #[test]
    fn wake_reaches_a_sleeper_of_the_last_of_many_words() {
        let words: Arc<[AtomicU32]> = (0..WAITV_MAXIMUM).map(|_| AtomicU32::new(0)).collect();
        let sleeper = {
            let words = Arc::clone(&words);
            std::thread::spawn(move || {
                let list: Vec<_> = words.iter().map(|word| (word, 0)).collect();
                while words[WAITV_MAXIMUM - 1].load(Ordering::SeqCst) == 0 {
                    wait_many(&list, None);
                }
            })
        };
        words[WAITV_MAXIMUM - 1].store(1, Ordering::SeqCst);
        wake(&words[WAITV_MAXIMUM - 1], u32::MAX);
        assert!(sleeper.join().is_ok());
    }

    #[test]
    fn more_words_than_the_kernel_takes_still_sleep_and_wake() {
        let words: Vec<AtomicU32> = (0..WAITV_MAXIMUM + 1).map(|_| AtomicU32::new(0)).collect();
        let list: Vec<_> = words.iter().map(|word| (word, 0)).collect();
        assert_eq!(wait_many(&list, None), Woken::Interrupted);
        words[WAITV_MAXIMUM].store(1, Ordering::SeqCst);
        assert_eq!(wait_many(&list, None), Woken::Changed);
    }

    #[test]
    fn wake_counts_whom_it_wakes() {
        let word = AtomicU32::new(0);
        assert_eq!(wake(&word, u32::MAX), 0);
    }
}
