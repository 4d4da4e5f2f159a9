//! Locking objects.
//!
//! A lock is the `locker` field of the state word. A set of objects is locked in index
//! order; if one is taken, all are released before the thread sleeps on it (invariant 1 of the
//! dispatcher), so a stopped process delays only those who need its very object.
//!
//! # If the holder dies
//! Whoever finds it finishes its operation ([`crate::recover`]) and goes on.

use super::journal::{Note, Step};
use super::{Ctx, Until};
use crate::arena::layout::{header, object, slot, thread};
use crate::arena::{Header, Object, Thread, corrupt};
use crate::host::{Host, Rule};
use crate::limits::{BUSY_NS, LOCK_SLEEP_MAX_NS, LOCK_SLEEP_NS, LOCK_SPINS};
use crate::word::slot::Belongs;
use crate::word::state::State;
use crate::{Error, Result};

/// Tries of an unlocking CAS: only two bits can change under a lock, each once.
const UNLOCK_TRIES: u32 = 16;
/// Tries of a locking CAS against fast paths before it counts as taken.
const LOCK_TRIES: u32 = 1000;

/// How the sleeps on a taken lock go on.
pub(crate) struct Pause {
    sleep: i64,
    /// A word whose locker exists nowhere, seen once already.
    strange: Option<u64>,
}

impl Default for Pause {
    fn default() -> Self {
        Pause {
            sleep: LOCK_SLEEP_NS,
            strange: None,
        }
    }
}

