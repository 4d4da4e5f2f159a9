//! Counts the system calls of another process, as the kernel shows them to a tracer.

use anyhow::{Context, Result, bail};
use nix::libc;
use nix::sys::ptrace;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// The call that marks where counting begins and ends. Nothing that is measured makes it.
pub fn mark() {
    let _ = rustix::process::getpriority_process(None);
}

const MARK: u64 = libc::SYS_getpriority as u64;

/// Lets the process go on with `start`, and counts the system calls that its first thread makes
/// between its first two marks.
pub fn count_between_marks(process: u32, start: impl FnOnce()) -> Result<u64> {
    let pid = Pid::from_raw(i32::try_from(process)?);
    ptrace::seize(pid, ptrace::Options::PTRACE_O_TRACESYSGOOD).context("cannot trace a worker")?;
    ptrace::interrupt(pid)?;
    start();
    let mut count = None;
    let mut signal = None;
    loop {
        match waitpid(pid, Some(WaitPidFlag::__WALL))? {
            WaitStatus::PtraceSyscall(_) => match (entered(pid)?, count) {
                (Some(MARK), None) => count = Some(0),
                (Some(MARK), Some(count)) => {
                    ptrace::detach(pid, None)?;
                    return Ok(count);
                }
                (Some(_), Some(before)) => count = Some(before + 1),
                _ => {}
            },
            WaitStatus::Stopped(_, Signal::SIGTRAP) | WaitStatus::PtraceEvent(..) => {}
            WaitStatus::Stopped(_, other) => signal = Some(other),
            ended => bail!("the traced worker ended early: {ended:?}"),
        }
        ptrace::syscall(pid, signal.take())?;
    }
}

/// The number of the system call that the stopped process is about to make.
#[allow(unsafe_code)]
fn entered(pid: Pid) -> Result<Option<u64>> {
    let info = ptrace::syscall_info(pid)?;
    if info.op != libc::PTRACE_SYSCALL_INFO_ENTRY {
        return Ok(None);
    }
    // SAFETY: `op` says that the kernel has filled in the `entry` variant.
    Ok(Some(unsafe { info.u.entry.nr }))
}
