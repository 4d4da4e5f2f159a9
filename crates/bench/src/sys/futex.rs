//! Shared futexes, called directly: what the kernel offers to everybody.

use std::sync::atomic::AtomicU32;

use rustix::thread::{ClockId, futex};

/// Sleeps until `word` is woken, unless it is not `value` any more. May return for no reason.
pub fn wait(word: &AtomicU32, value: u32) {
    // Every caller looks at the word again, whatever the kernel says.
    let _ = futex::wait(word, futex::Flags::empty(), value, None);
}

/// As [`wait`], for at most so many milliseconds.
pub fn wait_for(word: &AtomicU32, value: u32, milliseconds: i64) {
    let limit = futex::Timespec {
        tv_sec: milliseconds / 1000,
        tv_nsec: milliseconds % 1000 * 1_000_000,
    };
    let _ = futex::wait(word, futex::Flags::empty(), value, Some(&limit));
}

/// Wakes up to `count` sleepers.
pub fn wake(word: &AtomicU32, count: u32) {
    let _ = futex::wake(word, futex::Flags::empty(), count);
}

/// Several words to sleep on at once.
#[derive(Debug)]
pub struct Words(Vec<futex::Wait>);

impl Words {
    /// To sleep while every word is zero.
    pub fn new<'a>(words: impl Iterator<Item = &'a AtomicU32>) -> Words {
        let wait = |word: &AtomicU32| {
            let mut wait = futex::Wait::new();
            wait.uaddr = futex::WaitPtr::new(word.as_ptr().cast());
            wait.flags = futex::WaitFlags::SIZE_U32;
            wait
        };
        Words(words.map(wait).collect())
    }

    /// Sleeps until one of the words is woken, unless one is not zero any more.
    pub fn wait(&self) {
        let _ = futex::waitv(&self.0, futex::WaitvFlags::empty(), None, ClockId::Monotonic);
    }
}
