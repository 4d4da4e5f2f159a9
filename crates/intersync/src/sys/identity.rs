//! Tells a forked copy of a process from the process itself, by one private load.
//!
//! The generation lives on a page that the kernel zeroes in every forked child, whichever way it is forked:
//! handlers of `pthread_atfork` run for `fork` only.
#![allow(unsafe_code)]

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::mm::{Advice, madvise};

/// The largest page size of the supported machines; the word must share its page with nothing else.
const PAGE: usize = 65536;

#[repr(C, align(65536))]
struct Page {
    generation: AtomicU32,
    rest: [u8; PAGE - 4],
}

static PRIVATE: Page = Page {
    generation: AtomicU32::new(0),
    rest: [0; PAGE - 4],
};

/// The last generation given out. On an ordinary page: a child goes on counting where its parent was.
static LAST: AtomicU32 = AtomicU32::new(0);

/// No process ever has this generation.
pub(crate) const NOBODY: u32 = u32::MAX;

/// The generation of this process; 0 before the first [`renew`], and in a forked child until its own.
#[inline]
pub(crate) fn generation() -> u32 {
    PRIVATE.generation.load(Ordering::Relaxed)
}

/// Gives this process a generation that neither it nor the processes it was forked from had, and returns it.
pub(crate) fn renew() -> u32 {
    wipe_on_fork();
    let mut generation = 0;
    while generation == 0 || generation == NOBODY {
        generation = LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
    }
    PRIVATE.generation.store(generation, Ordering::Relaxed);
    generation
}

/// Has the kernel zero the page in children; where it refuses, at least children made by `fork` do.
fn wipe_on_fork() {
    let start = std::ptr::from_ref(&PRIVATE).cast_mut().cast();
    // SAFETY: the range is exactly the static `PRIVATE`, whole pages by its alignment and size, in the
    // zero-initialized data of the program, which is private anonymous memory. The advice changes nothing
    // in this process; a child finds zeros, a valid value of every field.
    if unsafe { madvise(start, PAGE, Advice::LinuxWipeOnFork) }.is_ok() {
        return;
    }
    static HANDLER: Once = Once::new();
    HANDLER.call_once(|| {
        // SAFETY: the handler only stores to an atomic, which is allowed between fork and exec, and this
        // code is never unloaded while threads can fork: the library is linked as not unloadable.
        unsafe { libc::pthread_atfork(None, None, Some(forget)) };
    });
}

extern "C" fn forget() {
    PRIVATE.generation.store(0, Ordering::Relaxed);
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn generations_are_never_zero_and_never_repeat() {
        let first = renew();
        let second = renew();
        assert!(first != 0 && second != 0 && first != second);
    }
}
