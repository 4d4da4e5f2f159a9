//! Duplicates: into the own process, into another, out of another, between two others.

use testkit::scratch::Scratch;
use testkit::sharer::Sharer;

struct Two {
    scratch: Scratch,
    one: Sharer,
    two: Sharer,
    /// Their process ids.
    pids: [u32; 2],
}

fn two() -> Two {
    let scratch = Scratch::new();
    let start = || Sharer::start(env!("CARGO_BIN_EXE_sharer"), &scratch);
    let (mut one, mut two) = (start(), start());
    // Both use the namespace from now on.
    let attached = [one.number("event first"), two.number("event second")];
    assert!(attached.iter().all(|v| *v == 4));
    let pids = [one.process.pid(), two.process.pid()];
    Two {
        scratch,
        one,
        two,
        pids,
    }
}

#[test]
fn a_duplicate_in_another_process_is_a_handle_of_its_own() {
    let Two {
        scratch,
        mut one,
        mut two,
        pids,
    } = two();
    let event = one.number("event e inherit");
    let there = one.number(&format!("pass 0 {event} {} same", pids[1]));
    assert_eq!(two.ask(&format!("flags {there}")), "0", "flags are not copied");
    assert_eq!(two.ask(&format!("set {there}")), "done");
    assert_eq!(one.ask(&format!("poll {event}")), "signaled 0");
    assert_eq!(one.ask(&format!("close {event}")), "done");
    assert_eq!(
        two.ask(&format!("poll {there}")),
        "signaled 0",
        "it keeps the object"
    );
    assert_eq!(two.ask(&format!("close {there}")), "done");
    assert_eq!(one.ask("event e open"), "NotFound");
    // The lowest free number, and an inheritable one.
    let event = one.number("event e");
    let again = one.number(&format!("pass 0 {event} {} same inherit", pids[1]));
    assert_eq!(again, there);
    assert_eq!(two.ask(&format!("flags {again}")), "1");
    scratch.audit().expect("a clean audit");
}

#[test]
fn rights_are_narrowed_freely_and_widened_only_as_the_object_allows() {
    let Two {
        scratch: _scratch,
        mut one,
        mut two,
        pids,
    } = two();
    let full = one.number("event e");
    let waits = one.number(&format!("pass 0 {full} {} wait", pids[1]));
    assert_eq!(two.ask(&format!("poll {waits}")), "timed out");
    assert_eq!(two.ask(&format!("set {waits}")), "AccessDenied");
    // Root and the owner may have more; what the kind does not define, nobody.
    let more = two.number(&format!("pass 0 {waits} {} modify", pids[0]));
    assert_eq!(one.ask(&format!("set {more}")), "done");
    assert_eq!(one.ask(&format!("poll {more}")), "AccessDenied");
    assert_eq!(one.ask(&format!("pass 0 {full} {} 8", pids[1])), "AccessDenied");
    let nothing = one.number(&format!("pass 0 {full} {} none", pids[1]));
    assert_eq!(two.ask(&format!("poll {nothing}")), "AccessDenied");
}

#[test]
fn handles_are_taken_out_of_moved_and_closed_in_another_process() {
    let Two {
        scratch,
        mut one,
        mut two,
        pids,
    } = two();
    let event = two.number("event e");
    let copy = one.number(&format!("pass {} {event} 0 same", pids[1]));
    assert_eq!(one.ask(&format!("set {copy}")), "done");
    let moved = one.number(&format!("pass {} {event} 0 same close", pids[1]));
    assert_eq!(two.ask(&format!("poll {event}")), "InvalidHandle");
    assert_eq!(one.ask(&format!("poll {moved}")), "signaled 0");
    // Only closed.
    let event = two.number("event f");
    assert_eq!(
        one.ask(&format!("pass {} {event} - same close", pids[1])),
        "closed"
    );
    assert_eq!(two.ask(&format!("poll {event}")), "InvalidHandle");
    assert_eq!(two.ask("event f open"), "NotFound");
    // Between two others.
    let mut third = Sharer::start(env!("CARGO_BIN_EXE_sharer"), &scratch);
    third.number("event third");
    let given = third.number(&format!("pass {} {copy} {} same", pids[0], pids[1]));
    assert_eq!(two.ask(&format!("poll {given}")), "signaled 0");
    scratch.audit().expect("a clean audit");
}

