//! Waits for several objects by the values of their handles.

use intersync::{Error, Event, Outcome, RawHandle, Timeout};
use testkit::patience;
use testkit::scratch::Scratch;

use super::{TAKEN, TIMES, event, mutex, namespace, poll, several};

#[test]
fn several_are_waited_for_as_by_their_types() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let handles: Vec<RawHandle> = (0..64).map(|_| event(&namespace)).collect();
    assert_eq!(
        several(&handles, false, Timeout::ZERO),
        None,
        "none has been used"
    );
    handles
        .iter()
        .for_each(|h| assert_eq!(poll(*h), Ok(Outcome::TimedOut)));
    for _ in 0..TIMES {
        assert_eq!(
            several(&handles, false, Timeout::ZERO),
            Some(Ok(Outcome::TimedOut))
        );
        for index in [63, 0, 17, 63] {
            assert_eq!(handles[index].set_event().and(handles[63].set_event()), Ok(()));
            assert_eq!(
                several(&handles, false, Timeout::INFINITE),
                Some(Ok(Outcome::Signaled { index }))
            );
            let last = if index == 63 {
                Outcome::TimedOut
            } else {
                Outcome::Signaled { index: 0 }
            };
            assert_eq!(poll(handles[63]), Ok(last));
        }
        assert_eq!(
            several(&handles, true, Timeout::ZERO),
            Some(Ok(Outcome::TimedOut))
        );
        handles.iter().for_each(|h| assert_eq!(h.set_event(), Ok(())));
        assert_eq!(several(&handles, true, Timeout::INFINITE), Some(TAKEN));
        assert_eq!(
            several(&handles, false, Timeout::ZERO),
            Some(Ok(Outcome::TimedOut))
        );
        // Two mentions of one object are refused, and that is for the types to say.
        assert_eq!(several(&[handles[0], handles[0]], true, Timeout::ZERO), None);
        assert_eq!(
            several(&[handles[0], handles[0]], false, Timeout::ZERO),
            Some(Ok(Outcome::TimedOut))
        );
    }
    assert_eq!(several(&[], false, Timeout::ZERO), None);
    assert_eq!(several(&[RawHandle::CURRENT_PROCESS], false, Timeout::ZERO), None);
}

#[test]
fn several_are_waited_for_until_one_is_set() {
    let scratch = Scratch::new();
    let namespace = namespace(&scratch);
    let mutex = mutex(&namespace);
    let named = Event::options().namespace(&namespace).create("e");
    let event = named.and_then(|e| e.object.into_raw()).expect("an event");
    assert_eq!((poll(event), poll(mutex)), (Ok(Outcome::TimedOut), TAKEN));
    for all in [false, true] {
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                let waited = several(&[event, mutex], all, Timeout::INFINITE);
                (waited, mutex.release_mutex())
            });
            patience::until("somebody waits", || scratch.waiters("e").len() == 1);
            assert_eq!(event.set_event(), Ok(()));
            if all {
                assert_eq!(mutex.release_mutex(), Ok(()));
            }
            let released = if all { Ok(()) } else { Err(Error::NotOwner) };
            assert_eq!(waiter.join().expect("an answer"), (Some(TAKEN), released));
        });
    }
}

#[test]
fn objects_of_two_namespaces_are_for_the_types() {
    let scratches = [Scratch::new(), Scratch::new()];
    let handles = scratches.each_ref().map(|scratch| event(&namespace(scratch)));
    for handle in handles {
        assert_eq!(poll(handle), Ok(Outcome::TimedOut));
    }
    assert_eq!(handles[1].set_event(), Ok(()));
    assert_eq!(several(&handles, false, Timeout::ZERO), None);
    assert_eq!(poll(handles[1]), TAKEN, "nothing was taken");
}
