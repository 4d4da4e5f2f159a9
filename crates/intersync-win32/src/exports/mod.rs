//! The functions by their Windows names. Pointers are checked and read here; what is done is in [`crate::calls`].
#![allow(
    unsafe_code,
    reason = "the C interface: names of their own, pointers of the caller"
)]

mod aclapi;
mod acls;
mod address;
mod apc;
mod attributes;
mod barrier;
mod condition_variable;
mod creation;
mod critical_section;
mod current;
mod descriptors;
mod forks;
mod handles;
mod init_once;
mod memory;
mod messages;
mod namespaces;
mod native;
mod objects;
mod pointer;
mod pool;
mod processes;
mod sddl;
mod sids;
mod signals;
mod slist;
mod srw_lock;
mod threads;
mod va_list;
mod waits;

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pointer::{store, there};

use crate::code::{self, Code, INTERNAL_ERROR, NOT_SUPPORTED, Result};

/// `HANDLE`.
type Handle = *mut c_void;
/// `BOOL`.
type Bool = i32;

/// `SECURITY_ATTRIBUTES`.
#[repr(C)]
struct SecurityAttributes {
    length: u32,
    descriptor: *mut c_void,
    inherit: Bool,
}

layout!(SecurityAttributes: 24, length: 0, descriptor: 8, inherit: 16);

/// Whether the handle that a creator makes can be inherited.
fn inherits(attributes: Option<&SecurityAttributes>) -> bool {
    attributes.is_some_and(|given| given.inherit != 0)
}

/// As [`inherits`], for processes and threads, whose security cannot be chosen.
fn inherits_plainly(attributes: Option<&SecurityAttributes>) -> Result<bool> {
    match attributes {
        Some(given) if !given.descriptor.is_null() => Err(Code(NOT_SUPPORTED)),
        given => Ok(inherits(given)),
    }
}

/// Runs a call. A panic is a failure like any other: it never crosses into C, and never looks like success.
fn guarded<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or(Err(Code(INTERNAL_ERROR)))
}

/// Runs a call that says whether it succeeded.
fn succeeds(call: impl FnOnce() -> Result<()>) -> Bool {
    match guarded(call) {
        Ok(()) => 1,
        Err(Code(error)) => {
            code::set(error);
            0
        }
    }
}

/// Runs a call that gives a handle, or null.
fn handle(call: impl FnOnce() -> Result<isize>) -> Handle {
    match guarded(call) {
        Ok(value) => value as Handle,
        Err(Code(error)) => {
            code::set(error);
            std::ptr::null_mut()
        }
    }
}

/// Runs a call that gives a number, or this one.
fn number(otherwise: u32, call: impl FnOnce() -> Result<u32>) -> u32 {
    match guarded(call) {
        Ok(value) => value,
        Err(Code(error)) => {
            code::set(error);
            otherwise
        }
    }
}