#[test]
fn the_source_is_closed_whatever_becomes_of_the_duplicate() {
    let Two {
        scratch,
        mut one,
        two: _two,
        pids,
    } = two();
    let mut stranger = Sharer::start(env!("CARGO_BIN_EXE_sharer"), &scratch);
    let strangers = stranger.number("pid");
    let event = one.number("event e");
    assert_eq!(
        one.ask(&format!("pass 0 {event} {strangers} same")),
        "NotAttached"
    );
    assert_eq!(
        one.ask(&format!("poll {event}")),
        "timed out",
        "nothing is closed"
    );
    assert_eq!(
        one.ask(&format!("pass 0 {event} {strangers} same close")),
        "NotAttached"
    );
    assert_eq!(one.ask(&format!("poll {event}")), "InvalidHandle");
    let event = one.number("event e");
    assert_eq!(
        one.ask(&format!("pass 0 {event} {} 8 close", pids[1])),
        "AccessDenied"
    );
    assert_eq!(one.ask(&format!("poll {event}")), "InvalidHandle");
    // But not if it is protected, or if a value of its program owns it.
    let event = one.number("event e");
    assert_eq!(one.ask(&format!("protect {event} on")), "done");
    let kept = one.number("keep e");
    for handle in [event, kept] {
        assert!(
            one.ask(&format!("pass 0 {handle} {} same close", pids[1]))
                .parse::<u32>()
                .is_ok()
        );
    }
    assert_eq!(one.ask(&format!("poll {event}")), "timed out");
    assert_eq!(one.ask("poll-kept"), "timed out");
    scratch.audit().expect("a clean audit");
}

#[test]
fn what_cannot_be_duplicated_says_why() {
    let Two {
        scratch: _scratch,
        mut one,
        mut two,
        pids,
    } = two();
    let event = one.number("event e");
    assert_eq!(one.ask(&format!("pass 0 4000 {} same", pids[1])), "InvalidHandle");
    assert_eq!(one.ask(&format!("pass {} 4000 0 same", pids[1])), "InvalidHandle");
    assert_eq!(one.ask(&format!("pass 0 {event} - same")), "InvalidArgument");
    assert_eq!(one.ask(&format!("pass 0 {event} 4000000 same")), "NoSuchProcess");
    let there = two.number("event there");
    two.process.kill_and_reap();
    assert!(matches!(
        &*one.ask(&format!("pass 0 {event} {} same", pids[1])),
        "NoSuchProcess" | "NotAttached"
    ));
    assert!(matches!(
        &*one.ask(&format!("pass {} {there} 0 same", pids[1])),
        "NoSuchProcess" | "NotAttached"
    ));
}

#[test]
fn a_target_that_dies_at_any_moment_leaves_nothing() {
    let scratch = Scratch::new();
    let mut one = Sharer::start(env!("CARGO_BIN_EXE_sharer"), &scratch);
    let event = one.number("event e");
    for _ in 0..50 {
        let mut two = Sharer::start(env!("CARGO_BIN_EXE_sharer"), &scratch);
        two.number("event second");
        let pid = two.process.pid();
        std::thread::scope(|scope| {
            let killer = scope.spawn(|| two.process.kill_and_reap());
            for _ in 0..20 {
                let answer = one.ask(&format!("pass 0 {event} {pid} same"));
                let fine =
                    answer.parse::<u32>().is_ok() || ["NoSuchProcess", "NotAttached"].contains(&&*answer);
                assert!(fine, "{answer}");
            }
            killer.join().expect("a killed process");
        });
    }
    assert_eq!(one.ask(&format!("close {event}")), "done");
    assert_eq!(one.ask("event e open"), "NotFound");
    scratch.audit().expect("a clean audit");
}

#[test]
fn a_mutex_is_shared_by_duplication_and_belongs_to_threads() {
    let Two {
        scratch: _scratch,
        mut one,
        mut two,
        pids,
    } = two();
    let mutex = one.number("mutex m");
    let there = one.number(&format!("pass 0 {mutex} {} same", pids[1]));
    assert_eq!(one.ask(&format!("poll {mutex}")), "signaled 0");
    assert_eq!(two.ask(&format!("release {there}")), "NotOwner");
    assert_eq!(one.ask(&format!("release {mutex}")), "done");
    assert_eq!(two.ask(&format!("poll {there}")), "signaled 0");
    two.process.kill_and_reap();
    assert_eq!(one.ask(&format!("wait {mutex}")), "abandoned 0");
}
