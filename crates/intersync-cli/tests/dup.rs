//! Handles put into processes that run already.

mod support;

use std::fs::Permissions;
use std::io::{BufRead, stdin};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use intersync::{Event, Handle, Location, Namespace, RawHandle};
use support::{Running, Space, state, until};

/// The target of the tests below: sets the events behind the handles it is told of, and goes on holding them.
#[test]
#[ignore = "it is started by the other tests"]
fn a_target() {
    let location = match std::env::var_os("TARGET_IS_GLOBAL") {
        Some(_) => Location::Global,
        None => Location::Local,
    };
    let _namespace = Namespace::open(&location).expect("the namespace of the test");
    println!("\nready");
    let mut held = Vec::new();
    for line in stdin().lock().lines() {
        let value: RawHandle = line.expect("text").parse().expect("the value of a handle");
        let event = Event::from_raw(value).expect("a handle to an event");
        match event.set() {
            Ok(()) => println!("\nset with {}", event.access()),
            Err(error) => println!("\n{error}"),
        }
        held.push(event);
    }
}

/// A process that uses the namespace of the test.
fn target(space: &Space) -> Running {
    start_target(
        Command::new(std::env::current_exe().expect("this program")),
        space,
    )
}

/// The same with more said about how to start it.
fn start_target(mut command: Command, space: &Space) -> Running {
    command
        .args(["--exact", "a_target", "--ignored", "--nocapture"])
        .env("INTERSYNC_DIR", space.path());
    let mut target = Running::new(command);
    while target.line() != "ready" {}
    target
}

/// The next thing a target says.
fn said(target: &mut Running) -> String {
    loop {
        match target.line() {
            line if line.is_empty() => {}
            line => return line,
        }
    }
}

/// A process that ends with the test and knows nothing of the namespace.
struct Stranger(Child);

