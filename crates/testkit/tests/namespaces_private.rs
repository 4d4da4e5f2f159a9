//! Private namespaces between the processes of a user.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use intersync::{
    Boundary, Error, Event, Location, Mutex, NameProblem, Object, Outcome, PrivateNamespace, Timeout,
};
use nix::sys::wait::WaitStatus;
use testkit::parts::{self, Troop, User, may_change_user, play};
use testkit::prelude::LONG;

/// The parts, for [`Troop`]. Does nothing when it is run as a test.
#[test]
#[ignore = "a part of the other tests, not a test"]
fn parts() {
    let Some(part) = parts::mine() else { return };
    let (part, name) = part.split_once(' ').unwrap_or((&part, "b"));
    let boundary = Boundary::new(name).everyone();
    match part {
        "rules" => rules(&boundary),
        "open" => print(PrivateNamespace::open("ns", &boundary)),
        "create" => print(PrivateNamespace::create("ns", &boundary)),
        "without-opening" => print(Event::options().open("ns\\e")),
        "set" => {
            let _namespace = PrivateNamespace::open("ns", &boundary).expect("the namespace");
            Event::options()
                .open("ns\\e")
                .and_then(|e| e.set())
                .expect("its event");
        }
        "create-empty" => {
            let _namespace = PrivateNamespace::create("ns", &boundary).expect("another namespace");
            assert!(matches!(
                Event::options().open("ns\\e"),
                Err(Error::NotFound { .. })
            ));
        }
        "keep" => {
            let _namespace = PrivateNamespace::create("ns", &boundary).expect("a namespace");
            let _mutex = Mutex::options().owned(true).create("ns\\m").expect("a mutex");
            parts::ready_until_killed();
        }
        "use" => outlive(&PrivateNamespace::open("ns", &boundary).expect("the namespace")),
        "churn" => churn(&boundary),
        "full" => full(&boundary),
        "fork" => fork(&boundary),
        "many" => many(&boundary),
        other => panic!("there is no part {other}"),
    }
}

fn print<T>(result: intersync::Result<T>) {
    match result {
        Ok(_) => println!("answer: ok"),
        Err(error) => println!("answer: {error:?}"),
    }
}

/// Everything that one process and its children see, in the order of the conformance case.
fn rules(boundary: &Boundary) {
    let unknown = |result: intersync::Result<Event>| {
        let problem = NameProblem::UnknownPrefix;
        assert!(matches!(result, Err(Error::InvalidName { problem: found, .. }) if found == problem));
    };
    let missing = |result: intersync::Result<PrivateNamespace>| {
        assert!(
            matches!(result, Err(Error::NoPrivateNamespace { .. })),
            "{result:?}"
        );
    };
    let exists = |result: intersync::Result<PrivateNamespace>| {
        assert!(matches!(result, Err(Error::AlreadyExists { .. })), "{result:?}");
    };
    missing(PrivateNamespace::open("ns", boundary));
    unknown(Event::options().create("ns\\e").map(|c| c.object));
    let namespace = PrivateNamespace::create("ns", boundary).expect("a new namespace");
    exists(PrivateNamespace::create("ns", &boundary.clone()));
    exists(PrivateNamespace::create("ns", &Boundary::new("other").everyone()));
    assert!(play(&mut parts::again("create")).contains("AlreadyExists"));

    let event = Event::options().create("ns\\e").expect("an event");
    assert!(!event.already_existed);
    let event = event.object;
    assert!(
        Event::options()
            .create("ns\\e")
            .expect("the same")
            .already_existed
    );
    assert!(matches!(
        Event::options().open("ns\\nope"),
        Err(Error::NotFound { .. })
    ));
    assert!(matches!(
        Mutex::options().create("ns\\e"),
        Err(Error::WrongKind { .. })
    ));
    unknown(Event::options().open("no-such-alias\\e"));
    for (name, problem) in [
        ("ns\\", NameProblem::EmptyPart),
        ("ns\\\\e", NameProblem::EmptyPart),
        ("ns\\sub\\e", NameProblem::InnerBackslash),
    ] {
        let made = Event::options().create(name).map(drop);
        assert!(
            matches!(made, Err(Error::InvalidName { problem: found, .. }) if found == problem),
            "{name}"
        );
    }
    // The other names are others.
    assert!(matches!(Event::options().open("e"), Err(Error::NotFound { .. })));
    let plain = Event::options()
        .signaled(true)
        .create("e")
        .expect("a plain event");
    assert_eq!(event.wait(Timeout::ZERO), Ok(Outcome::TimedOut));
    // A wait over both, by their own kinds and by any.
    let both = intersync::wait_any(&[&event, &plain.object], Timeout::ZERO);
    assert_eq!(both, Ok(Outcome::Signaled { index: 1 }));
    assert!(Object::open("ns\\e").is_ok());

    assert!(play(&mut parts::again("without-opening")).contains("UnknownPrefix"));
    play(&mut parts::again("set"));
    assert_eq!(event.wait(Timeout::ZERO), Ok(Outcome::Signaled { index: 0 }));
    assert!(play(&mut parts::again("open other")).contains("NoPrivateNamespace"));
    play(&mut parts::again("create-empty other"));

    let seen = intersync::inspect::snapshot(&Location::Private("ns".to_owned())).expect("a look at it");
    assert_eq!(seen.objects.len(), 1);
    namespace.close(true).expect("closed");
    event.set().expect("what is open stays so");
    unknown(Event::options().open("ns\\e"));
    missing(PrivateNamespace::open("ns", boundary));
    let again = PrivateNamespace::create("ns", boundary).expect("a new one");
    assert!(matches!(
        Event::options().open("ns\\e"),
        Err(Error::NotFound { .. })
    ));

    // Closed without being destroyed it stays, and may be opened twice.
    drop(again);
    let first = PrivateNamespace::open("ns", boundary).expect("still there");
    let second = PrivateNamespace::open("ns", boundary).expect("twice");
    drop(first);
    assert!(Event::options().create("ns\\e").is_ok());
    second.close(true).expect("closed");
    unknown(Event::options().open("ns\\e"));

    let denied = PrivateNamespace::create("ns", &Boundary::new("b"));
    assert!(matches!(denied, Err(Error::AccessDenied { .. })), "no members");
    for alias in ["Local", "Global", "Session", "", "a\\b", "a\0"] {
        let refused = PrivateNamespace::create(alias, boundary).map(drop);
        assert!(matches!(refused, Err(Error::InvalidName { .. })), "{alias:?}");
    }
}

