//! One-time initialization.

use std::ffi::c_void;
use std::mem::MaybeUninit;

use super::{Bool, guarded, store, succeeds};
use crate::calls::init_once::{Begun, InitOnce};
use crate::calls::threads;
use crate::code::{self, Code, INVALID_PARAMETER};

/// `PINIT_ONCE_FN`.
type Initialize = Option<unsafe extern "C" fn(&InitOnce, *mut c_void, *mut *mut c_void) -> Bool>;

/// `InitOnceInitialize`.
#[unsafe(no_mangle)]
extern "C" fn InitOnceInitialize(once: &mut MaybeUninit<InitOnce>) {
    once.write(InitOnce::default());
}

/// `InitOnceBeginInitialize`.
///
/// # Safety
/// `pending` and `context` are null or may be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn InitOnceBeginInitialize(
    once: &InitOnce,
    flags: u32,
    pending: *mut Bool,
    context: *mut *mut c_void,
) -> Bool {
    succeeds(|| {
        let begun = once.begin(flags)?;
        if let Begun::Done(found) = begun {
            // SAFETY: by the contract of this function.
            unsafe { store(context, found as *mut c_void) };
        }
        // SAFETY: by the contract of this function.
        unsafe { store(pending, matches!(begun, Begun::Pending).into()) };
        Ok(())
    })
}

/// `InitOnceComplete`.
#[unsafe(no_mangle)]
extern "C" fn InitOnceComplete(once: &InitOnce, flags: u32, context: *mut c_void) -> Bool {
    succeeds(|| once.complete(flags, context as u64))
}

/// `InitOnceExecuteOnce`.
///
/// # Safety
/// `context` is null or may be read and written, and the callback may be called with these arguments.
#[unsafe(no_mangle)]
unsafe extern "C" fn InitOnceExecuteOnce(
    once: &InitOnce,
    initialize: Initialize,
    parameter: *mut c_void,
    context: *mut *mut c_void,
) -> Bool {
    let done = guarded(|| {
        let initialize = initialize.ok_or(Code(INVALID_PARAMETER))?;
        let found = once.execute(|| {
            // SAFETY: by the contract of this function.
            let succeeded = threads::call(|| unsafe { initialize(once, parameter, context) }) != 0;
            if !succeeded {
                return None;
            }
            if context.is_null() {
                return Some(0);
            }
            // SAFETY: not null, and readable by the contract of this function.
            Some(unsafe { context.read() } as u64)
        })?;
        if let Some(found) = found {
            // SAFETY: by the contract of this function.
            unsafe { store(context, found as *mut c_void) };
        }
        Ok(found.is_some())
    });
    match done {
        // If the callback has failed, the last error is what it has set.
        Ok(succeeded) => succeeded.into(),
        Err(Code(error)) => {
            code::set(error);
            0
        }
    }
}
