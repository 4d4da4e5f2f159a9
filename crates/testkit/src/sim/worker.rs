//! The virtual threads of virtual processes: they attach, keep, call and end as real ones do.

use intersync::arena::layout::{object, slot};
use intersync::arena::{Slot, Thread, corrupt};
use intersync::attach;
use intersync::directory::objects::{DEFAULT_MODE, Seed};
use intersync::dispatch::clock::Clock;
use intersync::dispatch::wait::Waited;
use intersync::dispatch::{Ctx, Until};
use intersync::recover::keeper::Keeper;
use intersync::word::handle::Tag;
use intersync::word::value::{self, Sort};
use intersync::{Error, Result};

use super::handles::Held;
use super::history::{Make, Op, Res};
use super::host::SimHost;
use super::sharing;
use super::state::Run;
use super::world::{FUTEX_WAITERS, World};

/// What a thread knows when it chooses its next call.
pub struct Worker {
    /// Its number.
    pub thread: usize,
    /// Its process.
    pub process: usize,
    /// Its handles.
    pub handles: Vec<Option<Held>>,
    /// What came of its last call.
    pub last: Option<Res>,
    pub(super) world: World,
    pub(super) ctx: Ctx<'static, SimHost>,
}

/// What a thread calls: asked again after every call, until it says `None`.
pub type Script = Box<dyn FnMut(&Worker) -> Option<Op>>;

/// Starts a thread; the first one of a process attaches it.
pub fn launch(world: World, process: usize, first: bool, script: Script) -> usize {
    launch_late(world, process, first, Run::Ready, script)
}

/// As [`launch`]; the thread begins when it has waited for something.
pub fn launch_late(world: World, process: usize, first: bool, start: Run, script: Script) -> usize {
    world.thread(process, false, move |thread| {
        if start != Run::Ready {
            world.core.wait_for(start);
            // A child may be seen to attach.
            world.core.state.borrow_mut().threads[thread].calling = start == Run::UntilBorn;
        }
        if let Err(e) = live(world, process, thread, first, script) {
            world.core.fail(|| format!("t{thread} could not live: {e}"));
        }
    })
}

/// Starts the thread of a process that never uses the library, once another one has started it.
pub fn launch_stranger(world: World, process: usize) {
    world.thread(process, false, move |_| {
        world.core.wait_for(Run::UntilBorn);
        world.core.wait_for(Run::UntilStage(u32::MAX));
    });
}

fn live(world: World, process: usize, thread: usize, first: bool, mut script: Script) -> Result<()> {
    let core = world.core;
    if first {
        let is_born = core.with_process(|p| p.birth.is_some());
        let place = sharing::claim(world, process, Tag(0).with_arriving(is_born))?;
        core.with_process(|p| p.place = Some(place));
    } else {
        core.wait_for(Run::UntilAttached);
    }
    let (index, nonce) = core.with_process(|p| p.place).ok_or(Error::Fenced)?;
    let s = world.arena.slot(index)?;
    let me = attach::claim_thread(world.arena, s, nonce, thread as u32 + 1)?;
    let ctx = Ctx {
        arena: world.arena,
        me,
        slot: s,
        nonce,
    };
    let mut worker = Worker {
        thread,
        process,
        handles: Vec::new(),
        last: None,
        world,
        ctx: ctx.clone(),
    };
    if first {
        ctx.reap_leftovers()?;
        worker.arrive()?;
        core.state.borrow_mut().threads[thread].calling = false;
        core.enter_kernel();
        if core.with_process(|p| p.wants_keeper) {
            world.thread(process, true, move |keeper| keep(world, s, nonce, keeper));
        }
    }
    if core.with_process(|p| p.wants_keeper) {
        core.wait_for(Run::UntilKept);
    }
    while let Some(op) = script(&worker) {
        let over = op == Op::Exit;
        worker.call(op);
        if over {
            break;
        }
    }
    Ok(())
}

