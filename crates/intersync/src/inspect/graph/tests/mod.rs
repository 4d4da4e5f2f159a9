//! Graphs of snapshots that are made by hand. Thread `t` of process `p` is written `(p, t)`.

mod scene;

use std::time::Duration;

use scene::{Scene, Who};

use super::super::WaitInfo;
use super::{Deadlock, WaitGraph};

impl Scene {
    fn graph(&self) -> WaitGraph {
        WaitGraph::new(std::slice::from_ref(&self.0))
    }

    fn deadlocks(&self) -> Vec<Vec<Who>> {
        let graph = self.graph();
        graph
            .cycles()
            .iter()
            .map(|found| members(&graph, found))
            .collect()
    }
}

fn who(graph: &WaitGraph, threads: &[usize]) -> Vec<Who> {
    let mut who: Vec<Who> = threads
        .iter()
        .map(|&thread| (graph.threads[thread].pid, graph.threads[thread].tid))
        .collect();
    who.sort_unstable();
    who
}

fn members(graph: &WaitGraph, found: &Deadlock) -> Vec<Who> {
    who(graph, &found.threads)
}

/// Each of `threads` owns the mutex of its own number and waits for that of the next.
fn ring(threads: &[Who]) -> Scene {
    let mut scene = Scene::new(threads.len() as u32);
    for &thread in threads {
        scene = scene.mutex(Some(thread));
    }
    for (i, &thread) in threads.iter().enumerate() {
        scene = scene.wait(thread, &[((i + 1) % threads.len()) as u32], false);
    }
    scene
}

#[test]
fn waits_in_a_chain_are_no_deadlock() {
    let scene = Scene::new(3)
        .mutex(Some((1, 1)))
        .mutex(Some((2, 1)))
        .wait((2, 1), &[0], false)
        .wait((3, 1), &[1], false);
    assert_eq!(scene.deadlocks(), [[]; 0]);
    let graph = scene.graph();
    assert_eq!((graph.threads.len(), graph.objects.len()), (3, 2));
    let owner = graph.objects[0].holders[0];
    assert_eq!((graph.threads[owner.thread].pid, owner.permits), (1, None));
}

#[test]
fn two_or_three_that_wait_in_a_ring_are_a_deadlock() {
    assert_eq!(ring(&[(1, 1), (2, 1)]).deadlocks(), [[(1, 1), (2, 1)]]);
    assert_eq!(
        ring(&[(1, 1), (2, 1), (3, 1)]).deadlocks(),
        [[(1, 1), (2, 1), (3, 1)]]
    );
    assert_eq!(
        ring(&[(1, 1), (1, 2)]).deadlocks(),
        [[(1, 1), (1, 2)]],
        "threads of one process"
    );
}

#[test]
fn who_waits_behind_a_deadlock_is_told_apart() {
    let scene = ring(&[(1, 1), (2, 1), (3, 1)])
        .wait((3, 2), &[0], false)
        .mutex(Some((3, 2)))
        .wait((2, 2), &[3], false);
    let graph = scene.graph();
    let found = graph.cycles();
    assert_eq!(found.len(), 1);
    assert_eq!(members(&graph, &found[0]), [(1, 1), (2, 1), (3, 1)]);
    assert_eq!(who(&graph, &found[0].behind), [(2, 2), (3, 2)]);
    let names: Vec<_> = found[0]
        .objects
        .iter()
        .filter_map(|&object| graph.objects[object].name.clone())
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(!names.contains(&"o3".to_owned()), "{names:?}");
}

#[test]
fn two_rings_are_two_deadlocks() {
    let scene = Scene::new(4)
        .mutex(Some((1, 1)))
        .mutex(Some((2, 1)))
        .mutex(Some((3, 1)))
        .mutex(Some((4, 1)))
        .wait((1, 1), &[1], false)
        .wait((2, 1), &[0], false)
        .wait((3, 1), &[3], false)
        .wait((4, 1), &[2], false);
    assert_eq!(scene.deadlocks(), [[(1, 1), (2, 1)], [(3, 1), (4, 1)]]);
}

#[test]
fn a_wait_for_any_is_stuck_only_if_all_its_objects_are() {
    let scene = Scene::new(3)
        .mutex(Some((1, 1)))
        .mutex(Some((2, 1)))
        .mutex(Some((3, 1)))
        .event()
        .wait((1, 1), &[1, 2], false)
        .wait((2, 1), &[0], false);
    assert_eq!(scene.deadlocks(), [[]; 0], "3 may release");
    let scene = scene.wait((3, 1), &[0], false);
    assert_eq!(scene.deadlocks(), [[(1, 1), (2, 1), (3, 1)]]);
    let with_event = Scene::new(2)
        .mutex(Some((1, 1)))
        .mutex(Some((2, 1)))
        .event()
        .wait((1, 1), &[1, 2], false)
        .wait((2, 1), &[0], false);
    assert_eq!(with_event.deadlocks(), [[]; 0], "anybody may set the event");
}

#[test]
fn a_wait_for_all_is_stuck_if_any_of_its_objects_is() {
    let scene = Scene::new(2)
        .mutex(Some((1, 1)))
        .mutex(Some((2, 1)))
        .event()
        .wait((1, 1), &[2, 1], true)
        .wait((2, 1), &[0], false);
    assert_eq!(scene.deadlocks(), [[(1, 1), (2, 1)]]);
    let graph = scene.graph();
    assert_eq!(graph.cycles()[0].objects.len(), 2, "the event is no part of it");
}

#[test]
fn a_mutex_of_ones_own_holds_nobody_up() {
    let alone = Scene::new(1).mutex(Some((1, 1))).wait((1, 1), &[0], false);
    assert_eq!(alone.deadlocks(), [[]; 0]);
    let all = Scene::new(2)
        .mutex(Some((1, 1)))
        .mutex(Some((2, 1)))
        .wait((1, 1), &[0, 1], true)
        .wait((2, 1), &[1], false);
    assert_eq!(all.deadlocks(), [[]; 0]);
}

