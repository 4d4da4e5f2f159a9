//! Lifelines: words that the kernel marks the moment a thread ends, however it ends.
//!
//! The kernel walks the robust list of an ending thread and marks each futex word on it that holds the
//! thread's id. Head and entry live on a shared anonymous page, because the kernel may discard private
//! memory before it walks the list; the word lives in the arena, at a distance the head tells.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::io;
use std::marker::PhantomData;
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap_anonymous, munmap};
use rustix::param::page_size;

use super::thread;

/// Set by the kernel when the thread that raised the lifeline has ended.
pub(crate) const OWNER_DIED: u32 = libc::FUTEX_OWNER_DIED;
/// Tells the kernel to wake one sleeper of the word when it marks it.
pub(crate) const WAITERS: u32 = libc::FUTEX_WAITERS;

/// What the kernel reads: `struct robust_list`.
#[repr(C)]
struct Entry {
    next: *mut Entry,
}

/// Words a lifeline consists of.
pub(crate) const WORDS: usize = crate::limits::RING;

/// What the kernel reads: `struct robust_list_head`, and the entries of the list behind it.
#[repr(C)]
struct Head {
    list: Entry,
    futex_offset: libc::c_long,
    pending: *mut Entry,
    entries: [Entry; WORDS],
}

/// The size of `struct robust_list_head`: the first three fields of [`Head`].
const HEAD_SIZE: usize = size_of::<Entry>() + size_of::<libc::c_long>() + size_of::<*mut Entry>();

/// The page that the kernel reads when the thread ends.
pub(crate) struct ListPage {
    head: NonNull<Head>,
}

// SAFETY: only `raise` writes to the page, before it is shared with anybody; then it is the kernel's.
unsafe impl Send for ListPage {}

impl Drop for ListPage {
    fn drop(&mut self) {
        // SAFETY: mapped by `ListPage::new`; the thread whose list it was has ended or has another list now.
        let _ = unsafe { munmap(self.head.as_ptr().cast(), page_size()) };
    }
}

impl ListPage {
    /// A page with a list of an entry for each of `words`, which must be as far apart as entries are: the
    /// kernel knows one distance for all.
    fn new(words: [&'static AtomicU32; WORDS]) -> io::Result<ListPage> {
        let first = words[0].as_ptr().addr();
        let spaced = |(i, word): (usize, &&AtomicU32)| word.as_ptr().addr() == first + i * size_of::<Entry>();
        if !words.iter().enumerate().all(spaced) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping at an address the kernel chooses.
        let page = unsafe { mmap_anonymous(null_mut(), page_size(), access, MapFlags::SHARED) }?;
        let Some(head) = NonNull::new(page.cast::<Head>()) else {
            return Err(io::ErrorKind::OutOfMemory.into());
        };
        let list = ListPage { head };
        // SAFETY: the range is the page mapped above. A child has no use for it, and must not share it.
        unsafe { madvise(page, page_size(), Advice::LinuxDontFork) }?;
        let start = head.as_ptr();
        // SAFETY: `start` is valid for a `Head`; this only takes the address of a field.
        let entries = unsafe { &raw mut (*start).entries }.cast::<Entry>();
        let distance = first.wrapping_sub(entries.addr());
        let contents = Head {
            list: Entry { next: entries },
            futex_offset: distance as libc::c_long,
            pending: null_mut(),
            // The list ends where it begins. `list` is the first field, so the addresses agree.
            entries: std::array::from_fn(|i| Entry {
                next: if i + 1 < WORDS {
                    entries.wrapping_add(i + 1)
                } else {
                    start.cast()
                },
            }),
        };
        // SAFETY: the page is mapped, writable, aligned, large enough, and nobody else's yet.
        unsafe { start.write(contents) };
        Ok(list)
    }
}

/// Words of a lifeline outside an arena: the low halves of 64-bit words.
pub(crate) struct Words([[AtomicU32; 2]; WORDS]);

impl Words {
    /// Words that are down.
    pub(crate) const fn new() -> Words {
        Words([const { [AtomicU32::new(0), AtomicU32::new(0)] }; WORDS])
    }

