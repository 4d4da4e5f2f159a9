//! Events: on threads, across processes, and mixed.

use testkit::prelude::*;

const UNSIGNALED: Result<bool, Failure> = Ok(false);

fn is_signaled(actor: &Actor, handle: &str) -> Result<bool, Failure> {
    actor.state(handle).map(State::signaled)
}

semantics! {
    fn a_new_event_is_what_its_creator_says(stage) {
        let [creator, other] = stage.actors();
        for (name, reset, signaled) in [
            ("auto", Reset::Auto, false),
            ("auto set", Reset::Auto, true),
            ("manual", Reset::Manual, false),
            ("manual set", Reset::Manual, true),
        ] {
            assert_eq!(creator.event(name, reset, signaled), Ok(false));
            assert_eq!(other.open(Kind::Event, name), DONE);
            let manual = reset == Reset::Manual;
            assert_eq!(other.state(name), Ok(State::Event { manual, signaled }));
            assert_eq!(other.poll(name), if signaled { SIGNALED } else { TIMED_OUT });
            assert_eq!(other.poll(name), if signaled && manual { SIGNALED } else { TIMED_OUT });
        }
    }

    fn an_existing_event_keeps_its_kind_and_state(stage) {
        let [first, second] = stage.actors();
        assert_eq!(first.event("e", Reset::Manual, true), Ok(false));
        assert_eq!(second.event("e", Reset::Auto, false), Ok(true));
        assert_eq!(second.state("e"), Ok(State::Event { manual: true, signaled: true }));
        assert_eq!(second.reset("e"), DONE);
        assert_eq!(is_signaled(&first, "e"), UNSIGNALED);
    }

    fn setting_a_manual_reset_event_lets_everybody_through_and_stays(stage) {
        let [setter, one, two, three] = stage.actors();
        assert_eq!(setter.event("e", Reset::Manual, false), Ok(false));
        for waiter in [&one, &two, &three] {
            assert_eq!(waiter.open(Kind::Event, "e"), DONE);
        }
        let waits = [&one, &two, &three].map(|waiter| waiter.begin_wait("e", Timeout::INFINITE));
        stage.until_waiting("e", 3);
        assert_eq!(setter.set("e"), DONE);
        for wait in waits {
            assert_eq!(wait.outcome(), SIGNALED);
        }
        assert_eq!(is_signaled(&one, "e"), Ok(true));
        assert_eq!(setter.set("e"), DONE);
        assert_eq!(two.poll("e"), SIGNALED);
        assert_eq!(setter.reset("e"), DONE);
        assert_eq!(two.poll("e"), TIMED_OUT);
    }

    fn setting_an_auto_reset_event_lets_exactly_one_waiter_through(stage) {
        let [setter, one, two] = stage.actors();
        assert_eq!(setter.event("e", Reset::Auto, false), Ok(false));
        for waiter in [&one, &two] {
            assert_eq!(waiter.open(Kind::Event, "e"), DONE);
        }
        let first = one.begin_wait("e", Timeout::INFINITE);
        stage.until_waiting("e", 1);
        let second = two.begin_wait("e", Timeout::INFINITE);
        stage.until_waiting("e", 2);
        assert_eq!(setter.set("e"), DONE);
        // The signal has been handed over: the setter itself finds nothing left.
        assert_eq!(setter.poll("e"), TIMED_OUT);
        assert_eq!(first.outcome(), SIGNALED);
        stage.until_waiting("e", 1);
        assert_eq!(setter.set("e"), DONE);
        assert_eq!(second.outcome(), SIGNALED);
        assert_eq!(is_signaled(&setter, "e"), UNSIGNALED);
    }

    fn waiters_are_served_in_the_order_they_came(stage) {
        let actors: [Actor; 4] = stage.actors();
        let [setter, waiters @ ..] = &actors;
        assert_eq!(setter.event("e", Reset::Auto, false), Ok(false));
        let mut waits = Vec::new();
        for (already, waiter) in waiters.iter().enumerate() {
            assert_eq!(waiter.open(Kind::Event, "e"), DONE);
            waits.push(waiter.begin_wait("e", Timeout::INFINITE));
            stage.until_waiting("e", already + 1);
        }
        let queue = stage.scratch.waiters("e");
        for (served, wait) in waits.into_iter().enumerate() {
            assert_eq!(setter.set("e"), DONE);
            assert_eq!(wait.outcome(), SIGNALED);
            stage.until_waiting("e", waiters.len() - served - 1);
            assert_eq!(stage.scratch.waiters("e"), queue[served + 1..]);
        }
    }

    fn a_set_auto_reset_event_keeps_one_signal_for_one_wait(stage) {
        let [setter, waiter] = stage.actors();
        assert_eq!(setter.event("e", Reset::Auto, false), Ok(false));
        assert_eq!(waiter.open(Kind::Event, "e"), DONE);
        assert_eq!(setter.set("e"), DONE);
        assert_eq!(setter.set("e"), DONE);
        assert_eq!(is_signaled(&waiter, "e"), Ok(true));
        assert_eq!(waiter.poll("e"), SIGNALED);
        assert_eq!(waiter.poll("e"), TIMED_OUT);
        assert_eq!(setter.poll("e"), TIMED_OUT);
    }

    fn two_sets_in_a_row_let_two_waiters_through(stage) {
        let [setter, one, two] = stage.actors();
        assert_eq!(setter.event("e", Reset::Auto, false), Ok(false));
        for waiter in [&one, &two] {
            assert_eq!(waiter.open(Kind::Event, "e"), DONE);
        }
        let waits = [&one, &two].map(|waiter| waiter.begin_wait("e", Timeout::INFINITE));
        stage.until_waiting("e", 2);
        assert_eq!(setter.set("e"), DONE);
        assert_eq!(setter.set("e"), DONE);
        for wait in waits {
            assert_eq!(wait.outcome(), SIGNALED);
        }
        assert_eq!(is_signaled(&setter, "e"), UNSIGNALED);
    }

    fn a_set_followed_by_a_reset_lets_everybody_through_who_was_blocked(stage) {
        let [setter, one, two] = stage.actors();
        assert_eq!(setter.event("e", Reset::Manual, false), Ok(false));
        for waiter in [&one, &two] {
            assert_eq!(waiter.open(Kind::Event, "e"), DONE);
        }
        let waits = [&one, &two].map(|waiter| waiter.begin_wait("e", Timeout::INFINITE));
        stage.until_waiting("e", 2);
        assert_eq!(setter.set("e"), DONE);
        assert_eq!(setter.reset("e"), DONE);
        assert_eq!(setter.poll("e"), TIMED_OUT);
        for wait in waits {
            assert_eq!(wait.outcome(), SIGNALED);
        }
    }

    fn a_set_followed_by_a_reset_lets_one_waiter_of_an_auto_reset_event_through(stage) {
        let [setter, one, two] = stage.actors();
        assert_eq!(setter.event("e", Reset::Auto, false), Ok(false));
        for waiter in [&one, &two] {
            assert_eq!(waiter.open(Kind::Event, "e"), DONE);
        }
        let first = one.begin_wait("e", Timeout::INFINITE);
        stage.until_waiting("e", 1);
        let second = two.begin_wait("e", Timeout::INFINITE);
        stage.until_waiting("e", 2);
        assert_eq!(setter.set("e"), DONE);
        assert_eq!(setter.reset("e"), DONE);
        assert_eq!(first.outcome(), SIGNALED);
        stage.until_waiting("e", 1);
        assert_eq!(setter.set("e"), DONE);
        assert_eq!(second.outcome(), SIGNALED);
    }

    fn resetting_an_unsignaled_event_changes_nothing(stage) {
        let [actor] = stage.actors();
        assert_eq!(actor.event("e", Reset::Manual, false), Ok(false));
        assert_eq!(actor.reset("e"), DONE);
        assert_eq!(is_signaled(&actor, "e"), UNSIGNALED);
    }

    fn a_pulse_lets_everybody_through_a_manual_reset_event_and_ends_unsignaled(stage) {
        let [pulser, one, two] = stage.actors();
        assert_eq!(pulser.event("e", Reset::Manual, false), Ok(false));
        for waiter in [&one, &two] {
            assert_eq!(waiter.open(Kind::Event, "e"), DONE);
        }
        let waits = [&one, &two].map(|waiter| waiter.begin_wait("e", Timeout::INFINITE));
        stage.until_waiting("e", 2);
        assert_eq!(pulser.pulse("e"), DONE);
        assert_eq!(pulser.poll("e"), TIMED_OUT);
        for wait in waits {
            assert_eq!(wait.outcome(), SIGNALED);
        }
        assert_eq!(is_signaled(&one, "e"), UNSIGNALED);
    }

    fn a_pulse_lets_one_waiter_through_an_auto_reset_event(stage) {
        let [pulser, one, two] = stage.actors();
        assert_eq!(pulser.event("e", Reset::Auto, false), Ok(false));
        for waiter in [&one, &two] {
            assert_eq!(waiter.open(Kind::Event, "e"), DONE);
        }
        let first = one.begin_wait("e", Timeout::INFINITE);
        stage.until_waiting("e", 1);
        let second = two.begin_wait("e", Timeout::INFINITE);
        stage.until_waiting("e", 2);
        assert_eq!(pulser.pulse("e"), DONE);
        assert_eq!(first.outcome(), SIGNALED);
        stage.until_waiting("e", 1);
        assert_eq!(is_signaled(&pulser, "e"), UNSIGNALED);
        assert_eq!(pulser.pulse("e"), DONE);
        assert_eq!(second.outcome(), SIGNALED);
    }

    fn a_pulse_without_waiters_takes_the_signal_away(stage) {
        let [pulser, waiter] = stage.actors();
        for (name, reset) in [("auto", Reset::Auto), ("manual", Reset::Manual)] {
            assert_eq!(pulser.event(name, reset, true), Ok(false));
            assert_eq!(waiter.open(Kind::Event, name), DONE);
            assert_eq!(pulser.pulse(name), DONE);
            assert_eq!(waiter.poll(name), TIMED_OUT);
            assert_eq!(pulser.pulse(name), DONE);
            assert_eq!(waiter.poll(name), TIMED_OUT);
        }
    }

    fn a_pulse_passes_over_a_wait_for_all_that_is_not_complete(stage) {
        let [pulser, waiter] = stage.actors();
        for name in ["pulsed", "other"] {
            assert_eq!(pulser.event(name, Reset::Manual, false), Ok(false));
            assert_eq!(waiter.open(Kind::Event, name), DONE);
        }
        let wait = waiter.begin_wait_all(&["pulsed", "other"], Timeout::INFINITE);
        stage.until_waiting("pulsed", 1);
        stage.until_waiting("other", 1);
        assert_eq!(pulser.pulse("pulsed"), DONE);
        assert_eq!(stage.scratch.waiters("pulsed").len(), 1);
        assert_eq!(pulser.set("other"), DONE);
        // The pulse is lost for it: `pulsed` is not signaled any more.
        assert_eq!(stage.scratch.waiters("other").len(), 1);
        assert_eq!(pulser.pulse("pulsed"), DONE);
        assert_eq!(wait.outcome(), SIGNALED);
        assert_eq!(is_signaled(&pulser, "pulsed"), UNSIGNALED);
        assert_eq!(is_signaled(&pulser, "other"), Ok(true));
    }

    fn a_wait_that_times_out_is_not_early_and_takes_nothing(stage) {
        let [setter, waiter] = stage.actors();
        assert_eq!(setter.event("e", Reset::Auto, false), Ok(false));
        assert_eq!(waiter.open(Kind::Event, "e"), DONE);
        let start = std::time::Instant::now();
        assert_eq!(waiter.wait("e", SHORT.into()), TIMED_OUT);
        assert!(start.elapsed() >= SHORT);
        assert_eq!(stage.scratch.waiters("e"), []);
        assert_eq!(setter.set("e"), DONE);
        assert_eq!(is_signaled(&waiter, "e"), Ok(true));
        assert_eq!(waiter.wait("e", SHORT.into()), SIGNALED);
    }

    fn a_finite_wait_ends_with_the_signal(stage) {
        let [setter, waiter] = stage.actors();
        assert_eq!(setter.event("e", Reset::Auto, false), Ok(false));
        assert_eq!(waiter.open(Kind::Event, "e"), DONE);
        let wait = waiter.begin_wait("e", LONG.into());
        stage.until_waiting("e", 1);
        assert_eq!(setter.set("e"), DONE);
        assert_eq!(wait.outcome(), SIGNALED);
    }

    fn calls_for_other_kinds_do_not_reach_an_event(stage) {
        let [actor] = stage.actors();
        assert_eq!(actor.event("e", Reset::Auto, false), Ok(false));
        for kind in [Kind::Mutex, Kind::Semaphore, Kind::Timer] {
            assert_eq!(refused(actor.open_as("other", kind, "e", None)), "WrongKind");
        }
    }
}