impl<H: Host> Ctx<'_, H> {
    /// Notes the operation and locks its objects.
    ///
    /// # Errors
    /// [`Error::Stalled`] if that takes longer than `until`; nothing is held then.
    pub(super) fn lock_set(&self, note: &Note, set: &[Object], until: Until) -> Result<()> {
        self.note(note, set);
        let mut pause = Pause::default();
        let mut slept_on = None;
        'again: loop {
            for (i, &o) in set.iter().enumerate() {
                let contended = slept_on == Some(o) && self.has(Rule::TakeContended);
                let Err(word) = self.try_lock(o, contended) else {
                    continue;
                };
                if self.has(Rule::ReleaseBeforeSleep) {
                    for &held in &set[..i] {
                        self.unlock(self.me, held, None);
                    }
                }
                let slept = self.sleep_on_lock(o, word, &mut pause, until);
                if let Err(e) = slept {
                    if !self.has(Rule::ReleaseBeforeSleep) {
                        for &held in &set[..i] {
                            self.unlock(self.me, held, None);
                        }
                    }
                    self.advance(self.me, Step::None);
                    return Err(e);
                }
                slept_on = Some(o);
                if !self.has(Rule::ReleaseBeforeSleep) {
                    for &held in &set[..i] {
                        self.unlock(self.me, held, None);
                    }
                }
                continue 'again;
            }
            return Ok(());
        }
    }

    /// Releases a set with nothing changed and ends the operation.
    pub(super) fn abort(&self, set: &[Object]) {
        for &o in set {
            self.unlock(self.me, o, None);
        }
        self.advance(self.me, Step::None);
    }

    /// Tries to lock one object, spinning for as long as an operation takes.
    fn try_lock(&self, o: Object, contended: bool) -> std::result::Result<(), State> {
        let (mut round, mut tries) = (0, 0);
        loop {
            let word = self.state(o);
            if word.locker() == 0 && tries < LOCK_TRIES {
                let mine = word
                    .with_locker(self.me.index)
                    .with_contended(word.contended() || contended);
                if self.arena.replace(o, object::STATE, word.0, mine.0).is_ok() {
                    return Ok(());
                }
                tries += 1;
                continue;
            }
            if round >= LOCK_SPINS || !self.arena.host.spin(round) {
                return Err(word);
            }
            round += 1;
        }
    }

    /// Sleeps on a taken lock for a while, holding nothing, or rids it of a dead holder.
    ///
    /// # Errors
    /// [`Error::Stalled`] when `until` has passed; [`Error::Corrupt`] if nobody can be the holder.
    pub(crate) fn sleep_on_lock(
        &self,
        o: Object,
        word: State,
        pause: &mut Pause,
        until: Until,
    ) -> Result<()> {
        if word.locker() == 0 {
            return Ok(());
        }
        if word.locker() == self.me.index {
            // Nobody else takes this lock in my name, and I am not inside another operation.
            return Err(corrupt(
                "an object is locked in the name of a thread that is not using it",
            ));
        }
        let holder = self.holder(word.locker());
        match holder {
            Some(thread) if self.rescue(thread, o)? => return Ok(()),
            None if pause.strange == Some(word.0) => {
                return Err(corrupt("an object is locked by a thread that does not exist"));
            }
            None => pause.strange = Some(word.0),
            Some(_) => pause.strange = None,
        }
        let now = self.arena.host.now();
        let mut give_up = match until {
            Until::Unlocked => i64::MAX,
            Until::Time(time) => time,
            Until::Now => now,
        };
        // A holder that only waits for a processor is about to go on: not a reason to fail.
        if let Until::Time(time) = until
            && now >= give_up
            && now < time.saturating_add(BUSY_NS)
            && holder.is_some_and(|t| self.is_running(t))
        {
            give_up = time.saturating_add(BUSY_NS);
        }
        if now >= give_up {
            let pid = holder.and_then(|t| self.pid_of(t)).unwrap_or(0);
            return Err(Error::Stalled { holder: pid });
        }
        let marked = word.with_contended(true);
        if !word.contended() && self.arena.replace(o, object::STATE, word.0, marked.0).is_err() {
            return Ok(());
        }
        let deadline = give_up.min(now + pause.sleep);
        pause.sleep = (pause.sleep * 2).min(LOCK_SLEEP_MAX_NS);
        self.arena.host.sleep(
            &[(self.arena.futex(o, object::STATE), marked.futex())],
            Some(deadline),
        );
        Ok(())
    }

    /// The record of a locker, if it is in use.
    pub(crate) fn holder(&self, index: u16) -> Option<Thread> {
        let thread = self.arena.thread(index).ok()?;
        Belongs(self.arena.get(thread, thread::BELONGS))
            .slot()
            .map(|_| thread)
    }

    /// Whether a thread runs, or would if it had a processor, as far as can be told from here.
    fn is_running(&self, t: Thread) -> bool {
        let Ok(Some((s, _))) = self.process_of(t) else {
            return false;
        };
        let get = |word| self.arena.get(s, word);
        let tid = self.arena.get(t, thread::TID) as u32;
        self.arena
            .host
            .is_running(get(slot::PID_NAMESPACE), get(slot::PID) as u32, tid)
    }

    /// The process id of a thread's process.
    pub(crate) fn pid_of(&self, t: Thread) -> Option<u32> {
        let slot = Belongs(self.arena.get(t, thread::BELONGS)).slot()?;
        Some(self.arena.get(self.arena.slot(slot).ok()?, slot::PID) as u32)
    }

    /// Unlocks an object that `holder` has locked, with a new value or the old one, in one CAS; frees
    /// it if it is condemned and its queue is empty. Does nothing if `holder` does not have it locked.
    pub(crate) fn unlock(&self, holder: Thread, o: Object, value: Option<u32>) {
        let queued = self.arena.get(o, object::QUEUED);
        for _ in 0..UNLOCK_TRIES {
            let word = self.state(o);
            if word.locker() != holder.index {
                return;
            }
            let free = word.condemned() && queued as u32 == 0 && self.has(Rule::CondemnedIsFreed);
            let new = if free {
                // Counted before and after: whoever collects must neither miss it nor look too early for good.
                self.arena.add(Header, header::UNCOLLECTED, 1);
                self.arena.put(o, object::META, 0);
                if self.has(Rule::GenerationOnFree) {
                    word.freed()
                } else {
                    State(0).with_generation(word.generation())
                }
            } else {
                word.with_locker(0)
                    .with_contended(false)
                    .with_waiters(queued as u32 != 0)
                    .with_wait_all(queued >> 32 != 0)
                    .with_value(value.unwrap_or(word.value()))
            };
            if self.arena.replace(o, object::STATE, word.0, new.0).is_ok() {
                if word.contended() {
                    let count = if free { u32::MAX } else { 1 };
                    self.arena
                        .host
                        .wake(self.arena.futex(o, object::STATE), count.min(i32::MAX as u32));
                }
                if free {
                    self.arena.add(Header, header::UNCOLLECTED, 1);
                }
                return;
            }
        }
    }
}
