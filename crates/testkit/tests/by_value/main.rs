//! Calls by the values of handles, which remember what they have looked up: again and again, after the handle is closed by
//! whomever, and when its value is given out anew.

mod races;
mod several;

use intersync::{
    Access, Error, Event, Handle, HandleFlags, Location, Mutex, Namespace, Object, Options, Outcome,
    RawHandle, Result, Semaphore, Timeout,
};
use testkit::scratch::Scratch;
use testkit::sharer::Sharer;

/// How often a call is made: the first looks the handle up, the second remembers it, the third has used that before.
const TIMES: u32 = 3;
const TAKEN: Result<Outcome> = Ok(Outcome::Signaled { index: 0 });

fn namespace(scratch: &Scratch) -> Namespace {
    Namespace::open(&Location::Under(scratch.base().to_owned())).expect("a namespace")
}

fn event(namespace: &Namespace) -> RawHandle {
    let made = Event::options().namespace(namespace).unnamed();
    made.and_then(Event::into_raw).expect("an event")
}

fn mutex(namespace: &Namespace) -> RawHandle {
    let made = Mutex::options().namespace(namespace).unnamed();
    made.and_then(Mutex::into_raw).expect("a mutex")
}

fn semaphores(maximum: u32, namespace: &Namespace) -> Options<Semaphore> {
    Semaphore::options().permits(0, maximum).namespace(namespace)
}

fn semaphore(maximum: u32, namespace: &Namespace) -> RawHandle {
    let made = semaphores(maximum, namespace).unnamed();
    made.and_then(Semaphore::into_raw).expect("a semaphore")
}

fn restricted(handle: RawHandle, access: Access) -> RawHandle {
    handle.duplicate(Some(access), false).expect("a duplicate")
}

fn poll(handle: RawHandle) -> Result<Outcome> {
    handle.wait(Timeout::ZERO)
}

fn several(handles: &[RawHandle], all: bool, timeout: Timeout) -> Option<Result<Outcome>> {
    RawHandle::wait_several(handles.len(), |i| handles[i].value(), all, timeout)
}

fn gone<T>(handle: RawHandle) -> Result<T> {
    Err(Error::InvalidHandle {
        value: handle.value(),
    })
}

#[test]
fn they_do_what_the_types_do() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let (event, mutex, semaphore) = (event(&namespace), mutex(&namespace), semaphore(2, &namespace));
    for _ in 0..TIMES {
        assert_eq!(poll(event), Ok(Outcome::TimedOut));
        assert_eq!(event.set_event(), Ok(()));
        assert_eq!(event.set_event(), Ok(()));
        assert_eq!(poll(event), TAKEN);
        assert_eq!(event.set_event().and_then(|()| event.reset_event()), Ok(()));
        assert_eq!(poll(event), Ok(Outcome::TimedOut));

        assert_eq!(mutex.release_mutex(), Err(Error::NotOwner));
        assert_eq!(mutex.wait(Timeout::INFINITE), TAKEN);
        assert_eq!(mutex.wait(Timeout::INFINITE), TAKEN, "one level deeper");
        let others = std::thread::scope(|scope| {
            let other = scope.spawn(|| (poll(mutex), mutex.release_mutex()));
            other.join().expect("an answer")
        });
        assert_eq!(others, (Ok(Outcome::TimedOut), Err(Error::NotOwner)));
        assert_eq!(mutex.release_mutex(), Ok(()));
        assert_eq!(mutex.release_mutex(), Ok(()));

        assert_eq!(semaphore.release_semaphore(1), Ok(0));
        assert_eq!(semaphore.release_semaphore(1), Ok(1));
        let over = semaphore.release_semaphore(1);
        assert!(matches!(over, Err(Error::OverMaximum { .. })), "{over:?}");
        let none = semaphore.release_semaphore(0);
        assert!(matches!(none, Err(Error::InvalidArgument { .. })), "{none:?}");
        assert_eq!((poll(semaphore), poll(semaphore)), (TAKEN, TAKEN));
        assert_eq!(poll(semaphore), Ok(Outcome::TimedOut));
    }
    for wrong in [
        event.release_mutex(),
        mutex.set_event(),
        semaphore.reset_event(),
        event.release_semaphore(1).map(drop),
    ] {
        assert!(matches!(wrong, Err(Error::WrongKind { .. })), "{wrong:?}");
    }
}

