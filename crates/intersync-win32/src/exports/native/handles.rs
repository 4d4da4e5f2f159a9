//! Handles, and what is behind them.

use std::ffi::c_void;

use super::{Handle, aligned, answer, status, store, there_or_null};
use crate::calls::native::{handles, records};
use crate::status::{INFO_LENGTH_MISMATCH, INVALID_INFO_CLASS, SUCCESS, Status};

/// `NtClose`.
#[unsafe(no_mangle)]
extern "C" fn NtClose(handle: Handle) -> u32 {
    status(|| handles::close(handle as isize))
}

/// `NtCompareObjects`.
#[unsafe(no_mangle)]
extern "C" fn NtCompareObjects(one: Handle, two: Handle) -> u32 {
    status(|| handles::compare(one as isize, two as isize))
}

/// `NtMakePermanentObject`.
#[unsafe(no_mangle)]
extern "C" fn NtMakePermanentObject(handle: Handle) -> u32 {
    status(|| handles::set_permanent(handle as isize, true))
}

/// `NtMakeTemporaryObject`.
#[unsafe(no_mangle)]
extern "C" fn NtMakeTemporaryObject(handle: Handle) -> u32 {
    status(|| handles::set_permanent(handle as isize, false))
}

/// `NtDuplicateObject`.
///
/// # Safety
/// `made` is null or may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn NtDuplicateObject(
    source_process: Handle,
    source: Handle,
    target_process: Handle,
    made: *mut Handle,
    access: u32,
    attributes: u32,
    options: u32,
) -> u32 {
    let mut duplicate = 0;
    if let Err(Status(nowhere)) = there_or_null(made) {
        return nowhere;
    }
    let ended = status(|| {
        duplicate = handles::duplicate(
            source_process as isize,
            source as isize,
            target_process as isize,
            access,
            attributes,
            options,
        )?;
        Ok(())
    });
    // SAFETY: by the contract of this function.
    unsafe { store(made, duplicate as Handle) };
    ended
}

/// `NtQueryObject`. The handle comes first, then the class, then the length.
///
/// # Safety
/// `to` is null or may be written to for `length` bytes; `returned` is null or may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn NtQueryObject(
    handle: Handle,
    class: i32,
    to: *mut c_void,
    length: u32,
    returned: *mut u32,
) -> u32 {
    answer(|| {
        if length > 0 {
            aligned(to, if class == 4 { 1 } else { 4 })?;
        }
        there_or_null(returned)?;
        let facts = handles::facts(handle as isize)?;
        let found = match class {
            0 => records::basic(&facts),
            1 => records::name(&facts, to.addr()),
            2 => records::type_of(&handles::type_facts(handle as isize)?, to.addr()),
            4 => records::flags(&facts),
            _ => return Err(Status(INVALID_INFO_CLASS)),
        };
        // SAFETY: by the contract of this function.
        unsafe { store(returned, found.len() as u32) };
        // These two have one size.
        let exact = matches!(class, 0 | 4);
        if found.len() > length as usize || exact && found.len() != length as usize {
            return Err(Status(INFO_LENGTH_MISMATCH));
        }
        // SAFETY: not null, for no answer is empty, and long enough by the checks above and the contract of this function.
        unsafe {
            to.cast::<u8>()
                .copy_from_nonoverlapping(found.as_ptr(), found.len())
        };
        Ok(SUCCESS)
    })
}
