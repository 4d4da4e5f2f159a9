//! Raw handles that several threads use and close at the same time.

use std::sync::atomic::{AtomicBool, Ordering};

use intersync::{
    Access, DuplicateOptions, Error, Event, Handle, HandleFlags, Kind, Location, Mutex, Name, Namespace,
    Options, Outcome, Process, RawHandle, Reset, Semaphore, Timeout, inspect, wait_all, wait_any,
};
use testkit::patience;
use testkit::scratch::Scratch;
use testkit::sharer::Sharer;

fn namespace(scratch: &Scratch) -> Namespace {
    Namespace::open(&Location::Under(scratch.base().to_owned())).expect("a namespace")
}

fn manual(namespace: &Namespace) -> Options<Event> {
    Event::options().reset(Reset::Manual).namespace(namespace)
}

/// Objects that have been made until the first freed record is used again.
const ENOUGH: u32 = 3000;

/// Looks at a handle while others get its number.
const LOOKS: u32 = 500_000;

#[test]
fn a_view_of_a_closed_handle_acts_on_nothing() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let handle = manual(&namespace)
        .create("old")
        .and_then(|e| e.object.into_raw())
        .expect("a handle");
    let view = Event::view_raw(handle).expect("a view");
    let other = manual(&namespace).create("other").expect("an event").object;
    assert_eq!(view.set(), Ok(()));
    assert_eq!(view.wait(Timeout::ZERO), Ok(Outcome::Signaled { index: 0 }));
    handle.close().expect("an open handle");
    let gone = Error::InvalidHandle {
        value: handle.value(),
    };
    for n in 0..ENOUGH {
        let event = manual(&namespace)
            .create(format!("new {n}"))
            .expect("an event")
            .object;
        assert_eq!(view.set(), Err(gone.clone()));
        assert_eq!(view.reset(), Err(gone.clone()));
        assert_eq!(view.state(), Err(gone.clone()));
        assert_eq!(view.wait(Timeout::INFINITE), Err(gone.clone()));
        assert_eq!(wait_any(&[&other, &view], Timeout::INFINITE), Err(gone.clone()));
        assert_eq!(wait_all(&[&other, &view], Timeout::INFINITE), Err(gone.clone()));
        assert!(
            !event.state().expect("a state").signaled,
            "event {n} was set through the view"
        );
    }
    scratch.audit().expect("a clean audit");
}

#[test]
fn views_of_mutexes_and_semaphores_act_on_nothing_once_closed() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let semaphores = Semaphore::options().permits(0, 9).namespace(&namespace);
    let mutexes = Mutex::options().namespace(&namespace);
    let one = semaphores
        .create("s")
        .and_then(|s| s.object.into_raw())
        .expect("a handle");
    let two = mutexes
        .create("m")
        .and_then(|m| m.object.into_raw())
        .expect("a handle");
    let (semaphore, mutex) = (
        Semaphore::view_raw(one).expect("a view"),
        Mutex::view_raw(two).expect("a view"),
    );
    assert_eq!(semaphore.release(1), Ok(0));
    one.close().and_then(|()| two.close()).expect("open handles");
    for n in 0..ENOUGH {
        let counted = semaphores.create(format!("s{n}")).expect("a semaphore").object;
        let free = mutexes.create(format!("m{n}")).expect("a mutex").object;
        assert!(matches!(semaphore.release(1), Err(Error::InvalidHandle { .. })));
        assert!(matches!(
            mutex.wait(Timeout::INFINITE),
            Err(Error::InvalidHandle { .. })
        ));
        assert!(matches!(
            mutex.release(),
            Err(Error::InvalidHandle { .. } | Error::NotOwner)
        ));
        assert_eq!(counted.state().expect("a state").count, 0);
        assert!(!free.state().expect("a state").owned);
    }
}

#[test]
fn a_handle_that_is_closed_while_others_use_it_is_an_error_or_works() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let over = AtomicBool::new(false);
    let witness = manual(&namespace).create("witness").expect("an event").object;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    // The lowest values but the witness's: whatever is open there now.
                    for value in [8, 12, 16] {
                        let handle = RawHandle::from_value(
                            value | witness.as_raw().expect("a value").value() & !0x3_ffff,
                        );
                        let Ok(view) = Event::view_raw(handle.expect("a value")) else {
                            continue;
                        };
                        for done in [view.set(), view.reset(), view.wait(Timeout::ZERO).map(drop)] {
                            assert!(
                                matches!(done, Ok(()) | Err(Error::InvalidHandle { .. })),
                                "{done:?}"
                            );
                        }
                    }
                }
            });
        }
        for n in 0..2 * ENOUGH {
            let made = manual(&namespace)
                .create(format!("e{}", n % 7))
                .expect("an event");
            let handle = made.object.into_raw().expect("a handle");
            handle.close().expect("an open handle");
        }
        over.store(true, Ordering::Relaxed);
    });
    assert!(!witness.state().expect("a state").signaled);
    scratch.audit().expect("a clean audit");
}

