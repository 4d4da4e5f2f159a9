//! The kernel's robust list, used directly: what tells the living of a death soonest.

#![allow(unsafe_code)]

use std::io::Error;
use std::mem::offset_of;
use std::ptr;
use std::sync::atomic::Ordering::SeqCst;

use anyhow::{Result, ensure};
use nix::libc;

use crate::board::{Board, Line};
use crate::sys::futex;

/// An entry of the list, and its head.
#[repr(C)]
struct Node {
    next: *mut Node,
}

/// What the kernel reads when a thread ends.
#[repr(C)]
struct Head {
    list: Node,
    futex_offset: libc::c_long,
    pending: *mut Node,
}

/// The mark on the word of an owner that is dead.
const OWNER_DIED: u32 = 0x4000_0000;
/// The mark of somebody who waits.
const WAITERS: u32 = 0x8000_0000;

/// Makes the calling thread the owner of the board's robust word for the rest of its life.
pub fn own(board: &Board) -> Result<()> {
    let line: *const Line = &board.robust;
    let node = line
        .cast_mut()
        .wrapping_byte_add(offset_of!(Line, value))
        .cast::<Node>();
    let futex_offset = offset_of!(Line, word) as libc::c_long - offset_of!(Line, value) as libc::c_long;
    let head = Box::leak(Box::new(Head {
        list: Node { next: node },
        futex_offset,
        pending: ptr::null_mut(),
    }));
    board.robust.value.store(ptr::from_mut(head) as u64, SeqCst);
    // SAFETY: the head lives for ever, and the list is closed: head, entry, head. The entry is on
    // the board, which this process keeps mapped; only the kernel follows the list.
    let status = unsafe { libc::syscall(libc::SYS_set_robust_list, ptr::from_mut(head), size_of::<Head>()) };
    ensure!(status == 0, "set_robust_list: {}", Error::last_os_error());
    let me = rustix::thread::gettid().as_raw_nonzero().get() as u32;
    board.robust.word.store(me | WAITERS, SeqCst);
    Ok(())
}

/// Waits until the owner of the board's robust word is dead.
pub fn wait(board: &Board) {
    loop {
        let word = board.robust.word.load(SeqCst);
        if word & OWNER_DIED != 0 {
            return;
        }
        futex::wait(&board.robust.word, word);
    }
}
