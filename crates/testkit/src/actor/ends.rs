//! The test's side of the ends of processes and threads: waiting for them, and what hangs on them.

use std::time::Duration;

use intersync::Due;

use super::protocol::{Answer, Command, Exit, Failure, Reply};
use super::{Actor, Pending};

#[track_caller]
fn done(reply: Reply) -> Result<(), Failure> {
    match reply? {
        Answer::Done => Ok(()),
        other => panic!("the answer to an open is {other:?}"),
    }
}

impl Actor {
    /// Opens a handle to a process.
    #[track_caller]
    pub fn open_process(&self, handle: &str, pid: u32) -> Result<(), Failure> {
        done(self.begin_open_process(handle, pid).reply())
    }

    /// Begins to open a handle to a process.
    pub fn begin_open_process(&self, handle: &str, pid: u32) -> Pending<'_> {
        self.begin(Command::OpenProcess {
            handle: handle.to_owned(),
            pid,
        })
    }

    /// Sets a timer that calls its setter, whose end cancels it.
    #[track_caller]
    pub fn set_timer_calling(&self, handle: &str, due: Due, period: Option<Duration>) -> Result<(), Failure> {
        done(self.call(Command::SetTimerCalling {
            handle: handle.to_owned(),
            due: due.into(),
            period,
        }))
    }

    /// Opens a handle to a thread.
    #[track_caller]
    pub fn open_thread(&self, handle: &str, (pid, tid): (u32, u32)) -> Result<(), Failure> {
        done(self.call(Command::OpenThread {
            handle: handle.to_owned(),
            pid,
            tid,
        }))
    }

    /// How a process ended.
    #[track_caller]
    pub fn exit_status(&self, handle: &str) -> Result<Option<Exit>, Failure> {
        match self.call(Command::ExitStatus {
            handle: handle.to_owned(),
        })? {
            Answer::Exit(exit) => Ok(exit),
            other => panic!("the answer to an exit status is {other:?}"),
        }
    }
}
