//! Waitable timers: on threads, across processes, and mixed.

use std::time::{Instant, SystemTime};

use testkit::prelude::*;

const NOW: Due = Due::In(Duration::ZERO);
const LATER: Due = Due::In(LONG);

fn is_signaled(actor: &Actor, handle: &str) -> bool {
    actor
        .state(handle)
        .map(State::signaled)
        .expect("the state of a timer")
}

fn remaining(actor: &Actor, handle: &str) -> Option<Duration> {
    match actor.state(handle) {
        Ok(State::Timer { remaining, .. }) => remaining,
        other => panic!("the state of a timer is {other:?}"),
    }
}

semantics! {
    fn a_new_timer_is_neither_signaled_nor_armed(stage) {
        let [one, two] = stage.actors();
        for (name, reset) in [("auto", Reset::Auto), ("manual", Reset::Manual)] {
            assert_eq!(one.timer(name, reset), Ok(false));
            assert_eq!(two.timer(name, Reset::Auto), Ok(true));
            let manual = reset == Reset::Manual;
            let state = State::Timer { manual, signaled: false, remaining: None, period: None };
            assert_eq!(two.state(name), Ok(state));
            assert_eq!(two.poll(name), TIMED_OUT);
        }
    }

    fn a_manual_reset_timer_stays_signaled_until_it_is_set_again(stage) {
        let [setter, waiter] = stage.actors();
        assert_eq!(setter.timer("t", Reset::Manual), Ok(false));
        assert_eq!(waiter.open(Kind::Timer, "t"), DONE);
        assert_eq!(setter.set_timer("t", NOW, None), DONE);
        assert_eq!(waiter.poll("t"), SIGNALED);
        assert_eq!(waiter.poll("t"), SIGNALED);
        assert_eq!(setter.set_timer("t", LATER, None), DONE);
        assert_eq!(waiter.poll("t"), TIMED_OUT);
    }

    fn a_synchronization_timer_lets_one_wait_through(stage) {
        let [setter, waiter] = stage.actors();
        assert_eq!(setter.timer("t", Reset::Auto), Ok(false));
        assert_eq!(waiter.open(Kind::Timer, "t"), DONE);
        assert_eq!(setter.set_timer("t", NOW, None), DONE);
        assert_eq!(waiter.poll("t"), SIGNALED);
        assert_eq!(waiter.poll("t"), TIMED_OUT);
        assert_eq!(setter.poll("t"), TIMED_OUT);
    }

    fn the_end_of_a_thread_cancels_the_timers_that_call_it_and_no_others(stage) {
        let [setter, other] = stage.actors();
        for name in ["calling", "plain", "set-by-another", "closed"] {
            assert_eq!(setter.timer(name, Reset::Manual), Ok(false));
            assert_eq!(other.open(Kind::Timer, name), DONE);
        }
        for name in ["calling", "set-by-another", "closed"] {
            assert_eq!(setter.set_timer_calling(name, LATER, Some(LONG)), DONE);
        }
        assert_eq!(setter.set_timer("plain", LATER, None), DONE);
        assert_eq!(other.set_timer("set-by-another", LATER, None), DONE);
        // The routine keeps a handle of its own.
        assert_eq!(setter.close("closed"), DONE);
        setter.end_thread();
        for (name, armed) in [("calling", false), ("plain", true), ("set-by-another", true), ("closed", false)] {
            assert_eq!(remaining(&other, name).is_some(), armed, "{name}");
            assert!(!is_signaled(&other, name), "{name}");
        }
    }

    fn the_death_of_a_process_cancels_the_timers_that_call_it(stage) {
        let [other] = stage.actors();
        let setter = stage.process();
        for name in ["calling", "expired", "plain"] {
            assert_eq!(other.timer(name, Reset::Manual), Ok(false));
            assert_eq!(setter.open(Kind::Timer, name), DONE);
        }
        assert_eq!(setter.set_timer_calling("calling", LATER, None), DONE);
        assert_eq!(setter.set_timer_calling("expired", NOW, None), DONE);
        assert_eq!(setter.set_timer("plain", LATER, None), DONE);
        setter.kill_process();
        until("the timer of a dead process is cancelled", || remaining(&other, "calling").is_none());
        assert!(!is_signaled(&other, "calling"));
        assert_eq!(other.poll("expired"), SIGNALED);
        assert!(remaining(&other, "plain").is_some());
    }

    fn setting_a_timer_makes_it_unsignaled(stage) {
        let [setter, waiter] = stage.actors();
        for (name, reset) in [("auto", Reset::Auto), ("manual", Reset::Manual)] {
            assert_eq!(setter.timer(name, reset), Ok(false));
            assert_eq!(waiter.open(Kind::Timer, name), DONE);
            assert_eq!(setter.set_timer(name, NOW, None), DONE);
            assert!(is_signaled(&waiter, name));
            assert_eq!(setter.set_timer(name, LATER, None), DONE);
            assert!(!is_signaled(&waiter, name));
            assert_eq!(waiter.poll(name), TIMED_OUT);
        }
    }

    fn cancelling_keeps_the_signal_and_stops_the_timer(stage) {
        let [setter, waiter] = stage.actors();
        assert_eq!(setter.timer("t", Reset::Manual), Ok(false));
        assert_eq!(waiter.open(Kind::Timer, "t"), DONE);
        assert_eq!(setter.cancel("t"), DONE);
        assert_eq!(setter.set_timer("t", NOW, Some(LONG)), DONE);
        assert_eq!(waiter.poll("t"), SIGNALED);
        assert_eq!(setter.cancel("t"), DONE);
        let stopped = State::Timer { manual: true, signaled: true, remaining: None, period: None };
        assert_eq!(waiter.state("t"), Ok(stopped));
        assert_eq!(waiter.poll("t"), SIGNALED);
        assert_eq!(setter.set_timer("t", LATER, None), DONE);
        assert!(remaining(&waiter, "t").is_some());
        assert_eq!(setter.cancel("t"), DONE);
        assert_eq!(remaining(&waiter, "t"), None);
        assert_eq!(waiter.poll("t"), TIMED_OUT);
    }

    fn waiters_of_a_cancelled_timer_go_on_waiting(stage) {
        let [setter, waiter] = stage.actors();
        assert_eq!(setter.timer("t", Reset::Auto), Ok(false));
        assert_eq!(waiter.open(Kind::Timer, "t"), DONE);
        assert_eq!(setter.set_timer("t", LATER, None), DONE);
        let wait = waiter.begin_wait("t", Timeout::INFINITE);
        stage.until_waiting("t", 1);
        assert_eq!(setter.cancel("t"), DONE);
        assert_eq!(stage.scratch.waiters("t").len(), 1);
        assert_eq!(setter.set_timer("t", NOW, None), DONE);
        assert_eq!(wait.outcome(), SIGNALED);
        assert!(!is_signaled(&setter, "t"));
    }

    fn a_sleeping_waiter_is_woken_at_the_due_time_and_not_before(stage) {
        let [setter, waiter] = stage.actors();
        assert_eq!(setter.timer("t", Reset::Auto), Ok(false));
        assert_eq!(waiter.open(Kind::Timer, "t"), DONE);
        let start = Instant::now();
        assert_eq!(setter.set_timer("t", Due::In(SHORT), None), DONE);
        assert_eq!(waiter.wait("t", Timeout::INFINITE), SIGNALED);
        assert!(start.elapsed() >= SHORT);
        assert_eq!(waiter.poll("t"), TIMED_OUT);
    }

    fn waiters_notice_that_the_timer_is_set_earlier(stage) {
        let [setter, waiter] = stage.actors();
        assert_eq!(setter.timer("t", Reset::Auto), Ok(false));
        assert_eq!(waiter.open(Kind::Timer, "t"), DONE);
        assert_eq!(setter.set_timer("t", LATER, None), DONE);
        let wait = waiter.begin_wait("t", Timeout::INFINITE);
        stage.until_waiting("t", 1);
        assert_eq!(setter.set_timer("t", Due::In(SHORT), None), DONE);
        assert_eq!(wait.outcome(), SIGNALED);
    }

    fn an_expiring_manual_reset_timer_lets_everybody_through(stage) {
        let [setter, one, two] = stage.actors();
        assert_eq!(setter.timer("t", Reset::Manual), Ok(false));
        for waiter in [&one, &two] {
            assert_eq!(waiter.open(Kind::Timer, "t"), DONE);
        }
        let waits = [&one, &two].map(|waiter| waiter.begin_wait("t", Timeout::INFINITE));
        stage.until_waiting("t", 2);
        assert_eq!(setter.set_timer("t", Due::In(SHORT), None), DONE);
        for wait in waits {
            assert_eq!(wait.outcome(), SIGNALED);
        }
        assert!(is_signaled(&setter, "t"));
    }

    fn an_expiring_synchronization_timer_lets_one_waiter_through(stage) {
        let [setter, one, two] = stage.actors();
        assert_eq!(setter.timer("t", Reset::Auto), Ok(false));
        for waiter in [&one, &two] {
            assert_eq!(waiter.open(Kind::Timer, "t"), DONE);
        }
        let first = one.begin_wait("t", Timeout::INFINITE);
        stage.until_waiting("t", 1);
        let second = two.begin_wait("t", Timeout::INFINITE);
        stage.until_waiting("t", 2);
        assert_eq!(setter.set_timer("t", NOW, None), DONE);
        assert_eq!(first.outcome(), SIGNALED);
        stage.until_waiting("t", 1);
        assert!(!is_signaled(&setter, "t"));
        assert_eq!(setter.set_timer("t", Due::In(SHORT), None), DONE);
        assert_eq!(second.outcome(), SIGNALED);
    }

    fn a_periodic_synchronization_timer_expires_again_and_again(stage) {
        let [setter, waiter] = stage.actors();
        let period = Duration::from_millis(2);
        assert_eq!(setter.timer("t", Reset::Auto), Ok(false));
        assert_eq!(waiter.open(Kind::Timer, "t"), DONE);
        let start = Instant::now();
        assert_eq!(setter.set_timer("t", Due::In(period), Some(period)), DONE);
        for expiry in 1..=5 {
            assert_eq!(waiter.wait("t", Timeout::INFINITE), SIGNALED);
            assert!(start.elapsed() >= period * expiry);
        }
        assert_eq!(setter.cancel("t"), DONE);
    }

    fn missed_periods_are_not_counted(stage) {
        let [setter, waiter] = stage.actors();
        assert_eq!(setter.timer("t", Reset::Auto), Ok(false));
        assert_eq!(waiter.open(Kind::Timer, "t"), DONE);
        // Its first expiry was long ago; the next one is a period after it is noticed.
        let past = SystemTime::now() - 10 * LONG;
        assert_eq!(setter.set_timer("t", Due::At(past), Some(LONG)), DONE);
        assert_eq!(waiter.poll("t"), SIGNALED);
        assert_eq!(waiter.poll("t"), TIMED_OUT);
        let left = remaining(&waiter, "t").expect("it is armed");
        assert!(left <= LONG && left > LONG / 2, "{left:?} to the next expiry");
    }

    fn a_periodic_manual_reset_timer_stays_signaled_and_armed(stage) {
        let [setter, waiter] = stage.actors();
        assert_eq!(setter.timer("t", Reset::Manual), Ok(false));
        assert_eq!(waiter.open(Kind::Timer, "t"), DONE);
        assert_eq!(setter.set_timer("t", NOW, Some(LONG)), DONE);
        for _ in 0..3 {
            assert_eq!(waiter.poll("t"), SIGNALED);
        }
        match waiter.state("t") {
            Ok(State::Timer { signaled: true, remaining: Some(_), period: Some(LONG), .. }) => {}
            other => panic!("the state of a periodic timer is {other:?}"),
        }
    }

    fn absolute_times_follow_the_system_clock(stage) {
        let [setter, waiter] = stage.actors();
        assert_eq!(setter.timer("t", Reset::Auto), Ok(false));
        assert_eq!(waiter.open(Kind::Timer, "t"), DONE);
        assert_eq!(setter.set_timer("t", Due::At(SystemTime::now() - LONG), None), DONE);
        assert_eq!(waiter.poll("t"), SIGNALED);
        assert_eq!(setter.set_timer("t", Due::At(SystemTime::now() + LONG), None), DONE);
        assert_eq!(waiter.poll("t"), TIMED_OUT);
        let left = remaining(&waiter, "t").expect("it is armed");
        assert!(left <= LONG && left > LONG / 2, "{left:?} to an expiry in {LONG:?}");
        let due = SystemTime::now() + SHORT;
        assert_eq!(setter.set_timer("t", Due::At(due), None), DONE);
        assert_eq!(waiter.wait("t", Timeout::INFINITE), SIGNALED);
        assert!(SystemTime::now() >= due);
    }

    fn a_one_shot_timer_is_no_longer_armed_after_its_expiry(stage) {
        let [actor] = stage.actors();
        assert_eq!(actor.timer("t", Reset::Auto), Ok(false));
        assert_eq!(actor.set_timer("t", NOW, None), DONE);
        assert_eq!(actor.poll("t"), SIGNALED);
        assert_eq!(remaining(&actor, "t"), None);
        assert_eq!(actor.poll("t"), TIMED_OUT);
    }

    fn a_bad_period_is_refused_and_the_timer_runs_on(stage) {
        let [actor] = stage.actors();
        assert_eq!(actor.timer("t", Reset::Auto), Ok(false));
        assert_eq!(actor.set_timer("t", LATER, None), DONE);
        let too_long = Duration::from_millis(1 << 31);
        for period in [Duration::ZERO, too_long, Duration::MAX] {
            assert_eq!(refused(actor.set_timer("t", NOW, Some(period))), "InvalidArgument");
            assert!(remaining(&actor, "t").is_some_and(|left| left > LONG / 2));
        }
        assert_eq!(actor.set_timer("t", NOW, Some(too_long - Duration::from_millis(1))), DONE);
    }

    fn a_timer_runs_on_when_the_thread_that_set_it_ends(stage) {
        let [setter, waiter] = stage.actors();
        assert_eq!(setter.timer("t", Reset::Auto), Ok(false));
        assert_eq!(waiter.open(Kind::Timer, "t"), DONE);
        assert_eq!(setter.set_timer("t", Due::In(SHORT), None), DONE);
        setter.end_thread();
        assert_eq!(waiter.wait("t", Timeout::INFINITE), SIGNALED);
    }

    fn a_timer_runs_on_when_the_process_that_set_it_is_killed(stage) {
        let [waiter] = stage.actors();
        let setter = stage.process();
        assert_eq!(waiter.timer("t", Reset::Auto), Ok(false));
        assert_eq!(setter.open(Kind::Timer, "t"), DONE);
        assert_eq!(setter.set_timer("t", Due::In(SHORT), None), DONE);
        setter.kill_process();
        assert_eq!(waiter.wait("t", Timeout::INFINITE), SIGNALED);
    }

    fn a_due_time_beyond_the_clock_is_never_reached(stage) {
        let [actor] = stage.actors();
        assert_eq!(actor.timer("t", Reset::Auto), Ok(false));
        assert_eq!(actor.set_timer("t", Due::In(Duration::MAX), None), DONE);
        assert_eq!(actor.poll("t"), TIMED_OUT);
    }
}
