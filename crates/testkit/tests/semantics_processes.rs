//! Processes and threads as objects to wait for: on threads, across processes, and mixed.

use std::os::unix::process::CommandExt;
use std::process::Command as Program;

use intersync::inspect::{ObjectInfo, ObjectState};
use testkit::actor::protocol::Exit;
use testkit::prelude::*;
use testkit::process::{Pipes, Process};

/// A child that knows nothing of the library and runs `script`, which reads a line from the test first.
fn child(script: &str) -> (Process, Pipes) {
    let mut shell = Program::new("sh");
    shell.args(["-c", &format!("read line; {script}")]);
    Process::spawn(&mut shell).expect("a shell")
}

/// The objects that stand for the process `pid`.
fn objects_of(stage: &Stage, pid: u32) -> Vec<ObjectInfo> {
    let mut objects = stage.scratch.snapshot().objects;
    objects.retain(|object| matches!(object.state, ObjectState::Process { pid: of, .. } if of == pid));
    objects
}

/// Waits until `count` threads wait for the process `pid`.
#[track_caller]
fn until_waiting_for(stage: &Stage, pid: u32, count: usize) {
    until("waiters of a process", || {
        objects_of(stage, pid)
            .iter()
            .map(|o| o.waiters.len())
            .sum::<usize>()
            == count
    });
}

