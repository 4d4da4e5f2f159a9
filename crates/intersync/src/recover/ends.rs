//! The ends of processes and threads: objects that are signaled once, when all that the ended one owned is
//! abandoned.
//!
//! # Protocol
//! - The object of a *process* is signaled by every process that holds a handle to it and sees the end: first it
//!   reaps what the dead process has, then it sets the object. What one of them does not finish the others do.
//! - The object of a *thread* is named by the thread's record ([`End`]). The thread itself signals it when it ends,
//!   or the reaper of its process, or the keeper of its process if it vanished; each after the mutexes.
//! - Objects are set under the structure lock: the record cannot be freed and used again meanwhile.

use super::reap::Reaped;
use crate::arena::layout::{Section, object, slot, thread};
use crate::arena::{Object, Thread, corrupt};
use crate::directory::handles::Handle;
use crate::dispatch::signal::Change;
use crate::dispatch::{Ctx, Until};
use crate::host::Host;
use crate::word::end::End;
use crate::word::handle::Tag;
use crate::word::slot::{Belongs, Life, SlotWord};
use crate::word::value;
use crate::{Error, Result};

/// Tries to change a word that others change once or twice; more mean a hostile peer.
const TRIES: u32 = 1000;
/// Clock ticks by which two readings of one start time may differ, in different time namespaces.
const START_SLACK: u64 = 1;

/// Whether two start times, in clock ticks, are of one process.
pub(crate) const fn same_start(one: u64, other: u64) -> bool {
    one.abs_diff(other) <= START_SLACK
}

/// A thread that lives and uses the arena.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Living {
    /// Its record.
    pub thread: Thread,
    /// Which use of the record.
    pub life: u32,
    /// When its process started, in clock ticks.
    pub start: u64,
}

