//! The Global namespace between two real users, and what is refused to whom, with which words.

use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::PathBuf;

use intersync::{Error, Event, Location, Mutex, Namespace, Outcome, Timeout, doctor, provision};
use nix::sys::wait::WaitStatus;
use testkit::parts::{self, ROOT, Troop, User, may_change_user, set_mode};
use testkit::prelude::LONG;

/// The group that Global is provisioned for, and another one.
const GROUP: u32 = 65_100;
const OTHER_GROUP: u32 = 65_101;
/// The mode of an object for its owner and the group.
const SHARED: u16 = 0o770;
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

/// The parts, for [`Troop`]. Does nothing when it is run as a test.
#[test]
#[ignore = "a part of the other tests, not a test"]
fn parts() {
    let Some(part) = parts::mine() else { return };
    let (part, argument) = part.split_once(' ').unwrap_or((&part, ""));
    match part {
        "provision" => provision_for(argument.parse().expect("a group")),
        "open" => println!("opened: {:?}", Event::options().create(argument).map(drop)),
        "wait" => {
            let options = Event::options().mode(SHARED);
            let event = options.create(argument).expect("an event").object;
            parts::ready();
            assert_eq!(event.wait(LONG), Ok(Outcome::Signaled { index: 0 }));
        }
        "set" => Event::options()
            .open(argument)
            .and_then(|event| event.set())
            .expect("the other user's event"),
        "own" => {
            let options = Mutex::options().owned(true).mode(SHARED);
            let _mutex = options.create(argument).expect("a mutex");
            let _event = Event::options().create("gone").expect("an event");
            parts::ready_until_killed();
        }
        "keep" => {
            let _event = Event::options().create(argument).expect("an event");
            parts::ready_until_killed();
        }
        "inherit" => {
            let mutex = Mutex::options().open(argument).expect("the other user's mutex");
            assert_eq!(mutex.wait(Timeout::ZERO), Ok(Outcome::TimedOut));
            parts::ready();
            assert_eq!(mutex.wait(LONG), Ok(Outcome::Abandoned { index: 0 }));
        }
        "base" => println!(
            "base: {:?}",
            doctor::place(&Location::Local).map(|place| place.base)
        ),
        "become-ann" => become_ann(),
        other => panic!("there is no part {other}"),
    }
}

fn provision_for(group: u32) {
    match provision::provision(group) {
        Ok(done) => println!("steps: {}", done.steps.join("; ")),
        Err(error) => println!("refused: {error}"),
    }
}

/// Gives up root after it has used its namespace: what it has is refused by name until it is opened anew.
fn become_ann() {
    let before = Event::options().create("e").expect("an event").object;
    nix::unistd::seteuid(ANN.uid.into()).expect("root may become anybody");
    // Looked for every few milliseconds only.
    testkit::patience::until("the new user is noticed", || {
        let refused = Event::options().create("e").map(drop);
        refused
            == Err(Error::IdentityChanged {
                attached: 0,
                now: ANN.uid,
            })
    });
    before.set().expect("what is open stays so");
    let own = Namespace::open(&Location::Local).expect("the new user's own");
    let directory = format!("intersync-{}", ANN.uid);
    assert!(own.path().parent().expect("a parent").ends_with(directory));
    let after = Event::options().create("e").expect("opened again");
    assert!(!after.already_existed, "another namespace");
}

/// A troop with Global provisioned for [`GROUP`].
fn provisioned() -> Troop {
    let troop = Troop::new();
    let said = troop.play(ROOT, &format!("provision {GROUP}"));
    assert!(said.contains("steps: made "), "{said}");
    troop
}

fn rights(path: &std::path::Path) -> (u32, u32, u32) {
    let found = std::fs::metadata(path).expect("stat");
    (found.uid(), found.gid(), found.mode() & 0o7777)
}

#[track_caller]
fn says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "\"{word}\" is not in: {said}");
    }
}

