//! The calls of the public interface, object by object: the fast path first, then the dispatcher.
//!
//! # Protocol
//! - A look at one object, or at index 0 of several, is one exchange or one load.
//! - A look at several objects is in [`super::first_look`].
//! - Permits of a give-back semaphore are counted in a handle entry, and an armed timer must be
//!   brought to now: neither has a fast path.

use std::sync::atomic::AtomicU64;

use smallvec::SmallVec;

use super::alert::{Alerts, Pending};
use super::clock::Clock;
use super::fast::Look;
use super::signal::Change;
use super::wait::{Item, Waited};
use super::{Ctx, Until};
use crate::arena::layout::{object, thread};
use crate::arena::{Entry, Object, corrupt};
use crate::directory::handles::{Handle, Request, Wish};
use crate::directory::objects::Seed;
use crate::host::Host;
use crate::limits::{GRACE_NS, LOCK_SLEEP_NS, RECURSION};
use crate::recover::reap::Reaped;
use crate::word::state::State;
use crate::word::value::{self, Sort};
use crate::{Error, Kind, Result};

/// An object as a call reaches it through a handle.
#[derive(Clone, Copy, Debug)]
pub struct Operand<'h> {
    /// The object.
    pub object: Object,
    /// Its generation when the handle was opened.
    pub generation: u16,
    /// Its sort.
    pub sort: Sort,
    /// The word this handle saw last: see [`super::fast`].
    pub hint: &'h AtomicU64,
    /// Semaphore: its maximum.
    pub maximum: u32,
    /// The handle entry that counts the permits held, if the object is a give-back semaphore.
    pub entry: Option<Entry>,
}

impl Operand<'_> {
    /// What a look at several objects needs of each.
    fn glance(&self) -> (Object, u64) {
        (self.object, State::decisive(self.sort))
    }

    pub(crate) fn item(&self) -> Item {
        Item {
            object: self.object,
            generation: self.generation,
            entry: self.entry.map_or(0, |e| e.index + 1),
        }
    }
}

/// What became of the dead owners of mutexes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owners {
    Alive,
    Reaped,
    /// Somebody else is at it.
    Later,
}

