//! Handles: their values, flags and rights, and how children inherit them.

use testkit::patience::until;
use testkit::scratch::Scratch;
use testkit::sharer::Sharer;

fn start(scratch: &Scratch) -> Sharer {
    Sharer::start(env!("CARGO_BIN_EXE_sharer"), scratch)
}

/// A parent with its namespace.
fn parent() -> (Scratch, Sharer) {
    let scratch = Scratch::new();
    let parent = start(&scratch);
    (scratch, parent)
}

#[test]
fn values_are_multiples_of_4_and_the_lowest_free_one_comes_first() {
    let (_scratch, mut one) = parent();
    let values: Vec<u32> = (0..300).map(|_| one.number("event -")).collect();
    assert!(values.iter().all(|v| *v != 0 && v % 4 == 0));
    let mut sorted = values.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted, values, "each is larger than the one before");
    for n in [250, 3, 70] {
        assert_eq!(one.ask(&format!("close {}", values[n])), "done");
    }
    for n in [3, 70, 250] {
        assert_eq!(one.number("event -"), values[n]);
    }
    assert!(one.number("event -") > values[299]);
}

#[test]
fn a_handle_is_closed_once() {
    let (_scratch, mut one) = parent();
    let event = one.number("event e");
    assert_eq!(
        one.ask(&format!("close {}", event | 3)),
        "done",
        "the low bits are ignored"
    );
    for gone in [event, event | 1, 4 * 999, u32::MAX - 2, 3] {
        assert!(matches!(
            &*one.ask(&format!("close {gone}")),
            "InvalidHandle" | "InvalidArgument"
        ));
        assert!(matches!(
            &*one.ask(&format!("poll {gone}")),
            "InvalidHandle" | "InvalidArgument"
        ));
    }
    assert_eq!(one.ask("open e"), "NotFound");
}

#[test]
fn flags_belong_to_the_handle() {
    let (_scratch, mut one) = parent();
    let event = one.number("event e");
    let second = one.number("event e inherit");
    assert_eq!(one.ask(&format!("flags {event}")), "0");
    assert_eq!(one.ask(&format!("flags {second}")), "1");
    assert_eq!(one.ask(&format!("protect {event} on")), "done");
    assert_eq!(one.ask(&format!("flags {event}")), "2");
    assert_eq!(one.ask(&format!("close {event}")), "Protected");
    assert_eq!(one.ask(&format!("poll {event}")), "timed out");
    assert_eq!(one.ask(&format!("inherit {event} on")), "done");
    assert_eq!(one.ask(&format!("flags {event}")), "3");
    assert_eq!(one.ask(&format!("protect {event} off")), "done");
    assert_eq!(one.ask(&format!("close {event}")), "done");
    assert_eq!(one.ask(&format!("flags {event}")), "InvalidHandle");
    assert_eq!(one.ask(&format!("same {second} {second}")), "true");
}

#[test]
fn a_claimed_handle_is_closed_by_its_value_only() {
    let (_scratch, mut one) = parent();
    let event = one.number("event e");
    let kept = one.number("keep e");
    assert_eq!(one.ask(&format!("same {event} {kept}")), "true");
    assert_eq!(one.ask(&format!("close {kept}")), "Claimed");
    assert_eq!(one.ask(&format!("poll {kept}")), "timed out", "it can be used");
    assert_eq!(one.ask("drop-kept"), "done");
    assert_eq!(one.ask(&format!("flags {kept}")), "InvalidHandle");
    assert_eq!(one.ask(&format!("poll {event}")), "timed out");
}

