//! Auto-reset events made of one shared word and nothing else.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{Acquire, SeqCst};

use crate::board::Line;
use crate::sys::futex::{self, Words};

/// Signals, and always asks the kernel to wake somebody.
pub fn set(word: &AtomicU32) {
    word.store(1, SeqCst);
    futex::wake(word, 1);
}

/// Waits and consumes the signal; sleeps without spinning.
pub fn wait(word: &AtomicU32) {
    while word.swap(0, SeqCst) == 0 {
        futex::wait(word, 0);
    }
}

/// Consumes the signal of the first signaled one, if one is.
pub fn take_any(lines: &[Line]) -> Option<usize> {
    lines.iter().position(|line| {
        line.word.load(Acquire) == 1 && line.word.compare_exchange(1, 0, SeqCst, SeqCst).is_ok()
    })
}

/// Waits for any of them and consumes its signal.
pub fn wait_any(lines: &[Line], words: &Words) -> usize {
    loop {
        match take_any(lines) {
            Some(index) => return index,
            None => words.wait(),
        }
    }
}
