//! The number of the calling thread, without a system call each time.

use std::cell::Cell;
use std::sync::Once;

thread_local! {
    /// 0: not looked up yet.
    static NUMBER: Cell<u32> = const { Cell::new(0) };
}

/// The number of the calling thread, as `gettid` gives it.
pub(super) fn thread() -> u32 {
    match NUMBER.get() {
        0 => look_up(),
        number => number,
    }
}

#[cold]
fn look_up() -> u32 {
    static HANDLER: Once = Once::new();
    HANDLER.call_once(|| {
        // SAFETY: the handler stores to a variable of its thread that needs no initialization, which is allowed between fork
        // and exec, and it is never unloaded: the library is linked as not unloadable.
        unsafe { libc::pthread_atfork(None, None, Some(forget)) };
    });
    // SAFETY: the call has no arguments and cannot fail.
    let number = unsafe { libc::gettid() }.unsigned_abs();
    NUMBER.set(number);
    number
}

/// The thread that lives on in a child of `fork` has another number there.
extern "C" fn forget() {
    NUMBER.set(0);
}
