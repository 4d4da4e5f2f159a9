//! What the comparison with the sequential model accepts, and what it must not: histories written by hand.

use intersync::word::value::Sort;
use testkit::sim::history::{History, Make, Op, Res};
use testkit::sim::linear::{Facts, Verdict, check};

/// The thread that makes the objects, in a process of its own.
const MAKER: usize = 0;

/// A history under way: every thread is a process, and every handle is the number of its object.
struct Story {
    history: History,
    threads: usize,
    now: i64,
}

impl Story {
    /// So many threads besides the maker, all of which have opened the objects.
    fn new(threads: usize, makes: &[Make]) -> Story {
        let mut story = Story {
            history: History::default(),
            threads: threads + 1,
            now: 0,
        };
        for thread in 0..story.threads {
            for (o, &make) in makes.iter().enumerate() {
                let existed = thread != MAKER;
                story.call(thread, Op::Create(o, o as u8, make), Res::Handle(existed));
            }
        }
        story
    }

    fn begin(&mut self, thread: usize, op: Op) {
        self.history.begin(thread, thread, op, self.now);
    }

    fn end(&mut self, thread: usize, res: Res) {
        self.history.end(thread, res, self.now);
    }

    /// A call that nothing overlaps but what is under way.
    fn call(&mut self, thread: usize, op: Op, res: Res) {
        self.begin(thread, op);
        self.end(thread, res);
    }

    /// A wait begins and is seen blocked.
    fn block(&mut self, thread: usize, op: Op) {
        self.begin(thread, op);
        self.history.touched(thread, 0);
        self.history.blocks(thread);
    }

    fn verdict(&self) -> Verdict {
        let facts = Facts {
            process_of: (0..self.threads).collect(),
            kept: vec![true; self.threads],
            stalls: false,
            end: self.now,
        };
        check(&self.history, &facts)
    }

    #[track_caller]
    fn is_possible(&self) {
        assert_eq!(self.verdict(), Verdict::Linear);
    }

    #[track_caller]
    fn is_impossible(&self) {
        let verdict = self.verdict();
        assert!(matches!(verdict, Verdict::Impossible(_)), "{verdict:?}");
    }
}

fn events(count: usize) -> Vec<Make> {
    vec![Make::new(Sort::EventAuto); count]
}

fn any(list: &[usize]) -> Op {
    Op::Wait {
        list: list.to_vec(),
        all: false,
        timeout: None,
    }
}

fn all(list: &[usize]) -> Op {
    Op::Wait {
        list: list.to_vec(),
        all: true,
        timeout: None,
    }
}

fn poll(o: usize) -> Op {
    Op::Wait {
        list: vec![o],
        all: false,
        timeout: Some(0),
    }
}

const GOT: Res = Res::Granted(0, false);

#[test]
fn a_signal_goes_to_who_is_blocked() {
    for (polled, fits) in [(Res::TimedOut, true), (GOT, false)] {
        let mut story = Story::new(2, &events(1));
        story.block(1, any(&[0]));
        story.call(2, Op::Set(0), Res::Done);
        story.call(2, poll(0), polled);
        story.end(1, GOT);
        if fits {
            story.is_possible();
        } else {
            story.is_impossible();
        }
    }
}

#[test]
fn a_lost_wake_and_a_double_grant_are_found() {
    let mut lost = Story::new(2, &events(1));
    lost.block(1, any(&[0]));
    lost.call(2, Op::Set(0), Res::Done);
    lost.is_impossible();

    let mut double = Story::new(3, &events(1));
    double.block(1, any(&[0]));
    double.block(2, any(&[0]));
    double.call(3, Op::Set(0), Res::Done);
    double.end(1, GOT);
    double.end(2, GOT);
    double.is_impossible();
}

/// Thread 1 is blocked on both objects, thread 2 on the first behind it; two calls overlap, each on one of them.
fn overlapping_sets() -> Story {
    let mut story = Story::new(4, &events(2));
    story.block(1, any(&[0, 1]));
    story.block(2, any(&[0]));
    story.begin(3, Op::Set(0));
    story.begin(4, Op::Set(1));
    story
}

#[test]
fn overlapping_signals_may_win_a_waiter_in_either_order() {
    // One after the other: the second event won the first waiter.
    let mut story = overlapping_sets();
    story.end(3, Res::Done);
    story.end(4, Res::Done);
    story.end(1, Res::Granted(1, false));
    story.end(2, GOT);
    story.is_possible();
}

