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

/// What the kernel reads: `struct robust_list_head`, and the only entry of the list behind it.
#[repr(C)]
struct Head {
    list: Entry,
    futex_offset: libc::c_long,
    pending: *mut Entry,
    entry: Entry,
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
    /// A page with a list of one entry whose futex word is `word`.
    fn new(word: &'static AtomicU32) -> io::Result<ListPage> {
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
        let entry = unsafe { &raw mut (*start).entry };
        let distance = (word.as_ptr() as isize).wrapping_sub(entry as isize);
        let contents = Head {
            list: Entry { next: entry },
            futex_offset: distance as libc::c_long,
            pending: null_mut(),
            // The list ends where it begins. `list` is the first field, so the addresses agree.
            entry: Entry { next: start.cast() },
        };
        // SAFETY: the page is mapped, writable, aligned, large enough, and nobody else's yet.
        unsafe { start.write(contents) };
        Ok(list)
    }
}

/// The lifeline of the thread that raised it. Dropping it lowers it again.
pub(crate) struct Lifeline {
    page: Option<ListPage>,
    word: &'static AtomicU32,
    /// The list the C library had registered for this thread.
    before: *mut c_void,
    before_size: usize,
    /// The list belongs to the thread: it must not be lowered from another.
    _thread: PhantomData<*const ()>,
}

/// Registers `word` as the lifeline of the calling thread: when the thread ends, by whatever cause, the
/// kernel sets [`OWNER_DIED`] in it and wakes one sleeper.
///
/// The thread must use no robust mutex of the C library while the lifeline is up: its list is replaced.
///
/// # Errors
/// No memory, or the kernel has no robust lists.
pub(crate) fn raise(word: &'static AtomicU32) -> io::Result<Lifeline> {
    let page = ListPage::new(word)?;
    let (before, before_size) = registered()?;
    register(page.head.as_ptr().cast(), HEAD_SIZE)?;
    // After the list: a word that names a thread without a list would promise a mark that never comes.
    word.store(thread::tid() | WAITERS, Ordering::SeqCst);
    Ok(Lifeline {
        page: Some(page),
        word,
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
        // The word first: the reverse of `raise`.
        self.word.store(0, Ordering::SeqCst);
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
        static WORD: AtomicU32 = AtomicU32::new(0);
        let before = registered().expect("robust lists");
        let lifeline = raise(&WORD).expect("raise");
        let up = registered().expect("robust lists");
        assert!(up.0 != before.0 && up.1 == HEAD_SIZE);
        assert_eq!(WORD.load(Ordering::SeqCst), thread::tid() | WAITERS);
        drop(lifeline);
        assert_eq!(registered().expect("robust lists"), before);
        assert_eq!(WORD.load(Ordering::SeqCst), 0);
    }
}
