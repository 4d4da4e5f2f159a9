//! Alertable waits and the calls that run in them: queueing is private to a process, so this is about threads of one.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use intersync::alertable::{self, Ended};
use intersync::{
    Due, Error, Event, Mutex, Namespace, Outcome, Reset, Semaphore, Thread, Timeout, Timer, Waitable,
};
use testkit::patience::until;
use testkit::prelude::LONG;
use testkit::scratch::Scratch;

const SIGNALED: Ended = Ended::Wait(Outcome::Signaled { index: 0 });
const TIMED_OUT: Ended = Ended::Wait(Outcome::TimedOut);
const NOW: Due = Due::In(Duration::ZERO);

/// A namespace, and this thread in it.
fn stage() -> (Scratch, Namespace, Thread) {
    let scratch = Scratch::new();
    let namespace = scratch.open();
    let me = Thread::current_in(&namespace).expect("this thread");
    (scratch, namespace, me)
}

fn event(namespace: &Namespace, name: &str) -> Event {
    let options = Event::options().reset(Reset::Manual).namespace(namespace);
    options.create(name).expect("an event").object
}

fn timer(namespace: &Namespace, name: &str, reset: Reset) -> Timer {
    let options = Timer::options().reset(reset).namespace(namespace);
    options.create(name).expect("a timer").object
}

/// A call that tells who it is.
fn note(to: &Sender<char>, what: char) -> impl FnOnce() + Send + 'static {
    let to = to.clone();
    move || to.send(what).expect("the test listens")
}

fn notes(from: &Receiver<char>) -> String {
    from.try_iter().collect()
}

/// A thread that does `work`, and the handle to it.
fn worker<T: Send + 'static>(
    namespace: &Namespace,
    work: impl FnOnce() -> T + Send + 'static,
) -> (Thread, JoinHandle<T>) {
    let (to, from) = channel();
    let namespace = namespace.clone();
    let handle = std::thread::spawn(move || {
        let me = Thread::current_in(&namespace).expect("the thread");
        to.send(me).expect("the test listens");
        work()
    });
    (from.recv().expect("the thread begins"), handle)
}

fn until_waiting(scratch: &Scratch, name: &str) {
    until("a waiter", || {
        let objects = scratch.snapshot().objects;
        objects
            .iter()
            .any(|o| o.name.as_deref() == Some(name) && !o.waiters.is_empty())
    });
}

#[test]
fn calls_run_in_the_order_of_queueing_in_one_wait() {
    let (_scratch, namespace, me) = stage();
    let (to, from) = channel();
    for what in ['a', 'b', 'c'] {
        me.queue_call(note(&to, what)).expect("queue");
    }
    let again = (
        note(&to, 'e'),
        Thread::current_in(&namespace).expect("this thread"),
    );
    let last = note(&to, 'd');
    me.queue_call(move || {
        last();
        again.1.queue_call(again.0).expect("queue from a call");
    })
    .expect("queue");
    assert_eq!(notes(&from), "", "nothing runs outside of an alertable wait");
    assert_eq!(alertable::sleep(Timeout::INFINITE), Ended::Called);
    assert_eq!(notes(&from), "abcde");
    assert_eq!(alertable::sleep(Timeout::ZERO), TIMED_OUT);
}

#[test]
fn an_object_that_is_signaled_comes_before_the_calls() {
    let (_scratch, namespace, me) = stage();
    let (to, from) = channel();
    let (set, reset) = (event(&namespace, "set"), event(&namespace, "reset"));
    set.set().expect("set");
    me.queue_call(note(&to, 'a')).expect("queue");
    let both: [&dyn Waitable; 2] = [&reset, &set];
    let any = alertable::wait_any(&both, Timeout::INFINITE).expect("wait");
    assert_eq!(any, Ended::Wait(Outcome::Signaled { index: 1 }));
    assert_eq!(notes(&from), "");
    assert_eq!(alertable::wait_all(&both, Timeout::ZERO), Ok(Ended::Called));
    assert_eq!(notes(&from), "a");
    assert_eq!(alertable::wait_all(&both, Timeout::ZERO), Ok(TIMED_OUT));
    assert_eq!(
        alertable::wait_any(&[], Timeout::ZERO),
        Err(Error::NothingToWaitFor)
    );
}

#[test]
fn what_an_alertable_wait_is_interrupted_by_has_taken_nothing() {
    let (scratch, namespace, _me) = stage();
    let permits = Semaphore::options().namespace(&namespace).permits(0, 1);
    let permits = permits.create("permits").expect("a semaphore").object;
    let (waits, clone) = (event(&namespace, "never"), permits.clone());
    let (thread, handle) = worker(&namespace, move || {
        let first = alertable::wait_any(&[&waits, &clone], Timeout::INFINITE);
        (first, clone.wait(Timeout::INFINITE))
    });
    until_waiting(&scratch, "permits");
    let (to, from) = channel();
    thread.queue_call(note(&to, 'a')).expect("queue");
    // The wait is over with the queueing: the permit is left to the next.
    permits.release(1).expect("release");
    let (first, second) = handle.join().expect("the thread");
    assert_eq!(first, Ok(Ended::Called));
    assert_eq!(second, Ok(Outcome::Signaled { index: 0 }));
    assert_eq!(notes(&from), "a");
}

