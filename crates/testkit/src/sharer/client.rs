//! The test's side.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;

use nix::unistd::Pid;

use crate::process::{Pipes, Process};
use crate::scratch::Scratch;

/// A process that shares handles. Dropping it kills it.
#[derive(Debug)]
pub struct Sharer {
    /// The process.
    pub process: Process,
    stdin: File,
    stdout: BufReader<File>,
}

impl Sharer {
    /// Starts one in the namespace of `scratch`; `program` is the binary `sharer`.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn start(program: impl AsRef<Path>, scratch: &Scratch) -> Sharer {
        Sharer::start_as(Command::new(program.as_ref()).env("INTERSYNC_DIR", scratch.base()))
    }

    /// Starts one with this command.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn start_as(command: &mut Command) -> Sharer {
        let (process, Pipes { stdin, stdout }) = Process::spawn(command).expect("a sharer");
        Sharer {
            process,
            stdin: File::from(OwnedFd::from(stdin)),
            stdout: BufReader::new(File::from(OwnedFd::from(stdout))),
        }
    }

    /// Around a child that was started with pipes.
    ///
    /// # Panics
    /// If it has none.
    pub fn of(mut child: std::process::Child) -> Sharer {
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let pid = i32::try_from(child.id()).expect("a process id");
        Sharer::on(
            Pid::from_raw(pid),
            File::from(OwnedFd::from(stdin.expect("a pipe"))),
            File::from(OwnedFd::from(stdout.expect("a pipe"))),
        )
    }

    /// Around a child that reads from one pipe and writes to another.
    pub(super) fn on(child: Pid, stdin: File, stdout: File) -> Sharer {
        Sharer {
            process: Process::adopt(child),
            stdin,
            stdout: BufReader::new(stdout),
        }
    }

    /// Tells it to do something, and returns its answer.
    ///
    /// # Panics
    /// If it has ended.
    #[track_caller]
    pub fn ask(&mut self, line: &str) -> String {
        self.ask_if_there(line)
            .unwrap_or_else(|| panic!("it ended instead of answering \"{line}\""))
    }

    /// As [`Sharer::ask`]; `None`: it has ended.
    pub fn ask_if_there(&mut self, line: &str) -> Option<String> {
        if self.process.has_ended() {
            return None;
        }
        writeln!(self.stdin, "{line}").ok()?;
        self.answer()
    }

    /// Lets go of a process that is somebody else's to end.
    pub(super) fn abandon(self) {
        let Sharer {
            process,
            stdin,
            stdout,
        } = self;
        std::mem::forget(process);
        drop((stdin, stdout));
    }

    /// Tells it to do something.
    ///
    /// # Panics
    /// If it has ended.
    #[track_caller]
    pub fn tell(&mut self, line: &str) {
        writeln!(self.stdin, "{line}").expect("a sharer that listens");
        self.stdin.flush().expect("a sharer that listens");
    }

    /// Its next answer; `None`: it has ended.
    pub fn answer(&mut self) -> Option<String> {
        let mut answer = String::new();
        match self.stdout.read_line(&mut answer) {
            Ok(1..) => Some(answer.trim_end().to_owned()),
            _ => None,
        }
    }

    /// As [`Sharer::ask`], for an answer that is a number.
    ///
    /// # Panics
    /// If it is not.
    #[track_caller]
    pub fn number(&mut self, line: &str) -> u32 {
        let answer = self.ask(line);
        answer
            .parse()
            .unwrap_or_else(|_| panic!("\"{line}\" was answered by \"{answer}\""))
    }
}