impl Stranger {
    fn new(command: &mut Command) -> Stranger {
        Stranger(command.stdin(Stdio::piped()).spawn().expect("started"))
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn furnished() -> Space {
    let space = Space::new();
    space.ok(&["create", "event", "ready", "--manual"]);
    space.ok(&["create", "mutex", "build"]);
    space
}

fn dup(space: &Space, target: &Running, options: &[&str]) -> String {
    let pid = target.pid().as_raw_nonzero().to_string();
    let printed = space.ok(&[&["dup", "ready", "--to", &pid], options].concat());
    assert_eq!(printed.lines().count(), 1, "{printed}");
    printed
}

#[test]
fn the_process_uses_the_handle_and_holds_the_object_until_it_ends() {
    let space = furnished();
    let mut target = target(&space);
    let value = dup(&space, &target, &[]);
    let shown = space.show("ready");
    let holders = shown["holders"].as_array().expect("a list");
    assert_eq!(holders.len(), 1, "the command itself holds it no more: {shown}");
    assert_eq!(holders[0]["pid"], target.pid().as_raw_nonzero().get());
    assert_eq!(holders[0]["handle"].to_string(), value.trim());
    assert_eq!(holders[0]["inherit"], false);
    target.write(&value);
    assert!(said(&mut target).starts_with("set with query|modify|wait|"));
    assert_eq!(space.show("ready")["signaled"], true);
    // Not permanent any more, it is held by that process alone.
    space.run(&["rm", "ready"]);
    assert_eq!(space.show("ready")["permanent"], false);
    assert!(target.end().0.success());
    space
        .run(&["show", "ready"])
        .failed(2, "no object is named \"ready\"");
    space.audit();
}

#[test]
fn the_handle_has_the_rights_and_flags_that_were_asked_for() {
    let space = furnished();
    let mut target = target(&space);
    let value = dup(&space, &target, &["--access", "query|wait", "--inherit"]);
    let shown = space.show("ready");
    assert_eq!(shown["holders"][0]["access"], "query|wait");
    assert_eq!(shown["holders"][0]["inherit"], true);
    target.write(&value);
    let refusal = said(&mut target);
    assert!(refusal.contains("access denied"), "{refusal}");
    let second = dup(&space, &target, &["--access", "modify"]);
    assert_ne!(second, value);
    target.write(&second);
    assert_eq!(said(&mut target), "set with modify");
    // A handle for nothing but to hold the object.
    dup(&space, &target, &["--access", "nothing"]);
    assert_eq!(space.show("ready")["holders"].as_array().map(Vec::len), Some(3));
    assert_eq!(space.show("ready")["holders"][2]["access"], "nothing");
    assert!(target.end().0.success());
}

#[test]
fn what_cannot_be_duplicated_says_why() {
    let space = furnished();
    let target = target(&space);
    let pid = target.pid().as_raw_nonzero().to_string();
    space.run(&["dup", "nowhere", "--to", &pid]).failed(
        2,
        "cannot duplicate \"nowhere\" into process {}: no object is named"
            .replace("{}", &pid)
            .as_str(),
    );
    space
        .run(&["dup", "build", "--to", &pid, "--access", "modify"])
        .failed(2, "mean nothing for the kind mutex");
    space
        .run(&["dup", "ready", "--to", &pid, "--access", "read"])
        .failed(2, "\"read\" is no right; write some of query, modify, wait");
    space
        .run(&["dup", "ready", "--to", "0"])
        .failed(2, "0 is not in 1..");
    space.run(&["dup", "ready"]).failed(2, "--to <PID>");
    // No process id is as large as that.
    space
        .run(&["dup", "ready", "--to", "4294967295"])
        .failed(2, "there is no process 4294967295");
    assert!(target.end().0.success());
    space.audit();
}

#[test]
fn a_process_that_cannot_take_a_handle_is_told_apart() {
    let space = furnished();
    let dup = |pid: u32| space.run(&["dup", "ready", "--to", &pid.to_string()]);
    let mut stranger = Stranger::new(&mut Command::new("cat"));
    let pid = stranger.0.id();
    dup(pid).failed(2, &format!("process {pid} has not opened this namespace"));
    // Not reaped by its parent, the process is still there to be opened.
    stranger.0.kill().expect("killed");
    let number = rustix::process::Pid::from_child(&stranger.0);
    until(|| match state(number) {
        Some('Z') => Ok(()),
        other => Err(other),
    });
    dup(pid).failed(2, "the process has ended");
    let _ = stranger.0.wait();
    dup(pid).failed(2, &format!("there is no process {pid}"));
    // Root can start a process of another user; for everybody else the first one is.
    let foreign = rustix::process::geteuid()
        .is_root()
        .then(|| Stranger::new(Command::new("cat").uid(65_534)));
    let (pid, user) = foreign.as_ref().map_or((1, 0), |f| (f.0.id(), 65_534));
    dup(pid).failed(
        2,
        &format!("it is a process of user {user}, with other Local\\ names"),
    );
    dup(pid).failed(2, "share \"Global\\ready\" instead");
    space.audit();
}

#[test]
fn root_gives_a_handle_to_another_user_and_takes_none_from_it() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can start processes of another user");
        return;
    }
    let (user, group) = (65_001, 65_100);
    let space = Space::new();
    std::fs::set_permissions(space.path(), Permissions::from_mode(0o1777)).expect("chmod");
    space.ok(&["provision", "--group", "65100"]);
    space.ok(&["create", "event", r"Global\ready", "--manual"]);
    // Copies that everybody may run, made by another process: what a forked child has open for writing cannot be run.
    let programs = Space::new();
    std::fs::set_permissions(programs.path(), Permissions::from_mode(0o755)).expect("chmod");
    let this = std::env::current_exe().expect("this program");
    let copied = Command::new("cp")
        .args([this.as_path(), Path::new(env!("CARGO_BIN_EXE_intersync"))])
        .arg(programs.path())
        .status();
    assert!(copied.expect("cp").success());
    let as_user = |program: &Path| {
        let mut command = Command::new(programs.path().join(program.file_name().expect("a name")));
        command.uid(user).gid(group).env("TARGET_IS_GLOBAL", "1");
        command
    };
    let intersync = |words: &[&str]| {
        let mut command = as_user(Path::new("intersync"));
        command.args(words).env("INTERSYNC_DIR", space.path());
        command.output().expect("started")
    };
    let mut command = Command::new(&this);
    command.env("TARGET_IS_GLOBAL", "1");
    let roots = start_target(command, &space);

    let mut target = start_target(as_user(&this), &space);
    let pid = target.pid().as_raw_nonzero().to_string();
    // Its mode keeps others out. A handle has the rights that it was given.
    let refused = intersync(&["set", r"Global\ready"]);
    assert_eq!(refused.status.code(), Some(2));
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(words.contains("access denied: owner and mode"), "{words}");
    let value = space.ok(&["dup", r"Global\ready", "--to", &pid, "--access", "modify"]);
    target.write(&value);
    assert_eq!(said(&mut target), "set with modify");

    // Not the other way round: an object of that user, into a process of root.
    let roots_pid = roots.pid().as_raw_nonzero().to_string();
    let mine = intersync(&["create", "event", r"Global\theirs"]);
    assert!(mine.status.success(), "{mine:?}");
    let refused = intersync(&["dup", r"Global\theirs", "--to", &roots_pid]);
    assert_eq!((refused.status.code(), &*refused.stdout), (Some(2), &b""[..]));
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        words.contains("is of user 0, and user 65001 may not change its handles"),
        "{words}"
    );
    assert!(target.end().0.success() && roots.end().0.success());
}