#[test]
fn the_dead_hold_nobody_up_and_wait_for_nothing() {
    let scene = ring(&[(1, 1), (2, 1), (3, 1)]).dead(2);
    assert_eq!(scene.deadlocks(), [[]; 0]);
    let graph = scene.graph();
    assert!(graph.threads.iter().all(|thread| thread.pid != 2));
    assert!(graph.objects.iter().any(|object| !object.taken));
}

#[test]
fn an_owner_that_does_not_wait_is_not_stuck() {
    let scene = Scene::new(2)
        .mutex(Some((1, 2)))
        .mutex(Some((2, 1)))
        .wait((1, 1), &[1], false)
        .wait((2, 1), &[0], false);
    assert_eq!(scene.deadlocks(), [[]; 0]);
}

#[test]
fn permits_are_expected_back_from_processes() {
    let two = |held: &[(u32, u32)], maximum| {
        Scene::new(2)
            .semaphore(0, maximum, held)
            .mutex(Some((2, 1)))
            .wait((2, 1), &[0], false)
            .wait((1, 1), &[1], false)
    };
    assert_eq!(
        two(&[(1, 1)], 1).deadlocks(),
        [[]; 0],
        "thread 2 of process 1 may give it back"
    );
    let stuck = two(&[(1, 1)], 1).wait((1, 2), &[1], false);
    assert_eq!(stuck.deadlocks(), [[(1, 1), (1, 2), (2, 1)]]);
    let more = two(&[(1, 1)], 2).wait((1, 2), &[1], false);
    assert_eq!(more.deadlocks(), [[]; 0], "anybody may release the other permit");
    let ones_own = Scene::new(1)
        .semaphore(0, 2, &[(1, 2)])
        .wait((1, 1), &[0], false)
        .wait((1, 2), &[0], false);
    assert_eq!(ones_own.deadlocks(), [[(1, 1), (1, 2)]]);
    let edges: Vec<_> = ones_own.graph().objects[0]
        .holders
        .iter()
        .map(|h| h.permits)
        .collect();
    assert_eq!(edges, [Some(2), Some(2)]);
}

#[test]
fn a_time_out_makes_a_deadlock_temporary() {
    let wait = |remaining| WaitInfo {
        number: 1,
        objects: vec![0],
        all: false,
        namespaces: Some(1),
        remaining,
    };
    let scene = Scene::new(2)
        .mutex(Some((1, 1)))
        .mutex(Some((2, 1)))
        .wait((1, 1), &[1], false)
        .wait_as((2, 1), wait(Some(Duration::from_secs(5))));
    assert_eq!(scene.graph().cycles()[0].remaining, Some(Duration::from_secs(5)));
    assert_eq!(ring(&[(1, 1), (2, 1)]).graph().cycles()[0].remaining, None);
}

#[test]
fn a_thread_is_one_node_in_all_namespaces() {
    let part = |objects: &[u32], all, namespaces| WaitInfo {
        number: 1,
        objects: objects.to_vec(),
        all,
        namespaces,
        remaining: None,
    };
    // Process 1 waits for all of one mutex here and an event there; process 2 owns the mutex, and waits there.
    let looks = |all, namespaces| {
        let here = Scene::new(2)
            .mutex(Some((2, 1)))
            .wait_as((1, 1), part(&[0], all, namespaces));
        let there = Scene::new(2)
            .event()
            .mutex(Some((1, 1)))
            .wait((2, 1), &[1], false)
            .wait_as((1, 1), part(&[0], all, namespaces));
        [here.0, there.0]
    };
    let both = looks(true, Some(2));
    let graph = WaitGraph::new(&both);
    assert_eq!(graph.threads.len(), 2);
    assert_eq!(graph.threads[0].waits.len(), 1);
    assert!(graph.threads[0].waits[0].complete);
    assert_eq!(members(&graph, &graph.cycles()[0]), [(1, 1), (2, 1)]);
    assert_eq!(
        WaitGraph::new(&looks(false, Some(2))).cycles(),
        [],
        "any: the event may be set"
    );
    // What lies in a namespace that is not looked at may satisfy a wait for any, but not make up for a mutex.
    let owned_here = |all| {
        Scene::new(2)
            .mutex(Some((2, 1)))
            .mutex(Some((1, 1)))
            .wait((2, 1), &[1], false)
            .wait_as((1, 1), part(&[0], all, Some(2)))
            .deadlocks()
    };
    assert_eq!(owned_here(false), [[]; 0]);
    assert_eq!(owned_here(true), [[(1, 1), (2, 1)]]);
}

#[test]
fn only_waits_that_last_through_all_looks_count() {
    let lasting = ring(&[(1, 1), (2, 1)]);
    let mut other = lasting.clone();
    for thread in &mut other.0.threads {
        thread.waits.iter_mut().for_each(|wait| wait.number += 1);
    }
    let mut reborn = lasting.clone();
    reborn.0.processes[0].start += 1;
    let found = |first: &Scene, middle: &Scene, last: &Scene| {
        let look = |scene: &Scene| vec![scene.0.clone()];
        WaitGraph::lasting(&look(first), &look(middle), &look(last))
            .cycles()
            .len()
    };
    assert_eq!(found(&lasting, &lasting, &lasting), 1);
    assert_eq!(found(&other, &lasting, &lasting), 0);
    assert_eq!(found(&lasting, &lasting, &other), 0);
    assert_eq!(found(&lasting, &other, &lasting), 0);
    assert_eq!(found(&reborn, &lasting, &lasting), 0);
}
