//! Random calls that share handles: threads duplicate them into each other's processes, and the first process of the
//! cast starts one that inherits and forks another one.

use fastrand::Rng;
use intersync::word::value::Sort;

use super::super::calls::poll;
use super::super::history::{H, Make, Op};
use super::super::worker::{Script, Worker};

/// Handles from here on are duplicates.
const FIRST_DUPLICATE: H = 10;
/// No handle is known by a number from here on.
const LAST: H = 400;
/// Duplicates that one thread makes.
const DUPLICATES: usize = 6;
/// More than there are objects.
const OBJECTS: usize = 4;

/// Which object a handle refers to.
fn object_of(h: H) -> usize {
    if h < FIRST_DUPLICATE {
        h
    } else {
        (h - FIRST_DUPLICATE) % OBJECTS
    }
}

/// The calls that start processes, in their order.
pub(super) fn births(spawned: usize, forked: usize) -> Vec<Op> {
    vec![
        Op::Prepare(0),
        Op::Spawn(spawned),
        Op::Fork(forked),
        Op::Unprepare(0),
    ]
}

/// Mixes calls that share handles into others; `threads` are those that duplicates are for.
pub(super) fn mixed(
    mut rng: Rng,
    makes: Vec<Make>,
    threads: Vec<usize>,
    mut births: Vec<Op>,
    mut other: Script,
) -> Script {
    births.reverse();
    let (mut left, mut made) = (rng.usize(3..12), 0);
    Box::new(move |worker: &Worker| {
        let known: Vec<H> = (0..LAST).filter(|&h| worker.told(h).is_some()).collect();
        let ready = known.len() >= makes.len() || !known.is_empty() && rng.bool();
        if left == 0 || !ready || rng.bool() {
            return other(worker);
        }
        left -= 1;
        if rng.u32(0..3) == 0
            && let Some(birth) = births.pop()
        {
            return Some(birth);
        }
        let h = known[rng.usize(0..known.len())];
        let sort = makes[object_of(h)].sort;
        let is_duplicate = h >= FIRST_DUPLICATE;
        Some(match rng.u32(0..6) {
            0..=2 if made < DUPLICATES => {
                let to = threads[rng.usize(0..threads.len())];
                let as_h = FIRST_DUPLICATE + object_of(h) + OBJECTS * (worker.thread * DUPLICATES + made);
                made += 1;
                Op::Duplicate(h, to, as_h, is_duplicate && rng.bool())
            }
            3 if is_duplicate => Op::Close(h),
            4 if sort != Sort::Mutex => poll(h),
            5 if matches!(sort, Sort::EventManual | Sort::EventAuto) => Op::Set(h),
            _ => Op::Query(h),
        })
    })
}

/// The calls of a process that was started by another one, besides those that share.
pub(super) fn idle(calls: usize) -> Script {
    let mut left = calls;
    Box::new(move |_| {
        left = left.checked_sub(1)?;
        Some(if left == 0 { Op::Exit } else { Op::Pause(1_000) })
    })
}