#[test]
fn a_wait_goes_on_when_its_handle_is_closed() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let handle = manual(&namespace)
        .create("e")
        .and_then(|e| e.object.into_raw())
        .expect("a handle");
    let setter = manual(&namespace).open("e").expect("another handle");
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| Event::view_raw(handle).and_then(|view| view.wait(Timeout::INFINITE)));
        patience::until("somebody waits", || scratch.waiters("e").len() == 1);
        handle.close().expect("an open handle");
        setter.set().expect("a set");
        assert_eq!(
            waiter.join().expect("a waiter"),
            Ok(Outcome::Signaled { index: 0 })
        );
    });
}

#[test]
fn pseudo_handles_stand_for_the_caller() {
    let scratch = Scratch::new();
    let mut one = Sharer::start(env!("CARGO_BIN_EXE_sharer"), &scratch);
    let (process, thread) = (
        RawHandle::CURRENT_PROCESS.value(),
        RawHandle::CURRENT_THREAD.value(),
    );
    assert_eq!((process, thread), (u32::MAX, u32::MAX - 1));
    for pseudo in [process, thread] {
        assert_eq!(one.ask(&format!("close {pseudo}")), "done", "it has no effect");
        assert_eq!(one.ask(&format!("poll {pseudo}")), "timed out", "it runs");
        assert_eq!(one.ask(&format!("flags {pseudo}")), "InvalidHandle");
        let real = one.number(&format!("duplicate {pseudo} same"));
        assert_eq!(real % 4, 0);
        assert_eq!(one.ask(&format!("same {real} {pseudo}")), "true");
        assert_eq!(one.ask(&format!("poll {real}")), "timed out");
        assert_eq!(one.ask(&format!("close {real}")), "done");
    }
    assert_eq!(one.ask(&format!("same {process} {thread}")), "false");
}

#[test]
fn a_handle_to_a_process_needs_the_right_to_duplicate() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let event = manual(&namespace).unnamed().expect("an event");
    let full = Process::open_in(&namespace, std::process::id()).expect("this process");
    let narrow = full.duplicate(Access::WAIT).expect("a handle with fewer rights");
    let made = event
        .duplicate_into(&full, DuplicateOptions::new())
        .expect("a duplicate");
    assert_eq!(made.close(), Ok(()));
    let refused = event.duplicate_into(&narrow, DuplicateOptions::new());
    assert!(matches!(refused, Err(Error::AccessDenied { .. })), "{refused:?}");
}

#[test]
fn a_handle_tells_about_itself_and_its_object() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let first = manual(&namespace).create("named").expect("an event").object;
    let second = manual(&namespace)
        .access(Access::WAIT)
        .inheritable(true)
        .permanent(true)
        .open("named")
        .and_then(Event::into_raw)
        .expect("a handle");
    let found = inspect::handle(second).expect("an open handle");
    assert_eq!(found.location, Location::Under(scratch.base().to_owned()));
    assert_eq!(found.name, Some(Name::from("named")));
    assert_eq!((found.kind, found.handles, found.waiters), (Kind::Event, 2, 0));
    assert_eq!((found.access, found.flags), (Access::WAIT, HandleFlags::INHERIT));
    assert!(!found.permanent, "opening changes nothing");
    namespace.set_permanent("named", true).expect("permanent");
    drop(first);
    let found = inspect::handle(second).expect("an open handle");
    assert!(found.permanent && found.handles == 1);
    namespace.set_permanent("named", false).expect("temporary");
    second.close().expect("an open handle");
    let gone = Error::InvalidHandle {
        value: second.value(),
    };
    assert_eq!(inspect::handle(second), Err(gone));
    assert!(inspect::handle(RawHandle::CURRENT_PROCESS).is_err());
    let unnamed = manual(&namespace).unnamed().expect("an event");
    let found = inspect::handle(unnamed.as_raw().expect("a handle")).expect("an open handle");
    assert_eq!(found.name, None);
}

#[test]
fn a_look_at_a_handle_tells_of_one_object_only() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let event = || manual(&namespace).create("event")?.object.into_raw();
    let mutex = || {
        let options = Mutex::options().namespace(&namespace);
        options.create("mutex")?.object.into_raw()
    };
    let number = event().expect("a handle");
    number.close().expect("an open handle");
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                for open in [&event as &dyn Fn() -> _, &mutex] {
                    let handle: RawHandle = open().expect("a handle");
                    assert_eq!(handle, number);
                    handle.close().expect("an open handle");
                }
            }
        });
        let mut wrong = None;
        for _ in 0..LOOKS {
            if let Ok(found) = inspect::handle(number) {
                let expected = match found.kind {
                    Kind::Event => "event",
                    _ => "mutex",
                };
                if found.name != Some(Name::from(expected)) {
                    wrong = Some(found);
                }
            }
        }
        over.store(true, Ordering::Relaxed);
        assert_eq!(wrong, None);
    });
}
