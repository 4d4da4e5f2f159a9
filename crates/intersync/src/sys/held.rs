//! Starting a process that waits, before it becomes its program, until it is let go.
//!
//! It is a copy of the calling process that has nothing of it but descriptors that the program is to have, and sleeps on two
//! others: a socket through which it is let go, and one that tells when its parent has ended. So it exists, and can be killed,
//! and is never left behind.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

use rustix::process::{PidfdFlags, getpid, pidfd_open};

use super::kept::Kept;
use super::life::ForkHeldUp;
use super::spawn::{Parts, Place, Program};
use super::thread::{self, SignalsBlocked};

/// How a process ends that cannot become its program.
const CANNOT: i32 = 127;
/// Up to which number descriptors are closed one by one.
const MOST_DESCRIPTORS: libc::c_long = 1 << 16;
/// The most signals there are.
const SIGNALS: i32 = 64;

/// A process that waits to be let go. If this is dropped before, it ends.
#[derive(Debug)]
pub(crate) struct Held {
    gate: Kept,
    /// The process that has started it.
    maker: u32,
}

impl Drop for Held {
    fn drop(&mut self) {
        // Those who were forked since have the descriptor too, and this value.
        if self.maker == thread::pid()
            && let Some(gate) = self.gate.get()
        {
            // SAFETY: it is a socket. What was sent is received all the same.
            unsafe { libc::shutdown(gate.as_raw_fd(), libc::SHUT_RDWR) };
        }
    }
}

impl Held {
    /// Starts a process that waits; returns its process id too.
    ///
    /// # Errors
    /// There can be no more descriptors or processes.
    pub(crate) fn start(program: &Program) -> io::Result<(u32, Held)> {
        // Whoever is forked meanwhile would keep the other end of the socket open: the start of the program would not show.
        let _no_fork = ForkHeldUp::new();
        let (wait, go) = UnixStream::pair()?;
        let gate = Kept::new(go.into())?;
        let parent = pidfd_open(getpid(), PidfdFlags::empty())?;
        let parts = program.parts();
        let mut kept = inherited_by_all()?;
        kept.extend([wait.as_raw_fd(), parent.as_raw_fd()]);
        kept.extend(parts.descriptors);
        kept.sort_unstable();
        kept.dedup();
        let waiting = Waiting {
            parts,
            kept,
            wait: wait.into(),
            parent,
        };
        // No handler of this process may ever run in the copy, neither those of signals nor those of forks.
        let blocked = SignalsBlocked::all();
        // SAFETY: a copy of this process, on a copy of this stack. It only makes system calls, which the memory it has is
        // enough for.
        let pid = unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) };
        match pid {
            -1 => Err(io::Error::last_os_error()),
            // SAFETY: this is the child, with all signals blocked.
            0 => unsafe { waiting.become_program(blocked.before()) },
            pid => {
                let maker = thread::pid();
                Ok((pid as u32, Held { gate, maker }))
            }
        }
    }

    /// Lets it go, if it has not ended.
    ///
    /// # Errors
    /// The program has closed the descriptor: the process has ended.
    pub(crate) fn release(self) -> io::Result<()> {
        self.send()
    }

    /// Lets it go, and waits until it is its program.
    ///
    /// # Errors
    /// Why it cannot become it. Then it ends.
    pub(crate) fn run(self) -> io::Result<()> {
        self.send()?;
        let gate = self.gate.get().ok_or(io::Error::from_raw_os_error(libc::EBADF))?;
        let mut errno = [0u8; 4];
        loop {
            // SAFETY: the pointer leads to four bytes. The end comes once the program runs, or the process has ended.
            let read =
                unsafe { libc::recv(gate.as_raw_fd(), errno.as_mut_ptr().cast(), 4, libc::MSG_WAITALL) };
            match read {
                4 => return Err(io::Error::from_raw_os_error(i32::from_ne_bytes(errno))),
                -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
                _ => return Ok(()),
            }
        }
    }

    fn send(&self) -> io::Result<()> {
        let gate = self.gate.get().ok_or(io::Error::from_raw_os_error(libc::EBADF))?;
        let word = [1u8];
        // SAFETY: the pointer leads to one byte. A signal is not raised if the process has ended.
        let sent = unsafe { libc::send(gate.as_raw_fd(), word.as_ptr().cast(), 1, libc::MSG_NOSIGNAL) };
        match sent {
            1 => Ok(()),
            _ => match io::Error::last_os_error() {
                ended if ended.raw_os_error() == Some(libc::EPIPE) => Ok(()),
                other => Err(other),
            },
        }
    }
}