/// Whether the kernel tells everybody how a process ended once it is reaped: Linux 6.15.
fn statuses_are_recorded() -> bool {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").expect("procfs");
    let mut numbers = release
        .split(|c: char| !c.is_ascii_digit())
        .map(|n| n.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (6, 15)
}

/// What an exit status must be to those who need not be the parent, once it is reaped.
fn known(exit: Exit) -> Result<Option<Exit>, Failure> {
    Ok(Some(if statuses_are_recorded() {
        exit
    } else {
        Exit::Unknown
    }))
}

semantics! {
    fn a_wait_ends_with_the_child_or_with_the_stop_event(stage) {
        let [waiter, other] = stage.actors();
        let (mut process, pipes) = child("exit 7");
        assert_eq!(waiter.event("stop", Reset::Manual, false), Ok(false));
        assert_eq!(other.open(Kind::Event, "stop"), DONE);
        assert_eq!(waiter.open_process("child", process.pid()), DONE);
        let wait = waiter.begin_wait_any(&["child", "stop"], Timeout::INFINITE);
        stage.until_waiting("stop", 1);
        assert_eq!(other.set("stop"), DONE);
        assert_eq!(wait.outcome(), signaled(1));
        assert_eq!(other.reset("stop"), DONE);
        let wait = waiter.begin_wait_any(&["stop", "child"], Timeout::INFINITE);
        stage.until_waiting("stop", 1);
        drop(pipes);
        assert_eq!(wait.outcome(), signaled(1));
        // Both: the lowest index wins.
        assert_eq!(other.set("stop"), DONE);
        assert_eq!(waiter.wait_any(&["child", "stop"], Timeout::INFINITE), signaled(0));
        process.reap();
        assert_eq!(waiter.exit_status("child"), known(Exit::Exited(7)));
    }

    fn a_wait_for_all_needs_the_child_and_the_event_at_once(stage) {
        let [waiter, other] = stage.actors();
        let (_process, pipes) = child("exit 0");
        assert_eq!(waiter.event("e", Reset::Auto, true), Ok(false));
        assert_eq!(other.open(Kind::Event, "e"), DONE);
        assert_eq!(waiter.open_process("child", _process.pid()), DONE);
        assert_eq!(waiter.wait_all(&["child", "e"], Timeout::ZERO), TIMED_OUT);
        let wait = waiter.begin_wait_all(&["e", "child"], Timeout::INFINITE);
        stage.until_waiting("e", 1);
        assert_eq!(other.poll("e"), SIGNALED);
        drop(pipes);
        until("the object is signaled", || {
            let objects = objects_of(stage, _process.pid());
            objects.iter().all(|o| matches!(o.state, ObjectState::Process { exit: Some(_), .. }))
        });
        assert_eq!(stage.scratch.waiters("e").len(), 1);
        assert_eq!(other.set("e"), DONE);
        assert_eq!(wait.outcome(), SIGNALED);
        assert_eq!(other.poll("e"), TIMED_OUT);
    }

    fn a_process_is_signaled_for_ever_before_and_after_it_is_reaped(stage) {
        let [waiter, late] = stage.actors();
        let (mut process, pipes) = child("exit 3");
        let pid = process.pid();
        assert_eq!(waiter.open_process("child", pid), DONE);
        assert_eq!(waiter.poll("child"), TIMED_OUT);
        assert_eq!(waiter.state("child"), Ok(State::Process { ended: false }));
        assert_eq!(waiter.exit_status("child"), Ok(None));
        assert_eq!(waiter.wait("child", SHORT.into()), TIMED_OUT);
        drop(pipes);
        assert_eq!(waiter.wait("child", Timeout::INFINITE), SIGNALED);
        // A zombie can be opened too, and has ended.
        assert_eq!(late.open_process("zombie", pid), DONE);
        assert_eq!(late.poll("zombie"), SIGNALED);
        process.reap();
        assert_eq!(refused(late.open_process("gone", pid)), "NoSuchProcess");
        for _ in 0..2 {
            assert_eq!(waiter.poll("child"), SIGNALED);
            assert_eq!(late.wait("zombie", Timeout::INFINITE), SIGNALED);
        }
        assert_eq!(waiter.copy("child", "copy"), DONE);
        assert_eq!(waiter.close("child"), DONE);
        assert_eq!(waiter.poll("copy"), SIGNALED);
        assert_eq!(waiter.exit_status("copy"), known(Exit::Exited(3)));
        assert_eq!(waiter.state("copy"), Ok(State::Process { ended: true }));
    }

    fn a_wait_that_begins_after_the_end_is_satisfied_at_once(stage) {
        let [waiter] = stage.actors();
        let (mut process, pipes) = child("exit 0");
        assert_eq!(waiter.open_process("child", process.pid()), DONE);
        drop(pipes);
        process.reap();
        assert_eq!(waiter.poll("child"), SIGNALED);
        let (mut second, pipes) = child("exit 0");
        assert_eq!(waiter.event("set", Reset::Manual, true), Ok(false));
        assert_eq!(waiter.open_process("child", second.pid()), DONE);
        drop(pipes);
        second.reap();
        assert_eq!(waiter.wait_any(&["child", "set"], Timeout::ZERO), signaled(0));
    }

    fn a_killed_child_is_told_from_one_that_exits(stage) {
        let [waiter] = stage.actors();
        let (mut process, _pipes) = child("exit 0");
        assert_eq!(waiter.open_process("child", process.pid()), DONE);
        let wait = waiter.begin_wait("child", Timeout::INFINITE);
        until_waiting_for(stage, process.pid(), 1);
        process.kill_and_reap();
        assert_eq!(wait.outcome(), SIGNALED);
        assert_eq!(waiter.exit_status("child"), known(Exit::Killed(9)));
    }

    fn what_is_no_process_or_thread_cannot_be_opened(stage) {
        let [actor, other] = stage.actors();
        for pid in [0, 1 << 30, u32::MAX] {
            assert_eq!(refused(actor.open_process("p", pid)), "NoSuchProcess", "{pid}");
        }
        let (pid, tid) = other.identity();
        assert_eq!(other.event("e", Reset::Auto, false), Ok(false));
        assert_eq!(actor.open_thread("t", (pid, tid)), DONE);
        for nobody in [(pid, 1 << 30), (1 << 30, tid), (0, 0)] {
            assert_eq!(refused(actor.open_thread("t", nobody)), "NoSuchThread", "{nobody:?}");
        }
    }

    fn all_handles_to_a_process_are_handles_to_one_object(stage) {
        let [one, two] = stage.actors();
        let (process, _pipes) = child("exit 0");
        let pid = process.pid();
        assert_eq!(one.open_process("a", pid), DONE);
        assert_eq!(one.open_process("b", pid), DONE);
        assert_eq!(two.open_process("c", pid), DONE);
        let [object] = &objects_of(stage, pid)[..] else {
            panic!("one object for one process: {:?}", stage.scratch.snapshot().objects);
        };
        assert_eq!((object.handles, object.name.as_deref(), object.kind()), (3, None, Kind::Process));
        assert_eq!(refused(one.wait_all(&["a", "b"], Timeout::ZERO)), "DuplicateObject");
        assert_eq!(one.wait_any(&["a", "b", "a"], Timeout::ZERO), TIMED_OUT);
        for (actor, handle) in [(&one, "a"), (&one, "b"), (&two, "c")] {
            assert_eq!(actor.close(handle), DONE);
        }
        assert!(objects_of(stage, pid).is_empty());
    }

    fn only_its_end_signals_a_process(stage) {
        let [actor] = stage.actors();
        let (process, pipes) = child("exit 0");
        assert_eq!(actor.event("e", Reset::Auto, false), Ok(false));
        assert_eq!(actor.open_process("child", process.pid()), DONE);
        assert_eq!(refused(actor.signal_and_wait("child", "e", Timeout::ZERO)), "NotSupported");
        assert_eq!(actor.signal_and_wait("e", "child", Timeout::ZERO), TIMED_OUT);
        assert_eq!(actor.poll("e"), SIGNALED);
        drop(pipes);
        assert_eq!(actor.signal_and_wait("e", "child", Timeout::INFINITE), SIGNALED);
        assert_eq!(actor.poll("e"), SIGNALED);
    }

    fn one_holder_that_dies_leaves_the_watch_to_the_others(stage) {
        let [waiter] = stage.actors();
        let (mut process, pipes) = child("exit 0");
        let pid = process.pid();
        let holders = [stage.process(), stage.process()];
        for holder in &holders {
            assert_eq!(holder.open_process("child", pid), DONE);
        }
        assert_eq!(waiter.open_process("child", pid), DONE);
        let wait = waiter.begin_wait("child", Timeout::INFINITE);
        until_waiting_for(stage, pid, 1);
        holders[0].kill_process();
        // A stopped one signals nothing, and keeps nobody from it.
        holders[1].stop_process();
        drop(pipes);
        assert_eq!(wait.outcome(), SIGNALED);
        process.reap();
        holders[1].resume_process();
        assert_eq!(holders[1].poll("child"), SIGNALED);
    }

    fn executing_another_program_is_not_the_end(stage) {
        let [waiter] = stage.actors();
        let (mut process, mut pipes) = child("exec cat");
        let pid = process.pid();
        assert_eq!(waiter.open_process("child", pid), DONE);
        std::io::Write::write_all(&mut pipes.stdin, b"\n").expect("the shell reads");
        until("the other program runs", || {
            std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm == "cat\n")
        });
        assert_eq!(waiter.poll("child"), TIMED_OUT);
        let wait = waiter.begin_wait("child", Timeout::INFINITE);
        until_waiting_for(stage, pid, 1);
        drop(pipes);
        assert_eq!(wait.outcome(), SIGNALED);
        process.reap();
        assert_eq!(waiter.exit_status("child"), known(Exit::Exited(0)));
    }

    fn a_hundred_children_that_end_at_once_are_all_seen(stage) {
        let [waiter, other] = stage.actors();
        let mut children: Vec<_> = (0..100).map(|_| child("exit 0")).collect();
        let names: Vec<String> = (0..children.len()).map(|i| format!("c{i}")).collect();
        let handles: Vec<&str> = names.iter().map(String::as_str).collect();
        for (name, (process, _)) in names.iter().zip(&children) {
            assert_eq!(waiter.open_process(name, process.pid()), DONE);
            assert_eq!(other.open_process(name, process.pid()), DONE);
        }
        let last = children.last().expect("some").0.pid();
        let all = waiter.begin_wait_all(&handles, Timeout::INFINITE);
        let any = other.begin_wait_any(&handles, Timeout::INFINITE);
        until_waiting_for(stage, last, 2);
        for (process, _) in &mut children {
            process.kill();
        }
        assert_eq!(all.outcome(), SIGNALED);
        assert!(matches!(any.outcome(), Ok(Outcome::Signaled { .. })));
        for (name, (mut process, _)) in names.iter().zip(children) {
            process.reap();
            assert_eq!(other.poll(name), SIGNALED);
            assert_eq!(other.exit_status(name), known(Exit::Killed(9)));
        }
    }

    fn a_process_of_another_user_can_be_waited_for(stage) {
        if !nix::unistd::geteuid().is_root() {
            println!("skipped: only root can start a process of another user");
            return;
        }
        let [waiter] = stage.actors();
        let mut shell = Program::new("sh");
        shell.args(["-c", "read line; exit 4"]).uid(65_534).gid(65_534);
        let (mut process, pipes) = Process::spawn(&mut shell).expect("a shell");
        assert_eq!(waiter.open_process("child", process.pid()), DONE);
        let wait = waiter.begin_wait("child", Timeout::INFINITE);
        until_waiting_for(stage, process.pid(), 1);
        drop(pipes);
        assert_eq!(wait.outcome(), SIGNALED);
        process.reap();
        assert_eq!(waiter.exit_status("child"), known(Exit::Exited(4)));
    }

    fn whoever_sees_a_process_signaled_finds_its_mutexes_abandoned(stage) {
        let [waiter] = stage.actors();
        let owner = stage.process();
        let names: Vec<String> = (0..20).map(|number| format!("m{number}")).collect();
        for name in &names {
            assert_eq!(waiter.mutex(name, false), Ok(false));
            assert_eq!(owner.open(Kind::Mutex, name), DONE);
            assert_eq!(owner.poll(name), SIGNALED);
        }
        assert_eq!(waiter.open_process("owner", owner.child_pid()), DONE);
        let wait = waiter.begin_wait("owner", Timeout::INFINITE);
        until_waiting_for(stage, owner.child_pid(), 1);
        owner.troupe().process(Process::kill);
        assert_eq!(wait.outcome(), SIGNALED);
        // A look from outside, which repairs nothing.
        for name in &names {
            let state = stage.scratch.object(name).expect("it is there").state;
            let abandoned = matches!(state, ObjectState::Mutex { owner: None, abandoned: true, .. });
            assert!(abandoned, "{name}: {state:?}");
        }
        owner.troupe().process(Process::reap);
    }

    fn a_thread_is_signaled_when_it_ends_after_its_mutexes(stage) {
        let [waiter, owner] = stage.actors();
        assert_eq!(owner.mutex("m", true), Ok(false));
        assert_eq!(waiter.open(Kind::Mutex, "m"), DONE);
        let id = owner.identity();
        assert_eq!(waiter.open_thread("t", id), DONE);
        assert_eq!(waiter.open_thread("again", id), DONE);
        assert_eq!(waiter.state("t"), Ok(State::Thread { ended: false }));
        assert_eq!(waiter.poll("t"), TIMED_OUT);
        let wait = waiter.begin_wait_any(&["t", "again"], Timeout::INFINITE);
        until("a waiter", || {
            let objects = stage.scratch.snapshot().objects;
            objects.iter().any(|o| o.kind() == Kind::Thread && o.waiters.len() == 2)
        });
        owner.end_thread();
        assert_eq!(wait.outcome(), SIGNALED);
        let state = stage.scratch.object("m").expect("it is there").state;
        assert!(matches!(state, ObjectState::Mutex { owner: None, abandoned: true, .. }), "{state:?}");
        assert_eq!(waiter.poll("again"), SIGNALED);
        assert_eq!(refused(waiter.open_thread("late", id)), "NoSuchThread");
        assert_eq!(waiter.poll("m"), ABANDONED);
    }

    fn a_thread_that_takes_over_a_record_is_another(stage) {
        let [waiter, actor] = stage.actors();
        for name in ["first", "second", "third"] {
            assert_eq!(actor.event("e", Reset::Auto, false).map(drop), DONE);
            assert_eq!(waiter.open_thread(name, actor.identity()), DONE);
            assert_eq!(waiter.poll(name), TIMED_OUT);
            actor.end_thread();
            assert_eq!(waiter.wait(name, Timeout::INFINITE), SIGNALED);
        }
        assert_eq!(waiter.wait_all(&["first", "second", "third"], Timeout::ZERO), SIGNALED);
    }

    fn a_thread_can_wait_for_itself_in_vain(stage) {
        let [actor] = stage.actors();
        assert_eq!(actor.event("e", Reset::Auto, false), Ok(false));
        assert_eq!(actor.open_thread("me", actor.identity()), DONE);
        assert_eq!(actor.open_process("us", actor.identity().0), DONE);
        assert_eq!(actor.wait_any(&["me", "us", "e"], Timeout::ZERO), TIMED_OUT);
        assert_eq!(actor.wait("us", SHORT.into()), TIMED_OUT);
        assert_eq!(actor.exit_status("us"), Ok(None));
    }

    fn the_threads_of_a_killed_process_are_signaled_after_its_mutexes(stage) {
        let [waiter] = stage.actors();
        let owner = stage.process();
        let sibling = owner.troupe().actor();
        for (actor, name) in [(&owner, "m"), (&sibling, "n")] {
            assert_eq!(waiter.mutex(name, false), Ok(false));
            assert_eq!(actor.open(Kind::Mutex, name), DONE);
            assert_eq!(actor.poll(name), SIGNALED);
        }
        assert_eq!(waiter.open_thread("t", owner.identity()), DONE);
        assert_eq!(waiter.open_thread("u", sibling.identity()), DONE);
        let wait = waiter.begin_wait_all(&["t", "u"], Timeout::INFINITE);
        until("a waiter", || {
            let objects = stage.scratch.snapshot().objects;
            objects.iter().filter(|o| o.kind() == Kind::Thread && o.waiters.len() == 1).count() == 2
        });
        owner.troupe().process(Process::kill);
        assert_eq!(wait.outcome(), SIGNALED);
        for name in ["m", "n"] {
            let state = stage.scratch.object(name).expect("it is there").state;
            assert!(matches!(state, ObjectState::Mutex { owner: None, abandoned: true, .. }), "{state:?}");
        }
        owner.troupe().process(Process::reap);
        assert_eq!(waiter.poll("t"), SIGNALED);
    }
}
