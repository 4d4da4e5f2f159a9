//! Children that are forked without `exec`: processes of their own with their parent's handles.

use testkit::patience::until;
use testkit::scratch::Scratch;
use testkit::sharer::Sharer;

fn parent() -> (Scratch, Sharer) {
    let scratch = Scratch::new();
    let parent = Sharer::start(env!("CARGO_BIN_EXE_sharer"), &scratch);
    (scratch, parent)
}

#[test]
fn a_forked_child_takes_over_its_parents_handles() {
    let (scratch, mut parent) = parent();
    let event = parent.number("event e");
    let limited = parent.number(&format!("duplicate {event} wait"));
    let kept = parent.number("keep e");
    let child = parent.number("fork");
    let mut tell = |line: &str| parent.ask(&format!("tell {child} {line}"));
    assert_eq!(tell("poll-kept"), "timed out");
    assert_eq!(tell(&format!("poll {event}")), "timed out");
    assert_eq!(tell(&format!("set {limited}")), "AccessDenied");
    assert_eq!(tell(&format!("set {event}")), "done");
    assert_eq!(tell(&format!("close {kept}")), "Claimed");
    let own: u32 = tell("event own").parse().expect("a value");
    assert!(![event, limited, kept].contains(&own));
    assert_eq!(parent.ask(&format!("poll {event}")), "signaled 0");
    // From now on each has its own.
    for handle in [event, limited] {
        assert_eq!(parent.ask(&format!("close {handle}")), "done");
    }
    assert_eq!(parent.ask("drop-kept"), "done");
    assert_eq!(parent.ask(&format!("tell {child} poll-kept")), "signaled 0");
    assert_eq!(parent.ask(&format!("tell {child} poll {event}")), "signaled 0");
    assert_eq!(scratch.processes().len(), 2);
    assert_eq!(parent.ask(&format!("end {child}")), "done");
    assert_eq!(parent.ask("open e"), "NotFound");
    scratch.audit().expect("a clean audit");
}

#[test]
fn what_the_parent_has_closed_before_the_childs_first_use_is_gone() {
    let (_scratch, mut parent) = parent();
    let event = parent.number("event e");
    let kept = parent.number("keep e");
    let other = parent.number("event other");
    let child = parent.number("fork");
    assert_eq!(parent.ask(&format!("close {event}")), "done");
    assert_eq!(parent.ask("drop-kept"), "done");
    // Another object at the same values: the child must not take it for the old one.
    assert_eq!(parent.number("event new"), event);
    assert_eq!(parent.number("event newer"), kept);
    let mut tell = |line: &str| parent.ask(&format!("tell {child} {line}"));
    assert_eq!(tell("poll-kept"), "Forked");
    assert_eq!(tell(&format!("poll {event}")), "InvalidHandle");
    assert_eq!(tell(&format!("poll {other}")), "timed out");
}

#[test]
fn what_the_parent_remembers_of_a_handle_is_not_the_childs() {
    let (scratch, mut parent) = parent();
    let event = parent.number("event e");
    let limited = parent.number(&format!("duplicate {event} wait|modify"));
    for _ in 0..2 {
        for handle in [event, limited] {
            assert_eq!(parent.ask(&format!("poll {handle}")), "timed out");
        }
    }
    let child = parent.number("fork");
    assert_eq!(parent.ask(&format!("close {limited}")), "done");
    let second = parent.number("fork");
    for _ in 0..2 {
        let mut tell = |child, line: &str| parent.ask(&format!("tell {child} {line}"));
        // Their copies of the table, of which the first is taken over after the close.
        assert_eq!(tell(child, &format!("set {limited}")), "InvalidHandle");
        assert_eq!(tell(second, &format!("set {limited}")), "InvalidHandle");
        assert_eq!(tell(child, &format!("set {event}")), "done");
        assert_eq!(parent.ask(&format!("poll {event}")), "signaled 0");
        assert_eq!(parent.ask(&format!("reset {event}")), "done");
    }
    // From now on each has its own.
    assert_eq!(parent.ask(&format!("close {event}")), "done");
    assert_eq!(parent.ask(&format!("set {event}")), "InvalidHandle");
    for child in [child, second] {
        assert_eq!(parent.ask(&format!("tell {child} poll {event}")), "timed out");
    }
    scratch.audit().expect("a clean audit");
}

#[test]
fn a_handle_with_other_rights_at_the_same_value_is_another_handle() {
    let (_scratch, mut parent) = parent();
    let event = parent.number("event e");
    let second = parent.number(&format!("duplicate {event} wait|modify"));
    let child = parent.number("fork");
    assert_eq!(parent.ask(&format!("close {second}")), "done");
    assert_eq!(parent.number(&format!("duplicate {event} wait")), second);
    assert_eq!(
        parent.ask(&format!("tell {child} poll {second}")),
        "InvalidHandle"
    );
    assert_eq!(parent.ask(&format!("tell {child} poll {event}")), "timed out");
}

