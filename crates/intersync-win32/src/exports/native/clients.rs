//! Processes and threads by their numbers.

use super::attributes::{ObjectAttributes, capture};
use super::{Handle, aligned, open, there};
use crate::calls::native::{handles, threads};
use crate::status::{INVALID_PARAMETER_MIX, Result, Status};

/// `CLIENT_ID`.
#[repr(C)]
#[derive(Clone, Copy)]
struct ClientId {
    process: Handle,
    thread: Handle,
}

layout!(ClientId: 16, process: 0, thread: 8);

/// What to open: a process, a thread, and whether the handle can be inherited.
struct Wanted {
    process: usize,
    thread: usize,
    inherit: bool,
}

/// Reads what to open.
///
/// # Errors
/// A null pointer or a malformed structure; no numbers, or a name beside them.
///
/// # Safety
/// The attributes and the client are null or valid.
unsafe fn wanted(attributes: *const ObjectAttributes, client: *const ClientId) -> Result<Wanted> {
    // SAFETY: by the contract of this function.
    let captured = unsafe { capture(there(attributes)?) }?;
    let numbers = match client.is_null() {
        true => None,
        // SAFETY: not null, and such a structure by the contract of this function.
        false => Some(unsafe { aligned(client, 4)?.read_unaligned() }),
    };
    let given = captured
        .as_ref()
        .map(|captured| captured.given())
        .transpose()?
        .unwrap_or_default();
    match numbers {
        Some(ClientId { process, thread }) if !given.has_name() => Ok(Wanted {
            process: process.addr(),
            thread: thread.addr(),
            inherit: given.inherit(),
        }),
        _ => Err(Status(INVALID_PARAMETER_MIX)),
    }
}

macro_rules! openers {
    ($($name:ident: $open:path;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`.")]
        ///
        /// # Safety
        /// `opened` is null or may be written to; the attributes and the client are null or valid.
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(
            opened: *mut Handle,
            access: u32,
            attributes: *const ObjectAttributes,
            client: *const ClientId,
        ) -> u32 {
            let call = || {
                // SAFETY: by the contract of this function.
                let wanted = unsafe { wanted(attributes, client) }?;
                $open(access, wanted.inherit, wanted.process, wanted.thread)
            };
            // SAFETY: by the contract of this function.
            unsafe { open(opened, call) }
        }
    )*};
}

openers! {
    NtOpenProcess: handles::open_process;
    NtOpenThread: threads::open;
}