impl<H: Host> Ctx<'_, H> {
    fn slow(&self, x: &Operand<'_>, change: Change<'_>) -> Result<u32> {
        self.check_fence()?;
        self.operate_on(x, change, Until::Unlocked)
    }

    /// Changes an object by the slow path, and tells its value before: timers brought to now.
    ///
    /// # Errors
    /// As [`Ctx::set`].
    pub fn change(&self, x: &Operand<'_>, change: Change<'_>) -> Result<u32> {
        self.slow(x, change)
    }

    /// Signals an event.
    ///
    /// # Errors
    /// [`Error::Fenced`], [`Error::Corrupt`]; so for all of these.
    #[inline]
    pub fn set(&self, x: &Operand<'_>) -> Result<()> {
        if self.fast_set(x.object, x.hint, true) {
            Ok(())
        } else {
            self.slow(x, Change::Set).map(drop)
        }
    }

    /// Resets an event.
    ///
    /// # Errors
    /// As [`Ctx::set`].
    #[inline]
    pub fn reset(&self, x: &Operand<'_>) -> Result<()> {
        if self.fast_set(x.object, x.hint, false) {
            Ok(())
        } else {
            self.slow(x, Change::Reset).map(drop)
        }
    }

    /// Signals an event for those who wait now. Without waiters that is a reset.
    ///
    /// # Errors
    /// As [`Ctx::set`].
    pub fn pulse(&self, x: &Operand<'_>) -> Result<()> {
        if self.fast_set(x.object, x.hint, false) {
            Ok(())
        } else {
            self.slow(x, Change::Pulse).map(drop)
        }
    }

    /// Adds permits to a semaphore; returns the count before.
    ///
    /// # Errors
    /// [`Error::OverMaximum`].
    #[inline]
    pub fn release(&self, x: &Operand<'_>, count: u32) -> Result<u32> {
        if x.entry.is_none()
            && let Some(before) = self.fast_release(x.object, x.hint, count, x.maximum)
        {
            return Ok(before);
        }
        self.slow(x, Change::Release(count, x.entry))
    }

    /// Gives back one level of a mutex; with the last one it is free, or its first waiter's.
    ///
    /// # Errors
    /// [`Error::NotOwner`].
    #[inline]
    pub fn release_mutex(&self, x: &Operand<'_>) -> Result<()> {
        match self.fast_free(x.object, x.hint) {
            Some(true) => Ok(()),
            Some(false) => Err(Error::NotOwner),
            None => {
                self.slow(x, Change::ReleaseMutex)?;
                self.forget_owned(x.object);
                Ok(())
            }
        }
    }

    /// Starts a timer; returns the value before. If its clock has a setter, the end of that thread, the calling one, cancels
    /// it.
    ///
    /// # Errors
    /// As [`Ctx::set`].
    pub fn set_timer(&self, x: &Operand<'_>, clock: Clock) -> Result<u32> {
        if clock.setter != 0 {
            // Before the timer says so: whoever ends the thread looks here first.
            self.arena.put(self.me, thread::SETTER, 1);
        }
        self.slow(x, Change::SetTimer(clock.due, clock.second()))
    }

    /// Stops a timer that the calling thread, which ends, has set with a completion routine.
    ///
    /// # Errors
    /// As [`Ctx::set`].
    pub fn call_off_own(&self, x: &Operand<'_>) -> Result<()> {
        self.slow(x, Change::CancelOf(self.me)).map(drop)
    }

    /// Stops a timer; its signal stays as it is.
    ///
    /// # Errors
    /// As [`Ctx::set`].
    pub fn cancel_timer(&self, x: &Operand<'_>) -> Result<()> {
        self.slow(x, Change::CancelTimer).map(drop)
    }

    /// Waits for one object until `deadline` (arena time, ns; `None` = for ever; past = look once).
    ///
    /// # Errors
    /// [`Error::RecursionLimit`], and those of [`Ctx::wait`].
    #[inline]
    pub fn wait_one(&self, x: &Operand<'_>, deadline: Option<i64>) -> Result<Waited> {
        match self.take_now(x) {
            Look::Taken { abandoned } => Ok(Waited::Granted { index: 0, abandoned }),
            Look::Unsignaled if x.sort != Sort::Mutex && self.is_past(deadline) => Ok(Waited::TimedOut),
            _ => self.wait_many(std::slice::from_ref(x), false, deadline),
        }
    }

    /// Waits for one object that was just seen unsignaled: queues at once, which looks again under the lock.
    ///
    /// # Errors
    /// As [`Ctx::wait_one`].
    pub fn wait_blocking(&self, x: &Operand<'_>, deadline: Option<i64>) -> Result<Waited> {
        if x.sort == Sort::Mutex {
            return self.wait_many(std::slice::from_ref(x), false, deadline);
        }
        self.check_fence()?;
        self.wait(&[x.item()], false, deadline)
    }

    /// Waits for any or all of several objects until `deadline`, as [`Ctx::wait_one`].
    ///
    /// # Errors
    /// [`Error::RecursionLimit`], and those of [`Ctx::wait`].
    pub fn wait_many(&self, list: &[Operand<'_>], all: bool, deadline: Option<i64>) -> Result<Waited> {
        self.wait_many_alertable(list, all, deadline, None)?
            .ok_or(corrupt("a wait was alerted that nobody may alert"))
    }

    /// As [`Ctx::wait_many`]; `None`: it was ended because there is something to run.
    ///
    /// # Errors
    /// As [`Ctx::wait_many`].
    pub fn wait_many_alertable(
        &self,
        list: &[Operand<'_>],
        all: bool,
        deadline: Option<i64>,
        alerts: Option<&dyn Alerts>,
    ) -> Result<Option<Waited>> {
        let all = all && list.len() > 1;
        let poll = self.is_past(deadline);
        let mut give_up = None;
        loop {
            let seen = if all {
                self.look_all(list)
            } else {
                self.look_any(list.len(), |i| Some(list[i].glance()), |i| Some(list[i]))
            };
            if let Some(waited @ Waited::Granted { .. }) = seen {
                return Ok(Some(waited));
            }
            // A dead owner is no reason to block or to fail.
            match self.bury_owners(list)? {
                Owners::Reaped => continue,
                Owners::Later if poll => {
                    let now = self.arena.host.now();
                    if now < *give_up.get_or_insert(now + GRACE_NS) {
                        self.pause(now + LOCK_SLEEP_NS);
                        continue;
                    }
                }
                _ => {}
            }
            if poll && let Some(timed_out) = seen {
                let pending = alerts.map_or(Pending::Nothing, Alerts::look);
                return Ok((pending != Pending::Now).then_some(timed_out));
            }
            break;
        }
        self.check_fence()?;
        list.iter().try_for_each(|x| self.check_recursion(x))?;
        let items: SmallVec<[Item; 8]> = list.iter().map(Operand::item).collect();
        self.wait_alertable(&items, all, deadline, alerts)
    }

    /// Signals one object (an event is set, a mutex given back once, a semaphore released by one), then
    /// waits for another, which may be the same. `None`: as [`Ctx::wait_many_alertable`]; the signal is done.
    ///
    /// # Errors
    /// Those of the signal: then nothing was waited for. [`Error::NotSupported`] for a timer.
    pub fn signal_and_wait(
        &self,
        signal: &Operand<'_>,
        wait: &Operand<'_>,
        deadline: Option<i64>,
        alerts: Option<&dyn Alerts>,
    ) -> Result<Option<Waited>> {
        // What the wait needs is there before anything is signaled: an error has changed nothing.
        let context = self.free_context()?;
        self.ensure_blocks(context, 1)?;
        if wait.object != signal.object {
            self.check_recursion(wait)?;
        }
        self.signal(signal)?;
        match self.take_now(wait) {
            Look::Taken { abandoned } => Ok(Some(Waited::Granted { index: 0, abandoned })),
            _ => self.wait_many_alertable(std::slice::from_ref(wait), false, deadline, alerts),
        }
    }

    /// Signals an object as its kind is signaled: an event is set, a mutex given back once, a
    /// semaphore released by one.
    ///
    /// # Errors
    /// Those of these calls; [`Error::NotSupported`] for a timer, a process or a thread.
    pub fn signal(&self, x: &Operand<'_>) -> Result<()> {
        match x.sort {
            Sort::EventManual | Sort::EventAuto => self.set(x),
            Sort::Semaphore => self.release(x, 1).map(drop),
            Sort::Mutex => self.release_mutex(x),
            Sort::TimerManual | Sort::TimerAuto => Err(Error::NotSupported {
                what: "a timer cannot be signaled; set it with a due time of zero",
            }),
            Sort::Process | Sort::Thread => Err(Error::NotSupported {
                what: "a process or thread cannot be signaled; it is when it ends",
            }),
        }
    }

    /// Takes one object if that needs no more than its fast path.
    #[inline]
    pub fn take_quickly(&self, x: &Operand<'_>) -> Option<Waited> {
        match self.take_now(x) {
            Look::Taken { abandoned } => Some(Waited::Granted { index: 0, abandoned }),
            _ => None,
        }
    }

    /// Opens the object called `name`.
    ///
    /// # Errors
    /// Those of [`Ctx::acquire_handle`].
    pub fn open_handle(&self, name: &[u8], expected: Option<Kind>) -> Result<Handle> {
        self.acquire_handle(&Request {
            expected,
            ..Request::new(Some(name), Wish::Open)
        })
    }

    /// Creates an object, or opens the one called `name` unless it must be `new`.
    ///
    /// # Errors
    /// Those of [`Ctx::acquire_handle`].
    pub fn create_handle(&self, name: Option<&[u8]>, seed: &Seed, new: bool) -> Result<Handle> {
        let wish = if new { Wish::CreateNew } else { Wish::OpenOrCreate };
        self.acquire_handle(&Request {
            expected: Some(seed.sort.kind()),
            seed: Some(seed),
            ..Request::new(name, wish)
        })
    }

    /// Takes one object if it is signaled, without a lock.
    #[inline]
    pub(super) fn take_now(&self, x: &Operand<'_>) -> Look {
        match x.sort {
            _ if x.entry.is_some() => self.look(x.object, x.sort),
            Sort::Mutex => self.fast_acquire(x.object, x.hint),
            _ => self.fast_take(x.object, x.sort, x.hint),
        }
    }

    /// A first look of a wait for all. One object that is not signaled decides; that all are,
    /// only the slow path can tell.
    fn look_all(&self, list: &[Operand<'_>]) -> Option<Waited> {
        let unsignaled = |x: &Operand<'_>| self.look(x.object, x.sort) == Look::Unsignaled;
        list.iter().any(unsignaled).then_some(Waited::TimedOut)
    }

    /// Reaps the dead processes that own mutexes of `list`.
    pub(super) fn bury_owners(&self, list: &[Operand<'_>]) -> Result<Owners> {
        let mut found = Owners::Alive;
        for x in list.iter().filter(|x| x.sort == Sort::Mutex) {
            let owner = value::owner(self.state(x.object).value());
            if owner == 0 || owner == self.me.index {
                continue;
            }
            let Some(owner) = self.holder(owner) else { continue };
            let Some((s, word)) = self.process_of(owner)? else {
                continue;
            };
            if self.is_dead(s, word) {
                match self.reap(s)? {
                    Reaped::Done => found = Owners::Reaped,
                    Reaped::Later if found == Owners::Alive => found = Owners::Later,
                    Reaped::Later => {}
                }
            }
        }
        Ok(found)
    }

    /// Whether a wait with this deadline only looks once.
    fn is_past(&self, deadline: Option<i64>) -> bool {
        deadline.is_some_and(|d| d <= 0 || d <= self.arena.host.now())
    }

    fn check_recursion(&self, x: &Operand<'_>) -> Result<()> {
        let owned = x.sort == Sort::Mutex && value::owner(self.state(x.object).value()) == self.me.index;
        if owned && self.arena.get(x.object, object::FIRST) >= u64::from(RECURSION) {
            return Err(Error::RecursionLimit);
        }
        Ok(())
    }

    /// Sleeps until `deadline` or any wake.
    pub(crate) fn pause(&self, deadline: i64) {
        let word = self.arena.get(self.me, thread::TID) as u32;
        let futex = self.arena.futex(self.me, thread::TID);
        self.arena.host.sleep(&[(futex, word)], Some(deadline));
    }
}