#[test]
fn the_death_of_an_owner_is_told() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let mutex = mutex(&namespace);
    for _ in 0..TIMES {
        let taken = std::thread::scope(|scope| scope.spawn(|| poll(mutex)).join().expect("an answer"));
        assert_eq!(taken, TAKEN);
        assert_eq!(mutex.wait(Timeout::INFINITE), Ok(Outcome::Abandoned { index: 0 }));
        assert_eq!(mutex.release_mutex(), Ok(()));
        assert_eq!(mutex.wait(Timeout::INFINITE), TAKEN);
        assert_eq!(mutex.release_mutex(), Ok(()));
    }
}

#[test]
fn permits_that_come_back_are_counted() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let made = semaphores(1, &namespace).give_back(true).unnamed();
    let semaphore = made.and_then(Semaphore::into_raw).expect("a semaphore");
    for _ in 0..TIMES {
        assert_eq!(semaphore.release_semaphore(1), Ok(0));
        assert_eq!(poll(semaphore), TAKEN);
    }
    scratch.audit().expect("a clean audit");
}

#[test]
fn rights_count() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let all = [event(&namespace), mutex(&namespace), semaphore(9, &namespace)];
    for _ in 0..TIMES {
        for (wait, query) in all.map(|h| (restricted(h, Access::WAIT), restricted(h, Access::QUERY))) {
            for _ in 0..TIMES {
                let polled = poll(query);
                assert!(matches!(polled, Err(Error::AccessDenied { .. })), "{polled:?}");
                assert_eq!(several(&[query, query], false, Timeout::ZERO), None);
                for changed in [
                    wait.set_event(),
                    wait.reset_event(),
                    wait.release_semaphore(1).map(drop),
                ] {
                    assert!(
                        matches!(changed, Err(Error::AccessDenied { .. } | Error::WrongKind { .. })),
                        "{changed:?}"
                    );
                }
            }
            assert_eq!((wait.close(), query.close()), (Ok(()), Ok(())));
        }
    }
}

#[test]
fn a_value_that_was_closed_is_an_error_and_touches_nothing() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let kept = [event(&namespace), mutex(&namespace), semaphore(9, &namespace)];
    let handles = kept.map(|handle| handle.duplicate(None, false).expect("a duplicate"));
    let [event, mutex, semaphore] = handles;
    for _ in 0..TIMES {
        assert_eq!(event.set_event().and_then(|()| poll(event)), TAKEN);
        assert_eq!(
            semaphore.release_semaphore(1).and_then(|_| poll(semaphore)),
            TAKEN
        );
        assert_eq!(poll(mutex), TAKEN);
        assert_eq!(mutex.release_mutex(), Ok(()));
        assert_eq!(
            several(&handles, false, Timeout::ZERO),
            Some(Ok(Outcome::Signaled { index: 1 }))
        );
        assert_eq!(mutex.release_mutex(), Ok(()));
    }
    for handle in handles {
        handle.close().expect("an open handle");
    }
    for _ in 0..TIMES {
        assert_eq!(event.set_event(), gone(event));
        assert_eq!(event.reset_event(), gone(event));
        assert_eq!(mutex.release_mutex(), gone(mutex));
        assert_eq!(semaphore.release_semaphore(1), gone(semaphore));
        for handle in handles {
            assert_eq!(poll(handle), gone(handle));
            assert_eq!(several(&[handle, kept[1]], false, Timeout::ZERO), None);
            assert_eq!(several(&[kept[1], handle], false, Timeout::ZERO), None);
        }
        // The objects are still there, and as they were.
        assert_eq!(poll(kept[0]), Ok(Outcome::TimedOut));
        assert_eq!(kept[1].release_mutex(), Err(Error::NotOwner));
        assert_eq!(poll(kept[2]), Ok(Outcome::TimedOut));
    }
    scratch.audit().expect("a clean audit");
}