#[test]
fn every_operation_needs_its_right() {
    let (_scratch, mut one) = parent();
    let full = one.number("event e");
    for (mask, wait, modify) in [
        ("wait", "timed out", "AccessDenied"),
        ("modify", "AccessDenied", "done"),
        ("query", "AccessDenied", "AccessDenied"),
        ("wait|modify", "timed out", "done"),
        ("maximum", "timed out", "done"),
        // Generic execute, write and all.
        ("536870912", "timed out", "AccessDenied"),
        ("1073741824", "AccessDenied", "done"),
        ("268435456", "timed out", "done"),
    ] {
        let opened = one.number(&format!("event e open access={mask}"));
        let duplicate = one.number(&format!("duplicate {full} {mask}"));
        for handle in [opened, duplicate] {
            assert_eq!(one.ask(&format!("reset {full}")), "done");
            assert_eq!(one.ask(&format!("poll {handle}")), wait, "{mask}");
            assert_eq!(one.ask(&format!("set {handle}")), modify, "{mask}");
        }
    }
    assert_eq!(one.ask("event e open access=none"), "AccessDenied");
    assert_eq!(one.ask("event e open access=4"), "AccessDenied");
    assert_eq!(one.ask("event e open access=16777216"), "PrivilegeNotHeld");
    assert_eq!(one.ask("event missing open access=none"), "NotFound");
    let nothing = one.number("event new access=none");
    assert_eq!(one.ask(&format!("access {nothing}")), "nothing");
    assert_eq!(one.ask(&format!("poll {nothing}")), "AccessDenied");
    let more = one.number(&format!("duplicate {nothing} wait"));
    assert_eq!(one.ask(&format!("poll {more}")), "timed out");
    assert_eq!(one.ask(&format!("close {nothing}")), "done");
}

#[test]
fn a_child_finds_its_parents_inheritable_handles_by_their_values() {
    let (scratch, mut parent) = parent();
    let event = parent.number("event e inherit");
    let private = parent.number("event p");
    let semaphore = parent.number("semaphore s 2");
    let limited = parent.number(&format!("duplicate {event} wait inherit"));
    let child = parent.number("child");
    let mut tell = |line: &str| parent.ask(&format!("tell {child} {line}"));
    assert_eq!(tell(&format!("poll {event}")), "timed out");
    assert_eq!(tell(&format!("poll {private}")), "InvalidHandle");
    assert_eq!(tell(&format!("poll {semaphore}")), "signaled 0");
    assert_eq!(tell(&format!("set {limited}")), "AccessDenied");
    assert_eq!(tell(&format!("flags {event}")), "1", "it can be inherited on");
    assert_eq!(tell(&format!("set {event}")), "done");
    let own: u32 = tell("event own").parse().expect("a value");
    assert!(
        ![event, semaphore, limited].contains(&own),
        "new values do not collide"
    );
    assert_eq!(parent.ask(&format!("poll {event}")), "signaled 0");
    // What the parent closes the child still has, and the other way round.
    for handle in [event, limited, semaphore] {
        assert_eq!(parent.ask(&format!("close {handle}")), "done");
    }
    assert_eq!(parent.ask(&format!("tell {child} poll {event}")), "signaled 0");
    assert!(scratch.object("e").is_some());
    assert_eq!(parent.ask(&format!("end {child}")), "done");
    assert_eq!(parent.ask("open e"), "NotFound");
    scratch.audit().expect("a clean audit");
}

#[test]
fn the_plain_spawn_passes_handles_on_too() {
    let (scratch, mut parent) = parent();
    let event = parent.number("event e inherit");
    assert!(parent.ask(&format!("spawn-child {event}")).contains("Exited"));
    assert_eq!(parent.ask(&format!("poll {event}")), "signaled 0");
    // Whoever attaches takes back what is left.
    let mut other = start(&scratch);
    other.number("event other");
    assert_eq!(scratch.processes().len(), 2);
    scratch.audit().expect("a clean audit");
}

#[test]
fn exec_without_inheritance_closes_all_handles() {
    let (scratch, mut parent) = parent();
    let mut other = start(&scratch);
    let event = parent.number("event e inherit");
    let mutex = parent.number("mutex m");
    assert_eq!(parent.ask(&format!("poll {mutex}")), "signaled 0");
    let kept = other.number("open m");
    parent.tell("exec");
    assert_eq!(other.ask(&format!("wait {kept}")), "abandoned 0");
    assert_eq!(other.ask("open e"), "NotFound");
    assert_eq!(parent.ask(&format!("poll {event}")), "InvalidHandle");
    assert_eq!(parent.number("event own"), event, "it begins anew");
}

