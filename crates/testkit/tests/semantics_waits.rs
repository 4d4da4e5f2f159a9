//! Waits for any and for all, and signal-and-wait: on threads, across processes, and mixed.

use intersync::MAXIMUM_WAIT_OBJECTS;
use testkit::prelude::*;
use testkit::scratch::Scratch;

fn is_signaled(actor: &Actor, handle: &str) -> bool {
    actor
        .state(handle)
        .map(State::signaled)
        .expect("the state of an event")
}

/// Makes an auto-reset event for each name, unsignaled, and opens them for the others.
fn events(creator: &Actor, others: &[&Actor], names: &[&str]) {
    for name in names {
        assert_eq!(creator.event(name, Reset::Auto, false), Ok(false));
        for other in others {
            assert_eq!(other.open(Kind::Event, name), DONE);
        }
    }
}

semantics! {
    fn the_lowest_signaled_index_wins_and_only_that_object_changes(stage) {
        let [setter, waiter] = stage.actors();
        events(&setter, &[&waiter], &["a", "b", "c"]);
        for name in ["c", "b"] {
            assert_eq!(setter.set(name), DONE);
        }
        assert_eq!(waiter.wait_any(&["a", "b", "c"], Timeout::INFINITE), signaled(1));
        assert_eq!([is_signaled(&setter, "b"), is_signaled(&setter, "c")], [false, true]);
        assert_eq!(waiter.wait_any(&["a", "b", "c"], Timeout::INFINITE), signaled(2));
        assert_eq!(waiter.wait_any(&["a", "b", "c"], Timeout::ZERO), TIMED_OUT);
    }

    fn all_four_kinds_can_be_waited_for_together(stage) {
        let [setter, waiter] = stage.actors();
        assert_eq!(setter.event("event", Reset::Auto, false), Ok(false));
        assert_eq!(setter.mutex("mutex", true), Ok(false));
        assert_eq!(setter.semaphore("semaphore", 0, 1), Ok(false));
        assert_eq!(setter.timer("timer", Reset::Auto), Ok(false));
        let names = ["event", "mutex", "semaphore", "timer"];
        for name in names {
            assert_eq!(waiter.open_any(name), DONE);
        }
        let any = waiter.begin_wait_any(&names, Timeout::INFINITE);
        for name in names {
            stage.until_waiting(name, 1);
        }
        assert_eq!(setter.release_permits("semaphore", 1), Ok(0));
        assert_eq!(any.outcome(), signaled(2));
        for name in names {
            assert_eq!(stage.scratch.waiters(name), []);
        }
        let all = waiter.begin_wait_all(&names, Timeout::INFINITE);
        for name in names {
            stage.until_waiting(name, 1);
        }
        assert_eq!(setter.set_timer("timer", Due::In(Duration::ZERO), None), DONE);
        assert_eq!(setter.set("event"), DONE);
        assert_eq!(setter.release_permits("semaphore", 1), Ok(0));
        assert_eq!(stage.scratch.waiters("event").len(), 1);
        assert_eq!(setter.release("mutex"), DONE);
        assert_eq!(all.outcome(), SIGNALED);
        assert_eq!(waiter.state("mutex"), mine(1));
        assert_eq!(waiter.state("semaphore"), Ok(State::Semaphore { count: 0, maximum: 1 }));
        assert_eq!([is_signaled(&setter, "event"), is_signaled(&setter, "timer")], [false, false]);
    }

    fn the_object_signaled_first_wins_while_blocked(stage) {
        let [setter, waiter] = stage.actors();
        events(&setter, &[&waiter], &["a", "b"]);
        let wait = waiter.begin_wait_any(&["a", "b"], Timeout::INFINITE);
        stage.until_waiting("a", 1);
        stage.until_waiting("b", 1);
        assert_eq!(setter.set("b"), DONE);
        assert_eq!(setter.set("a"), DONE);
        assert_eq!(wait.outcome(), signaled(1));
        assert_eq!([is_signaled(&setter, "a"), is_signaled(&setter, "b")], [true, false]);
    }

    fn duplicates_in_a_wait_for_any_report_the_lowest_index_and_take_once(stage) {
        let [setter, waiter] = stage.actors();
        assert_eq!(setter.semaphore("s", 1, 5), Ok(false));
        assert_eq!(waiter.open(Kind::Semaphore, "s"), DONE);
        assert_eq!(waiter.copy("s", "same"), DONE);
        assert_eq!(waiter.wait_any(&["s", "same", "s"], Timeout::INFINITE), signaled(0));
        assert_eq!(waiter.wait_any(&["s", "same", "s"], Timeout::ZERO), TIMED_OUT);
        let wait = waiter.begin_wait_any(&["s", "same", "s"], Timeout::INFINITE);
        until("the waiter is queued", || !stage.scratch.waiters("s").is_empty());
        assert_eq!(setter.release_permits("s", 2), Ok(0));
        assert_eq!(wait.outcome().map(|outcome| outcome.is_satisfied()), Ok(true));
        assert_eq!(setter.state("s"), Ok(State::Semaphore { count: 1, maximum: 5 }));
    }

    fn an_owned_mutex_counts_as_signaled_and_gains_a_level(stage) {
        let [owner] = stage.actors();
        events(&owner, &[], &["never"]);
        assert_eq!(owner.mutex("m", true), Ok(false));
        assert_eq!(owner.wait_any(&["never", "m"], Timeout::ZERO), signaled(1));
        assert_eq!(owner.wait_any(&["m", "m"], Timeout::ZERO), signaled(0));
        assert_eq!(owner.state("m"), mine(3));
        assert_eq!(owner.wait_all(&["never", "m"], Timeout::ZERO), TIMED_OUT);
        assert_eq!(owner.state("m"), mine(3));
        assert_eq!(owner.set("never"), DONE);
        assert_eq!(owner.wait_all(&["never", "m"], Timeout::ZERO), SIGNALED);
        assert_eq!(owner.state("m"), mine(4));
    }

    fn an_owned_mutex_counts_as_signaled_in_a_wait_for_all_that_blocks(stage) {
        let [setter, owner] = stage.actors();
        events(&setter, &[&owner], &["e"]);
        assert_eq!(owner.mutex("m", true), Ok(false));
        let wait = owner.begin_wait_all(&["m", "e"], Timeout::INFINITE);
        stage.until_waiting("e", 1);
        assert_eq!(setter.set("e"), DONE);
        assert_eq!(wait.outcome(), SIGNALED);
        assert_eq!(owner.state("m"), mine(2));
    }

    fn a_wait_for_all_takes_nothing_until_it_can_take_everything(stage) {
        let [setter, waiter] = stage.actors();
        events(&setter, &[&waiter], &["a", "b"]);
        assert_eq!(setter.semaphore("s", 1, 1), Ok(false));
        assert_eq!(waiter.open(Kind::Semaphore, "s"), DONE);
        assert_eq!(setter.mutex("m", false), Ok(false));
        assert_eq!(waiter.open(Kind::Mutex, "m"), DONE);
        let all = waiter.begin_wait_all(&["a", "s", "m", "b"], Timeout::INFINITE);
        for name in ["a", "s", "m", "b"] {
            stage.until_waiting(name, 1);
        }
        assert_eq!(setter.set("a"), DONE);
        // Others may still take all of them.
        assert_eq!(setter.poll("a"), SIGNALED);
        assert_eq!(setter.poll("s"), SIGNALED);
        assert_eq!(setter.poll("m"), SIGNALED);
        assert_eq!(setter.set("b"), DONE);
        assert_eq!(setter.set("a"), DONE);
        assert_eq!(setter.release_permits("s", 1), Ok(0));
        assert_eq!(stage.scratch.waiters("a").len(), 1);
        assert_eq!(setter.release("m"), DONE);
        assert_eq!(all.outcome(), SIGNALED);
        assert_eq!([is_signaled(&setter, "a"), is_signaled(&setter, "b")], [false, false]);
        assert_eq!(setter.poll("s"), TIMED_OUT);
        assert_eq!(waiter.state("m"), mine(1));
    }

    fn signals_at_different_times_do_not_complete_a_wait_for_all(stage) {
        let [setter, waiter] = stage.actors();
        events(&setter, &[&waiter], &["a", "b"]);
        let all = waiter.begin_wait_all(&["a", "b"], Timeout::INFINITE);
        stage.until_waiting("a", 1);
        stage.until_waiting("b", 1);
        for name in ["a", "b", "a"] {
            assert_eq!(setter.set(name), DONE);
            assert_eq!(setter.poll(name), SIGNALED);
            assert_eq!(stage.scratch.waiters(name).len(), 1);
        }
        assert_eq!(setter.set("a"), DONE);
        assert_eq!(setter.set("b"), DONE);
        assert_eq!(all.outcome(), SIGNALED);
    }

    fn a_wait_for_all_that_times_out_takes_nothing(stage) {
        let [setter, waiter] = stage.actors();
        events(&setter, &[&waiter], &["a", "b"]);
        assert_eq!(setter.set("a"), DONE);
        assert_eq!(waiter.wait_all(&["a", "b"], Timeout::ZERO), TIMED_OUT);
        assert_eq!(waiter.wait_all(&["a", "b"], SHORT.into()), TIMED_OUT);
        assert_eq!(stage.scratch.waiters("a"), []);
        assert_eq!([is_signaled(&setter, "a"), is_signaled(&setter, "b")], [true, false]);
    }

    fn an_incomplete_wait_for_all_is_passed_over(stage) {
        let [setter, patient, quick] = stage.actors();
        events(&setter, &[&patient, &quick], &["a", "b"]);
        let all = patient.begin_wait_all(&["a", "b"], Timeout::INFINITE);
        stage.until_waiting("a", 1);
        stage.until_waiting("b", 1);
        let one = quick.begin_wait("a", Timeout::INFINITE);
        stage.until_waiting("a", 2);
        assert_eq!(setter.set("a"), DONE);
        assert_eq!(one.outcome(), SIGNALED);
        stage.until_waiting("a", 1);
        assert_eq!(setter.set("b"), DONE);
        assert!(is_signaled(&setter, "b"));
        assert_eq!(setter.set("a"), DONE);
        assert_eq!(all.outcome(), SIGNALED);
    }

    fn overlapping_waits_for_all_hold_no_part_of_their_sets(stage) {
        let [setter, one, two, three] = stage.actors();
        let forks = ["x", "y", "z"];
        events(&setter, &[&one, &two, &three], &forks);
        let first = one.begin_wait_all(&["x", "y"], Timeout::INFINITE);
        stage.until_waiting("y", 1);
        let second = two.begin_wait_all(&["y", "z"], Timeout::INFINITE);
        stage.until_waiting("z", 1);
        let third = three.begin_wait_all(&["z", "x"], Timeout::INFINITE);
        for name in forks {
            stage.until_waiting(name, 2);
            assert_eq!(setter.set(name), DONE);
        }
        // With x, y and then z signaled, the wait for x and y was complete first.
        assert_eq!(first.outcome(), SIGNALED);
        assert_eq!(setter.set("y"), DONE);
        assert_eq!(second.outcome(), SIGNALED);
        assert_eq!(setter.set("z"), DONE);
        assert_eq!(setter.set("x"), DONE);
        assert_eq!(third.outcome(), SIGNALED);
        assert_eq!(forks.map(|name| is_signaled(&setter, name)), [false; 3]);
    }

    fn a_manual_reset_event_completes_several_waits_for_all(stage) {
        let [setter, one, two] = stage.actors();
        assert_eq!(setter.event("start", Reset::Manual, false), Ok(false));
        assert_eq!(setter.semaphore("s", 2, 2), Ok(false));
        for waiter in [&one, &two] {
            assert_eq!(waiter.open(Kind::Event, "start"), DONE);
            assert_eq!(waiter.open(Kind::Semaphore, "s"), DONE);
        }
        let waits = [&one, &two].map(|waiter| waiter.begin_wait_all(&["start", "s"], Timeout::INFINITE));
        stage.until_waiting("start", 2);
        stage.until_waiting("s", 2);
        assert_eq!(setter.set("start"), DONE);
        for wait in waits {
            assert_eq!(wait.outcome(), SIGNALED);
        }
        assert_eq!(setter.state("s"), Ok(State::Semaphore { count: 0, maximum: 2 }));
    }

    fn a_wait_for_all_with_an_abandoned_mutex_owns_all_and_is_told_once(stage) {
        let [dying, other, waiter] = stage.actors();
        for name in ["m", "n"] {
            assert_eq!(dying.mutex(name, true), Ok(false));
            assert_eq!(waiter.open(Kind::Mutex, name), DONE);
        }
        assert_eq!(other.mutex("fine", false), Ok(false));
        assert_eq!(waiter.open(Kind::Mutex, "fine"), DONE);
        let wait = waiter.begin_wait_all(&["fine", "m", "n"], Timeout::INFINITE);
        stage.until_waiting("m", 1);
        stage.until_waiting("n", 1);
        dying.end_thread();
        assert_eq!(wait.outcome(), ABANDONED);
        for name in ["fine", "m", "n"] {
            assert_eq!(waiter.state(name), mine(1));
        }
    }

    fn the_same_object_twice_in_a_wait_for_all_is_refused(stage) {
        let [actor] = stage.actors();
        events(&actor, &[], &["a", "b"]);
        assert_eq!(actor.copy("a", "copy"), DONE);
        assert_eq!(actor.open_as("opened", Kind::Event, "a", None), DONE);
        assert_eq!(actor.set("a"), DONE);
        assert_eq!(actor.set("b"), DONE);
        for twice in [["a", "a", "b"], ["a", "b", "a"], ["a", "b", "copy"], ["opened", "b", "a"]] {
            assert_eq!(refused(actor.wait_all(&twice, Timeout::ZERO)), "DuplicateObject");
        }
        assert_eq!([is_signaled(&actor, "a"), is_signaled(&actor, "b")], [true, true]);
    }

    fn a_wait_for_nothing_or_for_too_much_is_refused(stage) {
        let [actor] = stage.actors();
        events(&actor, &[], &["e"]);
        assert_eq!(actor.set("e"), DONE);
        let many = vec!["e"; MAXIMUM_WAIT_OBJECTS + 1];
        assert_eq!(refused(actor.wait_any(&[], Timeout::INFINITE)), "NothingToWaitFor");
        assert_eq!(refused(actor.wait_all(&[], Timeout::INFINITE)), "NothingToWaitFor");
        assert_eq!(refused(actor.wait_any(&many, Timeout::INFINITE)), "TooManyObjects");
        assert_eq!(refused(actor.wait_all(&many, Timeout::INFINITE)), "TooManyObjects");
        assert!(is_signaled(&actor, "e"));
    }

    fn one_wait_can_have_1024_objects(stage) {
        let [setter, waiter] = stage.actors();
        let names: Vec<String> = (0..MAXIMUM_WAIT_OBJECTS).map(|number| format!("e{number}")).collect();
        let list: Vec<&str> = names.iter().map(String::as_str).collect();
        events(&setter, &[&waiter], &list);
        let last = *list.last().expect("a last one");
        let any = waiter.begin_wait_any(&list, Timeout::INFINITE);
        stage.until_waiting(last, 1);
        assert_eq!(setter.set(last), DONE);
        assert_eq!(any.outcome(), signaled(MAXIMUM_WAIT_OBJECTS - 1));
        let all = waiter.begin_wait_all(&list, Timeout::INFINITE);
        stage.until_waiting(last, 1);
        for name in &list {
            assert_eq!(setter.set(name), DONE);
        }
        assert_eq!(all.outcome(), SIGNALED);
        assert_eq!(waiter.wait_any(&list, Timeout::ZERO), TIMED_OUT);
    }

    fn a_wait_can_span_two_namespaces(stage) {
        let [setter, waiter] = stage.actors();
        let second = Scratch::new();
        let there = Some(second.base());
        events(&setter, &[&waiter], &["near"]);
        let sort = Sort::Event { manual: false, signaled: false };
        let at = CreateOptions { at: there.map(Into::into), ..CreateOptions::default() };
        assert_eq!(setter.create_with("far", sort, at), Ok(false));
        assert_eq!(waiter.open_as("far", Kind::Event, "far", there), DONE);
        let both = ["near", "far"];
        for (set, index) in [("near", 0), ("far", 1)] {
            assert_eq!(waiter.wait_any(&both, Timeout::ZERO), TIMED_OUT);
            let any = waiter.begin_wait_any(&both, Timeout::INFINITE);
            stage.until_waiting("near", 1);
            second.until_waiting("far", 1);
            assert_eq!(setter.set(set), DONE);
            assert_eq!(any.outcome(), signaled(index));
        }
        let all = waiter.begin_wait_all(&both, Timeout::INFINITE);
        stage.until_waiting("near", 1);
        second.until_waiting("far", 1);
        assert_eq!(setter.set("far"), DONE);
        assert_eq!(setter.set("near"), DONE);
        assert_eq!(all.outcome(), SIGNALED);
        assert_eq!(both.map(|name| is_signaled(&setter, name)), [false, false]);
        assert_eq!(setter.set("far"), DONE);
        assert_eq!(waiter.wait_all(&both, SHORT.into()), TIMED_OUT);
        assert_eq!(both.map(|name| is_signaled(&setter, name)), [false, true]);
        second.audit().unwrap_or_else(|broken| panic!("{broken}"));
    }

    fn waiters_of_a_killed_process_leave_the_queues(stage) {
        let [setter, survivor] = stage.actors();
        let victim = stage.process();
        events(&setter, &[&survivor, &victim], &["a", "b"]);
        let lost = victim.begin_wait_any(&["a", "b"], Timeout::INFINITE);
        stage.until_waiting("a", 1);
        stage.until_waiting("b", 1);
        let wait = survivor.begin_wait("b", Timeout::INFINITE);
        stage.until_waiting("b", 2);
        let pid = victim.child_pid();
        victim.kill_process();
        stage.scratch.until_reaped(pid);
        assert_eq!(stage.scratch.waiters("a"), []);
        assert_eq!(stage.scratch.waiters("b").len(), 1);
        assert_eq!(setter.set("b"), DONE);
        assert_eq!(wait.outcome(), SIGNALED);
        assert_eq!(setter.set("a"), DONE);
        assert!(is_signaled(&setter, "a"));
        drop(lost);
    }

    fn a_signal_handed_to_a_process_that_dies_before_it_knows_is_given_back(stage) {
        let [setter] = stage.actors();
        let victim = stage.process();
        events(&setter, &[&victim], &["e"]);
        assert_eq!(setter.semaphore("s", 0, 5), Ok(false));
        assert_eq!(victim.open(Kind::Semaphore, "s"), DONE);
        let sibling = victim.troupe().actor();
        assert_eq!(sibling.open(Kind::Semaphore, "s"), DONE);
        let lost = [victim.begin_wait("e", Timeout::INFINITE), sibling.begin_wait("s", Timeout::INFINITE)];
        stage.until_waiting("e", 1);
        stage.until_waiting("s", 1);
        victim.stop_process();
        assert_eq!(setter.set("e"), DONE);
        assert_eq!(setter.poll("e"), TIMED_OUT);
        assert_eq!(setter.release_permits("s", 2), Ok(0));
        victim.kill_process();
        assert_eq!(setter.wait("e", Timeout::INFINITE), SIGNALED);
        until("the permit is back", || {
            setter.state("s") == Ok(State::Semaphore { count: 2, maximum: 5 })
        });
        drop(lost);
    }

    fn signal_and_wait_does_both(stage) {
        let [one, two] = stage.actors();
        events(&one, &[&two], &["ping", "pong"]);
        assert_eq!(one.semaphore("s", 0, 2), Ok(false));
        assert_eq!(one.mutex("m", true), Ok(false));
        assert_eq!(two.open(Kind::Mutex, "m"), DONE);
        let reply = two.begin_signal_and_wait("ping", "pong", Timeout::INFINITE);
        assert_eq!(one.wait("ping", Timeout::INFINITE), SIGNALED);
        stage.until_waiting("pong", 1);
        assert_eq!(one.set("pong"), DONE);
        assert_eq!(reply.outcome(), SIGNALED);
        assert_eq!(one.signal_and_wait("s", "ping", Timeout::ZERO), TIMED_OUT);
        // The signal stays done when the wait times out.
        assert_eq!(one.state("s"), Ok(State::Semaphore { count: 1, maximum: 2 }));
        let wait = two.begin_wait("m", Timeout::INFINITE);
        stage.until_waiting("m", 1);
        assert_eq!(one.signal_and_wait("m", "s", Timeout::INFINITE), SIGNALED);
        assert_eq!(wait.outcome(), SIGNALED);
        assert_eq!(one.state("m"), foreign(1));
    }

    fn signal_and_wait_on_one_object_works(stage) {
        let [actor, other] = stage.actors();
        events(&actor, &[], &["e"]);
        assert_eq!(actor.semaphore("s", 1, 2), Ok(false));
        assert_eq!(actor.mutex("m", true), Ok(false));
        assert_eq!(other.open(Kind::Mutex, "m"), DONE);
        assert_eq!(actor.signal_and_wait("e", "e", Timeout::ZERO), SIGNALED);
        assert!(!is_signaled(&actor, "e"));
        assert_eq!(actor.signal_and_wait("s", "s", Timeout::ZERO), SIGNALED);
        assert_eq!(actor.state("s"), Ok(State::Semaphore { count: 1, maximum: 2 }));
        assert_eq!(actor.signal_and_wait("m", "m", Timeout::ZERO), SIGNALED);
        assert_eq!(actor.state("m"), mine(1));
        let wait = other.begin_wait("m", Timeout::INFINITE);
        stage.until_waiting("m", 1);
        assert_eq!(actor.signal_and_wait("m", "m", Timeout::ZERO), TIMED_OUT);
        assert_eq!(wait.outcome(), SIGNALED);
        assert_eq!(actor.state("m"), foreign(1));
    }

    fn signal_and_wait_that_cannot_signal_waits_for_nothing(stage) {
        let [actor, other] = stage.actors();
        assert_eq!(actor.event("set", Reset::Auto, true), Ok(false));
        assert_eq!(actor.semaphore("full", 2, 2), Ok(false));
        assert_eq!(other.mutex("theirs", true), Ok(false));
        assert_eq!(actor.open(Kind::Mutex, "theirs"), DONE);
        assert_eq!(actor.mutex("nobody's", false), Ok(false));
        assert_eq!(actor.timer("timer", Reset::Auto), Ok(false));
        for (signal, error) in
            [("full", "OverMaximum"), ("theirs", "NotOwner"), ("nobody's", "NotOwner")]
        {
            assert_eq!(refused(actor.signal_and_wait(signal, "set", Timeout::ZERO)), error);
        }
        let refusal = refused(actor.signal_and_wait("timer", "set", Timeout::ZERO));
        assert_ne!(refusal, "Panic");
        assert!(is_signaled(&actor, "set"));
        assert_eq!(actor.state("full"), Ok(State::Semaphore { count: 2, maximum: 2 }));
    }

    fn signal_and_wait_is_told_of_an_abandoned_mutex(stage) {
        let [dying, actor] = stage.actors();
        events(&actor, &[], &["e"]);
        assert_eq!(dying.mutex("m", true), Ok(false));
        assert_eq!(actor.open(Kind::Mutex, "m"), DONE);
        dying.end_thread();
        assert_eq!(actor.signal_and_wait("e", "m", Timeout::INFINITE), ABANDONED);
        assert!(is_signaled(&actor, "e"));
        assert_eq!(actor.state("m"), mine(1));
    }
}
