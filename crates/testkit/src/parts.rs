//! A test program that runs itself again as another process, which plays one part of a test, as another user if need be.
//!
//! The program has one ignored test called `parts`, which finds out its part by [`mine`].

use std::io::BufRead;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::unistd::Uid;

use crate::process::{Pipes, Process};
use crate::scratch::Scratch;

/// Says to a program which part it has.
const PART: &str = "INTERSYNC_TEST_PART";
/// What a part says when it has done what the others wait for.
const READY: &str = "ready";

/// A user and the one group it is in. Neither needs an entry in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
}

/// The superuser.
pub const ROOT: User = User { uid: 0, gid: 0 };

/// Whether this process may start others as other users; if not, says so.
pub fn may_change_user() -> bool {
    let may = Uid::effective().is_root();
    if !may {
        println!("skipped: only root can start processes of several users");
    }
    may
}

/// A base directory for several users, with a copy of this program that all of them may run.
#[derive(Debug)]
pub struct Troop {
    /// The base directory, for `INTERSYNC_DIR`.
    pub scratch: Scratch,
    programs: tempfile::TempDir,
}

impl Default for Troop {
    fn default() -> Self {
        Troop::new()
    }
}

impl Troop {
    /// Makes both.
    ///
    /// # Panics
    /// If they cannot be made.
    pub fn new() -> Troop {
        let scratch = Scratch::new();
        set_mode(scratch.base(), 0o1777);
        // Not in the base: nobody but the library makes files there.
        let programs = tempfile::Builder::new()
            .prefix("intersync-test-programs-")
            .tempdir_in(scratch.base().parent().expect("a parent"))
            .expect("a directory for the program");
        set_mode(programs.path(), 0o755);
        let troop = Troop { scratch, programs };
        // By another process: a child that another thread forks meanwhile would have the file open for writing, and what
        // is open for writing cannot be run.
        let copied = Command::new("cp")
            .arg(std::env::current_exe().expect("this program"))
            .arg(troop.program())
            .status();
        assert!(copied.expect("cp").success(), "a copy of this program");
        set_mode(&troop.program(), 0o755);
        troop
    }

    /// The copy of this program.
    pub fn program(&self) -> PathBuf {
        self.programs.path().join("program")
    }

    /// The program as a process of `user` that plays `part`.
    pub fn part(&self, user: User, part: &str) -> Command {
        self.command(Command::new(self.program()), user, part)
    }

    /// As [`Troop::part`], in a PID namespace of its own; it dies with the process that this starts.
    pub fn part_in_pid_namespace(&self, user: User, part: &str) -> Command {
        let mut command = Command::new("unshare");
        command
            .args(["--pid", "--fork", "--kill-child"])
            .arg(self.program());
        self.command(command, user, part)
    }

    /// As [`Troop::part`], as the root of a user namespace of its own.
    pub fn part_in_user_namespace(&self, user: User, part: &str) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user"]).arg(self.program());
        self.command(command, user, part)
    }

    fn command(&self, command: Command, user: User, part: &str) -> Command {
        let mut command = with_part(command, part);
        command.env("INTERSYNC_DIR", self.scratch.base()).current_dir("/");
        if user != ROOT {
            command.uid(user.uid).gid(user.gid);
        }
        command
    }

    /// Plays a part to its end and returns what it said.
    ///
    /// # Panics
    /// If it did not go well.
    #[track_caller]
    pub fn play(&self, user: User, part: &str) -> String {
        play(&mut self.part(user, part))
    }

    /// Starts a part that does not end by itself, and returns once it has said that it is ready.
    ///
    /// # Panics
    /// If it ends before.
    #[track_caller]
    pub fn start(&self, user: User, part: &str) -> (Process, Pipes) {
        start(&mut self.part(user, part))
            .unwrap_or_else(|said| panic!("{part} ended before it was ready: {said}"))
    }
}

fn with_part(mut command: Command, part: &str) -> Command {
    command
        .args(["--exact", "parts", "--ignored", "--nocapture", "--test-threads=1"])
        .env(PART, part);
    command
}

/// This program once more, with another part, as the same user in the same place.
///
/// # Panics
/// If the program cannot be found.
pub fn again(part: &str) -> Command {
    with_part(Command::new(std::env::current_exe().expect("this program")), part)
}

/// Plays a part to its end and returns what it said.
///
/// # Panics
/// If it did not go well.
#[track_caller]
pub fn play(command: &mut Command) -> String {
    let ended = command.stdin(Stdio::null()).output().expect("a child");
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    let errors = String::from_utf8_lossy(&ended.stderr);
    assert!(
        ended.status.success(),
        "{command:?} ended with {}: {said}{errors}",
        ended.status
    );
    said
}

/// Starts a part, and returns once it has said that it is ready.
///
/// # Errors
/// What it said, if it ended before.
pub fn start(command: &mut Command) -> Result<(Process, Pipes), String> {
    let (process, mut pipes) = Process::spawn(command).map_err(|error| error.to_string())?;
    let mut reader = std::io::BufReader::new(&mut pipes.stdout);
    let mut said = String::new();
    loop {
        let before = said.len();
        match reader.read_line(&mut said) {
            Ok(0) | Err(_) => return Err(said),
            // The first line begins with what the test harness says.
            Ok(_) if said[before..].trim_end().ends_with(READY) => return Ok((process, pipes)),
            Ok(_) => {}
        }
    }
}

/// The part of this process; `None` in the test program itself.
pub fn mine() -> Option<String> {
    std::env::var(PART).ok()
}

/// Says that the others may go on, and stays until killed.
pub fn ready_until_killed() -> ! {
    ready();
    loop {
        std::thread::park();
    }
}

/// Says that the others may go on.
pub fn ready() {
    println!("{READY}");
}

/// Sets the permission bits of a file.
///
/// # Panics
/// If it cannot.
#[track_caller]
pub fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("chmod");
}