#[test]
fn a_child_that_is_started_plainly_inherits_nothing() {
    let (_scratch, mut parent) = parent();
    let event = parent.number("event e inherit");
    let child = parent.number("child plain");
    assert_eq!(parent.ask(&format!("tell {child} poll {event}")), "InvalidHandle");
    assert_eq!(
        parent.ask(&format!("tell {child} environment INTERSYNC_INHERIT")),
        "-"
    );
}

#[test]
fn a_list_says_which_handles_are_inherited() {
    let (_scratch, mut parent) = parent();
    let one = parent.number("event one inherit");
    let two = parent.number("event two inherit");
    let not = parent.number("event three");
    let child = parent.number(&format!("child {two}"));
    assert_eq!(parent.ask(&format!("tell {child} poll {one}")), "InvalidHandle");
    assert_eq!(parent.ask(&format!("tell {child} poll {two}")), "timed out");
    assert_eq!(parent.ask(&format!("child {one} {not}")), "InvalidArgument");
}

#[test]
fn grandchildren_inherit_what_their_parent_inherited() {
    let (_scratch, mut parent) = parent();
    let event = parent.number("event e inherit");
    let child = parent.number("child");
    let grandchild = parent.ask(&format!("tell {child} child"));
    let set = format!("tell {child} tell {grandchild} set {event}");
    assert_eq!(parent.ask(&set), "done");
    assert_eq!(parent.ask(&format!("poll {event}")), "signaled 0");
    // A grandchild that is started plainly finds an old variable of its grandparent's, and nothing behind it.
    let plain = parent.ask(&format!("tell {child} child plain"));
    let poll = format!("tell {child} tell {plain} poll {event}");
    assert_eq!(parent.ask(&poll), "InheritanceLost");
    let own = format!("tell {child} tell {plain} event own");
    assert!(
        parent.ask(&own).parse::<u32>().is_ok(),
        "otherwise it does no harm"
    );
}

#[test]
fn handles_pass_through_those_who_know_nothing_of_them() {
    let (scratch, mut parent) = parent();
    let event = parent.number("event e inherit");
    let child = parent.number("shell-child");
    assert_eq!(parent.ask(&format!("close {event}")), "done");
    assert_eq!(parent.ask(&format!("tell {child} poll {event}")), "timed out");
    scratch.audit().expect("a clean audit");
}

#[test]
fn a_launcher_that_closes_descriptors_is_named_at_first_use() {
    let (_scratch, mut parent) = parent();
    let event = parent.number("event e inherit");
    let child = parent.number("closing-child");
    assert_eq!(
        parent.ask(&format!("tell {child} poll {event}")),
        "InheritanceLost"
    );
    assert!(parent.ask(&format!("tell {child} open e")).parse::<u32>().is_ok());
}

#[test]
fn a_child_that_never_uses_the_library_holds_its_handles_as_long_as_it_lives() {
    let (scratch, mut parent) = parent();
    for how in ["", " daemon"] {
        let event = parent.number("event e inherit");
        let stranger = parent.number(&format!("stranger{how}"));
        assert_eq!(parent.ask(&format!("close {event}")), "done");
        let mut other = start(&scratch);
        let again = other.number("open e");
        assert_eq!(other.ask(&format!("close {again}")), "done");
        assert!(
            other.ask("open e").parse::<u32>().is_ok(),
            "the stranger holds it"
        );
        drop(other);
        let stranger = i32::try_from(stranger).expect("a pid");
        nix::sys::signal::kill(
            nix::unistd::Pid::from_raw(stranger),
            nix::sys::signal::Signal::SIGKILL,
        )
        .expect("a stranger to kill");
        assert_eq!(parent.ask("reap-stranger"), "done");
        until("the stranger's handle is gone", || scratch.object("e").is_none());
        assert_eq!(parent.ask("open e"), "NotFound");
    }
    scratch.audit().expect("a clean audit");
}