#[test]
fn a_wait_over_two_namespaces_is_interrupted_too() {
    let (scratch, namespace, _me) = stage();
    let (_other_scratch, other, _) = stage();
    let here = event(&namespace, "here");
    let there = event(&other, "there");
    for all in [false, true] {
        let (one, two) = (here.clone(), there.clone());
        let (thread, handle) = worker(&namespace, move || {
            let both: [&dyn Waitable; 2] = [&one, &two];
            match all {
                true => alertable::wait_all(&both, Timeout::INFINITE),
                false => alertable::wait_any(&both, Timeout::INFINITE),
            }
        });
        until_waiting(&scratch, "here");
        let (to, from) = channel();
        thread.queue_call(note(&to, 'a')).expect("queue");
        assert_eq!(handle.join().expect("the thread"), Ok(Ended::Called));
        assert_eq!(notes(&from), "a");
    }
}

#[test]
fn what_was_signaled_stays_so_when_calls_end_the_wait() {
    let (_scratch, namespace, me) = stage();
    let mutex = Mutex::options().namespace(&namespace).owned(true);
    let mutex = mutex.create("mutex").expect("a mutex").object;
    let never = event(&namespace, "never");
    let (to, from) = channel();
    me.queue_call(note(&to, 'a')).expect("queue");
    let ended = alertable::signal_and_wait(&mutex, &never, Timeout::INFINITE);
    assert_eq!(ended, Ok(Ended::Called));
    assert_eq!(notes(&from), "a");
    assert!(!mutex.state().expect("its state").owned);
}

#[test]
fn an_alert_ends_a_wait_before_the_calls() {
    let (_scratch, _namespace, me) = stage();
    let (to, from) = channel();
    me.queue_call(note(&to, 'a')).expect("queue");
    me.alert().expect("alert");
    assert_eq!(alertable::sleep(Timeout::INFINITE), Ended::Alerted);
    assert_eq!(notes(&from), "");
    assert_eq!(alertable::sleep(Timeout::INFINITE), Ended::Called);
    assert_eq!(notes(&from), "a");
}

#[test]
fn calls_of_a_thread_that_ends_are_dropped() {
    let (_scratch, namespace, _me) = stage();
    let (go, wait) = channel::<()>();
    let (thread, handle) = worker(&namespace, move || wait.recv().expect("the test goes on"));
    let (to, from) = channel();
    thread.queue_call(note(&to, 'a')).expect("queue");
    go.send(()).expect("the thread waits");
    handle.join().expect("the thread");
    assert_eq!(thread.wait(Timeout::INFINITE), Ok(Outcome::Signaled { index: 0 }));
    drop(to);
    assert!(from.recv().is_err(), "the call is dropped, not run");
    let refused = thread.queue_call(|| {});
    assert!(matches!(refused, Err(Error::NoSuchThread { .. })), "{refused:?}");
}

#[test]
fn calls_race_with_signals_and_nothing_is_lost() {
    let (_scratch, namespace, _me) = stage();
    let options = Event::options().reset(Reset::Auto).namespace(&namespace);
    let ready = options.create("ready").expect("an event").object;
    let (done, counted) = channel();
    let waits = ready.clone();
    let (thread, handle) = worker(&namespace, move || {
        let mut signals = 0;
        let mut called = 0;
        while signals < 2000 || called < 2000 {
            match alertable::wait_any(&[&waits], LONG).expect("wait") {
                Ended::Called => called += counted.try_iter().count(),
                other => {
                    assert_eq!(other, SIGNALED);
                    signals += 1;
                    // The next signal finds the waiter elsewhere now and then.
                    std::thread::yield_now();
                }
            }
        }
    });
    let setter = ready.clone();
    let signals = std::thread::spawn(move || {
        for _ in 0..2000 {
            setter.set().expect("set");
            until("the signal is taken", || {
                !setter.state().expect("its state").signaled
            });
        }
    });
    for _ in 0..2000 {
        let done = done.clone();
        thread
            .queue_call(move || done.send(()).expect("the thread counts"))
            .expect("queue");
    }
    signals.join().expect("the signals");
    handle.join().expect("the thread");
}

