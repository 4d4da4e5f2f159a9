//! Sharers that are forked, without `exec`.
#![allow(unsafe_code, reason = "a fork")]

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use nix::fcntl::OFlag;
use nix::unistd::{ForkResult, Pid, dup2_stdin, dup2_stdout, fork, getpid, getppid, pipe2};

use super::Sharer;
use super::server::{State, answer_to, serve_on};

/// Forks this process, which has one thread; the child serves too, with the handles its parent had.
pub(super) fn fork_sharer(state: &mut State) -> io::Result<Sharer> {
    let (orders, tell) = pipe2(OFlag::O_CLOEXEC)?;
    let (answers, answer) = pipe2(OFlag::O_CLOEXEC)?;
    // SAFETY: the program has one thread of its own; the library's threads hold no lock of the C library while they sleep,
    // and the child may allocate, as children of the C library's fork may.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop((tell, answers));
            forget_parent(state)?;
            serve_on(BufReader::new(File::from(orders)), &mut File::from(answer), state);
            std::process::exit(0);
        }
        ForkResult::Parent { child } => {
            drop((orders, answer));
            Ok(Sharer::on(child, File::from(tell), File::from(answers)))
        }
    }
}

/// The pipes of its parent must not seem to have another end as long as a forked child lives.
fn forget_parent(state: &mut State) -> io::Result<()> {
    state.forget_children();
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    dup2_stdin(&nothing)?;
    dup2_stdout(&nothing)?;
    Ok(())
}

/// Forks a child that does what `line` says once this process has ended, and leaves its answer in a file.
pub(super) fn fork_orphan(state: &mut State, file: &Path, line: &str) -> io::Result<Pid> {
    let parent = getpid();
    // SAFETY: as above.
    match unsafe { fork() }? {
        ForkResult::Child => {
            forget_parent(state)?;
            while getppid() == parent {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            let written = file.with_extension("new");
            // Without an answer the test fails at its bound.
            let _ = std::fs::write(&written, answer_to(state, line))
                .and_then(|()| std::fs::rename(&written, file));
            std::process::exit(0);
        }
        ForkResult::Parent { child } => Ok(child),
    }
}
