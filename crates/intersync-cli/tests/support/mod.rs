//! The built command in a namespace of its own.

#![allow(dead_code, reason = "each test program uses another part of this")]

use std::fmt::Debug;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt as _;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tempfile::TempDir;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A namespace that is removed at the end of the test.
pub struct Space {
    dir: TempDir,
}

impl Space {
    pub fn new() -> Space {
        let dir = tempfile::Builder::new()
            .prefix("intersync-cli-")
            .tempdir_in("/dev/shm");
        Space {
            dir: dir.expect("a directory on a tmpfs"),
        }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The command, yet to be started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        // Started with the default actions for signals, whatever the caller of the tests ignores (nohup, `&`).
        let mut command = Command::new("env");
        command
            .args(["--default-signal", env!("CARGO_BIN_EXE_intersync")])
            .args(arguments)
            .env("INTERSYNC_DIR", self.path())
            .env_remove("NO_COLOR")
            .stdin(Stdio::null());
        command
    }

    /// Runs the command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::new(arguments, self.command(arguments).output().expect("started"))
    }

    /// Runs the command, which must succeed and say nothing on standard error.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{arguments:?}");
        ran.stdout
    }

    /// Starts the command, with pipes to all three streams.
    pub fn start(&self, arguments: &[&str]) -> Running {
        Running::new(self.command(arguments))
    }

    /// Runs the command with its output on a terminal of this width, and returns what it wrote there.
    pub fn on_terminal(&self, arguments: &[&str], width: u16, variables: &[(&str, &str)]) -> String {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&master)
            .and_then(|()| unlockpt(&master))
            .expect("a terminal");
        let name = ptsname(&master, Vec::new()).expect("its name");
        let terminal = File::options()
            .read(true)
            .write(true)
            .open(name.to_str().expect("UTF-8"))
            .expect("open");
        let size = Winsize {
            ws_row: 24,
            ws_col: width,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&terminal, size).expect("its size");
        let mut command = self.command(arguments);
        command.env("TERM", "xterm").envs(variables.iter().copied());
        command
            .stderr(terminal.try_clone().expect("a copy"))
            .stdout(terminal);
        let mut child = command.spawn().expect("started");
        // The command alone has the terminal now; the read fails when it is closed.
        drop(command);
        let mut written = Vec::new();
        let _ = File::from(master).read_to_end(&mut written);
        child.wait().expect("ended");
        String::from_utf8(written).expect("UTF-8").replace("\r\n", "\n")
    }

    /// The object as `show --json` tells it.
    pub fn show(&self, name: &str) -> serde_json::Value {
        let line = self.ok(&["show", name, "--json"]);
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// Waits until this many threads wait for the object.
    pub fn until_waiters(&self, name: &str, count: usize) {
        until(|| {
            let found = self.show(name)["waiters"].as_array().map_or(0, Vec::len);
            (found == count).then_some(()).ok_or(found)
        });
    }

    /// Checks that every rule of the namespace holds while somebody lives who could mend it.
    pub fn audit(&self) {
        let mut witness = self.start(&[
            "run",
            "--mutex",
            "witness",
            "--",
            "sh",
            "-c",
            "echo here; read line; exit 0",
        ]);
        assert_eq!(witness.line(), "here");
        assert_eq!(self.ok(&["check"]), "");
        assert!(witness.end().0.success());
    }
}

/// Waits until the condition is met, and fails with what was seen last if it never is.
pub fn until<T, E: Debug>(mut condition: impl FnMut() -> Result<T, E>) -> T {
    let begun = Instant::now();
    loop {
        match condition() {
            Ok(value) => return value,
            Err(seen) => assert!(begun.elapsed() < PATIENCE, "still {seen:?} after {PATIENCE:?}"),
        }
        std::thread::yield_now();
    }
}

/// A command that has ended.
#[derive(Debug)]
pub struct Ran {
    pub arguments: String,
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    fn new(arguments: &[&str], output: Output) -> Ran {
        Ran {
            arguments: arguments.join(" "),
            code: output.status.code(),
            signal: output.status.signal(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on standard output"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on standard error"),
        }
    }

    /// It failed with this exit code, said what is wrong in one line, and printed no data.
    pub fn failed(&self, code: i32, words: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        assert!(self.stderr.contains(words), "not {words:?} in {self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
    }
}

/// A command that runs. It is killed if the test ends before it.
pub struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Running {
    pub fn new(mut command: Command) -> Running {
        // A process group of its own, with a parent outside of it: the kernel ignores stop signals in orphaned ones.
        let command = command
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("started");
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        Running { child, stdin, stdout }
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// The next line of its standard output; empty at the end.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("read");
        line.trim_end().to_string()
    }

    pub fn write(&mut self, text: &str) {
        self.stdin
            .as_mut()
            .expect("open")
            .write_all(text.as_bytes())
            .expect("written");
    }

    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("signal sent");
    }

    /// How it ended, and what it wrote to standard error.
    pub fn end(mut self) -> (ExitStatus, String) {
        self.stdin = None;
        let mut stderr = String::new();
        if let Some(mut pipe) = self.child.stderr.take() {
            pipe.read_to_string(&mut stderr).expect("read");
        }
        (self.child.wait().expect("ended"), stderr)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The state of a process, as the kernel tells it.
pub fn state(pid: Pid) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}
