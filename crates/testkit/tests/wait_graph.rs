//! Who waits for whom, between processes and over namespaces.

use std::os::unix::fs::MetadataExt as _;

use intersync::inspect::{self, WaitGraph};
use testkit::prelude::*;
use testkit::scratch::Scratch;
use testkit::stage::Placement;

/// No deadlock.
const NONE: [Vec<u32>; 0] = [];

fn stage() -> Stage {
    Stage::new(env!("CARGO_BIN_EXE_actor"), Placement::Processes)
}

fn graph(spaces: &[&Scratch]) -> WaitGraph {
    let locations: Vec<_> = spaces.iter().map(|space| space.location()).collect();
    inspect::wait_graph(&locations).expect("the namespaces can be looked at")
}

/// The processes of each deadlock.
fn deadlocks(graph: &WaitGraph) -> Vec<Vec<u32>> {
    let pids = |threads: &[usize]| {
        let mut pids: Vec<u32> = threads.iter().map(|&thread| graph.threads[thread].pid).collect();
        pids.sort_unstable();
        pids
    };
    graph.cycles().iter().map(|found| pids(&found.threads)).collect()
}

fn pids(actors: [&Actor; 2]) -> Vec<u32> {
    let mut pids = actors.map(Actor::child_pid);
    pids.sort_unstable();
    pids.to_vec()
}

#[test]
fn a_deadlock_over_two_namespaces_is_seen_by_who_looks_at_both() {
    let (stage, far) = (stage(), Scratch::new());
    let there = || CreateOptions {
        at: Some(far.base().into()),
        ..CreateOptions::default()
    };
    let [one, two] = [stage.process(), stage.process()];
    assert_eq!(one.mutex("near", true), Ok(false));
    assert_eq!(one.event("gate", Reset::Auto, false), Ok(false));
    assert_eq!(
        two.create_with("far", Sort::Mutex { owned: true }, there()),
        Ok(false)
    );
    assert_eq!(one.open_as("far", Kind::Mutex, "far", Some(far.base())), DONE);
    assert_eq!(two.open(Kind::Mutex, "near"), DONE);
    let back = two.begin_wait("near", LONG.into());
    stage.until_waiting("near", 1);

    let any = one.begin_wait_any(&["gate", "far"], Timeout::INFINITE);
    far.until_waiting("far", 1);
    stage.until_waiting("gate", 1);
    assert_eq!(
        deadlocks(&graph(&[&stage.scratch, &far])),
        NONE,
        "the gate may be opened"
    );
    let opener = stage.process();
    assert_eq!(opener.open(Kind::Event, "gate"), DONE);
    assert_eq!(opener.set("gate"), DONE);
    assert_eq!(any.outcome(), signaled(0));

    let all = one.begin_wait_all(&["gate", "far"], Timeout::INFINITE);
    far.until_waiting("far", 1);
    stage.until_waiting("gate", 1);
    let both = pids([&one, &two]);
    until("the deadlock is seen", || {
        deadlocks(&graph(&[&stage.scratch, &far])) == [both.clone()]
    });
    let seen = graph(&[&far, &stage.scratch]);
    let found = &seen.cycles()[0];
    let left = found.remaining.expect("one of them has a time-out");
    assert!(left > SHORT && left <= LONG + SHORT, "{left:?}");
    for one_only in [&far, &stage.scratch] {
        assert_eq!(deadlocks(&graph(&[one_only])), NONE);
    }

    two.kill_process();
    until("the deadlock ends with one of its processes", || {
        deadlocks(&graph(&[&stage.scratch, &far])).is_empty()
    });
    drop((back, all));
}

#[test]
fn processes_that_hold_permits_and_wait_for_each_others_are_a_deadlock() {
    let stage = stage();
    let [one, two] = [stage.process(), stage.process()];
    let permit = Sort::Semaphore {
        initial: 1,
        maximum: 1,
        give_back: true,
    };
    for name in ["left", "right"] {
        assert_eq!(one.create_with(name, permit, CreateOptions::default()), Ok(false));
        assert_eq!(two.open(Kind::Semaphore, name), DONE);
    }
    assert_eq!(one.poll("left"), SIGNALED);
    assert_eq!(two.poll("right"), SIGNALED);
    let first = one.begin_wait("right", Timeout::INFINITE);
    stage.until_waiting("right", 1);
    let seen = graph(&[&stage.scratch]);
    assert_eq!(deadlocks(&seen), NONE, "the other may give its permit back");
    let permits = seen.objects.iter().flat_map(|object| &object.holders);
    assert_eq!(
        permits.map(|holding| holding.permits).collect::<Vec<_>>(),
        [Some(1); 2]
    );

    let second = two.begin_wait("left", Timeout::INFINITE);
    stage.until_waiting("left", 1);
    let both = pids([&one, &two]);
    until("the deadlock is seen", || {
        deadlocks(&graph(&[&stage.scratch])) == [both.clone()]
    });
    two.kill_process();
    assert_eq!(first.outcome(), SIGNALED, "the permit of the dead came back");
    assert_eq!(deadlocks(&graph(&[&stage.scratch])), NONE);
    drop(second);
}

#[test]
fn a_snapshot_tells_the_rights_and_the_value_of_every_handle() {
    let stage = stage();
    let [one, two] = [stage.process(), stage.process()];
    assert_eq!(one.mutex("m", true), Ok(false));
    assert_eq!(two.open(Kind::Mutex, "m"), DONE);
    assert_eq!(two.open_as("again", Kind::Mutex, "m", None), DONE);
    let object = stage.scratch.object("m").expect("the mutex");
    let mut holders: Vec<u32> = object.holders.iter().map(|holder| holder.pid).collect();
    holders.sort_unstable();
    let mut expected = vec![one.identity().0, two.identity().0, two.identity().0];
    expected.sort_unstable();
    assert_eq!(holders, expected);
    assert_eq!(object.handles, 3);
    let full = intersync::Access::full(Kind::Mutex);
    assert!(
        object
            .holders
            .iter()
            .all(|holder| holder.access == full && !holder.bundle)
    );
    let of_two = |holder: &&inspect::HolderInfo| holder.pid == two.identity().0;
    let mut values: Vec<_> = object.holders.iter().filter(of_two).map(|h| h.handle).collect();
    values.dedup();
    assert_eq!(values.len(), 2, "two handles of one process differ");
    let me = std::fs::metadata(stage.scratch.base())
        .expect("a directory")
        .uid();
    assert_eq!((object.user, object.mode), (me, 0o700));
}