#[test]
fn an_expiry_that_overlaps_a_signal_may_lose_a_waiter_to_it() {
    let makes = [Make::new(Sort::TimerManual), Make::new(Sort::TimerManual)];
    for overlaps in [true, false] {
        let mut story = Story::new(4, &makes);
        story.call(4, Op::SetTimer(0, 1_000, 0), Res::Done);
        story.block(1, any(&[0, 1]));
        story.block(2, any(&[0, 1]));
        story.now = 1_000;
        if !overlaps {
            // Whoever sees the timer expired comes after all that its expiry did.
            story.call(3, poll(0), GOT);
        }
        story.begin(4, Op::SetTimer(1, 0, 0));
        story.end(4, Res::Done);
        story.end(1, Res::Granted(1, false));
        story.end(2, GOT);
        if overlaps {
            story.is_possible();
        } else {
            story.is_impossible();
        }
    }
}

#[test]
fn a_waiter_is_passed_over_only_if_it_is_won_meanwhile() {
    // Nobody else has begun to signal when the call that passed it over is back.
    let mut story = Story::new(4, &events(2));
    story.block(1, any(&[0, 1]));
    story.block(2, any(&[0]));
    story.call(3, Op::Set(0), Res::Done);
    story.call(4, Op::Set(1), Res::Done);
    story.end(1, Res::Granted(1, false));
    story.end(2, GOT);
    story.is_impossible();
}

#[test]
fn nobody_is_served_before_the_waiter_in_front_is_won() {
    // The signal that wins the first waiter comes from the second one, after it was served behind its back.
    let mut story = Story::new(3, &events(2));
    story.block(1, any(&[0, 1]));
    story.block(2, any(&[0]));
    story.begin(3, Op::Set(0));
    story.end(2, GOT);
    story.call(2, Op::Set(1), Res::Done);
    story.end(3, Res::Done);
    story.end(1, Res::Granted(1, false));
    story.is_impossible();
}

#[test]
fn a_wait_for_any_queues_object_by_object() {
    // Thread 1 comes first to the first event and second to the other one.
    let mut story = Story::new(4, &events(2));
    story.begin(1, any(&[0, 1]));
    story.begin(2, any(&[0]));
    story.begin(3, any(&[1]));
    for thread in [3, 1, 2] {
        story.history.blocks(thread);
    }
    story.call(4, Op::Set(1), Res::Done);
    story.end(3, GOT);
    story.call(4, Op::Set(0), Res::Done);
    story.end(1, GOT);
    story.call(4, Op::Set(0), Res::Done);
    story.end(2, GOT);
    story.is_possible();
}

#[test]
fn a_blocked_wait_for_any_is_before_all_who_come_later() {
    for o in [0, 1] {
        let mut story = Story::new(3, &events(2));
        story.block(1, any(&[0, 1]));
        story.block(2, any(&[o]));
        story.call(3, Op::Set(o), Res::Done);
        story.end(2, GOT);
        story.call(3, Op::Set(o), Res::Done);
        story.end(1, Res::Granted(o, false));
        story.is_impossible();
    }
}

/// Thread 1 is killed in a wait for both objects that the signals of thread 4 have satisfied.
fn killed_after_a_grant(asleep: bool) -> Story {
    let mut story = Story::new(4, &events(2));
    story.block(1, all(&[0, 1]));
    story.call(4, Op::Set(0), Res::Done);
    story.call(4, Op::Set(1), Res::Done);
    story.call(4, poll(0), Res::TimedOut);
    if asleep {
        story.history.died_asleep(1);
    }
    story.history.killed(1);
    story
}

#[test]
fn what_a_sleeper_never_used_comes_back() {
    killed_after_a_grant(false).is_possible();
    let mut story = killed_after_a_grant(true);
    story.call(4, poll(0), GOT);
    story.call(4, poll(1), GOT);
    story.is_possible();

    let mut lost = killed_after_a_grant(true);
    lost.call(4, Op::AwaitGone(1), Res::Done);
    lost.block(2, any(&[0]));
    lost.is_impossible();
}

#[test]
fn a_grant_comes_back_as_a_whole() {
    // Whoever sees one of the events has the other one too.
    let mut story = killed_after_a_grant(true);
    story.call(4, poll(0), GOT);
    story.call(4, poll(1), Res::TimedOut);
    story.is_impossible();
}

#[test]
fn a_killed_waiter_has_timed_out_only_at_its_deadline() {
    for (now, fits) in [(500, false), (2_000, true)] {
        let mut story = Story::new(2, &events(1));
        let timed = Op::Wait {
            list: vec![0],
            all: false,
            timeout: Some(1_000),
        };
        story.block(1, timed);
        story.now = now;
        story.call(2, Op::Set(0), Res::Done);
        story.call(2, poll(0), GOT);
        story.history.killed(1);
        story.now = 3_000;
        if fits {
            story.is_possible();
        } else {
            story.is_impossible();
        }
    }
}