/// A keeper's life.
fn keep(world: World, s: Slot, nonce: u32, thread: usize) {
    let core = world.core;
    let tid = thread as u32 + 1;
    let kept = || -> Result<()> {
        let me: Thread = attach::claim_thread(world.arena, s, nonce, tid)?;
        let ctx = Ctx {
            arena: world.arena,
            me,
            slot: s,
            nonce,
        };
        core.with_process(|p| p.robust = Some((s.index, tid)));
        core.enter_kernel();
        for lifeline in 0..slot::LIFELINES {
            world
                .arena
                .put(s, slot::LIFELINE + lifeline, u64::from(tid | FUTEX_WAITERS));
        }
        world.arena.put(s, slot::RAISED, slot::UP);
        ctx.poke_watchers()?;
        world.arena.put(s, slot::RAISED, slot::WATCHED);
        core.with_process(|p| p.kept = true);
        let mut keeper = Keeper::default();
        loop {
            ctx.keep(&mut keeper)?;
        }
    };
    if let Err(e) = kept() {
        core.fail(|| format!("the keeper t{thread} ended: {e}"));
    }
}

impl Worker {
    /// Makes a call and notes it.
    pub(super) fn call(&mut self, op: Op) {
        let core = self.world.core;
        let thread = self.thread;
        core.enter_kernel();
        match op {
            Op::AwaitStage(stage) => return core.wait_for(Run::UntilStage(stage)),
            Op::Fate(choice) => {
                // It may take its time like any other call.
                core.state.borrow_mut().threads[thread].calling = true;
                core.offer();
                core.state.borrow_mut().threads[thread].calling = false;
                return core.carry_out(choice);
            }
            Op::Pause(time) => return core.wait_for(Run::Asleep(Some(core.now.get() + time))),
            _ => {}
        }
        core.trace(|| format!("calls {op:?}"));
        core.history
            .borrow_mut()
            .begin(thread, self.process, op.clone(), core.now.get());
        let patient = matches!(op, Op::Wait { timeout: None, .. } | Op::SignalAndWait(_, _, None));
        {
            let me = &mut core.state.borrow_mut().threads[thread];
            (me.patient, me.calling) = (patient, true);
        }
        let done = self.fetch(&op).and_then(|()| self.perform(&op));
        let res = done.unwrap_or_else(|e| match e {
            Error::NotFound { .. } => Res::NotFound,
            Error::WrongKind { .. } => Res::WrongKind,
            Error::NoSuchProcess { .. } => Res::NoProcess,
            Error::InvalidHandle { .. } => Res::Invalid,
            Error::NotAttached { .. } => Res::NotAttached,
            Error::NotOwner => Res::NotOwner,
            Error::OverMaximum { .. } => Res::OverMaximum,
            Error::Stalled { .. } => Res::Stalled,
            Error::Fenced => Res::Fenced,
            other => Res::Failed(other.to_string()),
        });
        core.enter_kernel();
        core.trace(|| format!("returns {res:?} from {op:?}"));
        {
            let me = &mut core.state.borrow_mut().threads[thread];
            (me.patient, me.calling) = (false, false);
        }
        core.history.borrow_mut().end(thread, res.clone(), core.now.get());
        if let Res::Failed(what) = &res {
            core.fail(|| format!("{op:?} of t{thread} failed: {what}"));
        }
        self.last = Some(res);
    }