#[test]
fn a_reservation_keeps_the_handles_of_that_moment() {
    let (scratch, mut parent) = parent();
    let event = parent.number("event e");
    let kept = parent.number("keep e");
    assert_eq!(parent.ask("reserve"), "done");
    let child = parent.number("fork");
    assert_eq!(parent.ask("end-reservation"), "done");
    assert_eq!(parent.ask(&format!("close {event}")), "done");
    assert_eq!(parent.ask("drop-kept"), "done");
    assert_eq!(parent.number("event new"), event);
    assert!(scratch.object("e").is_some(), "the reservation holds it");
    let mut tell = |line: &str| parent.ask(&format!("tell {child} {line}"));
    assert_eq!(tell("end-reservation"), "done");
    assert_eq!(tell("poll-kept"), "timed out");
    assert_eq!(tell(&format!("set {event}")), "done");
    assert_eq!(tell(&format!("close {kept}")), "Claimed");
    assert_eq!(tell("drop-kept"), "done");
    assert_eq!(tell(&format!("close {event}")), "done");
    assert!(scratch.object("e").is_none());
    assert_eq!(scratch.processes().len(), 2, "the bundle is gone");
    scratch.audit().expect("a clean audit");
}

#[test]
fn a_child_that_drops_a_handle_before_its_first_use_does_not_take_it_over() {
    let (scratch, mut parent) = parent();
    let event = parent.number("event e");
    parent.number("keep e");
    let child = parent.number("fork");
    assert_eq!(parent.ask(&format!("tell {child} drop-kept")), "done");
    let other = parent.ask(&format!("tell {child} event other"));
    assert!(other.parse::<u32>().is_ok());
    let handles = |pid: u32| scratch.process(pid).map(|p| p.handles);
    let pid = parent.number(&format!("tell {child} pid"));
    assert_eq!(handles(pid), Some(2), "the raw one, and its own");
    assert_eq!(parent.ask(&format!("tell {child} poll {event}")), "timed out");
    assert_eq!(parent.ask("poll-kept"), "timed out");
}

#[test]
fn a_forked_child_owns_no_mutex() {
    let (_scratch, mut parent) = parent();
    let mutex = parent.number("mutex m");
    assert_eq!(parent.ask(&format!("poll {mutex}")), "signaled 0");
    let child = parent.number("fork");
    assert_eq!(parent.ask(&format!("tell {child} poll {mutex}")), "timed out");
    assert_eq!(parent.ask(&format!("tell {child} release {mutex}")), "NotOwner");
    assert_eq!(parent.ask(&format!("end {child}")), "done");
    assert_eq!(parent.ask(&format!("release {mutex}")), "done");
}

#[test]
fn the_child_of_a_forked_child_takes_over_from_its_own_parent() {
    let (_scratch, mut parent) = parent();
    let event = parent.number("event e");
    parent.number("keep e");
    let child = parent.number("fork");
    assert_eq!(parent.ask(&format!("tell {child} poll {event}")), "timed out");
    let grandchild = parent.ask(&format!("tell {child} fork"));
    assert_eq!(parent.ask(&format!("close {event}")), "done");
    let poll = |what: &str| format!("tell {child} tell {grandchild} poll{what}");
    assert_eq!(parent.ask(&poll(&format!(" {event}"))), "timed out");
    assert_eq!(parent.ask(&poll("-kept")), "timed out");
    // One that was forked by a child that has not used the library yet: from the grandparent.
    let other = parent.number("event other");
    let lazy = parent.number("fork");
    let lazier = parent.ask(&format!("tell {lazy} fork"));
    assert_eq!(
        parent.ask(&format!("tell {lazy} tell {lazier} set {other}")),
        "done"
    );
    assert_eq!(parent.ask(&format!("poll {other}")), "signaled 0");
}

#[test]
fn a_forked_child_passes_handles_on_to_programs_it_starts() {
    let (_scratch, mut parent) = parent();
    let event = parent.number("event e inherit");
    let child = parent.number("fork");
    let started = parent.ask(&format!("tell {child} poll {event}"));
    assert_eq!(started, "timed out");
    let grandchild = parent.ask(&format!("tell {child} child"));
    assert_eq!(
        parent.ask(&format!("tell {child} tell {grandchild} set {event}")),
        "done"
    );
    assert_eq!(parent.ask(&format!("poll {event}")), "signaled 0");
}

#[test]
fn a_child_whose_parent_has_ended_has_none_of_its_handles() {
    let (scratch, mut parent) = parent();
    let event = parent.number("event e");
    let answer = scratch.base().join("answer");
    parent.number(&format!("fork-orphan {} poll {event}", answer.display()));
    parent.process.kill_and_reap();
    let said = || std::fs::read_to_string(&answer).ok();
    until("the orphan has answered", || said().is_some());
    assert_eq!(said().as_deref(), Some("InvalidHandle"));
    assert!(scratch.object("e").is_none());
    scratch.audit().expect("a clean audit");
}
