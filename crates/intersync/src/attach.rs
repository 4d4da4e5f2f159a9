//! Entering an arena: a slot for the process, a record for each thread.

use crate::Result;
use crate::arena::layout::{Section, slot, thread};
use crate::arena::{Arena, Slot, Thread};
use crate::dispatch::Ctx;
use crate::host::{Host, Rule};
use crate::recover::reap::Reaped;
use crate::word::claim::{Claim, Phase};
use crate::word::end::End;
use crate::word::handle::Tag;
use crate::word::slot::{Belongs, Life, SlotWord};

/// What a process tells of itself.
#[derive(Clone, Debug, Default)]
pub struct Introduction {
    /// Process id.
    pub pid: u32,
    /// Start time in clock ticks.
    pub start: u64,
    /// Inode of its PID namespace.
    pub pid_namespace: u64,
    /// Effective user id.
    pub euid: u32,
    /// Where its handles are among those of its other arenas.
    pub tag: Tag,
    /// Command name.
    pub comm: [u8; 16],
    /// Version of the library.
    pub version: [u8; 16],
}

/// Takes a slot whose life byte `hold` can take. The byte comes first: a slot that is attached
/// with a free byte is dead.
///
/// # Errors
/// [`Error::Exhausted`](crate::Error::Exhausted) if all slots are in use.
pub fn claim_slot<H: Host, L>(
    arena: &Arena<H>,
    who: &Introduction,
    mut hold: impl FnMut(u16) -> Result<Option<L>>,
) -> Result<(Slot, u32, L)> {
    loop {
        let slots = arena.high_water(Section::Slots)? as u16;
        for index in 0..slots {
            let s = arena.slot(index)?;
            let free = |word: SlotWord| matches!(word.life(), Some(Life::Free | Life::Zombie));
            if !free(SlotWord(arena.get(s, slot::WORD))) {
                continue;
            }
            let Some(life) = hold(index)? else { continue };
            let word = SlotWord(arena.get(s, slot::WORD));
            if !free(word) {
                continue;
            }
            for field in [
                slot::LIFELINE,
                slot::LIFELINE + 1,
                slot::LIFELINE + 2,
                slot::RAISED,
                slot::CHUNKS,
                slot::LOWEST,
                slot::SLEEPERS,
                slot::FEATURES,
                slot::THREAD_HANDLES,
            ] {
                arena.put(s, field, 0);
            }
            arena.put(s, slot::TAG, who.tag.0);
            arena.put(s, slot::PID, u64::from(who.pid));
            arena.put(s, slot::START, who.start);
            arena.put(s, slot::PID_NAMESPACE, who.pid_namespace);
            arena.put(s, slot::EUID, u64::from(who.euid));
            for (bytes, field) in [(&who.comm, slot::COMM), (&who.version, slot::VERSION)] {
                for (i, half) in bytes.as_chunks::<8>().0.iter().enumerate() {
                    arena.put(s, field + i, u64::from_le_bytes(*half));
                }
            }
            arena.put(s, slot::BORN, arena.host.now() as u64);
            let mine = word.attached_next();
            if arena.replace(s, slot::WORD, word.0, mine.0).is_ok() {
                return Ok((s, mine.nonce(), life));
            }
        }
        arena.grow(Section::Slots, slots as usize)?;
    }
}

/// Takes a thread record. Its wait blocks come with its first wait: many threads never wait.
///
/// # Errors
/// [`Error::Exhausted`](crate::Error::Exhausted), [`Error::NoSpace`](crate::Error::NoSpace).
pub fn claim_thread<H: Host>(arena: &Arena<H>, s: Slot, nonce: u32, tid: u32) -> Result<Thread> {
    let t = loop {
        let records = arena.high_water(Section::Threads)? as u16;
        let mut taken = None;
        for index in 1..records {
            let t = arena.thread(index)?;
            let mine = Belongs::to(s.index, nonce).0;
            if arena.get(t, thread::BELONGS) == 0 && arena.replace(t, thread::BELONGS, 0, mine).is_ok() {
                taken = Some(t);
                break;
            }
        }
        match taken {
            Some(t) => break t,
            None => arena.grow(Section::Threads, records as usize).map(drop)?,
        };
    };
    arena.put(t, thread::TID, u64::from(tid));
    arena.put(t, thread::JOURNAL, 0);
    arena.put(t, thread::TARGET, 0);
    arena.put(t, thread::SETTER, 0);
    for context in t.contexts() {
        let claim = Claim(arena.get(context, thread::CLAIM));
        arena.put(context, thread::CLAIM, claim.to(Phase::Idle).0);
        arena.put(context, thread::SHAPE, 0);
    }
    // Last: whoever looks for the thread to get a handle to it finds all of it or nothing.
    let last = End(arena.get(t, thread::END));
    arena.put(t, thread::END, last.next_life().0);
    Ok(t)
}

impl<H: Host> Ctx<'_, H> {
    /// Ends the thread's part in the arena: abandons its mutexes, then signals the handles to it, and frees its
    /// record. `false`: waits
    /// it left behind still have blocks linked; the record stays until its process ends.
    ///
    /// # Errors
    /// [`Error::Corrupt`](crate::Error::Corrupt).
    pub fn retire_thread(&self) -> Result<bool> {
        // A grant that was left behind shows with the unlock of its granter: only then is there a mutex to abandon.
        for context in self.me.contexts() {
            let claim = self.claim(context);
            if claim.phase() == Some(Phase::Left) && self.has(Rule::OwnerInFlight) {
                self.drain(context, claim, crate::dispatch::Until::Unlocked)?;
                self.change_claim(context, claim, claim.to(Phase::Idle));
            }
        }
        if !self.has(Rule::EndsLast) {
            self.end_thread(self.me)?;
        }
        // A living locker unlocks soon; a stopped one is waited for: the mutex must not be forgotten.
        let mut rounds = 0;
        while self.abandon_all(self.me)? == Reaped::Later || self.end_thread(self.me)? == Reaped::Later {
            rounds += 1;
            let pause = crate::limits::LOCK_SLEEP_NS << (rounds.min(6));
            let until = self.arena.host.now() + pause;
            self.arena.host.sleep(
                &[(
                    self.arena.futex(self.me, thread::TID),
                    self.arena.get(self.me, thread::TID) as u32,
                )],
                Some(until),
            );
        }
        for context in self.me.contexts() {
            let claim = self.claim(context);
            if claim.phase() != Some(Phase::Idle) {
                if !self.drain(context, claim, crate::dispatch::Until::Now)? {
                    return Ok(false);
                }
                self.change_claim(context, claim, claim.to(Phase::Idle));
            }
        }
        self.free_thread(self.me)?;
        Ok(true)
    }

    /// Reaps whoever was left dead when nobody was there to see it. Processes without a lifeline are
    /// asked for by their byte, a few at most: a query costs microseconds.
    ///
    /// # Errors
    /// [`Error::Corrupt`](crate::Error::Corrupt).
    pub fn reap_leftovers(&self) -> Result<()> {
        let mut queries = 64;
        for index in 0..self.arena.high_water(Section::Slots)? as u16 {
            let s = self.arena.slot(index)?;
            let attached = SlotWord(self.arena.get(s, slot::WORD)).life() == Some(Life::Attached);
            if !attached || index == self.slot.index {
                continue;
            }
            let raised = self.arena.get(s, slot::RAISED) != 0;
            if raised && !self.marked(s) {
                continue;
            }
            if !raised {
                if queries == 0 {
                    continue;
                }
                queries -= 1;
            }
            self.reap(s)?;
        }
        Ok(())
    }
}
