//! Handles and the last error.

use super::pointer::there_or_null;
use super::{Bool, Handle, guarded, store, succeeds, there};
use crate::calls::handles;
use crate::code::{self, Code};

/// `GetLastError`.
#[unsafe(no_mangle)]
extern "C" fn GetLastError() -> u32 {
    code::last()
}

/// `SetLastError`.
#[unsafe(no_mangle)]
extern "C" fn SetLastError(error: u32) {
    code::set(error);
}

/// `CloseHandle`.
#[unsafe(no_mangle)]
extern "C" fn CloseHandle(handle: Handle) -> Bool {
    succeeds(|| handles::close(handle as isize))
}

/// `GetHandleInformation`.
///
/// # Safety
/// `flags` is null or may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn GetHandleInformation(handle: Handle, flags: *mut u32) -> Bool {
    succeeds(|| {
        let found = handles::flags(handle as isize)?;
        there(flags)?;
        // SAFETY: by the contract of this function.
        unsafe { store(flags, found) };
        Ok(())
    })
}

/// `SetHandleInformation`.
#[unsafe(no_mangle)]
extern "C" fn SetHandleInformation(handle: Handle, mask: u32, flags: u32) -> Bool {
    succeeds(|| handles::set_flags(handle as isize, mask, flags))
}

/// `CompareObjectHandles`.
#[unsafe(no_mangle)]
extern "C" fn CompareObjectHandles(one: Handle, two: Handle) -> Bool {
    succeeds(|| handles::compare(one as isize, two as isize))
}

/// `DuplicateHandle`.
///
/// # Safety
/// `made` is null or may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn DuplicateHandle(
    source_process: Handle,
    source: Handle,
    target_process: Handle,
    made: *mut Handle,
    access: u32,
    inherit: Bool,
    options: u32,
) -> Bool {
    if let Err(Code(error)) = there_or_null(made) {
        code::set(error);
        return 0;
    }
    let duplicate = guarded(|| {
        Ok(handles::duplicate(
            source_process as isize,
            source as isize,
            target_process as isize,
            access,
            inherit != 0,
            options,
        )?)
    });
    // SAFETY: by the contract of this function.
    unsafe { store(made, duplicate.unwrap_or(0) as Handle) };
    match duplicate {
        Ok(_) => 1,
        Err(Code(error)) => {
            code::set(error);
            0
        }
    }
}