#[test]
fn members_of_the_group_share_objects_and_others_are_told_whom_to_ask() {
    if !may_change_user() {
        return;
    }
    let troop = provisioned();
    let global = troop.scratch.base().join("global");
    assert_eq!(rights(&global), (0, GROUP, 0o750));
    assert_eq!(rights(&global.join("arena-1")), (0, GROUP, 0o660));
    assert_eq!(rights(&global.join("private")), (0, GROUP, 0o1730));
    let (mut waiter, _pipes) = troop.start(ANN, "wait Global\\e");
    troop.play(BOB, "set Global\\e");
    assert!(matches!(waiter.reap(), WaitStatus::Exited(_, 0)));
    // An object is its maker's own unless that one says otherwise.
    let (mut owner, _pipes) = troop.start(ANN, "keep Global\\mine");
    says(&troop.play(BOB, "open Global\\mine"), &["AccessDenied"]);
    owner.kill_and_reap();
    let refused = troop.play(STRANGER, "open Global\\e");
    let gid = GROUP.to_string();
    says(
        &refused,
        &[
            "AccessDenied",
            "uid 65003",
            "user root",
            &gid,
            "mode 0750",
            "intersync provision --group",
        ],
    );
}

#[test]
fn a_mutex_of_a_killed_user_is_abandoned_to_the_other_one() {
    if !may_change_user() {
        return;
    }
    let troop = provisioned();
    let (mut owner, _pipes) = troop.start(ANN, "own Global\\m");
    let (mut heir, _pipes) = troop.start(BOB, "inherit Global\\m");
    owner.kill_and_reap();
    assert!(matches!(heir.reap(), WaitStatus::Exited(_, 0)));
}

#[test]
fn global_that_is_not_provisioned_is_refused_to_users() {
    if !may_change_user() {
        return;
    }
    let troop = Troop::new();
    let words = [
        "not provisioned",
        "intersync provision --group",
        "use Local names",
    ];
    says(&troop.play(ANN, "open Global\\e"), &words);
    // Somebody takes the name first: nobody uses what is there, and the administrator is told.
    let global = troop.scratch.base().join("global");
    std::fs::create_dir(&global).expect("mkdir");
    set_mode(&global, 0o750);
    chown(&global, Some(BOB.uid), Some(GROUP)).expect("chown");
    says(
        &troop.play(ANN, "open Global\\e"),
        &["not provisioned", "uid 65002"],
    );
    says(
        &troop.play(ROOT, "open Global\\e"),
        &["not provisioned", "uid 65002"],
    );
    says(
        &troop.play(ROOT, &format!("provision {GROUP}")),
        &["refused", "somebody else has made it", "uid 65002"],
    );
    // Root's first use makes it for root alone.
    std::fs::remove_dir(&global).expect("rmdir");
    says(&troop.play(ROOT, "open Global\\e"), &["opened: Ok"]);
    says(
        &troop.play(ANN, "open Global\\e"),
        &[
            "uid 65001",
            "group root",
            "mode 0750",
            "intersync provision --group",
        ],
    );
}

#[test]
fn provisioning_again_repairs_and_another_group_has_to_wait_for_the_users() {
    if !may_change_user() {
        return;
    }
    let troop = provisioned();
    let global = troop.scratch.base().join("global");
    let again = format!("provision {GROUP}");
    assert!(troop.play(ROOT, &again).contains("steps: \n"), "nothing to do");
    set_mode(&global.join("arena-1"), 0o600);
    chown(global.join("private"), None, Some(0)).expect("chown");
    let (mut user, _pipes) = troop.start(ROOT, "own m");
    says(
        &troop.play(ROOT, &again),
        &["arena-1", "mode 0660 (was", "private", "mode 1730"],
    );
    user.kill_and_reap();
    let (mut member, _pipes) = troop.start(ANN, "own Global\\m");
    let other = format!("provision {OTHER_GROUP}");
    says(
        &troop.play(ROOT, &other),
        &["refused", "processes use it", "end them"],
    );
    assert_eq!(rights(&global), (0, GROUP, 0o750));
    member.kill_and_reap();
    says(&troop.play(ROOT, &other), &["steps: set "]);
    assert_eq!(rights(&global), (0, OTHER_GROUP, 0o750));
    says(
        &troop.play(ANN, "open Global\\e"),
        &["may not use the Global namespace"],
    );
    says(
        &troop.play(ANN, &again),
        &["refused", "access denied", "only root"],
    );
}