impl<H: Host> Ctx<'_, H> {
    /// Signals the object of a process or thread that has ended; `status`, if not 0, is how it ended. Nothing
    /// happens if the object is gone.
    ///
    /// # Errors
    /// [`Error::Stalled`] if a lock cannot be had within `until`, [`Error::Corrupt`].
    pub fn signal_end(&self, o: Object, generation: u16, status: u64, until: Until) -> Result<()> {
        self.with_structure(until, |ctx| {
            let lives = ctx.arena.get(o, object::META) != 0 && ctx.state(o).generation() == generation;
            if !lives || !ctx.sort(o)?.is_end() {
                return Ok(());
            }
            if status != 0 {
                ctx.arena.put(o, object::SECOND, status);
            }
            if value::signaled(ctx.sort(o)?, ctx.state(o).value()) {
                return Ok(());
            }
            ctx.operate(o, &[], Change::Set, until).map(drop)
        })
    }

    /// Notes with which exit code a process or thread is to end. Nothing happens if the object is gone.
    ///
    /// # Errors
    /// As [`Ctx::signal_end`].
    pub fn note_verdict(&self, o: Object, generation: u16, verdict: u64, until: Until) -> Result<()> {
        self.with_structure(until, |ctx| {
            let lives = ctx.arena.get(o, object::META) != 0 && ctx.state(o).generation() == generation;
            if lives && ctx.sort(o)?.is_end() {
                ctx.arena.put(o, object::VERDICT, verdict);
            }
            Ok(())
        })
    }

    /// As [`Ctx::note_verdict`], for the calling thread, if somebody has a handle to it.
    ///
    /// # Errors
    /// As [`Ctx::signal_end`].
    pub fn note_own_verdict(&self, verdict: u64, until: Until) -> Result<()> {
        let word = End(self.arena.get(self.me, thread::END));
        match word.object_plus_one().checked_sub(1) {
            Some(index) => self.note_verdict(self.arena.object(index)?, word.generation(), verdict, until),
            None => Ok(()),
        }
    }

    /// Says that a thread has ended and signals its object, if it has one. Its mutexes are abandoned already.
    pub(crate) fn end_thread(&self, t: Thread) -> Result<Reaped> {
        let mut word = End(self.arena.get(t, thread::END));
        for _ in 0..TRIES {
            if word.ended() {
                break;
            }
            match self
                .arena
                .replace(t, thread::END, word.0, word.with_ended(true).0)
            {
                Ok(()) => word = word.with_ended(true),
                Err(found) => word = End(found),
            }
        }
        if !word.ended() {
            return Err(corrupt("the word for the end of a thread never rests"));
        }
        let Some(index) = word.object_plus_one().checked_sub(1) else {
            return Ok(Reaped::Done);
        };
        let o = self.arena.object(index)?;
        match self.signal_end(o, word.generation(), 0, Until::Now) {
            Ok(()) => {
                self.arena.put(t, thread::END, word.over().0);
                Ok(Reaped::Done)
            }
            Err(Error::Stalled { .. }) => Ok(Reaped::Later),
            Err(e) => Err(e),
        }
    }

    /// The thread `tid` of process `pid` in a PID namespace, if it lives and has a record.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    pub fn find_living_thread(&self, namespace: u64, pid: u32, tid: u32) -> Result<Option<Living>> {
        for index in 1..self.arena.high_water(Section::Threads)? as u16 {
            let t = self.arena.thread(index)?;
            // Before the rest is read: what changes afterwards is found out when the object is made known.
            let end = End(self.arena.get(t, thread::END));
            if end.ended() || self.arena.get(t, thread::TID) != u64::from(tid) {
                continue;
            }
            let Some((s, word)) = self.process_of(t)? else {
                continue;
            };
            let same = self.arena.get(s, slot::PID) == u64::from(pid)
                && self.arena.get(s, slot::PID_NAMESPACE) == namespace;
            if !same {
                continue;
            }
            if self.is_dead(s, word) {
                self.reap(s)?;
                continue;
            }
            return Ok(Some(Living {
                thread: t,
                life: end.life(),
                start: self.arena.get(s, slot::START),
            }));
        }
        Ok(None)
    }

    /// Makes the object that `handle` refers to known to the thread whose end it stands for. If the thread
    /// has ended meanwhile, signals the object instead.
    ///
    /// # Errors
    /// [`Error::Stalled`], [`Error::Corrupt`].
    pub fn bind_thread(&self, living: &Living, handle: &Handle) -> Result<()> {
        let t = living.thread;
        for _ in 0..TRIES {
            let word = End(self.arena.get(t, thread::END));
            if word.ended() || word.life() != living.life {
                return self.signal_end(handle.object, handle.generation, 0, Until::Unlocked);
            }
            // An object that was there before has lost its last handle, or is this one.
            let mine = word.with_object(handle.object.index, handle.generation);
            if self.arena.replace(t, thread::END, word.0, mine.0).is_ok() {
                self.watch_threads_of(t);
                return Ok(());
            }
        }
        Err(corrupt("the word for the end of a thread never rests"))
    }

    /// Has the keeper of a thread's process look after its threads from now on.
    fn watch_threads_of(&self, t: Thread) {
        if let Some(Ok(s)) = Belongs(self.arena.get(t, thread::BELONGS))
            .slot()
            .map(|index| self.arena.slot(index))
            && self.arena.get(s, slot::THREAD_HANDLES) == 0
        {
            self.arena.put(s, slot::THREAD_HANDLES, 1);
            self.poke(s);
        }
    }

    /// Whether a handle to a thread that has not ended is open somewhere.
    pub(super) fn is_watched(&self, t: Thread) -> Result<bool> {
        let word = End(self.arena.get(t, thread::END));
        let Some(index) = word.object_plus_one().checked_sub(1) else {
            return Ok(false);
        };
        let o = self.arena.object(index)?;
        let lives = self.arena.get(o, object::META) != 0 && self.state(o).generation() == word.generation();
        Ok(lives && self.sort(o)?.is_end())
    }

    /// Reaps what a process that has ended has in this arena. `Later`: something of it is still in use, or
    /// somebody else is at it.
    ///
    /// # Errors
    /// [`Error::Corrupt`].
    pub fn reap_ended(&self, namespace: u64, pid: u32, start: u64) -> Result<Reaped> {
        let mut state = Reaped::Done;
        for index in 0..self.arena.high_water(Section::Slots)? as u16 {
            let s = self.arena.slot(index)?;
            let word = SlotWord(self.arena.get(s, slot::WORD));
            if word.life() == Some(Life::Attached)
                && s != self.slot
                // Handles on their way to children outlive their maker.
                && !Tag(self.arena.get(s, slot::TAG)).bundle()
                && self.arena.get(s, slot::PID) == u64::from(pid)
                && self.arena.get(s, slot::PID_NAMESPACE) == namespace
                && same_start(self.arena.get(s, slot::START), start)
            {
                state = state.and(self.reap(s)?);
            }
        }
        Ok(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_times_may_differ_by_a_tick() {
        assert!(same_start(100, 101) && same_start(101, 100) && !same_start(100, 102));
    }
}