    /// The words, as [`raise`] takes them.
    pub(crate) fn each(&self) -> [&AtomicU32; WORDS] {
        std::array::from_fn(|i| &self.0[i][0])
    }
}

/// The lifeline of the thread that raised it. Dropping it lowers it again.
pub(crate) struct Lifeline {
    page: Option<ListPage>,
    words: [&'static AtomicU32; WORDS],
    /// The list the C library had registered for this thread.
    before: *mut c_void,
    before_size: usize,
    /// The list belongs to the thread: it must not be lowered from another.
    _thread: PhantomData<*const ()>,
}

/// Registers `words` as the lifeline of the calling thread: when the thread ends, by whatever cause, the
/// kernel sets [`OWNER_DIED`] in each, in order, and wakes one sleeper of each. The words must be 8 bytes apart.
///
/// The thread must use no robust mutex of the C library while the lifeline is up: its list is replaced.
///
/// # Errors
/// No memory, or the kernel has no robust lists.
pub(crate) fn raise(words: [&'static AtomicU32; WORDS]) -> io::Result<Lifeline> {
    let page = ListPage::new(words)?;
    let (before, before_size) = registered()?;
    register(page.head.as_ptr().cast(), HEAD_SIZE)?;
    // After the list: a word that names a thread without a list would promise a mark that never comes.
    words
        .iter()
        .for_each(|word| word.store(thread::tid() | WAITERS, Ordering::SeqCst));
    Ok(Lifeline {
        page: Some(page),
        words,
        before,
        before_size,
        _thread: PhantomData,
    })
}

impl Lifeline {
    /// Leaves the list registered for the rest of the thread's life. The page must outlive the thread.
    pub(crate) fn leave_up(mut self) -> Option<ListPage> {
        self.page.take()
    }
}

impl Drop for Lifeline {
    fn drop(&mut self) {
        let Some(page) = self.page.take() else { return };
        // The words first: the reverse of `raise`.
        self.words.iter().for_each(|word| word.store(0, Ordering::SeqCst));
        if register(self.before, self.before_size).is_err() {
            // The kernel still reads the page when the thread ends.
            std::mem::forget(page);
        }
    }
}

fn registered() -> io::Result<(*mut c_void, usize)> {
    let mut head: *mut c_void = null_mut();
    let mut size = HEAD_SIZE;
    // SAFETY: the call writes a pointer and a length of this thread (0) to the two places given.
    let answer = unsafe { libc::syscall(libc::SYS_get_robust_list, 0, &raw mut head, &raw mut size) };
    if answer == 0 {
        Ok((head, size))
    } else {
        Err(io::Error::last_os_error())
    }
}

fn register(head: *mut c_void, size: usize) -> io::Result<()> {
    // SAFETY: the kernel only notes the address. It reads the list, with checks of its own, when the thread
    // ends or the program is replaced; `head` is mapped until then, by the owners of `ListPage`.
    let answer = unsafe { libc::syscall(libc::SYS_set_robust_list, head, size) };
    if answer == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn the_list_of_the_c_library_is_put_back() {
        static WORDS: Words = Words::new();
        let before = registered().expect("robust lists");
        let lifeline = raise(WORDS.each()).expect("raise");
        let up = registered().expect("robust lists");
        assert!(up.0 != before.0 && up.1 == HEAD_SIZE);
        assert!(
            WORDS
                .each()
                .iter()
                .all(|w| w.load(Ordering::SeqCst) == thread::tid() | WAITERS)
        );
        drop(lifeline);
        assert_eq!(registered().expect("robust lists"), before);
        assert!(WORDS.each().iter().all(|w| w.load(Ordering::SeqCst) == 0));
    }
}
