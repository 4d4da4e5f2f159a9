//! Lists of attributes for new processes: memory of the caller, whose layout is this library's.

use std::ffi::c_void;

use super::{Bool, Handle, succeeds};
use crate::code::{
    BAD_LENGTH, Code, GEN_FAILURE, INSUFFICIENT_BUFFER, INVALID_PARAMETER, NOT_SUPPORTED, OBJECT_NAME_EXISTS,
    Result,
};

/// `PROC_THREAD_ATTRIBUTE_HANDLE_LIST`.
const HANDLE_LIST: usize = 0x2_0002;
/// More than there are attributes.
const MOST: u32 = 64;

/// What a list begins with; its entries follow.
#[repr(C)]
pub(super) struct AttributeList {
    capacity: u32,
    count: u32,
    reserved: [u64; 2],
}

/// An attribute, whose value belongs to the caller.
#[repr(C)]
#[derive(Clone, Copy)]
struct Entry {
    attribute: usize,
    size: usize,
    value: *const c_void,
}

const _: () = assert!(size_of::<AttributeList>() == 24 && size_of::<Entry>() == 24);

/// The entries of a list.
///
/// # Safety
/// The list was initialized, and has not been deleted.
unsafe fn entries<'l>(list: *const AttributeList) -> &'l [Entry] {
    // SAFETY: so many entries follow the head of the list.
    unsafe { std::slice::from_raw_parts(list.add(1).cast(), (*list).count as usize) }
}

/// The handles that a list restricts inheritance to; `None`: it does not.
///
/// # Safety
/// `list` is null or was initialized and not deleted, and the values in it can be read.
pub(super) unsafe fn handle_list(list: *const AttributeList) -> Option<Vec<isize>> {
    if list.is_null() {
        return None;
    }
    // SAFETY: by the contract of this function.
    let found = unsafe { entries(list) }
        .iter()
        .find(|entry| entry.attribute == HANDLE_LIST)?;
    let count = found.size / size_of::<Handle>();
    // SAFETY: so many handles, by the contract of this function. They need not be aligned.
    let handle = |n: usize| unsafe { found.value.cast::<Handle>().add(n).read_unaligned() };
    Some((0..count).map(|n| handle(n) as isize).collect())
}

/// `InitializeProcThreadAttributeList`.
///
/// # Safety
/// `size` may be read and written; `list` is null or leads to that many bytes, aligned as pointers are.
#[unsafe(no_mangle)]
unsafe extern "C" fn InitializeProcThreadAttributeList(
    list: *mut AttributeList,
    count: u32,
    flags: u32,
    size: *mut usize,
) -> Bool {
    succeeds(|| {
        if flags != 0 || count > MOST || size.is_null() {
            return Err(Code(INVALID_PARAMETER));
        }
        let needed = size_of::<AttributeList>() + count as usize * size_of::<Entry>();
        // SAFETY: not null, and can be read and written, by the contract of this function.
        let given = unsafe { size.replace(needed) };
        if list.is_null() || given < needed {
            return Err(Code(INSUFFICIENT_BUFFER));
        }
        let empty = AttributeList {
            capacity: count,
            count: 0,
            reserved: [0; 2],
        };
        // SAFETY: not null, and large enough.
        unsafe { list.write(empty) };
        Ok(())
    })
}

/// `UpdateProcThreadAttribute`.
///
/// # Safety
/// `list` was initialized; `value` can be read until the list is deleted.
#[unsafe(no_mangle)]
unsafe extern "C" fn UpdateProcThreadAttribute(
    list: *mut AttributeList,
    flags: u32,
    attribute: usize,
    value: *const c_void,
    size: usize,
    previous: *const c_void,
    returned: *const usize,
) -> Bool {
    succeeds(|| {
        if list.is_null() || flags != 0 || !previous.is_null() || !returned.is_null() {
            return Err(Code(INVALID_PARAMETER));
        }
        // SAFETY: by the contract of this function.
        let (head, known) = unsafe { (&mut *list, entries(list)) };
        check(head, known, attribute, value, size)?;
        let entry = Entry {
            attribute,
            size,
            value,
        };
        // SAFETY: there is room for one more entry.
        unsafe { list.add(1).cast::<Entry>().add(head.count as usize).write(entry) };
        head.count += 1;
        Ok(())
    })
}

fn check(
    head: &AttributeList,
    known: &[Entry],
    attribute: usize,
    value: *const c_void,
    size: usize,
) -> Result<()> {
    Err(Code(if head.count >= head.capacity {
        GEN_FAILURE
    } else if known.iter().any(|entry| entry.attribute == attribute) {
        OBJECT_NAME_EXISTS
    } else if attribute != HANDLE_LIST {
        NOT_SUPPORTED
    } else if size == 0 || !size.is_multiple_of(size_of::<Handle>()) {
        BAD_LENGTH
    } else if value.is_null() {
        INVALID_PARAMETER
    } else {
        return Ok(());
    }))
}

/// `DeleteProcThreadAttributeList`.
///
/// # Safety
/// `list` is null or was initialized.
#[unsafe(no_mangle)]
unsafe extern "C" fn DeleteProcThreadAttributeList(list: *mut AttributeList) {
    // SAFETY: by the contract of this function.
    if let Some(list) = unsafe { list.as_mut() } {
        list.capacity = 0;
        list.count = 0;
    }
}