#[test]
fn a_value_that_is_given_out_again_is_the_new_handle() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let full = event(&namespace);
    let mut value = restricted(full, Access::WAIT | Access::MODIFY);
    let again = |old: RawHandle, new: &dyn Fn() -> RawHandle| {
        old.close().expect("an open handle");
        let new = new();
        assert_eq!(new, old, "the lowest free value is given out");
        new
    };
    for _ in 0..TIMES {
        assert_eq!(value.set_event().and_then(|()| poll(value)), TAKEN);
        // The same object with other rights: nothing but the handle's own number tells.
        value = again(value, &|| restricted(full, Access::WAIT));
        let set = value.set_event();
        assert!(matches!(set, Err(Error::AccessDenied { .. })), "{set:?}");
        assert_eq!(full.set_event().and_then(|()| poll(value)), TAKEN);
        value = again(value, &|| restricted(full, Access::MODIFY));
        assert_eq!(value.set_event(), Ok(()));
        let polled = poll(value);
        assert!(matches!(polled, Err(Error::AccessDenied { .. })), "{polled:?}");
        assert_eq!(poll(full), TAKEN);
        // Objects of other kinds, and another one of the same.
        value = again(value, &|| semaphore(9, &namespace));
        assert!(matches!(value.set_event(), Err(Error::WrongKind { .. })));
        assert_eq!(value.release_semaphore(9), Ok(0));
        assert_eq!(poll(value), TAKEN);
        value = again(value, &|| mutex(&namespace));
        assert!(matches!(value.release_semaphore(1), Err(Error::WrongKind { .. })));
        assert_eq!(poll(value), TAKEN);
        assert_eq!(value.release_mutex(), Ok(()));
        value = again(value, &|| event(&namespace));
        assert_eq!(value.set_event(), Ok(()));
        assert_eq!(poll(full), Ok(Outcome::TimedOut), "the old object");
        value = again(value, &|| restricted(full, Access::WAIT | Access::MODIFY));
    }
    scratch.audit().expect("a clean audit");
}

#[test]
fn flags_may_change_meanwhile() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let handle = event(&namespace);
    for _ in 0..TIMES {
        for flags in [HandleFlags::all(), HandleFlags::empty()] {
            assert_eq!(handle.set_flags(HandleFlags::all(), flags), Ok(()));
            assert_eq!(handle.set_event().and_then(|()| poll(handle)), TAKEN);
        }
        let taken = Event::from_raw(handle).expect("a handle to take over");
        assert_eq!(handle.set_event().and_then(|()| poll(handle)), TAKEN);
        assert_eq!(taken.into_raw(), Ok(handle));
        assert_eq!(handle.set_event().and_then(|()| poll(handle)), TAKEN);
    }
    let taken = Event::from_raw(handle).expect("a handle to take over");
    drop(taken);
    assert_eq!(handle.set_event(), gone(handle));
}

#[test]
fn what_another_process_closes_is_closed() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let mut other = Sharer::start(env!("CARGO_BIN_EXE_sharer"), &scratch);
    assert_eq!(other.ask("event of-its-own"), "4");
    let me = std::process::id();
    let open = |name| Event::options().namespace(&namespace).create(name);
    let kept = open("e").expect("an event").object;
    for _ in 0..TIMES {
        let handle = kept.duplicate(Access::WAIT | Access::MODIFY);
        let handle = handle.and_then(Event::into_raw).expect("a handle");
        for _ in 0..TIMES {
            assert_eq!(handle.set_event().and_then(|()| poll(handle)), TAKEN);
        }
        assert_eq!(other.ask(&format!("pass {me} {handle} - same close")), "closed");
        assert_eq!(handle.set_event(), gone(handle));
        assert_eq!(poll(handle), gone(handle));
        assert_eq!(several(&[handle, handle], false, Timeout::ZERO), None);
        assert!(!kept.state().expect("a state").signaled);
    }
    scratch.audit().expect("a clean audit");
}

#[test]
fn more_handles_than_are_remembered_all_work() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let handles: Vec<RawHandle> = (0..6000).map(|_| event(&namespace)).collect();
    for round in 0..TIMES {
        for (n, handle) in handles.iter().enumerate() {
            assert_eq!(handle.set_event(), Ok(()), "{n} in round {round}");
        }
        for (n, handle) in handles.iter().enumerate() {
            assert_eq!(poll(*handle), TAKEN, "{n} in round {round}");
            assert_eq!(poll(*handle), Ok(Outcome::TimedOut), "{n} in round {round}");
        }
    }
    let views = handles
        .iter()
        .map(|h| Object::view_raw(*h))
        .collect::<Result<Vec<Object>>>();
    assert!(
        views
            .expect("views")
            .iter()
            .all(|view| view.is_inheritable() == Ok(false))
    );
}