/// Uses a namespace whose creator is killed meanwhile.
fn outlive(namespace: &PrivateNamespace) {
    let mutex = Mutex::options().open("ns\\m").expect("its mutex");
    let mine = Event::options().create("ns\\mine").expect("an event").object;
    parts::ready();
    assert_eq!(mutex.wait(LONG), Ok(Outcome::Abandoned { index: 0 }));
    // Who has it open goes on.
    mine.set().expect("set");
    assert!(
        Event::options()
            .create("ns\\mine")
            .expect("by name")
            .already_existed
    );
    let name = namespace.alias();
    testkit::patience::until("nobody else can open it", || {
        play(&mut parts::again("open")).contains("NoPrivateNamespace")
    });
    // A new one is empty, and does not disturb the old one's users.
    play(&mut parts::again("create-empty"));
    assert!(Event::options().open(format!("{name}\\mine")).is_ok());
}

/// Creates and destroys until killed, and says each time that it has.
fn churn(boundary: &Boundary) {
    loop {
        let namespace = PrivateNamespace::create("ns", boundary).expect("a namespace");
        let event = Event::options().create("ns\\e").expect("an event");
        assert!(!event.already_existed);
        drop(event);
        namespace.close(true).expect("closed");
        parts::ready();
    }
}

/// Creates one where there is no room for it.
fn full(boundary: &Boundary) {
    use nix::mount::{MsFlags, mount};
    use nix::sched::{CloneFlags, unshare};
    let base = PathBuf::from(std::env::var_os("INTERSYNC_DIR").expect("a base directory"));
    let none = None::<&str>;
    let private = unshare(CloneFlags::CLONE_NEWNS)
        .and_then(|()| mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none));
    let options = Some("size=1m,mode=1777");
    let small = private.and_then(|()| mount(Some("tmpfs"), &base, Some("tmpfs"), MsFlags::empty(), options));
    if let Err(errno) = small {
        println!("skipped: no file system of its own: {errno}");
        return;
    }
    let filled = std::fs::write(base.join("filler"), vec![1; 2 << 20]);
    assert!(filled.is_err(), "no space is left");
    let refused = PrivateNamespace::create("ns", boundary).map(drop);
    assert!(matches!(refused, Err(Error::NoSpace { .. })), "{refused:?}");
    std::fs::remove_file(base.join("filler")).expect("removed");
    assert!(PrivateNamespace::create("ns", boundary).is_ok());
}

