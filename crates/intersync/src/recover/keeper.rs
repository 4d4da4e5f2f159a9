//! The keeper: the thread of a process whose lifeline tells of its death, and who watches others.
//!
//! The ring is computed, never stored: a keeper watches the lifelines of the next three slots below
//! its own that have one. After every wake it computes them anew, reaps what is marked, and looks
//! before it sleeps. A stopped neighbour costs nothing: two more watch the same process.
//!
//! The kernel wakes one sleeper of a marked word, and that one may be dying itself. So a process has a
//! lifeline for each of its watchers, by their distance: the next living one has a word of its own, and the
//! wake cannot go to anybody else.

use smallvec::SmallVec;

use super::reap::Reaped;
use crate::Result;
use crate::arena::layout::{Section, slot, thread};
use crate::arena::{Slot, Thread};
use crate::dispatch::Ctx;
use crate::host::{Host, Rule};
use crate::limits::{LOCK_SLEEP_MAX_NS, LOCK_SLEEP_NS, NET_NS, RING};
use crate::word::claim::Phase;
use crate::word::slot::{Life, SlotWord};
use crate::word::value::{self, Sort};

/// What a keeper remembers between two rounds.
#[derive(Debug, Default)]
pub struct Keeper {
    retry: i64,
    net_at: i64,
}

impl<H: Host> Ctx<'_, H> {
    /// The slots whose lifelines this process's keeper watches.
    fn ring(&self) -> Result<SmallVec<[Slot; RING]>> {
        let mut ring = SmallVec::new();
        let slots = self.arena.high_water(Section::Slots)? as u16;
        for distance in 1..slots {
            let index = (self.slot.index + slots - distance) % slots;
            let s = self.arena.slot(index)?;
            let attached = SlotWord(self.arena.get(s, slot::WORD)).life() == Some(Life::Attached);
            if attached && self.arena.get(s, slot::RAISED) != 0 {
                ring.push(s);
                if ring.len() == RING {
                    break;
                }
            }
        }
        Ok(ring)
    }

    /// Wakes the keepers that must watch this process from now on. Called once its lifeline is raised.
    ///
    /// # Errors
    /// [`Error::Corrupt`](crate::Error::Corrupt).
    pub fn poke_watchers(&self) -> Result<()> {
        let slots = self.arena.high_water(Section::Slots)? as u16;
        let mut poked = 0;
        for distance in 1..slots {
            let s = self.arena.slot((self.slot.index + distance) % slots)?;
            let attached = SlotWord(self.arena.get(s, slot::WORD)).life() == Some(Life::Attached);
            if attached && self.arena.get(s, slot::RAISED) != 0 {
                self.poke(s);
                poked += 1;
                if poked == RING {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Wakes the keeper of a slot.
    pub fn poke(&self, s: Slot) {
        self.arena.add(s, slot::POKE, 1);
        self.arena
            .host
            .wake(self.arena.futex(s, slot::POKE), i32::MAX as u32);
    }

    /// One round of the keeper: reap, look after the sleepers, sleep. Returns at every wake.
    ///
    /// # Errors
    /// [`Error::Fenced`](crate::Error::Fenced) when the process was declared dead: the keeper must
    /// end. [`Error::Corrupt`](crate::Error::Corrupt) is worth another round.
    pub fn keep(&self, keeper: &mut Keeper) -> Result<()> {
        self.check_fence()?;
        let poke = self.arena.get(self.slot, slot::POKE) as u32;
        let ring = self.ring()?;
        let mut words: SmallVec<[(&std::sync::atomic::AtomicU32, u32); RING + 1]> = SmallVec::new();
        words.push((self.arena.futex(self.slot, slot::POKE), poke));
        let mut later = false;
        for (watcher, &s) in ring.iter().enumerate() {
            let mine = slot::LIFELINE + watcher;
            // Read before the mark is looked for: a mark that comes later changes it.
            let seen = self.arena.get(s, mine);
            if self.marked(s) {
                // Whoever sleeps on the same word has an old ring; the kernel wakes only one.
                self.arena.host.wake(self.arena.futex(s, mine), i32::MAX as u32);
                if self.reap(s)? == Reaped::Later {
                    later = true;
                } else {
                    return Ok(());
                }
            } else {
                words.push((self.arena.futex(s, mine), seen as u32));
            }
        }
        let now = self.arena.host.now();
        let sleepers = self.has(Rule::SafetyNet)
            && (self.arena.get(self.slot, slot::SLEEPERS) != 0
                || self.arena.get(self.slot, slot::THREAD_HANDLES) != 0);
        if sleepers && now >= keeper.net_at {
            keeper.net_at = now + NET_NS;
            self.net()?;
        }
        keeper.retry = match later {
            true if keeper.retry == 0 => LOCK_SLEEP_NS,
            true => (keeper.retry * 2).min(LOCK_SLEEP_MAX_NS),
            false => 0,
        };
        let deadline = match (later, sleepers) {
            (true, _) => Some(now + keeper.retry),
            (false, true) => Some(keeper.net_at.min(now + NET_NS)),
            (false, false) => None,
        };
        self.arena.host.keeper_sleeps(&words, deadline);
        Ok(())
    }

    /// The safety net: looks after every sleeping thread of the process.
    fn net(&self) -> Result<()> {
        // Cleared before the look: who makes an object known to a thread does that first, then sets it again.
        let watched = self.arena.get(self.slot, slot::THREAD_HANDLES) != 0;
        if watched {
            self.arena.put(self.slot, slot::THREAD_HANDLES, 0);
        }
        for t in self.threads_of(self.slot, self.nonce)? {
            for context in t.contexts() {
                let claim = self.claim(context);
                if matches!(claim.phase(), Some(Phase::Granted | Phase::Nudged)) {
                    // Its granter may be stopped before it wakes it.
                    self.wake_one(context, thread::CLAIM);
                    if let Ok(granter) = self.arena.thread(claim.granter())
                        && claim.is_granted()
                    {
                        self.wake_gathered(granter);
                    }
                } else if claim.asleep() && claim.is_open(claim.seq()) {
                    self.look_after(context)?;
                }
            }
            let handles = self.is_watched(t)?;
            let later = self.bury_if_vanished(t, handles)? == Reaped::Later;
            if handles && (later || self.is_watched(t)?) {
                self.arena.put(self.slot, slot::THREAD_HANDLES, 1);
            }
        }
        Ok(())
    }

    /// Recovers a thread of the own process that vanished without a word while it held something, or while
    /// somebody holds a handle to it.
    fn bury_if_vanished(&self, t: Thread, handles: bool) -> Result<Reaped> {
        let busy = self.journal(t).step() != Some(crate::dispatch::journal::Step::None)
            || self.owned_list(t).iter().any(|&o| {
                self.arena.object(o - 1).is_ok_and(|o| {
                    self.sort(o).is_ok_and(|s| s == Sort::Mutex)
                        && value::owner(self.state(o).value()) == t.index
                })
            });
        let end = self.arena.get(t, thread::END);
        let tid = self.arena.get(t, thread::TID) as u32;
        // A thread that ends gives its record back first: if the record is still as it was, the thread vanished.
        if t != self.me
            && (busy || handles)
            && self.has(Rule::VanishedThreads)
            && !self.arena.host.thread_exists(tid)
            && self.arena.get(t, thread::END) == end
        {
            self.recover_operation(t)?;
            if self.abandon_all(t)? == Reaped::Later {
                return Ok(Reaped::Later);
            }
            return self.end_thread(t);
        }
        Ok(Reaped::Done)
    }
}
