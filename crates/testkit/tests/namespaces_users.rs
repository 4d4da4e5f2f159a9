//! Private namespaces between two real users.

use std::os::unix::fs::{MetadataExt, chown};

use intersync::{Boundary, Event, Handle, InheritHandles, Outcome, PrivateNamespace, RawHandle, Timeout};
use testkit::parts::{self, ROOT, Troop, User, may_change_user};
use testkit::prelude::LONG;

/// The group that Global is provisioned for.
const GROUP: u32 = 65_100;
const ANN: User = User {
    uid: 65_001,
    gid: GROUP,
};
const BOB: User = User {
    uid: 65_002,
    gid: GROUP,
};
const STRANGER: User = User {
    uid: 65_003,
    gid: 65_003,
};
/// The mode of an object for its owner and the group.
const SHARED: u16 = 0o770;

/// The parts, for [`Troop`]. Does nothing when it is run as a test.
#[test]
#[ignore = "a part of the other tests, not a test"]
fn parts() {
    let Some(part) = parts::mine() else { return };
    let (part, argument) = part.split_once(' ').unwrap_or((&part, ""));
    let boundary = Boundary::new("b").everyone();
    match part {
        "provision" => drop(intersync::provision::provision(GROUP).expect("provisioned")),
        "open" => print(PrivateNamespace::open("ns", &boundary)),
        "create" => print(PrivateNamespace::create("ns", &boundary)),
        "create-for-group" => {
            let options = PrivateNamespace::options().mode(0o660);
            print(options.create("ns", &boundary.group(GROUP)));
        }
        "keep" => {
            let _namespace = PrivateNamespace::create("ns", &boundary).expect("a namespace");
            parts::ready_until_killed();
        }
        "keep-for-group" => keep_for_group(),
        "join" => join(),
        "bequeath" => bequeath(&boundary),
        "heir" => {
            let value = argument.parse().expect("a value");
            let handle = RawHandle::from_value(value).expect("a handle");
            let event = Event::from_raw(handle).expect("the inherited event");
            event.set().expect("set");
            // The names in it are not inherited.
            print(Event::options().open("ns\\e"));
        }
        "impostor" => impostor(argument.parse().expect("a user id")),
        other => panic!("there is no part {other}"),
    }
}

fn print<T>(result: intersync::Result<T>) {
    match result {
        Ok(_) => println!("answer: ok"),
        Err(error) => println!("answer: {error:?}"),
    }
}

fn keep_for_group() {
    let boundary = Boundary::new("b").everyone().group(GROUP);
    let options = PrivateNamespace::options().mode(0o660);
    let _namespace = options.create("ns", &boundary).expect("a namespace");
    let options = Event::options().mode(SHARED);
    let event = options.create("ns\\e").expect("an event").object;
    parts::ready();
    assert_eq!(event.wait(LONG), Ok(Outcome::Signaled { index: 0 }));
    parts::ready_until_killed();
}

/// The other user's side of [`keep_for_group`].
fn join() {
    let boundary = Boundary::new("b").everyone().group(GROUP);
    let namespace = PrivateNamespace::open("ns", &boundary);
    if let Ok(_open) = &namespace {
        Event::options()
            .open("ns\\e")
            .and_then(|e| e.set())
            .expect("its event");
    }
    print(namespace);
}

/// Starts a child with a handle of an object in it.
fn bequeath(boundary: &Boundary) {
    let _namespace = PrivateNamespace::create("ns", boundary).expect("a namespace");
    let options = Event::options().inheritable(true);
    let event = options.create("ns\\e").expect("an event").object;
    let value = event.as_raw().expect("a value");
    let mut heir = parts::again(&format!("heir {}", value.value()));
    let mut heir = heir.spawn_inheriting().expect("a child");
    assert!(heir.wait().expect("its end").success());
    assert_eq!(event.wait(Timeout::ZERO), Ok(Outcome::Signaled { index: 0 }));
}

/// Tries to be somebody else.
fn impostor(uid: u32) {
    let boundary = Boundary::new("b").user(uid).everyone();
    print(PrivateNamespace::create("ns", &boundary));
    print(PrivateNamespace::open("ns", &boundary));
}

/// A troop with Global provisioned for [`GROUP`].
fn provisioned() -> Troop {
    let troop = Troop::new();
    troop.play(ROOT, "provision");
    troop
}

#[test]
fn users_of_a_group_share_one_and_others_do_not() {
    if !may_change_user() {
        return;
    }
    let troop = provisioned();
    let (mut creator, _pipes) = troop.start(ANN, "keep-for-group");
    let private = troop.scratch.base().join("global/private");
    let file = std::fs::read_dir(&private).expect("root may list it").next();
    let found = file.expect("the file").expect("read").metadata().expect("stat");
    assert_eq!(
        (found.uid(), found.gid(), found.mode() & 0o7777),
        (ANN.uid, GROUP, 0o660)
    );
    assert!(troop.play(BOB, "join").contains("answer: ok"));
    assert!(troop.play(STRANGER, "join").contains("NoPrivateNamespace"));
    assert!(troop.play(BOB, "create-for-group").contains("AlreadyExists"));
    creator.kill_and_reap();
    assert!(troop.play(BOB, "join").contains("NoPrivateNamespace"));
    // Another user cannot remove what is left, and makes a new one all the same.
    assert!(troop.play(BOB, "create-for-group").contains("answer: ok"));
    assert!(
        troop.play(ANN, "join").contains("NoPrivateNamespace"),
        "its creator has ended"
    );
}

#[test]
fn a_namespace_of_one_user_is_refused_to_others() {
    if !may_change_user() {
        return;
    }
    let troop = provisioned();
    let (_creator, _pipes) = troop.start(ANN, "keep");
    assert!(troop.play(BOB, "open").contains("AccessDenied"));
    assert!(troop.play(BOB, "create").contains("AlreadyExists"));
}

#[test]
fn handles_in_it_are_inherited_wherever_its_file_is() {
    if !may_change_user() {
        return;
    }
    for troop in [Troop::new(), provisioned()] {
        let said = troop.play(ANN, "bequeath");
        assert!(said.contains("UnknownPrefix"), "{said}");
    }
}

#[test]
fn nobody_creates_in_the_name_of_another_user() {
    if !may_change_user() {
        return;
    }
    let troop = provisioned();
    let said = troop.play(BOB, &format!("impostor {}", ANN.uid));
    assert!(
        said.contains("AccessDenied") && said.contains("NoPrivateNamespace"),
        "{said}"
    );
    // Not even by putting a file of one's own under the name: its owner tells.
    let said = troop.play(ANN, &format!("impostor {}", ANN.uid));
    assert!(said.contains("answer: ok"), "{said}");
    let private = troop.scratch.base().join("global/private");
    let file = std::fs::read_dir(&private)
        .expect("readdir")
        .next()
        .expect("a file")
        .expect("read");
    chown(file.path(), Some(BOB.uid), None).expect("chown");
    let said = troop.play(ANN, &format!("impostor {}", ANN.uid));
    assert!(said.contains("answer: ok"), "under another name: {said}");
    assert_eq!(std::fs::read_dir(&private).expect("readdir").count(), 2);
}
