//! What there is to do with threads.

use std::cell::Cell;
use std::fs;

use intersync::{Access, Error, Handle, Object, Thread};

use super::births::{self, MAXIMUM_SUSPEND_COUNT};
use super::suspended;
use crate::code::{ACCESS_DENIED, Code, INVALID_PARAMETER, NOT_SUPPORTED, Result, SIGNAL_REFUSED};
use crate::handle;

/// `CREATE_SUSPENDED`.
pub(crate) const CREATE_SUSPENDED: u32 = 0x4;
/// `STACK_SIZE_PARAM_IS_A_RESERVATION`.
const RESERVATION: u32 = 0x1_0000;
/// `STILL_ACTIVE`.
pub(crate) const STILL_ACTIVE: u32 = 259;

/// What a program on Windows reserves if it does not say more.
const USUAL_STACK: usize = 1 << 20;
/// What the functions of this library need besides what the program needs.
const LEAST_STACK: usize = 1 << 18;
/// Stacks are made of pieces of this size.
const GRANULE: usize = 1 << 16;

/// The stack that a thread is to have; `None`: what the system gives it.
///
/// # Errors
/// Unknown flags; no stack is as large.
pub(crate) fn stack(size: usize, flags: u32) -> Result<Option<usize>> {
    if flags & !(CREATE_SUSPENDED | RESERVATION) != 0 {
        return Err(Code(INVALID_PARAMETER));
    }
    if size == 0 {
        return Ok(None);
    }
    // What is committed at first is part of what is reserved; here memory is committed as it is used.
    let least = if flags & RESERVATION == 0 {
        USUAL_STACK
    } else {
        LEAST_STACK
    };
    let whole = size.max(least).checked_next_multiple_of(GRANULE);
    whole.map(Some).ok_or(Code(INVALID_PARAMETER))
}

thread_local! {
    /// How many functions of the program run that this library has called.
    static CALLED: Cell<u32> = const { Cell::new(0) };
}

/// Calls a function of the program from within a function of this library.
pub(crate) fn call<T>(function: impl FnOnce() -> T) -> T {
    CALLED.set(CALLED.get() + 1);
    let value = function();
    CALLED.set(CALLED.get() - 1);
    value
}

/// The calling thread ends with this exit code. `true`: not by unwinding its stack, because functions of this library are on it;
/// then nothing of the thread is left here.
pub(crate) fn exit(code: u32) -> bool {
    let within = CALLED.get() > 0;
    if within {
        Thread::leave(code);
    } else {
        Thread::set_exit_code(code);
    }
    within
}

fn view(value: isize) -> Result<Thread> {
    Ok(Thread::view_raw(handle::raw(value)?)?)
}

/// A thread that a handle with this right is of.
fn view_with(value: isize, right: Access) -> Result<Thread> {
    let thread = view(value)?;
    match handle::is_pseudo(handle::raw(value)?) || thread.access().contains(right) {
        true => Ok(thread),
        false => Err(Code(ACCESS_DENIED)),
    }
}

fn is_of_this_process(thread: &Thread) -> bool {
    thread.process_id() == std::process::id()
}

/// Whether it has ended, whatever the rights of the handle.
fn has_ended(thread: &Thread) -> Result<bool> {
    Ok(thread.duplicate(Access::MAXIMUM)?.has_ended()?)
}

/// `GetExitCodeThread`.
pub(crate) fn exit_code(value: isize) -> Result<u32> {
    Ok(view(value)?.exit_code()?.unwrap_or(STILL_ACTIVE))
}

/// `GetThreadId`.
pub(crate) fn id(value: isize) -> Result<u32> {
    Ok(view_with(value, Access::QUERY_THREAD)?.id())
}

/// `GetProcessIdOfThread`.
pub(crate) fn process_id(value: isize) -> Result<u32> {
    Ok(view_with(value, Access::QUERY_THREAD)?.process_id())
}

/// `OpenThread`.
pub(crate) fn open(access: u32, inherit: bool, tid: u32) -> Result<isize> {
    let pid = process_of(tid).ok_or(Code(INVALID_PARAMETER))?;
    let thread = Thread::open(pid, tid).map_err(|e| match e {
        Error::NoSuchThread { .. } => Code(INVALID_PARAMETER),
        other => Code::from(other),
    })?;
    Ok(handle::give(&Object::Thread(thread), access, inherit)?)
}

/// The process that a thread is of.
pub(super) fn process_of(tid: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{tid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("Tgid:"))?;
    line.trim().parse().ok()
}

/// `SuspendThread`: only one that has not begun.
pub(crate) fn suspend(value: isize) -> Result<u32> {
    let thread = view_with(value, Access::SUSPEND_RESUME)?;
    let before = match is_of_this_process(&thread) {
        true => births::gate(thread.id()).and_then(|gate| gate.suspend()),
        false => suspended::suspend(&thread),
    };
    match before {
        Some(MAXIMUM_SUSPEND_COUNT) => Err(Code(SIGNAL_REFUSED)),
        Some(before) => Ok(before),
        None if has_ended(&thread)? => Err(Code(ACCESS_DENIED)),
        None => Err(Code(NOT_SUPPORTED)),
    }
}

/// `ResumeThread`.
pub(crate) fn resume(value: isize) -> Result<u32> {
    let thread = view_with(value, Access::SUSPEND_RESUME)?;
    if is_of_this_process(&thread) {
        let gate = births::gate(thread.id());
        return Ok(gate.and_then(|gate| gate.resume()).unwrap_or(0));
    }
    match suspended::resume(&thread)? {
        Some(before) => Ok(before),
        None if has_ended(&thread)? => Ok(0),
        None => Err(Code(NOT_SUPPORTED)),
    }
}

/// What `TerminateThread` comes to.
pub(crate) enum Termination {
    /// It has ended, or will not begin.
    Done,
    /// It is the calling thread.
    Own,
}

/// `TerminateThread`: itself, or one that has not begun. What another thread is in the middle of nobody could finish.
pub(crate) fn terminate(value: isize, code: u32) -> Result<Termination> {
    let thread = view_with(value, Access::TERMINATE)?;
    if is_of_this_process(&thread) {
        if thread.id() == Thread::current()?.id() {
            return Ok(Termination::Own);
        }
        if births::gate(thread.id()).is_some_and(|gate| gate.end(code)) {
            return Ok(Termination::Done);
        }
    } else if suspended::end(&thread, code)? {
        return Ok(Termination::Done);
    }
    match has_ended(&thread)? {
        true => Ok(Termination::Done),
        false => Err(Code(NOT_SUPPORTED)),
    }
}
