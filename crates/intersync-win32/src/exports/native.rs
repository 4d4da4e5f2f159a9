//! The native functions: a status instead of a last error.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Handle, store};
use crate::calls::native;
use crate::status::{
    ACCESS_VIOLATION, INFO_LENGTH_MISMATCH, INTERNAL_ERROR, INVALID_INFO_CLASS, Result, SUCCESS, Status,
};

/// `EVENT_BASIC_INFORMATION`, `SEMAPHORE_BASIC_INFORMATION`.
type Pair = [i32; 2];

/// `MUTANT_BASIC_INFORMATION`.
#[repr(C)]
struct Mutant {
    count: i32,
    owned: u8,
    abandoned: u8,
}

/// `TIMER_BASIC_INFORMATION`.
#[repr(C)]
struct Timer {
    remaining: i64,
    signaled: u8,
}

const _: () = assert!(size_of::<Mutant>() == 8 && size_of::<Timer>() == 16);

/// Runs a call; its status.
fn status(call: impl FnOnce() -> Result<()>) -> u32 {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(())) => SUCCESS,
        Ok(Err(Status(status))) => status,
        Err(_) => INTERNAL_ERROR,
    }
}

/// Answers a query: the class and the length are checked before the handle.
///
/// # Safety
/// `to` is null or may be written to for `length` bytes; `returned` is null or may be written to.
unsafe fn query<T>(
    class: i32,
    to: *mut c_void,
    length: u32,
    returned: *mut u32,
    look: impl FnOnce() -> Result<T>,
) -> u32 {
    status(|| {
        if class != 0 {
            return Err(Status(INVALID_INFO_CLASS));
        }
        if length as usize != size_of::<T>() {
            return Err(Status(INFO_LENGTH_MISMATCH));
        }
        if to.is_null() {
            return Err(Status(ACCESS_VIOLATION));
        }
        let found = look()?;
        // SAFETY: not null and long enough, by the checks above and the contract of this function.
        unsafe { to.cast::<T>().write_unaligned(found) };
        // SAFETY: by the contract of this function.
        unsafe { store(returned, length) };
        Ok(())
    })
}

/// Makes a change that tells what was before.
///
/// # Safety
/// `previous` is null or may be written to.
unsafe fn change<T>(previous: *mut T, change: impl FnOnce() -> Result<T>) -> u32 {
    status(|| {
        let before = change()?;
        // SAFETY: by the contract of this function.
        unsafe { store(previous, before) };
        Ok(())
    })
}

macro_rules! queries {
    ($($name:ident: $look:expr;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`.")]
        ///
        /// # Safety
        /// `to` is null or may be written to for `length` bytes; `returned` is null or may be written to.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(
            handle: Handle,
            class: i32,
            to: *mut c_void,
            length: u32,
            returned: *mut u32,
        ) -> u32 {
            // SAFETY: the contracts are the same.
            unsafe { query(class, to, length, returned, || $look(handle as isize)) }
        }
    )*};
}

queries! {
    NtQueryEvent: |handle| -> Result<Pair> { native::event(handle) };
    NtQuerySemaphore: |handle| -> Result<Pair> { native::semaphore(handle) };
    NtQueryMutant: |handle| {
        let (count, owned, abandoned) = native::mutant(handle)?;
        Ok(Mutant { count, owned: u8::from(owned), abandoned: u8::from(abandoned) })
    };
    NtQueryTimer: |handle| {
        let (remaining, signaled) = native::timer(handle)?;
        Ok(Timer { remaining, signaled: u8::from(signaled) })
    };
}

macro_rules! changes {
    ($($name:ident ($($argument:ident: $type:ty)?), $previous:ty: $change:expr;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`.")]
        ///
        /// # Safety
        /// `previous` is null or may be written to.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(handle: Handle, $($argument: $type,)? previous: *mut $previous) -> u32 {
            // SAFETY: the contracts are the same.
            unsafe { change(previous, || $change(handle as isize $(, $argument)?)) }
        }
    )*};
}

changes! {
    NtSetEvent (), i32: native::set_event;
    NtResetEvent (), i32: native::reset_event;
    NtPulseEvent (), i32: native::pulse_event;
    NtReleaseMutant (), i32: native::release_mutant;
    NtReleaseSemaphore (count: i32), i32: native::release_semaphore;
    NtCancelTimer (), u8: |handle| native::cancel_timer(handle).map(u8::from);
}
