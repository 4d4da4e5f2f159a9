//! The ends of processes, told by everybody who holds a handle, of whom one dies at any step; and the ends of threads.

use intersync::host::Rule;
use intersync::word::value::Sort;

use super::{every, from, kept, play, strike};
use crate::sim::explore::Strike;
use crate::sim::history::{Make, Op, Res};
use crate::sim::scenario::{Play, Scenario, Search, all, any, poll};

const PROCESS: Make = Make::new(Sort::Process);
const THREAD: Make = Make::new(Sort::Thread);
const MUTEX: Make = Make::new(Sort::Mutex);
const MANUAL: Make = Make::new(Sort::EventManual);

/// These scenarios.
pub fn list() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "C2 who tells an end to a wait for any dies",
            rules: &[Rule::ResumeOperation],
            play: any_waits,
        },
        Scenario {
            name: "C2 who tells an end to waits for any and for all dies",
            rules: &[Rule::ResumeOperation],
            play: both_wait,
        },
        Scenario {
            name: "H2 a thread is killed that somebody waits for",
            rules: &[Rule::ResumeOperation],
            play: killed_thread,
        },
        Scenario {
            name: "H2 a thread ends that somebody waits for",
            rules: &[Rule::EndsLast],
            play: ended_thread,
        },
    ]
}

/// The first holder dies at any step of telling; the second tells the same when nobody can go on.
fn told_twice(waiters: &[&[Op]], makes: &[Make]) -> Play {
    let mut cast: Vec<_> = waiters.iter().map(|waiter| kept(&[waiter])).collect();
    let first = cast.len() + 1;
    cast.push(kept(&[&[Op::AwaitStage(2), Op::End(0)]]));
    cast.push(kept(&[&[Op::AwaitStage(3), Op::End(0), poll(0)]]));
    play(makes, cast, from(2, strike(0, Strike::Kill(first))))
}

fn any_waits() -> Play {
    let mut play = told_twice(&[&[any(&[1, 0], None), poll(0)]], &[PROCESS, MANUAL]);
    play.expect = |seen| {
        seen.expect(1, 0, &Res::Granted(1, false))?;
        // It stays signaled, whoever has waited.
        seen.expect(1, 1, &Res::Granted(0, false))?;
        seen.expect(3, 1, &Res::Granted(0, false))
    };
    play
}

fn both_wait() -> Play {
    let mut play = told_twice(
        &[&[any(&[1, 0], None)], &[all(&[0, 2], None)]],
        &[PROCESS, MANUAL, MANUAL.initially(1)],
    );
    play.expect = |seen| {
        seen.expect(1, 0, &Res::Granted(1, false))?;
        seen.expect(2, 0, &Res::Granted(0, false))
    };
    play
}

/// Thread 2 owns a mutex; thread 1 waits for its end, then looks at the mutex. What the model cannot know, which
/// thread the object stands for, is left to what is expected here.
fn thread_ends(strike_at: Search, last: Op) -> Play {
    let waiter = [Op::AwaitStage(2), Op::Watch(1, 2, 2), any(&[1], None), poll(0)];
    let owner = [poll(0), Op::AwaitStage(3), last];
    let mut play = play(
        &[MUTEX, THREAD],
        vec![kept(&[&waiter]), kept(&[&owner])],
        strike_at,
    );
    play.checked = false;
    play.expect = |seen| {
        seen.expect(1, 0, &Res::Done)?;
        seen.expect(1, 1, &Res::Granted(0, false))?;
        seen.expect(1, 2, &Res::Granted(0, true))
    };
    play
}

fn killed_thread() -> Play {
    thread_ends(from(3, strike(0, Strike::Kill(2))), Op::Exit)
}

fn ended_thread() -> Play {
    thread_ends(from(3, every(1)), Op::Exit)
}