/// A forked child reaches the namespace under the alias, as a process of its own, and does not end it.
#[allow(unsafe_code, reason = "there is no other fork")]
fn fork(boundary: &Boundary) {
    let namespace = PrivateNamespace::create("ns", boundary).expect("a namespace");
    let event = Event::options().create("ns\\e").expect("an event").object;
    // SAFETY: the child uses the library, which is made for it, and ends without returning to the harness.
    match unsafe { nix::unistd::fork() }.expect("a fork") {
        nix::unistd::ForkResult::Child => {
            let set = Event::options().open("ns\\e").and_then(|event| event.set());
            drop(namespace);
            let gone = Event::options().open("ns\\e").is_err();
            // SAFETY: ends the child at once.
            unsafe { nix::libc::_exit(i32::from(!(set.is_ok() && gone))) }
        }
        nix::unistd::ForkResult::Parent { child } => {
            let ended = nix::sys::wait::waitpid(child, None);
            assert_eq!(ended, Ok(WaitStatus::Exited(child, 0)));
        }
    }
    assert_eq!(event.wait(Timeout::ZERO), Ok(Outcome::Signaled { index: 0 }));
    assert!(play(&mut parts::again("set")).contains("test parts"));
}

/// Several threads and processes create one namespace at once: one of them has it.
fn many(boundary: &Boundary) {
    let children: Vec<_> = (0..4)
        .map(|_| std::thread::spawn(|| play(&mut parts::again("create"))))
        .collect();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let boundary = boundary.clone();
            std::thread::spawn(move || PrivateNamespace::create("ns", &boundary))
        })
        .collect();
    let created: Vec<_> = threads.into_iter().map(|t| t.join().expect("a thread")).collect();
    for child in children {
        let said = child.join().expect("a thread");
        assert!(
            said.contains("answer: ok") || said.contains("AlreadyExists"),
            "{said}"
        );
    }
    assert!(created.iter().filter(|c| c.is_ok()).count() <= 1, "{created:?}");
    for refused in created.iter().filter_map(|c| c.as_ref().err()) {
        assert!(matches!(refused, Error::AlreadyExists { .. }), "{refused:?}");
    }
}

/// The files of private namespaces of a user.
fn files(troop: &Troop, user: User) -> Vec<PathBuf> {
    let own = troop.scratch.base().join(format!("intersync-{}", user.uid));
    let entries = std::fs::read_dir(own).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path());
    files
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"ns-"))
        })
        .collect()
}

fn me() -> User {
    User {
        uid: nix::unistd::Uid::effective().as_raw(),
        gid: nix::unistd::Gid::effective().as_raw(),
    }
}

#[test]
fn the_rules_hold_in_a_process_and_its_children() {
    let troop = Troop::new();
    troop.play(me(), "rules");
    assert_eq!(files(&troop, me()), Vec::<PathBuf>::new(), "nothing is left");
}

#[test]
fn the_end_of_its_creator_ends_a_namespace_but_not_for_those_who_have_it_open() {
    let troop = Troop::new();
    let (mut creator, _pipes) = troop.start(me(), "keep");
    let (mut user, _pipes) = troop.start(me(), "use");
    assert_eq!(files(&troop, me()).len(), 1);
    creator.kill_and_reap();
    assert!(matches!(user.reap(), WaitStatus::Exited(_, 0)));
}

#[test]
fn what_is_left_of_dead_creators_is_swept_away() {
    let troop = Troop::new();
    for boundary in ["one", "two", "three"] {
        let (mut creator, _pipes) = troop.start(me(), &format!("keep {boundary}"));
        creator.kill_and_reap();
    }
    troop.play(me(), "create four");
    // The last one's creator has ended too, without destroying it.
    assert_eq!(files(&troop, me()).len(), 1);
    troop.play(me(), "create four");
}

#[test]
fn wherever_its_creator_is_killed_the_next_one_has_an_empty_namespace() {
    let troop = Troop::new();
    for rounds in 0..20 {
        let (mut creator, pipes) = troop.start(me(), "churn");
        // Further and further, by what it says and not by the clock.
        let said = BufReader::new(pipes.stdout).lines().take(rounds * 7);
        assert_eq!(said.filter(Result::is_ok).count(), rounds * 7);
        creator.kill_and_reap();
        assert!(troop.play(me(), "open").contains("NoPrivateNamespace"));
        troop.play(me(), "create-empty");
        assert!(files(&troop, me()).len() <= 1, "{:?}", files(&troop, me()));
    }
}

#[test]
fn a_full_file_system_is_an_error_that_passes() {
    if may_change_user() {
        print!("{}", Troop::new().play(me(), "full"));
    }
}

#[test]
fn a_forked_child_reaches_it_as_itself() {
    Troop::new().play(me(), "fork");
}

#[test]
fn one_of_many_who_create_it_at_once_has_it() {
    let troop = Troop::new();
    for _ in 0..5 {
        troop.play(me(), "many");
    }
}
