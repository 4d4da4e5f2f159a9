//! Mutexes: on threads, across processes, and mixed.

use testkit::prelude::*;

semantics! {
    fn a_new_mutex_is_free_or_owned_by_its_creator(stage) {
        let [creator, other] = stage.actors();
        assert_eq!(creator.mutex("free", false), Ok(false));
        assert_eq!(creator.mutex("owned", true), Ok(false));
        for name in ["free", "owned"] {
            assert_eq!(other.open(Kind::Mutex, name), DONE);
        }
        assert_eq!(creator.state("free"), FREE);
        assert_eq!(creator.state("owned"), mine(1));
        assert_eq!(other.state("owned"), foreign(1));
        assert_eq!(other.poll("owned"), TIMED_OUT);
        assert_eq!(creator.release("owned"), DONE);
        assert_eq!(other.poll("owned"), SIGNALED);
    }

    fn an_existing_mutex_is_not_acquired_by_creating_it(stage) {
        let [first, second] = stage.actors();
        assert_eq!(first.mutex("free", false), Ok(false));
        assert_eq!(second.mutex("free", true), Ok(true));
        assert_eq!(second.state("free"), FREE);
        assert_eq!(first.mutex("owned", true), Ok(false));
        assert_eq!(second.mutex("owned", true), Ok(true));
        assert_eq!(second.state("owned"), foreign(1));
    }

    fn the_owner_may_acquire_again_through_any_handle_and_any_wait(stage) {
        let [owner, other] = stage.actors();
        assert_eq!(owner.mutex("m", true), Ok(false));
        assert_eq!(owner.open_as("second", Kind::Mutex, "m", None), DONE);
        assert_eq!(owner.copy("m", "third"), DONE);
        assert_eq!(owner.event("never", Reset::Auto, false), Ok(false));
        assert_eq!(owner.event("set", Reset::Manual, true), Ok(false));
        assert_eq!(other.open(Kind::Mutex, "m"), DONE);
        assert_eq!(owner.poll("second"), SIGNALED);
        assert_eq!(owner.wait("third", Timeout::INFINITE), SIGNALED);
        assert_eq!(owner.wait_any(&["never", "m"], Timeout::INFINITE), signaled(1));
        assert_eq!(owner.wait_all(&["set", "m"], Timeout::INFINITE), SIGNALED);
        assert_eq!(owner.state("m"), mine(5));
        assert_eq!(other.state("m"), foreign(5));
        for (handle, left) in [("third", 4), ("m", 3), ("m", 2), ("second", 1)] {
            assert_eq!(owner.release(handle), DONE);
            assert_eq!(owner.state("m"), mine(left));
            assert_eq!(other.poll("m"), TIMED_OUT);
        }
        assert_eq!(owner.release("m"), DONE);
        assert_eq!(other.poll("m"), SIGNALED);
        assert_eq!(refused(owner.release("m")), "NotOwner");
    }

    fn only_its_owner_can_release_a_mutex(stage) {
        let [owner, other] = stage.actors();
        assert_eq!(owner.mutex("m", false), Ok(false));
        assert_eq!(other.open(Kind::Mutex, "m"), DONE);
        assert_eq!(refused(owner.release("m")), "NotOwner");
        assert_eq!(owner.poll("m"), SIGNALED);
        assert_eq!(refused(other.release("m")), "NotOwner");
        assert_eq!(owner.state("m"), mine(1));
        let sibling = owner.troupe().actor();
        assert_eq!(sibling.open(Kind::Mutex, "m"), DONE);
        assert_eq!(refused(sibling.release("m")), "NotOwner");
        assert_eq!(sibling.poll("m"), TIMED_OUT);
        assert_eq!(owner.state("m"), mine(1));
    }

    fn a_released_mutex_belongs_to_its_first_waiter_when_the_call_returns(stage) {
        let [owner, one, two] = stage.actors();
        assert_eq!(owner.mutex("m", true), Ok(false));
        for waiter in [&one, &two] {
            assert_eq!(waiter.open(Kind::Mutex, "m"), DONE);
        }
        let first = one.begin_wait("m", Timeout::INFINITE);
        stage.until_waiting("m", 1);
        let second = two.begin_wait("m", Timeout::INFINITE);
        stage.until_waiting("m", 2);
        assert_eq!(owner.release("m"), DONE);
        assert_eq!(owner.state("m"), foreign(1));
        assert_eq!(owner.poll("m"), TIMED_OUT);
        assert_eq!(first.outcome(), SIGNALED);
        stage.until_waiting("m", 1);
        assert_eq!(one.state("m"), mine(1));
        assert_eq!(one.release("m"), DONE);
        assert_eq!(second.outcome(), SIGNALED);
        assert_eq!(two.release("m"), DONE);
        assert_eq!(owner.poll("m"), SIGNALED);
    }

    fn a_mutex_with_waiters_stays_owned_until_its_last_level_is_released(stage) {
        let [owner, waiter] = stage.actors();
        assert_eq!(owner.mutex("m", true), Ok(false));
        assert_eq!(owner.poll("m"), SIGNALED);
        assert_eq!(waiter.open(Kind::Mutex, "m"), DONE);
        let wait = waiter.begin_wait("m", Timeout::INFINITE);
        stage.until_waiting("m", 1);
        assert_eq!(owner.release("m"), DONE);
        assert_eq!(owner.state("m"), mine(1));
        assert_eq!(owner.poll("m"), SIGNALED);
        assert_eq!(owner.state("m"), mine(2));
        assert_eq!(stage.scratch.waiters("m").len(), 1);
        assert_eq!(owner.release("m"), DONE);
        assert_eq!(owner.release("m"), DONE);
        assert_eq!(wait.outcome(), SIGNALED);
        assert_eq!(waiter.state("m"), mine(1));
    }

    fn a_mutex_is_abandoned_when_the_thread_that_owns_it_ends(stage) {
        let [owner, next] = stage.actors();
        assert_eq!(owner.mutex("m", true), Ok(false));
        assert_eq!(owner.poll("m"), SIGNALED);
        assert_eq!(next.open(Kind::Mutex, "m"), DONE);
        owner.end_thread();
        assert_eq!(next.state("m"), LEFT_BEHIND);
        assert_eq!(refused(next.release("m")), "NotOwner");
        assert_eq!(next.state("m"), LEFT_BEHIND);
        assert_eq!(next.poll("m"), ABANDONED);
        // The mark is cleared and the levels of the dead owner do not count.
        assert_eq!(next.state("m"), mine(1));
        assert_eq!(next.release("m"), DONE);
        assert_eq!(next.state("m"), FREE);
        assert_eq!(next.poll("m"), SIGNALED);
    }

    fn exactly_one_waiter_is_told_that_the_owner_ended(stage) {
        let [owner, one, two] = stage.actors();
        assert_eq!(owner.mutex("m", true), Ok(false));
        for waiter in [&one, &two] {
            assert_eq!(waiter.open(Kind::Mutex, "m"), DONE);
        }
        let first = one.begin_wait("m", Timeout::INFINITE);
        stage.until_waiting("m", 1);
        let second = two.begin_wait("m", Timeout::INFINITE);
        stage.until_waiting("m", 2);
        owner.end_thread();
        assert_eq!(first.outcome(), ABANDONED);
        stage.until_waiting("m", 1);
        assert_eq!(one.state("m"), mine(1));
        assert_eq!(one.release("m"), DONE);
        assert_eq!(second.outcome(), SIGNALED);
    }

    fn a_mutex_is_abandoned_when_the_process_of_its_owner_is_killed(stage) {
        let [one, two] = stage.actors();
        let owner = stage.process();
        assert_eq!(one.mutex("m", false), Ok(false));
        for actor in [&two, &owner] {
            assert_eq!(actor.open(Kind::Mutex, "m"), DONE);
        }
        assert_eq!(owner.poll("m"), SIGNALED);
        assert_eq!(owner.poll("m"), SIGNALED);
        let first = one.begin_wait("m", Timeout::INFINITE);
        stage.until_waiting("m", 1);
        let second = two.begin_wait("m", Timeout::INFINITE);
        stage.until_waiting("m", 2);
        owner.kill_process();
        assert_eq!(first.outcome(), ABANDONED);
        assert_eq!(one.state("m"), mine(1));
        assert_eq!(one.release("m"), DONE);
        assert_eq!(second.outcome(), SIGNALED);
    }

    fn a_mutex_is_abandoned_when_the_process_of_its_owner_exits(stage) {
        let [waiter] = stage.actors();
        let owner = stage.process();
        assert_eq!(owner.mutex("m", true), Ok(false));
        assert_eq!(waiter.open(Kind::Mutex, "m"), DONE);
        let wait = waiter.begin_wait("m", Timeout::INFINITE);
        stage.until_waiting("m", 1);
        owner.exit_process();
        assert_eq!(wait.outcome(), ABANDONED);
    }

    fn a_mutex_nobody_waited_for_is_found_abandoned_after_its_owner_is_reaped(stage) {
        let [next] = stage.actors();
        let owner = stage.process();
        assert_eq!(next.mutex("m", false), Ok(false));
        assert_eq!(owner.open(Kind::Mutex, "m"), DONE);
        assert_eq!(owner.poll("m"), SIGNALED);
        owner.kill_process();
        assert_eq!(next.wait("m", Timeout::INFINITE), ABANDONED);
    }

    fn a_mutex_can_be_abandoned_twice_in_a_row(stage) {
        let [first, second, third] = stage.actors();
        assert_eq!(first.mutex("m", true), Ok(false));
        for actor in [&second, &third] {
            assert_eq!(actor.open(Kind::Mutex, "m"), DONE);
        }
        first.end_thread();
        assert_eq!(second.poll("m"), ABANDONED);
        second.end_thread();
        assert_eq!(third.state("m"), LEFT_BEHIND);
        assert_eq!(third.poll("m"), ABANDONED);
        assert_eq!(third.release("m"), DONE);
        assert_eq!(third.poll("m"), SIGNALED);
    }

    fn a_mutex_can_be_abandoned_by_two_killed_processes_in_a_row(stage) {
        let [last] = stage.actors();
        let [first, second] = [stage.process(), stage.process()];
        assert_eq!(last.mutex("m", false), Ok(false));
        for owner in [&first, &second] {
            assert_eq!(owner.open(Kind::Mutex, "m"), DONE);
        }
        assert_eq!(first.poll("m"), SIGNALED);
        let between = second.begin_wait("m", Timeout::INFINITE);
        stage.until_waiting("m", 1);
        first.kill_process();
        assert_eq!(between.outcome(), ABANDONED);
        let wait = last.begin_wait("m", Timeout::INFINITE);
        stage.until_waiting("m", 1);
        second.kill_process();
        assert_eq!(wait.outcome(), ABANDONED);
    }

    fn every_mutex_of_a_thread_is_abandoned_with_it(stage) {
        let [owner, next] = stage.actors();
        // More than a thread record lists.
        let names: Vec<String> = (0..20).map(|number| format!("m{number}")).collect();
        for name in &names {
            assert_eq!(owner.mutex(name, true), Ok(false));
            assert_eq!(next.open(Kind::Mutex, name), DONE);
        }
        assert_eq!(owner.release("m7"), DONE);
        owner.end_thread();
        for name in &names {
            let expected = if name == "m7" { SIGNALED } else { ABANDONED };
            assert_eq!(next.poll(name), expected, "{name}");
        }
    }

    fn every_mutex_of_a_process_is_abandoned_with_it(stage) {
        let [one, two] = stage.actors();
        let owner = stage.process();
        let sibling = owner.troupe().actor();
        let names: Vec<String> = (0..20).map(|number| format!("m{number}")).collect();
        for (name, owner) in names.iter().zip([&owner, &sibling].into_iter().cycle()) {
            assert_eq!(owner.mutex(name, true), Ok(false));
            assert_eq!(one.open(Kind::Mutex, name), DONE);
            assert_eq!(two.open(Kind::Mutex, name), DONE);
        }
        let list: Vec<&str> = names.iter().map(String::as_str).collect();
        let all = one.begin_wait_all(&list, Timeout::INFINITE);
        stage.until_waiting("m0", 1);
        owner.kill_process();
        assert_eq!(all.outcome(), ABANDONED);
        for name in &names {
            assert_eq!(one.state(name), mine(1));
            assert_eq!(one.release(name), DONE);
            assert_eq!(two.poll(name), SIGNALED, "{name}: told once, by the wait for all");
        }
    }

    fn closing_every_handle_of_the_owner_does_not_abandon(stage) {
        let [owner, other] = stage.actors();
        assert_eq!(owner.mutex("m", true), Ok(false));
        assert_eq!(other.open(Kind::Mutex, "m"), DONE);
        assert_eq!(owner.close("m"), DONE);
        assert_eq!(other.state("m"), foreign(1));
        assert_eq!(other.poll("m"), TIMED_OUT);
        owner.end_thread();
        assert_eq!(other.poll("m"), ABANDONED);
    }

    fn an_owner_without_handles_can_open_its_mutex_again_and_release_it(stage) {
        let [owner, other] = stage.actors();
        assert_eq!(owner.mutex("m", true), Ok(false));
        assert_eq!(other.open(Kind::Mutex, "m"), DONE);
        assert_eq!(owner.close("m"), DONE);
        assert_eq!(owner.open(Kind::Mutex, "m"), DONE);
        assert_eq!(owner.state("m"), mine(1));
        assert_eq!(owner.release("m"), DONE);
        assert_eq!(other.poll("m"), SIGNALED);
    }

    fn waits_that_do_not_take_the_mutex_leave_its_mark(stage) {
        let [owner, other] = stage.actors();
        assert_eq!(owner.mutex("m", true), Ok(false));
        assert_eq!(other.open(Kind::Mutex, "m"), DONE);
        assert_eq!(other.event("set", Reset::Manual, true), Ok(false));
        assert_eq!(other.event("never", Reset::Manual, false), Ok(false));
        owner.end_thread();
        assert_eq!(other.wait_any(&["set", "m"], Timeout::INFINITE), signaled(0));
        assert_eq!(other.wait_all(&["m", "never"], Timeout::ZERO), TIMED_OUT);
        assert_eq!(other.wait_all(&["m", "never"], SHORT.into()), TIMED_OUT);
        assert_eq!(other.state("m"), LEFT_BEHIND);
        assert_eq!(other.wait_any(&["never", "m"], Timeout::INFINITE), abandoned(1));
    }

    fn a_mutex_given_to_a_waiter_that_is_killed_goes_to_the_next(stage) {
        let [owner, next] = stage.actors();
        let victim = stage.process();
        assert_eq!(owner.mutex("m", true), Ok(false));
        for actor in [&next, &victim] {
            assert_eq!(actor.open(Kind::Mutex, "m"), DONE);
        }
        let lost = victim.begin_wait("m", Timeout::INFINITE);
        stage.until_waiting("m", 1);
        let wait = next.begin_wait("m", Timeout::INFINITE);
        stage.until_waiting("m", 2);
        // Stopped, it can be granted the mutex but cannot acknowledge it: so it never owned it.
        victim.stop_process();
        assert_eq!(owner.release("m"), DONE);
        assert_eq!(owner.poll("m"), TIMED_OUT);
        victim.kill_process();
        assert_eq!(wait.outcome(), SIGNALED);
        drop(lost);
    }

    fn a_mutex_survives_its_last_handle_only_without_its_name(stage) {
        let [owner, other] = stage.actors();
        assert_eq!(owner.mutex("m", true), Ok(false));
        assert_eq!(owner.close("m"), DONE);
        // Destroying an owned mutex tells nobody; the name is free for a new one.
        assert_eq!(other.mutex("m", true), Ok(false));
        assert_eq!(other.state("m"), mine(1));
        assert_eq!(other.release("m"), DONE);
    }
}
