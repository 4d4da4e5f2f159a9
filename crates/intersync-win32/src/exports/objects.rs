//! Creating and opening objects.

use std::ffi::c_char;

use intersync::Name;

use super::{Bool, Handle, SecurityAttributes, descriptors, handle, inherits};
use crate::calls::objects::{self, Creation, Opening};
use crate::code::{Code, INVALID_PARAMETER, Result};
use crate::text::{narrow, wide};

/// `CREATE_EVENT_MANUAL_RESET`, `CREATE_MUTEX_INITIAL_OWNER`, `CREATE_WAITABLE_TIMER_MANUAL_RESET`.
const FIRST: u32 = 1;
/// `CREATE_EVENT_INITIAL_SET`, `CREATE_WAITABLE_TIMER_HIGH_RESOLUTION`.
const SECOND: u32 = 2;

/// Checks that only these flags are set.
fn only(flags: u32, known: u32) -> Result<()> {
    if flags & !known == 0 {
        Ok(())
    } else {
        Err(Code(INVALID_PARAMETER))
    }
}

/// For calls without flags and counts.
fn fine() -> Result<()> {
    Ok(())
}

fn creation(
    attributes: Option<&SecurityAttributes>,
    name: Option<Name<'static>>,
    access: Option<u32>,
) -> Result<Creation> {
    Ok(Creation {
        security: descriptors::of(attributes)?,
        name,
        inherit: inherits(attributes),
        access,
    })
}

fn opening(access: u32, inherit: Bool, name: Option<Name<'static>>) -> Opening {
    Opening {
        name,
        inherit: inherit != 0,
        access,
    }
}

/// Makes the "A" and the "W" function of a pair. What is checked before the name is looked at comes first.
macro_rules! pairs {
    ($(
        $narrow:ident, $wide:ident ($($before:ident: $type:ty),*), $name:ident, ($($after:ident: $last:ty),*):
        $check:expr, $call:expr;
    )*) => {$(
        #[doc = concat!("`", stringify!($narrow), "`.")]
        ///
        /// # Safety
        /// `name` is null or a text in UTF-8 that ends with NUL; the attributes are null or valid.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $narrow($($before: $type,)* $name: *const c_char, $($after: $last),*) -> Handle {
            handle(|| {
                $check?;
                // SAFETY: by the contract of this function.
                let $name = unsafe { narrow($name) }?;
                $call
            })
        }

        #[doc = concat!("`", stringify!($wide), "`.")]
        ///
        /// # Safety
        /// `name` is null or a text in UTF-16 that ends with NUL; the attributes are null or valid.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $wide($($before: $type,)* $name: *const u16, $($after: $last),*) -> Handle {
            handle(|| {
                $check?;
                // SAFETY: by the contract of this function.
                let $name = unsafe { wide($name) }?;
                $call
            })
        }
    )*};
}

pairs! {
    CreateEventA, CreateEventW (attributes: Option<&SecurityAttributes>, manual: Bool, signaled: Bool), name, ():
        fine(), objects::create_event(&creation(attributes, name, None)?, manual != 0, signaled != 0);
    CreateEventExA, CreateEventExW (attributes: Option<&SecurityAttributes>), name, (flags: u32, access: u32):
        only(flags, FIRST | SECOND), objects::create_event(
            &creation(attributes, name, Some(access))?, flags & FIRST != 0, flags & SECOND != 0);
    OpenEventA, OpenEventW (access: u32, inherit: Bool), name, ():
        fine(), objects::open_event(&opening(access, inherit, name));

    CreateMutexA, CreateMutexW (attributes: Option<&SecurityAttributes>, owned: Bool), name, ():
        fine(), objects::create_mutex(&creation(attributes, name, None)?, owned != 0);
    CreateMutexExA, CreateMutexExW (attributes: Option<&SecurityAttributes>), name, (flags: u32, access: u32):
        only(flags, FIRST), objects::create_mutex(&creation(attributes, name, Some(access))?, flags & FIRST != 0);
    OpenMutexA, OpenMutexW (access: u32, inherit: Bool), name, ():
        fine(), objects::open_mutex(&opening(access, inherit, name));

    CreateSemaphoreA, CreateSemaphoreW
        (attributes: Option<&SecurityAttributes>, initial: i32, maximum: i32), name, ():
        objects::check_counts(initial, maximum),
        objects::create_semaphore(&creation(attributes, name, None)?, initial, maximum);
    CreateSemaphoreExA, CreateSemaphoreExW
        (attributes: Option<&SecurityAttributes>, initial: i32, maximum: i32), name, (flags: u32, access: u32):
        only(flags, 0).and_then(|()| objects::check_counts(initial, maximum)),
        objects::create_semaphore(&creation(attributes, name, Some(access))?, initial, maximum);
    OpenSemaphoreA, OpenSemaphoreW (access: u32, inherit: Bool), name, ():
        fine(), objects::open_semaphore(&opening(access, inherit, name));

    CreateWaitableTimerA, CreateWaitableTimerW (attributes: Option<&SecurityAttributes>, manual: Bool), name, ():
        fine(), objects::create_timer(&creation(attributes, name, None)?, manual != 0, false);
    CreateWaitableTimerExA, CreateWaitableTimerExW
        (attributes: Option<&SecurityAttributes>), name, (flags: u32, access: u32):
        only(flags, FIRST | SECOND), objects::create_timer(
            &creation(attributes, name, Some(access))?, flags & FIRST != 0, flags & SECOND != 0);
    OpenWaitableTimerA, OpenWaitableTimerW (access: u32, inherit: Bool), name, ():
        fine(), objects::open_timer(&opening(access, inherit, name));
}