#[test]
fn a_mutex_is_inherited_but_not_owned() {
    let (_scratch, mut parent) = parent();
    let mutex = parent.number("mutex m");
    assert_eq!(parent.ask(&format!("poll {mutex}")), "signaled 0");
    let child = parent.number("child");
    assert_eq!(parent.ask(&format!("tell {child} poll {mutex}")), "timed out");
    assert_eq!(parent.ask(&format!("tell {child} release {mutex}")), "NotOwner");
    assert_eq!(parent.ask(&format!("release {mutex}")), "done");
    assert_eq!(parent.ask(&format!("tell {child} poll {mutex}")), "signaled 0");
    assert_eq!(parent.ask(&format!("end {child}")), "done");
    assert_eq!(parent.ask(&format!("wait {mutex}")), "abandoned 0");
}

#[test]
fn a_variable_alone_gives_nobody_a_handle() {
    let (scratch, mut parent) = parent();
    let event = parent.number("event e inherit");
    let real = parent.ask("prepare");
    let words: Vec<&str> = real.trim_start_matches("1:").split('.').collect();
    let with = |at: usize, value: &str| {
        let mut forged = words.clone();
        forged[at] = value;
        format!("1:{}", forged.join("."))
    };
    let descriptor = words[2];
    let forged = [
        real.clone(),
        with(0, "0"),
        with(0, "999"),
        with(0, "65535"),
        with(1, "77"),
        with(2, "0"),
        with(2, "2"),
        with(2, "99999"),
        with(3, "7"),
        "1:".to_owned(),
        "2:1.1.1.1.1".to_owned(),
        "garbage".to_owned(),
        format!("1:{}", "1.1.1.0.0,".repeat(1000)),
    ];
    assert!(descriptor.parse::<u32>().expect("a descriptor") >= 100);
    for variable in forged {
        let child = parent.number(&format!("forged-child {variable}"));
        let answer = parent.ask(&format!("tell {child} poll {event}"));
        assert!(
            matches!(&*answer, "InheritanceLost" | "InvalidHandle"),
            "{variable}: {answer}"
        );
        assert!(parent.ask(&format!("tell {child} open e")).parse::<u32>().is_ok());
    }
    // Prepared and never used: nothing stays.
    assert_eq!(parent.ask("unprepare"), "done");
    assert_eq!(
        scratch
            .processes()
            .iter()
            .filter(|p| p.life != intersync::inspect::Life::Zombie)
            .count(),
        14
    );
    scratch.audit().expect("a clean audit");
}

#[test]
fn a_replayed_variable_finds_the_bundle_gone() {
    let (_scratch, mut parent) = parent();
    let event = parent.number("event e inherit");
    let first = parent.number("child");
    assert_eq!(parent.ask(&format!("tell {first} poll {event}")), "timed out");
    let variable = parent.ask(&format!("tell {first} environment INTERSYNC_INHERIT"));
    assert!(variable.starts_with("1:"));
    let replayed = parent.number(&format!("forged-child {variable}"));
    assert_eq!(
        parent.ask(&format!("tell {replayed} poll {event}")),
        "InheritanceLost"
    );
}

#[test]
fn killing_parent_and_child_leaves_nothing() {
    let scratch = Scratch::new();
    let mut bystander = start(&scratch);
    bystander.number("event b");
    for round in 0..20 {
        let mut parent = start(&scratch);
        for n in 0..50 {
            parent.number(&format!("event {round}-{n} inherit"));
        }
        if round % 2 == 0 {
            // Killed with the bundle made and nobody started.
            parent.ask("prepare");
        } else {
            // Its child has not attached yet when both are killed.
            parent.number("stranger");
            parent.ask("reap-stranger");
        }
        parent.process.kill_and_reap();
        assert_eq!(bystander.ask(&format!("open {round}-7")), "NotFound");
    }
    // Whoever attaches takes back what is left.
    drop(start(&scratch));
    let mut last = start(&scratch);
    last.number("event last");
    let left = scratch.snapshot();
    assert_eq!(left.objects.len(), 2, "{:?}", left.objects);
    scratch.audit().expect("a clean audit");
}
