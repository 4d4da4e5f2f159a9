//! The structure lock.

use crate::arena::layout::{header, slot};
use crate::arena::{Header, corrupt};
use crate::dispatch::{Ctx, Until};
use crate::host::{Host, Rule};
use crate::limits::{LOCK_SLEEP_MAX_NS, LOCK_SLEEP_NS, LOCK_SPINS};
use crate::word::{field, flag};
use crate::{Error, Result};

/// The word of the structure lock. Its low half is a futex.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Word(u64);

impl Word {
    field!(
        /// The thread that holds the lock, or 0.
        locker, with_locker, 0, 16, u16
    );
    flag!(
        /// Whether somebody may sleep on it.
        contended, with_contended, 16
    );
    flag!(
        /// Whether a holder died: what is derived must be derived anew.
        rebuild, with_rebuild, 17
    );
}

impl<H: Host> Ctx<'_, H> {
    /// Runs `work` under the structure lock.
    ///
    /// # Errors
    /// [`Error::Stalled`] if the lock cannot be had within `until`, and those of `work`.
    pub(crate) fn with_structure<T>(&self, until: Until, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.lock_structure(until)?;
        let done = work(self);
        self.unlock_structure();
        done
    }

    fn lock_structure(&self, until: Until) -> Result<()> {
        let (mut round, mut sleep, mut slept, mut strange) = (0, LOCK_SLEEP_NS, false, None);
        loop {
            let word = Word(self.arena.get(Header, header::STRUCTURE));
            if word.locker() == 0 {
                let mine = word
                    .with_locker(self.me.index)
                    .with_contended(word.contended() || slept);
                if self
                    .arena
                    .replace(Header, header::STRUCTURE, word.0, mine.0)
                    .is_ok()
                {
                    return if word.rebuild() {
                        self.rebuild_locked()
                    } else {
                        Ok(())
                    };
                }
                continue;
            }
            if word.locker() == self.me.index {
                return Err(Error::Reentrant);
            }
            if round < LOCK_SPINS && self.arena.host.spin(round) {
                round += 1;
                continue;
            }
            let holder = self.holder(word.locker());
            let dead = match holder {
                Some(t) => match self.process_of(t)? {
                    Some((s, slot_word)) => self.is_dead(s, slot_word),
                    None => false,
                },
                None if strange == Some(word.0) => {
                    return Err(corrupt("the structure lock is held by nobody"));
                }
                None => {
                    strange = Some(word.0);
                    false
                }
            };
            if dead {
                let mine = word.with_locker(self.me.index).with_rebuild(true);
                if self
                    .arena
                    .replace(Header, header::STRUCTURE, word.0, mine.0)
                    .is_ok()
                {
                    return self.rebuild_locked();
                }
                continue;
            }
            let now = self.arena.host.now();
            let give_up = match until {
                Until::Unlocked => i64::MAX,
                Until::Time(time) => time,
                Until::Now => now,
            };
            if now >= give_up {
                let pid = holder.and_then(|t| self.pid_of(t)).unwrap_or(0);
                return Err(Error::Stalled { holder: pid });
            }
            let marked = word.with_contended(true);
            if word.contended()
                || self
                    .arena
                    .replace(Header, header::STRUCTURE, word.0, marked.0)
                    .is_ok()
            {
                let futex = self.arena.futex(Header, header::STRUCTURE);
                self.arena
                    .host
                    .sleep(&[(futex, marked.0 as u32)], Some(give_up.min(now + sleep)));
                sleep = (sleep * 2).min(LOCK_SLEEP_MAX_NS);
                slept = true;
            }
        }
    }

    /// Derives everything anew; the lock is held. If that fails the lock is given back with the bit set.
    fn rebuild_locked(&self) -> Result<()> {
        if self.has(Rule::RebuildStructure)
            && let Err(e) = self.rebuild()
        {
            self.unlock_structure();
            return Err(e);
        }
        loop {
            let word = Word(self.arena.get(Header, header::STRUCTURE));
            if word.locker() != self.me.index {
                return Err(corrupt("the structure lock changed hands while it was held"));
            }
            if self
                .arena
                .replace(Header, header::STRUCTURE, word.0, word.with_rebuild(false).0)
                .is_ok()
            {
                return Ok(());
            }
        }
    }

    fn unlock_structure(&self) {
        // Only the contended bit can change while the lock is held, and only once.
        for _ in 0..16 {
            let word = Word(self.arena.get(Header, header::STRUCTURE));
            if word.locker() != self.me.index {
                return;
            }
            let free = word.with_locker(0).with_contended(false);
            if self
                .arena
                .replace(Header, header::STRUCTURE, word.0, free.0)
                .is_ok()
            {
                if word.contended() {
                    self.arena
                        .host
                        .wake(self.arena.futex(Header, header::STRUCTURE), 1);
                }
                return;
            }
        }
    }

    /// Checks that a slot is attached in this life, for tables that belong to it.
    pub(crate) fn is_attached(&self, index: u16, nonce: u32) -> bool {
        use crate::word::slot::SlotWord;
        self.arena
            .slot(index)
            .is_ok_and(|s| SlotWord(self.arena.get(s, slot::WORD)).is_attached(nonce))
    }
}