/// The descriptors that every program gets that is executed now.
fn inherited_by_all() -> io::Result<Vec<RawFd>> {
    let mut open = Vec::new();
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let Some(number) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // SAFETY: asks for the flags of a number, which may be closed by now.
        if unsafe { libc::fcntl(number, libc::F_GETFD) } == 0 {
            open.push(number);
        }
    }
    Ok(open)
}

/// What the child has been given: nothing here allocates or locks.
struct Waiting<'p> {
    parts: Parts<'p>,
    /// In rising order.
    kept: Vec<RawFd>,
    wait: OwnedFd,
    parent: OwnedFd,
}

impl Waiting<'_> {
    /// The life of the child.
    ///
    /// # Safety
    /// In a child of `fork` only, with all signals blocked.
    unsafe fn become_program(&self, mask: &libc::sigset_t) -> ! {
        // SAFETY: each of these only makes system calls on numbers and texts that `self` has; the process has no other
        // thread, and what it changes is its own.
        unsafe {
            self.close_others();
            if self.is_let_go() {
                if self.take_place() {
                    reset_handlers();
                    libc::sigprocmask(libc::SIG_SETMASK, mask, std::ptr::null_mut());
                    libc::execve(
                        self.parts.path.as_ptr(),
                        self.parts.arguments.as_ptr().cast(),
                        self.parts.environment.as_ptr().cast(),
                    );
                }
                let errno = (*libc::__errno_location()).to_ne_bytes();
                libc::send(
                    self.wait.as_raw_fd(),
                    errno.as_ptr().cast(),
                    errno.len(),
                    libc::MSG_NOSIGNAL,
                );
            }
            libc::_exit(CANNOT)
        }
    }

    /// Closes all that is closed on exec, so that nobody waits for the end of a pipe that only this copy holds open.
    unsafe fn close_others(&self) {
        let mut from: libc::c_uint = 0;
        for &fd in &self.kept {
            let fd = fd.unsigned_abs();
            if fd > from {
                // SAFETY: by the contract of `become_program`.
                unsafe { close_range(from, fd - 1) };
            }
            from = fd + 1;
        }
        // SAFETY: as above.
        unsafe { close_range(from, libc::c_uint::MAX) };
        for &fd in self.parts.descriptors {
            // SAFETY: as above; these are to stay open in the program.
            unsafe { libc::fcntl(fd, libc::F_SETFD, 0) };
        }
    }

    /// Waits; `false`: nobody can let it go any more.
    unsafe fn is_let_go(&self) -> bool {
        let event = |fd: &OwnedFd| libc::pollfd {
            fd: fd.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        let mut events = [event(&self.wait), event(&self.parent)];
        // SAFETY: the pointer leads to two events; by the contract of `become_program`.
        while unsafe { libc::poll(events.as_mut_ptr(), 2, -1) } < 0 {}
        let mut word = [0u8];
        // SAFETY: the pointer leads to one byte. Nothing to read, or the end: nobody has let it go.
        let read = unsafe {
            libc::recv(
                self.wait.as_raw_fd(),
                word.as_mut_ptr().cast(),
                1,
                libc::MSG_DONTWAIT,
            )
        };
        read == 1
    }

    unsafe fn take_place(&self) -> bool {
        // SAFETY: by the contract of `become_program`; the text ends with NUL.
        unsafe {
            let placed = match self.parts.place {
                Place::Shared => 0,
                Place::Group => libc::setpgid(0, 0),
                Place::Session => libc::setsid(),
            };
            placed >= 0
                && self
                    .parts
                    .directory
                    .is_none_or(|path| libc::chdir(path.as_ptr()) == 0)
        }
    }
}

/// Closes a range of descriptors, one by one where the kernel is older than 5.9.
///
/// # Safety
/// As [`Waiting::become_program`].
unsafe fn close_range(first: libc::c_uint, last: libc::c_uint) {
    // SAFETY: by the contract of this function.
    unsafe {
        if libc::syscall(libc::SYS_close_range, first, last, 0) != 0 {
            let end = libc::sysconf(libc::_SC_OPEN_MAX).clamp(0, MOST_DESCRIPTORS) as libc::c_uint;
            for fd in first..end.min(last) {
                libc::close(fd as RawFd);
            }
            if last < end {
                libc::close(last as RawFd);
            }
        }
    }
}

/// What a signal that has come meanwhile does is what it does to a program, not what this process has it do.
unsafe fn reset_handlers() {
    for signal in 1..=SIGNALS {
        let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: asks what is set, and changes it in this process only; zeros are a valid action.
        unsafe {
            if libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) != 0 {
                continue;
            }
            let mut action = action.assume_init();
            if action.sa_sigaction != libc::SIG_IGN && action.sa_sigaction != libc::SIG_DFL {
                action.sa_sigaction = libc::SIG_DFL;
                libc::sigaction(signal, &raw const action, std::ptr::null_mut());
            }
        }
    }
}
