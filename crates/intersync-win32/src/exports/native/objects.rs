//! Creating and opening objects.

use super::attributes::{ObjectAttributes, capture, capture_all};
use super::{Handle, make, open};
use crate::calls::native::objects::{self, Attributes, Made};
use crate::status::{INVALID_PARAMETER, INVALID_PARAMETER_4, Result, Status};

/// Captures attributes and creates with them.
///
/// # Safety
/// As [`capture`].
unsafe fn with(
    attributes: *const ObjectAttributes,
    create: impl FnOnce(Option<&Attributes<'_>>) -> Result<Made>,
) -> Result<Made> {
    // SAFETY: the contracts are the same.
    match unsafe { capture(attributes) }? {
        None => create(None),
        Some(captured) => create(Some(&captured.given()?)),
    }
}

/// `NtCreateEvent`.
///
/// # Safety
/// `made` is null or may be written to; the attributes are null or valid.
#[unsafe(no_mangle)]
unsafe extern "C" fn NtCreateEvent(
    made: *mut Handle,
    access: u32,
    attributes: *const ObjectAttributes,
    kind: i32,
    signaled: u8,
) -> u32 {
    let call = || {
        let reset = objects::reset(kind).ok_or(Status(INVALID_PARAMETER))?;
        let create =
            |given: Option<&Attributes<'_>>| objects::create_event(access, given, reset, signaled != 0);
        // SAFETY: by the contract of this function.
        unsafe { with(attributes, create) }
    };
    // SAFETY: by the contract of this function.
    unsafe { make(made, call) }
}

/// `NtCreateMutant`.
///
/// # Safety
/// As [`NtCreateEvent`].
#[unsafe(no_mangle)]
unsafe extern "C" fn NtCreateMutant(
    made: *mut Handle,
    access: u32,
    attributes: *const ObjectAttributes,
    owned: u8,
) -> u32 {
    let create = |given: Option<&Attributes<'_>>| objects::create_mutant(access, given, owned != 0);
    // SAFETY: by the contract of this function.
    unsafe { make(made, || with(attributes, create)) }
}

/// `NtCreateSemaphore`.
///
/// # Safety
/// As [`NtCreateEvent`].
#[unsafe(no_mangle)]
unsafe extern "C" fn NtCreateSemaphore(
    made: *mut Handle,
    access: u32,
    attributes: *const ObjectAttributes,
    initial: i32,
    maximum: i32,
) -> u32 {
    let call = || {
        let counts = objects::counts(initial, maximum)?;
        let create = |given: Option<&Attributes<'_>>| objects::create_semaphore(access, given, counts);
        // SAFETY: by the contract of this function.
        unsafe { with(attributes, create) }
    };
    // SAFETY: by the contract of this function.
    unsafe { make(made, call) }
}

/// `NtCreateTimer`, which looks at the type first.
///
/// # Safety
/// As [`NtCreateEvent`].
#[unsafe(no_mangle)]
unsafe extern "C" fn NtCreateTimer(
    made: *mut Handle,
    access: u32,
    attributes: *const ObjectAttributes,
    kind: i32,
) -> u32 {
    let Some(reset) = objects::reset(kind) else {
        return INVALID_PARAMETER_4;
    };
    let create = |given: Option<&Attributes<'_>>| objects::create_timer(access, given, reset);
    // SAFETY: by the contract of this function.
    unsafe { make(made, || with(attributes, create)) }
}

macro_rules! openers {
    ($($name:ident: $open:expr;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`.")]
        ///
        /// # Safety
        /// `opened` is null or may be written to; the attributes are null or valid.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(
            opened: *mut Handle,
            access: u32,
            attributes: *const ObjectAttributes,
        ) -> u32 {
            // SAFETY: by the contract of this function.
            unsafe { open(opened, || $open(access, &capture_all(attributes)?.given()?)) }
        }
    )*};
}

openers! {
    NtOpenEvent: objects::open_event;
    NtOpenMutant: objects::open_mutant;
    NtOpenSemaphore: objects::open_semaphore;
    NtOpenTimer: objects::open_timer;
}
