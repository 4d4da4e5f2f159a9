//! The handlers of `fork`.

use std::sync::Once;

use crate::calls::forks;

extern "C" fn before() {
    forks::before();
}

extern "C" fn after_in_parent() {
    forks::after_in_parent();
}

extern "C" fn after_in_child() {
    forks::after_in_child();
}

/// Installs them, before the first lock is taken that they hold.
pub(super) fn prepare() {
    static HANDLERS: Once = Once::new();
    HANDLERS.call_once(|| {
        // SAFETY: the handlers take and release locks that are never held for long; they are never unloaded, the library
        // being linked as not unloadable.
        unsafe { libc::pthread_atfork(Some(before), Some(after_in_parent), Some(after_in_child)) };
    });
}
