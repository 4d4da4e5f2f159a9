//! Interlocked singly linked lists.

use std::mem::MaybeUninit;

use super::forks;
use crate::calls::slist::ListHeader;

/// `SLIST_ENTRY`.
#[repr(C, align(16))]
struct Entry {
    next: *mut Entry,
}

const _: () = assert!(size_of::<Entry>() == 16);

/// `InitializeSListHead`.
#[unsafe(no_mangle)]
extern "C" fn InitializeSListHead(list: &mut MaybeUninit<ListHeader>) {
    list.write(ListHeader::default());
}

/// `InterlockedPushEntrySList`.
///
/// # Safety
/// The entry may be written to, and belongs to the list from now on.
#[unsafe(no_mangle)]
unsafe extern "C" fn InterlockedPushEntrySList(list: &ListHeader, entry: *mut Entry) -> *mut Entry {
    // SAFETY: the contracts are the same for a list of one entry.
    unsafe { InterlockedPushListSListEx(list, entry, entry, 1) }
}

/// `InterlockedPushListSListEx`.
///
/// # Safety
/// So many entries are linked from the first to the last of these, and belong to the list from now on.
#[unsafe(no_mangle)]
unsafe extern "C" fn InterlockedPushListSListEx(
    list: &ListHeader,
    first: *mut Entry,
    last: *mut Entry,
    count: u32,
) -> *mut Entry {
    let link = |next: usize| {
        // SAFETY: an entry that nobody else uses yet, by the contract of this function. It may be less aligned than the type.
        unsafe { (&raw mut (*last).next).write_unaligned(next as *mut Entry) }
    };
    list.push(first as usize, count as u16, link) as *mut Entry
}

/// `InterlockedPopEntrySList`.
///
/// # Safety
/// The entries of the list can be read.
#[unsafe(no_mangle)]
unsafe extern "C" fn InterlockedPopEntrySList(list: &ListHeader) -> *mut Entry {
    let next = |entry: usize| {
        // SAFETY: nobody else removes entries meanwhile, so this is an entry of the list, and stays one during the call.
        let next = unsafe { (&raw const (*(entry as *const Entry)).next).read_unaligned() };
        next as usize
    };
    forks::prepare();
    list.pop(next) as *mut Entry
}

/// `InterlockedFlushSList`.
#[unsafe(no_mangle)]
extern "C" fn InterlockedFlushSList(list: &ListHeader) -> *mut Entry {
    forks::prepare();
    list.flush() as *mut Entry
}

/// `RtlFirstEntrySList`.
#[unsafe(no_mangle)]
extern "C" fn RtlFirstEntrySList(list: &ListHeader) -> *mut Entry {
    list.first() as *mut Entry
}

/// `QueryDepthSList`.
#[unsafe(no_mangle)]
extern "C" fn QueryDepthSList(list: &ListHeader) -> u16 {
    list.depth()
}
