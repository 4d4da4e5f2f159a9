//! Objects and handles between real users: owner and mode of objects, and who may act on whose processes.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use testkit::parts::{ROOT, User, may_change_user, set_mode};
use testkit::scratch::Scratch;
use testkit::sharer::Sharer;

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

/// A base with Global in it, and a copy of the program that everybody may run.
struct Town {
    scratch: Scratch,
    programs: tempfile::TempDir,
}

impl Town {
    fn new() -> Town {
        let scratch = Scratch::new();
        set_mode(scratch.base(), 0o1777);
        let programs = tempfile::Builder::new()
            .prefix("intersync-test-programs-")
            .tempdir_in("/dev/shm")
            .expect("a directory for the program");
        set_mode(programs.path(), 0o755);
        let town = Town { scratch, programs };
        // By another process: what is open for writing, in a child that is forked meanwhile, cannot be run.
        let copied = Command::new("cp")
            .arg(env!("CARGO_BIN_EXE_sharer"))
            .arg(town.program())
            .status();
        assert!(copied.expect("cp").success(), "a copy of the program");
        assert_eq!(town.sharer(ROOT).ask(&format!("provision {GROUP}")), "done");
        town
    }

    fn program(&self) -> PathBuf {
        self.programs.path().join("sharer")
    }

    fn sharer(&self, user: User) -> Sharer {
        Sharer::start_as(
            Command::new(self.program())
                .env("INTERSYNC_DIR", self.scratch.base())
                .uid(user.uid)
                .gid(user.gid),
        )
    }
}

#[test]
fn owner_and_mode_say_who_may_open_an_object_with_what() {
    if !may_change_user() {
        return;
    }
    let town = Town::new();
    let (mut ann, mut bob, mut root) = (town.sharer(ANN), town.sharer(BOB), town.sharer(ROOT));
    for (mode, opens) in [
        ("0", [false, false, false]),
        ("700", [false, false, false]),
        ("740", [true, false, false]),
        ("720", [false, true, false]),
        ("710", [false, false, true]),
        ("750", [true, false, true]),
        ("770", [true, true, true]),
        // Others than the group do not get at the namespace.
        ("707", [false, false, false]),
    ] {
        let name = format!("Global\\e{mode}");
        ann.number(&format!("event {name} mode={mode}"));
        for (right, may) in ["query", "modify", "wait"].into_iter().zip(opens) {
            let answer = bob.ask(&format!("event {name} open access={right}"));
            assert_eq!(
                answer.parse::<u32>().is_ok(),
                may,
                "mode {mode}, {right}: {answer}"
            );
            assert!(may || answer == "AccessDenied", "{answer}");
            // Who creates what exists is asked as who opens it.
            let answer = bob.ask(&format!("event {name} access={right}"));
            assert_eq!(
                answer.parse::<u32>().is_ok(),
                may,
                "mode {mode}, {right}: {answer}"
            );
            root.number(&format!("event {name} open access={right}"));
        }
        let own = ann.ask(&format!("event {name} open access=wait"));
        assert_eq!(
            own.parse::<u32>().is_ok(),
            mode != "0",
            "the owner's own bits count: {own}"
        );
    }
    // What there is when whatever may be had is asked for.
    let handle = bob.number("event Global\\e740 open");
    assert_eq!(bob.ask(&format!("access {handle}")), "query|read-control");
    assert_eq!(bob.ask(&format!("poll {handle}")), "AccessDenied");
}

#[test]
fn only_who_may_do_everything_keeps_an_object_or_lets_it_go() {
    if !may_change_user() {
        return;
    }
    let town = Town::new();
    let (mut ann, mut bob) = (town.sharer(ANN), town.sharer(BOB));
    ann.number("event Global\\shared mode=770");
    ann.number("event Global\\mine mode=730");
    assert_eq!(bob.ask("permanent Global\\mine on"), "AccessDenied");
    assert_eq!(bob.ask("permanent Global\\shared on"), "done");
    assert_eq!(ann.ask("permanent Global\\mine on"), "done");
    ann.process.kill_and_reap();
    assert_eq!(bob.ask("permanent Global\\mine off"), "AccessDenied");
    assert_eq!(bob.ask("permanent Global\\shared off"), "done");
    assert_eq!(bob.ask("permanent Global\\shared off"), "NotFound");
    assert_eq!(town.sharer(ROOT).ask("permanent Global\\mine off"), "done");
}

#[test]
fn a_handle_of_one_user_is_nothing_that_another_may_widen() {
    if !may_change_user() {
        return;
    }
    let town = Town::new();
    let (mut ann, mut bob) = (town.sharer(ANN), town.sharer(BOB));
    ann.number("event Global\\e mode=710");
    let waits = bob.number("event Global\\e open access=wait");
    assert_eq!(bob.ask(&format!("duplicate {waits} modify")), "AccessDenied");
    assert_eq!(bob.ask(&format!("duplicate {waits} wait|modify")), "AccessDenied");
    let same = bob.number(&format!("duplicate {waits} same"));
    assert_eq!(bob.ask(&format!("set {same}")), "AccessDenied");
    assert_eq!(bob.ask(&format!("poll {same}")), "timed out");
}

#[test]
fn only_its_own_user_and_root_act_on_a_process() {
    if !may_change_user() {
        return;
    }
    let town = Town::new();
    let (mut ann, mut bob, mut root) = (town.sharer(ANN), town.sharer(BOB), town.sharer(ROOT));
    let anns = ann.number("event Global\\a mode=770");
    let bobs = bob.number("event Global\\b mode=770");
    root.number("event Global\\r mode=770");
    let (ann_pid, bob_pid) = (ann.process.pid(), bob.process.pid());
    assert_eq!(bob.ask(&format!("pass 0 {bobs} {ann_pid} same")), "AccessDenied");
    assert_eq!(bob.ask(&format!("pass {ann_pid} {anns} 0 same")), "AccessDenied");
    assert_eq!(
        bob.ask(&format!("pass {ann_pid} {anns} - same close")),
        "AccessDenied"
    );
    assert_eq!(ann.ask(&format!("poll {anns}")), "timed out", "it is still open");
    let given = root.number(&format!("pass {ann_pid} {anns} {bob_pid} same"));
    assert_eq!(bob.ask(&format!("set {given}")), "done");
    assert_eq!(ann.ask(&format!("poll {anns}")), "signaled 0");
    // Another process of the same user may.
    let mut second = town.sharer(ANN);
    second.number("event Global\\second");
    let taken = second.number(&format!("pass {ann_pid} {anns} 0 same"));
    assert_eq!(second.ask(&format!("poll {taken}")), "signaled 0");
}
