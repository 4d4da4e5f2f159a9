//! Child processes that can be stopped, continued and killed.

use std::io;
use std::process::{Command, Stdio};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::patience;

/// The ends of a child's pipes.
#[derive(Debug)]
pub struct Pipes {
    /// Written by the test.
    pub stdin: std::process::ChildStdin,
    /// Read by the test.
    pub stdout: std::process::ChildStdout,
}

/// A child process. Dropping it kills and reaps it.
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    /// What `waitpid` said, once it has.
    ended: Option<WaitStatus>,
}

impl Process {
    /// Starts `command` with pipes to its standard input and output.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn(command: &mut Command) -> io::Result<(Process, Pipes)> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let process = Process::adopt(Pid::from_raw(i32::try_from(child.id()).expect("a process id")));
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("a child without pipes"));
        };
        Ok((process, Pipes { stdin, stdout }))
    }

    /// Takes care of a child that was made in another way.
    pub fn adopt(pid: Pid) -> Process {
        Process { pid, ended: None }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid.as_raw().unsigned_abs()
    }

    /// Its process id, for system calls.
    pub fn raw(&self) -> Pid {
        self.pid
    }

    /// Stops all of its threads and returns when they have stopped.
    ///
    /// # Panics
    /// If it does not stop.
    pub fn stop(&mut self) {
        self.signal(Signal::SIGSTOP);
        self.until_status("stopped", WaitPidFlag::WUNTRACED, |status| {
            matches!(status, WaitStatus::Stopped(..))
        });
    }

    /// Lets it run again after [`Process::stop`], and returns when it does.
    ///
    /// # Panics
    /// If it does not continue.
    pub fn resume(&mut self) {
        self.signal(Signal::SIGCONT);
        self.until_status("continued", WaitPidFlag::WCONTINUED, |status| {
            matches!(status, WaitStatus::Continued(_))
        });
    }

    /// Kills it, and does not wait for its end.
    ///
    /// # Panics
    /// If it has been reaped already.
    pub fn kill(&mut self) {
        assert!(self.ended.is_none(), "process {} has ended already", self.pid);
        self.signal(Signal::SIGKILL);
    }

    /// Kills it and reaps it. Nothing of it is left afterwards.
    pub fn kill_and_reap(&mut self) -> WaitStatus {
        self.kill();
        self.reap()
    }

    /// Whether it has ended, and was reaped here.
    pub fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// Waits for its end, however it comes.
    ///
    /// # Panics
    /// If it does not end.
    pub fn reap(&mut self) -> WaitStatus {
        if let Some(status) = self.ended {
            return status;
        }
        self.until_status("ended", WaitPidFlag::empty(), |status| {
            matches!(status, WaitStatus::Exited(..) | WaitStatus::Signaled(..))
        })
    }

    fn signal(&self, signal: Signal) {
        kill(self.pid, signal).unwrap_or_else(|errno| panic!("{signal} to process {}: {errno}", self.pid));
    }

    fn until_status(
        &mut self,
        what: &str,
        flags: WaitPidFlag,
        wanted: impl Fn(&WaitStatus) -> bool,
    ) -> WaitStatus {
        let pid = self.pid;
        let status = patience::await_some(&format!("process {pid} has {what}"), || {
            match waitpid(pid, Some(flags | WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => None,
                Ok(status) => Some(status),
                Err(errno) => panic!("waiting for process {pid}: {errno}"),
            }
        })
        .unwrap_or_else(|timed_out| panic!("{timed_out}"));
        if matches!(status, WaitStatus::Exited(..) | WaitStatus::Signaled(..)) {
            self.ended = Some(status);
        }
        assert!(
            wanted(&status),
            "process {pid} should have {what}, but: {status:?}"
        );
        status
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended.is_none() {
            // SIGKILL also ends stopped processes. The child is ours and not reaped, so it is still that one.
            let _ = kill(self.pid, Signal::SIGKILL);
            let _ = waitpid(self.pid, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper() -> Process {
        Process::spawn(Command::new("sleep").arg("1000"))
            .expect("sleep runs")
            .0
    }

    #[test]
    fn a_process_stops_continues_and_dies() {
        let mut process = sleeper();
        process.stop();
        process.resume();
        let status = process.kill_and_reap();
        assert!(matches!(status, WaitStatus::Signaled(_, Signal::SIGKILL, _)));
        assert_eq!(process.reap(), status);
        assert_eq!(kill(process.raw(), None), Err(Errno::ESRCH));
    }

    #[test]
    fn a_stopped_process_can_be_dropped() {
        let mut process = sleeper();
        process.stop();
        let pid = process.raw();
        drop(process);
        assert_eq!(kill(pid, None), Err(Errno::ESRCH));
    }
}