    fn perform(&mut self, op: &Op) -> Result<Res> {
        let ctx = self.ctx.clone();
        let deadline = |timeout: Option<i64>| {
            timeout.map(|t| {
                if t == 0 {
                    0
                } else {
                    ctx.arena.host.core.now.get() + t
                }
            })
        };
        Ok(match op {
            Op::Create(h, name, make) => {
                let handle = ctx.create_handle(Some(&name_of(*name)), &seed(make, ctx.me), false)?;
                self.hold(*h, handle)
            }
            Op::Open(h, name) => {
                let handle = ctx.open_handle(&name_of(*name), None)?;
                self.hold(*h, handle)
            }
            Op::Close(h) => {
                if let Ok(number) = self.number(*h) {
                    self.forget(*h);
                    ctx.close_number(number, false)?;
                }
                Res::Done
            }
            Op::CloseOf(thread, h) => {
                let number = self.world.core.with_process(|p| p.opened.remove(&(*thread, *h)));
                if let Some(number) = number {
                    ctx.close_number(number, false)?;
                }
                Res::Done
            }
            Op::Set(h) => ctx.set(&self.operand(*h)?).map(|()| Res::Done)?,
            Op::SetByNumber(h) => {
                self.look_again(*h)?;
                ctx.set(&self.operand(*h)?).map(|()| Res::Done)?
            }
            Op::End(h) => {
                let x = self.operand(*h)?;
                ctx.signal_end(x.object, x.generation, 0, Until::Unlocked)?;
                Res::Done
            }
            Op::Watch(h, process, thread) => {
                let (pid, tid) = (*process as u32 + 1, *thread as u32 + 1);
                let living = ctx.find_living_thread(0, pid, tid)?;
                let handle = self
                    .handles
                    .get(*h)
                    .and_then(Option::as_ref)
                    .map(|held| held.handle);
                match living.zip(handle) {
                    Some((living, handle)) => ctx.bind_thread(&living, &handle).map(|()| Res::Done)?,
                    None => Res::NotFound,
                }
            }
            Op::Reset(h) => ctx.reset(&self.operand(*h)?).map(|()| Res::Done)?,
            Op::Pulse(h) => ctx.pulse(&self.operand(*h)?).map(|()| Res::Done)?,
            Op::Release(h, n) => Res::Count(ctx.release(&self.operand(*h)?, *n)?),
            Op::ReleaseMutex(h) => ctx.release_mutex(&self.operand(*h)?).map(|()| Res::Done)?,
            Op::Wait { list, all, timeout } => {
                let operands = list
                    .iter()
                    .map(|&h| self.operand(h))
                    .collect::<Result<Vec<_>>>()?;
                let waited = match operands.as_slice() {
                    [one] => ctx.wait_one(one, deadline(*timeout)),
                    several => ctx.wait_many(several, *all, deadline(*timeout)),
                };
                outcome(waited?)
            }
            Op::SignalAndWait(signal, wait, timeout) => {
                let (signal, wait) = (self.operand(*signal)?, self.operand(*wait)?);
                let waited = ctx.signal_and_wait(&signal, &wait, deadline(*timeout), None)?;
                outcome(waited.ok_or(corrupt("an alert from nowhere"))?)
            }
            Op::SetTimer(h, due, period) => {
                let due = (ctx.arena.host.core.now.get() + due).div_euclid(100);
                let clock = Clock {
                    due,
                    period: period / 100,
                    absolute: false,
                    setter: 0,
                };
                ctx.set_timer(&self.operand(*h)?, clock).map(|_| Res::Done)?
            }
            Op::CancelTimer(h) => ctx.cancel_timer(&self.operand(*h)?).map(|()| Res::Done)?,
            Op::Query(h) => {
                let operand = self.operand(*h)?;
                let reading = ctx.query(&operand)?;
                let mark = u32::from(value::abandoned(reading.value));
                match operand.sort {
                    Sort::Semaphore => Res::State(reading.value, 0),
                    Sort::Mutex if value::owner(reading.value) == ctx.me.index => {
                        Res::State(2, reading.recursion)
                    }
                    Sort::Mutex => Res::State(u32::from(value::owner(reading.value) != 0), mark),
                    _ => Res::State(reading.value & value::SIGNALED, 0),
                }
            }
            Op::Duplicate(..) | Op::Prepare(_) | Op::Unprepare(_) => self.share(op)?,
            Op::Spawn(_) | Op::Fork(_) | Op::Adopt => self.share(op)?,
            Op::Exit => ctx.retire_thread().map(|_| Res::Done)?,
            Op::AwaitGone(process) => {
                self.world.core.wait_for(Run::UntilGone(*process));
                Res::Done
            }
            Op::AwaitStage(_) | Op::Fate(_) | Op::Pause(_) => Res::Done,
        })
    }
}

fn outcome(waited: Waited) -> Res {
    match waited {
        Waited::Granted { index, abandoned } => Res::Granted(index, abandoned),
        Waited::TimedOut => Res::TimedOut,
    }
}

fn name_of(name: u8) -> [u8; 2] {
    [b'n', b'0' + name]
}

fn seed(make: &Make, me: Thread) -> Seed {
    let owner = if make.sort == Sort::Mutex && make.initial != 0 {
        u32::from(me.index)
    } else {
        make.initial
    };
    let first = match make.sort {
        Sort::Semaphore => u64::from(make.maximum),
        Sort::Mutex => u64::from(make.initial),
        _ => 0,
    };
    Seed {
        sort: make.sort,
        value: owner,
        first,
        flags: if make.give_back { object::GIVE_BACK } else { 0 },
        mode: DEFAULT_MODE,
    }
}