#[test]
fn a_timer_calls_its_setter_once_for_all_expiries_missed() {
    let (_scratch, namespace, _me) = stage();
    let timer = timer(&namespace, "t", Reset::Auto);
    let (to, from) = channel();
    let period = Duration::from_millis(5);
    let before = SystemTime::now();
    timer
        .set_calling(NOW, Some(period), move |at| {
            to.send(at).expect("the test listens")
        })
        .expect("set");
    for _ in 0..3 {
        assert_eq!(timer.wait(LONG), Ok(Outcome::Signaled { index: 0 }));
    }
    assert_eq!(alertable::sleep(Timeout::INFINITE), Ended::Called);
    let first: Vec<_> = from.try_iter().collect();
    assert!(
        first[0] >= before - Duration::from_millis(1),
        "{first:?} {before:?}"
    );
    assert!(first[0] < SystemTime::now());
    for _ in 0..3 {
        assert_eq!(alertable::sleep(Timeout::INFINITE), Ended::Called);
    }
    assert!(from.try_iter().count() >= 3);
    assert!(timer.state().expect("its state").signaled, "calls take no signal");
}

#[test]
fn setting_or_cancelling_a_timer_withdraws_its_call() {
    let (_scratch, namespace, _me) = stage();
    let timer = timer(&namespace, "t", Reset::Manual);
    let (to, from) = channel();
    let calling = |due| {
        let to = to.clone();
        timer.set_calling(due, None, move |_| to.send('a').expect("the test listens"))
    };
    calling(NOW).expect("set");
    timer.cancel().expect("cancel");
    assert_eq!(alertable::sleep(Timeout::ZERO), TIMED_OUT);
    assert!(timer.state().expect("its state").signaled);
    calling(NOW).expect("set");
    timer.set(Due::In(LONG), None).expect("set");
    assert_eq!(alertable::sleep(Timeout::ZERO), TIMED_OUT);
    // Set by another thread, which is called then, and this one is not.
    calling(NOW).expect("set");
    let other = timer.clone();
    let (_, handle) = worker(&namespace, move || {
        other.set_calling(NOW, None, |_| {}).expect("set");
        alertable::sleep(Timeout::INFINITE)
    });
    assert_eq!(handle.join().expect("the thread"), Ended::Called);
    assert_eq!(alertable::sleep(Timeout::ZERO), TIMED_OUT);
    assert_eq!(notes(&from), "");
    // The last of several counts.
    calling(Due::In(LONG)).expect("set");
    calling(NOW).expect("set");
    assert_eq!(alertable::sleep(Timeout::INFINITE), Ended::Called);
    assert_eq!(alertable::sleep(Timeout::ZERO), TIMED_OUT);
    assert_eq!(notes(&from), "a");
}

#[test]
fn setting_a_timer_tells_whether_it_was_signaled() {
    let (_scratch, namespace, _me) = stage();
    let timer = timer(&namespace, "t", Reset::Manual);
    assert_eq!(timer.set_previous(NOW, None), Ok(false));
    assert_eq!(timer.wait(LONG), Ok(Outcome::Signaled { index: 0 }));
    assert_eq!(timer.set_calling_previous(NOW, None, |_| {}), Ok(true));
    assert_eq!(alertable::sleep(Timeout::INFINITE), Ended::Called);
    assert_eq!(timer.set_calling_previous(Due::In(LONG), None, |_| {}), Ok(true));
    assert_eq!(timer.set_previous(Due::In(LONG), None), Ok(false));
    assert_eq!(timer.cancel_previous(), Ok(false));
}

#[test]
fn expiries_and_calls_run_in_the_order_in_which_they_came() {
    let (_scratch, namespace, me) = stage();
    let (to, from) = channel();
    let timers: Vec<Timer> = ["x", "y"]
        .map(|name| timer(&namespace, name, Reset::Manual))
        .into();
    me.queue_call(note(&to, 'a')).expect("queue");
    for (timer, (due, what)) in timers.iter().zip([(20, 'y'), (10, 'x')]) {
        let to = to.clone();
        let due = Due::In(Duration::from_millis(due));
        let callee = move |_| to.send(what).expect("the test listens");
        timer.set_calling(due, None, callee).expect("set");
    }
    for timer in &timers {
        assert_eq!(timer.wait(LONG), Ok(Outcome::Signaled { index: 0 }));
    }
    me.queue_call(note(&to, 'z')).expect("queue");
    assert_eq!(alertable::sleep(Timeout::INFINITE), Ended::Called);
    assert_eq!(notes(&from), "axyz");
}

#[test]
fn a_routine_keeps_its_timer_and_no_longer_than_it_must() {
    let (scratch, namespace, _me) = stage();
    let there = || {
        scratch
            .snapshot()
            .objects
            .iter()
            .any(|o| o.name.as_deref() == Some("t"))
    };
    let one = timer(&namespace, "t", Reset::Manual);
    one.set_calling(Due::In(Duration::from_millis(5)), None, |_| {})
        .expect("set");
    drop(one);
    assert!(there());
    assert_eq!(alertable::sleep(Timeout::INFINITE), Ended::Called);
    assert!(!there());
    let two = timer(&namespace, "t", Reset::Manual);
    two.set_calling(Due::In(LONG), None, |_| {}).expect("set");
    two.cancel().expect("cancel");
    drop(two);
    assert!(!there());
}
