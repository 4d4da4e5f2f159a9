//! Semaphores: on threads, across processes, and mixed.

use testkit::prelude::*;

const MAXIMUM: u32 = 0x7fff_ffff;

fn count(actor: &Actor, handle: &str) -> u32 {
    match actor.state(handle) {
        Ok(State::Semaphore { count, .. }) => count,
        other => panic!("the state of a semaphore is {other:?}"),
    }
}

semantics! {
    fn a_semaphore_has_the_permits_its_creator_says(stage) {
        let [creator, other] = stage.actors();
        for (name, initial, maximum) in [("none", 0, 1), ("some", 3, 7), ("full", MAXIMUM, MAXIMUM)] {
            assert_eq!(creator.semaphore(name, initial, maximum), Ok(false));
            assert_eq!(other.open(Kind::Semaphore, name), DONE);
            assert_eq!(other.state(name), Ok(State::Semaphore { count: initial, maximum }));
        }
        assert_eq!(other.semaphore("some", 0, 1), Ok(true));
        assert_eq!(other.state("some"), Ok(State::Semaphore { count: 3, maximum: 7 }));
    }

    fn bad_counts_are_refused_before_the_name_is_looked_at(stage) {
        let [actor] = stage.actors();
        assert_eq!(actor.semaphore("exists", 1, 1), Ok(false));
        for (initial, maximum) in [(0, 0), (2, 1), (0, MAXIMUM + 1), (u32::MAX, u32::MAX)] {
            for name in ["new", "exists", "\\malformed"] {
                assert_eq!(refused(actor.semaphore(name, initial, maximum)), "InvalidArgument");
            }
        }
        assert_eq!(refused(actor.open(Kind::Semaphore, "new")), "NotFound");
    }

    fn each_satisfied_wait_takes_one_permit(stage) {
        let [one, two] = stage.actors();
        assert_eq!(one.semaphore("s", 3, 3), Ok(false));
        assert_eq!(two.open(Kind::Semaphore, "s"), DONE);
        assert_eq!(one.poll("s"), SIGNALED);
        assert_eq!(one.poll("s"), SIGNALED);
        assert_eq!(two.poll("s"), SIGNALED);
        assert_eq!(two.poll("s"), TIMED_OUT);
        assert_eq!(count(&one, "s"), 0);
    }

    fn a_release_returns_the_count_before_it(stage) {
        let [one, two] = stage.actors();
        assert_eq!(one.semaphore("s", 0, 10), Ok(false));
        assert_eq!(two.open(Kind::Semaphore, "s"), DONE);
        assert_eq!(two.release_permits("s", 4), Ok(0));
        assert_eq!(one.release_permits("s", 6), Ok(4));
        assert_eq!(count(&two, "s"), 10);
    }

    fn a_release_beyond_the_maximum_changes_nothing(stage) {
        let [one, two] = stage.actors();
        assert_eq!(one.semaphore("s", 2, 3), Ok(false));
        assert_eq!(two.open(Kind::Semaphore, "s"), DONE);
        assert_eq!(refused(two.release_permits("s", 2)), "OverMaximum");
        // The sum must not wrap.
        assert_eq!(refused(two.release_permits("s", MAXIMUM)), "OverMaximum");
        assert_eq!(count(&one, "s"), 2);
        assert_eq!(two.release_permits("s", 1), Ok(2));
    }

    fn a_release_of_nothing_or_too_much_is_refused(stage) {
        let [actor] = stage.actors();
        assert_eq!(actor.semaphore("s", 0, MAXIMUM), Ok(false));
        for released in [0, MAXIMUM + 1, u32::MAX] {
            assert_eq!(refused(actor.release_permits("s", released)), "InvalidArgument");
        }
        assert_eq!(actor.release_permits("s", MAXIMUM), Ok(0));
    }

    fn waiters_do_not_make_room(stage) {
        let [releaser, one, two] = stage.actors();
        assert_eq!(releaser.semaphore("s", 0, 1), Ok(false));
        for waiter in [&one, &two] {
            assert_eq!(waiter.open(Kind::Semaphore, "s"), DONE);
        }
        let waits = [&one, &two].map(|waiter| waiter.begin_wait("s", Timeout::INFINITE));
        stage.until_waiting("s", 2);
        assert_eq!(refused(releaser.release_permits("s", 2)), "OverMaximum");
        assert_eq!(stage.scratch.waiters("s").len(), 2);
        assert_eq!(releaser.release_permits("s", 1), Ok(0));
        assert_eq!(releaser.release_permits("s", 1), Ok(0));
        for wait in waits {
            assert_eq!(wait.outcome(), SIGNALED);
        }
        assert_eq!(count(&releaser, "s"), 0);
    }

    fn a_release_of_several_is_handed_to_as_many_waiters(stage) {
        let [releaser, one, two, three] = stage.actors();
        assert_eq!(releaser.semaphore("s", 0, 10), Ok(false));
        let mut waits = Vec::new();
        for (already, waiter) in [&one, &two, &three].into_iter().enumerate() {
            assert_eq!(waiter.open(Kind::Semaphore, "s"), DONE);
            waits.push(waiter.begin_wait("s", Timeout::INFINITE));
            stage.until_waiting("s", already + 1);
        }
        assert_eq!(releaser.release_permits("s", 2), Ok(0));
        assert_eq!(count(&releaser, "s"), 0);
        assert_eq!(releaser.poll("s"), TIMED_OUT);
        let last = waits.pop().expect("three waits");
        for wait in waits {
            assert_eq!(wait.outcome(), SIGNALED);
        }
        stage.until_waiting("s", 1);
        assert_eq!(releaser.release_permits("s", 5), Ok(0));
        assert_eq!(count(&releaser, "s"), 4);
        assert_eq!(last.outcome(), SIGNALED);
    }

    fn permits_have_no_owner(stage) {
        let [one, two] = stage.actors();
        assert_eq!(one.semaphore("s", 1, 1), Ok(false));
        assert_eq!(two.open(Kind::Semaphore, "s"), DONE);
        assert_eq!(one.poll("s"), SIGNALED);
        assert_eq!(two.release_permits("s", 1), Ok(0));
        assert_eq!(two.poll("s"), SIGNALED);
        two.end_thread();
        assert_eq!(one.poll("s"), TIMED_OUT);
    }

    fn permits_of_a_dead_process_stay_taken(stage) {
        let [survivor] = stage.actors();
        let taker = stage.process();
        assert_eq!(survivor.semaphore("s", 3, 3), Ok(false));
        assert_eq!(taker.open(Kind::Semaphore, "s"), DONE);
        assert_eq!(taker.poll("s"), SIGNALED);
        taker.kill_process();
        assert_eq!(count(&survivor, "s"), 2);
        // Opening names is what takes the handles of the dead back; permits do not come with them.
        assert_eq!(refused(survivor.open(Kind::Event, "nobody's")), "NotFound");
        assert_eq!(count(&survivor, "s"), 2);
    }

    fn permits_of_a_dead_process_come_back_if_the_semaphore_gives_back(stage) {
        let [survivor, waiter] = stage.actors();
        let [taker, releaser] = [stage.process(), stage.process()];
        let sort = Sort::Semaphore { initial: 3, maximum: 3, give_back: true };
        assert_eq!(survivor.create("s", sort), Ok(false));
        for actor in [&waiter, &taker, &releaser] {
            assert_eq!(actor.open(Kind::Semaphore, "s"), DONE);
        }
        assert_eq!(taker.poll("s"), SIGNALED);
        assert_eq!(taker.poll("s"), SIGNALED);
        assert_eq!(releaser.poll("s"), SIGNALED);
        let wait = waiter.begin_wait("s", Timeout::INFINITE);
        stage.until_waiting("s", 1);
        let pid = taker.child_pid();
        taker.kill_process();
        assert_eq!(wait.outcome(), SIGNALED);
        stage.scratch.until_reaped(pid);
        assert_eq!(count(&survivor, "s"), 1);
        // What a process has released it no longer holds.
        assert_eq!(releaser.release_permits("s", 1), Ok(1));
        let pid = releaser.child_pid();
        releaser.kill_process();
        stage.scratch.until_reaped(pid);
        assert_eq!(count(&survivor, "s"), 2);
    }
}