#[test]
fn the_place_of_a_user_that_another_has_taken_is_refused() {
    if !may_change_user() {
        return;
    }
    type Take = fn(&std::path::Path);
    let takes: [(Take, &[&str]); 4] = [
        (
            |path| symlink("/dev/shm", path).expect("symlink"),
            &["a symbolic link"],
        ),
        (
            |path| std::fs::create_dir(path).expect("mkdir"),
            &["uid 65002", "INTERSYNC_DIR"],
        ),
        (
            |path| {
                std::fs::create_dir(path).expect("mkdir");
                set_mode(path, 0o777);
            },
            &["uid 65002", "not to uid 65001"],
        ),
        (
            |path| std::fs::write(path, "").expect("write"),
            &["a regular file"],
        ),
    ];
    for (take, words) in takes {
        let troop = Troop::new();
        let place = troop.scratch.base().join(format!("intersync-{}", ANN.uid));
        take(&place);
        std::os::unix::fs::lchown(&place, Some(BOB.uid), Some(BOB.gid)).expect("chown");
        says(&troop.play(ANN, "open e"), words);
    }
    // A namespace of another user is not even looked into.
    let troop = Troop::new();
    troop.play(BOB, "open e");
    let bobs: PathBuf = troop.scratch.base().join(format!("intersync-{}", BOB.uid));
    std::fs::rename(&bobs, troop.scratch.base().join("intersync-65001")).expect("rename");
    says(&troop.play(ANN, "open e"), &["uid 65002", "mode 0700"]);
}

#[test]
fn a_set_user_id_program_does_not_go_where_its_caller_says() {
    if !may_change_user() {
        return;
    }
    let troop = Troop::new();
    chown(troop.program(), Some(BOB.uid), None).expect("chown");
    set_mode(&troop.program(), 0o4755);
    let said = troop.play(ANN, "base");
    let nosuid = nix::sys::statvfs::statvfs(&troop.program())
        .is_ok_and(|system| system.flags().contains(nix::sys::statvfs::FsFlags::ST_NOSUID));
    if nosuid {
        println!("skipped: set-user-ID programs have no effect in /dev/shm here");
        return;
    }
    let told = format!("{:?}", troop.scratch.base());
    assert!(said.contains("base: Ok") && !said.contains(&told), "{said}");
}

#[test]
fn in_a_container_of_a_user_global_is_not_that_of_the_machine() {
    if !may_change_user() {
        return;
    }
    let troop = provisioned();
    let inside = |part: &str| troop.part_in_user_namespace(ANN, part).output().expect("a child");
    let refused = inside("open Global\\e");
    let said = String::from_utf8_lossy(&refused.stdout);
    if !refused.status.success() {
        let why = String::from_utf8_lossy(&refused.stderr);
        println!("skipped: no user namespace can be made here: {why}");
        return;
    }
    // The machine's root has no name inside: the owner could be anybody.
    says(&said, &["not provisioned", "uid 65534"]);
    let own = inside("open e");
    says(&String::from_utf8_lossy(&own.stdout), &["opened: Ok"]);
    let base = std::fs::read_dir(troop.scratch.base()).expect("readdir");
    let names: Vec<_> = base.map(|entry| entry.expect("read").file_name()).collect();
    let contained = |name: &&std::ffi::OsString| name.to_string_lossy().starts_with("intersync-0.");
    assert_eq!(names.iter().filter(contained).count(), 1, "{names:?}");
}

#[test]
fn a_changed_user_is_noticed_and_opens_its_own_namespace() {
    if may_change_user() {
        Troop::new().play(ROOT, "become-ann");
    }
}

#[test]
fn processes_of_two_pid_namespaces_share_a_namespace() {
    if !may_change_user() {
        return;
    }
    let troop = Troop::new();
    let owner = parts::start(&mut troop.part_in_pid_namespace(ROOT, "own m"));
    let (mut owner, _pipes) = match owner {
        Ok(started) => started,
        Err(said) => {
            println!("skipped: no PID namespace can be made here: {said}");
            return;
        }
    };
    let namespace = troop.scratch.open();
    let mutex = Mutex::options()
        .namespace(&namespace)
        .open("m")
        .expect("its mutex");
    assert!(Event::options().namespace(&namespace).open("gone").is_ok());
    assert_eq!(mutex.wait(Timeout::ZERO), Ok(Outcome::TimedOut));
    owner.kill();
    assert_eq!(mutex.wait(LONG), Ok(Outcome::Abandoned { index: 0 }));
    assert!(matches!(
        Event::options().namespace(&namespace).open("gone").map(drop),
        Err(Error::NotFound { .. })
    ));
}
