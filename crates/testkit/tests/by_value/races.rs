//! Values that some use while others close their handles.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use intersync::{Error, Event, Mutex, RawHandle, Result, Semaphore, Timeout};
use testkit::patience;
use testkit::scratch::Scratch;

use super::{event, mutex, namespace, poll, semaphore, several};

/// Rounds of a race.
const ROUNDS: u32 = 300;
/// Objects that are made in a round: more than there are free records, so that they get those of the round.
const OTHERS: usize = 160;

/// Two threads use a value without pause while its handle is closed and the value is given to a `guard`, of another kind. Its
/// record is given to one of `others`, which nobody uses: they must stay as they are made.
fn race(
    make: &dyn Fn() -> RawHandle,
    guard: &dyn Fn() -> RawHandle,
    calls: &(dyn Fn(RawHandle) -> [Result<()>; 4] + Sync),
    is_untouched: &dyn Fn(RawHandle) -> bool,
) {
    let value = AtomicU32::new(0);
    let over = AtomicBool::new(false);
    let used = AtomicU32::new(0);
    let use_it = || {
        while !over.load(Ordering::SeqCst) {
            let Some(handle) = RawHandle::from_value(value.load(Ordering::SeqCst)) else {
                continue;
            };
            for done in calls(handle) {
                let is_told = matches!(
                    done,
                    Ok(()) | Err(Error::InvalidHandle { .. } | Error::WrongKind { .. } | Error::NotOwner)
                );
                assert!(is_told, "{done:?}");
            }
            used.fetch_add(1, Ordering::SeqCst);
        }
    };
    let until_used = || {
        let before = used.load(Ordering::SeqCst);
        patience::until("the value is used", || used.load(Ordering::SeqCst) > before + 2);
    };
    let round = || {
        let old = make();
        value.store(old.value(), Ordering::SeqCst);
        until_used();
        old.close().expect("an open handle");
        let guard = guard();
        assert_eq!(guard, old, "the lowest free value is given out");
        let others: Vec<RawHandle> = (0..OTHERS).map(|_| make()).collect();
        until_used();
        for other in others {
            assert!(is_untouched(other), "an object with another value was used");
            other.close().expect("an open handle");
        }
        guard.close().expect("an open handle");
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(use_it);
        }
        let rounds = AssertUnwindSafe(|| (0..ROUNDS).for_each(|_| round()));
        let done = catch_unwind(rounds);
        over.store(true, Ordering::SeqCst);
        done.expect("rounds");
    });
}

#[test]
fn an_event_that_is_used_while_it_is_closed() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    race(
        &|| event(&namespace),
        &|| semaphore(1, &namespace),
        &|handle| {
            [
                handle.set_event(),
                poll(handle).map(drop),
                several(&[handle, handle], false, Timeout::ZERO).map_or(Ok(()), |w| w.map(drop)),
                handle.set_event(),
            ]
        },
        &|other| {
            Event::view_raw(other)
                .and_then(|e| e.state())
                .is_ok_and(|s| !s.signaled)
        },
    );
    scratch.audit().expect("a clean audit");
}

#[test]
fn a_mutex_that_is_used_while_it_is_closed() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    race(
        &|| mutex(&namespace),
        &|| semaphore(1, &namespace),
        &|handle| {
            [
                poll(handle).map(drop),
                handle.release_mutex(),
                several(&[handle, handle], false, Timeout::ZERO).map_or(Ok(()), |w| w.map(drop)),
                handle.release_mutex(),
            ]
        },
        &|other| {
            Mutex::view_raw(other)
                .and_then(|m| m.state())
                .is_ok_and(|s| !s.owned)
        },
    );
    scratch.audit().expect("a clean audit");
}

#[test]
fn a_semaphore_that_is_used_while_it_is_closed() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    race(
        &|| semaphore(u32::MAX >> 1, &namespace),
        &|| event(&namespace),
        &|handle| {
            [
                handle.release_semaphore(2).map(drop),
                poll(handle).map(drop),
                several(&[handle, handle], false, Timeout::ZERO).map_or(Ok(()), |w| w.map(drop)),
                handle.release_semaphore(1).map(drop),
            ]
        },
        &|other| {
            Semaphore::view_raw(other)
                .and_then(|s| s.state())
                .is_ok_and(|s| s.count == 0)
        },
    );
    scratch.audit().expect("a clean audit");
}
