//! The fast paths: one compare-and-swap, no journal, no system call.
//!
//! Each takes a *hint*: the word that this handle saw last. Trying the exchange first and loading
//! only when it fails saves a third of the time of an uncontended operation. A wrong hint costs
//! one failed exchange, never correctness.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Ctx;
use super::hint::Hint;
use super::journal::Step;
use crate::arena::layout::object;
use crate::arena::{Arena, Object};
use crate::host::{Host, Rule};
use crate::word::state::State;
use crate::word::value::{self, ARMED, Sort};

/// What a look at one object found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    /// It was signaled and is taken.
    Taken {
        /// Whether it was an abandoned mutex.
        abandoned: bool,
    },
    /// It is not signaled for this thread.
    Unsignaled,
    /// Only the slow path can tell.
    Unknown,
}

/// Failed exchanges before the slow path decides: only a crowd of fast paths can cause them.
const TRIES: u32 = 16;

/// The state word of an object: the word itself, or with a step of the host before each access.
pub trait StateWord {
    /// The word as it is.
    fn now(&self) -> State;
    /// Replaces `old` by `new`.
    ///
    /// # Errors
    /// The word found.
    fn exchange(&self, old: State, new: State) -> std::result::Result<(), State>;
}

impl StateWord for AtomicU64 {
    #[inline(always)]
    fn now(&self) -> State {
        State(self.load(Ordering::SeqCst))
    }

    #[inline(always)]
    fn exchange(&self, old: State, new: State) -> std::result::Result<(), State> {
        match self.compare_exchange(old.0, new.0, Ordering::SeqCst, Ordering::SeqCst) {
            Ok(_) => Ok(()),
            Err(found) => Err(State(found)),
        }
    }
}

/// The state word of an object in an arena.
struct InArena<'a, H> {
    arena: &'a Arena<H>,
    object: Object,
}

impl<H: Host> StateWord for InArena<'_, H> {
    #[inline(always)]
    fn now(&self) -> State {
        State(self.arena.get(self.object, object::STATE))
    }

    #[inline(always)]
    fn exchange(&self, old: State, new: State) -> std::result::Result<(), State> {
        self.arena
            .replace(self.object, object::STATE, old.0, new.0)
            .map_err(State)
    }
}

#[inline(always)]
fn exchange(word: &impl StateWord, hint: &impl Hint, old: State, new: State) -> Result<(), State> {
    word.exchange(old, new)?;
    hint.note(new);
    Ok(())
}

/// Signals an event (`on`) or resets it. `false`: the slow path must. A signal that changes
/// nothing is an exchange all the same: programs rely on the barrier.
#[inline]
pub fn set(word: &impl StateWord, hint: &impl Hint, on: bool) -> bool {
    let mut seen = hint.guess();
    for _ in 0..TRIES {
        if seen.is_quiet() {
            let value = if on {
                value::set(seen.value())
            } else {
                value::reset(seen.value())
            };
            match exchange(word, hint, seen, seen.with_value(value)) {
                Ok(()) => return true,
                Err(found) if found.is_of(seen) => seen = found,
                Err(_) => return false,
            }
        } else {
            let now = word.now();
            if now == seen || !now.is_of(seen) {
                return false;
            }
            seen = now;
        }
    }
    false
}

/// Adds permits; the count before, or `None`: the slow path must.
#[inline]
pub fn release(word: &impl StateWord, hint: &impl Hint, count: u32, maximum: u32) -> Option<u32> {
    let mut seen = hint.guess();
    for _ in 0..TRIES {
        let sum = seen.value().checked_add(count).filter(|&sum| sum <= maximum);
        match sum {
            Some(sum) if seen.is_quiet() => match exchange(word, hint, seen, seen.with_value(sum)) {
                Ok(()) => return Some(seen.value()),
                Err(found) if found.is_of(seen) => seen = found,
                Err(_) => return None,
            },
            _ => {
                let now = word.now();
                if now == seen || !now.is_of(seen) {
                    return None;
                }
                seen = now;
            }
        }
    }
    None
}

/// What a try to take an object found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Try {
    /// It was signaled and is taken.
    Taken,
    /// It is not signaled, or locked: the word, seen after a barrier.
    Not(State),
    /// It kept changing.
    Busy,
}

/// Takes an event, a semaphore or a timer that is signaled. An armed timer is never taken here:
/// it may have expired since it was signaled.
#[inline]
pub fn take(word: &impl StateWord, sort: Sort, hint: &impl Hint) -> Try {
    let mut seen = hint.guess();
    for _ in 0..TRIES {
        let armed = sort.is_timer() && seen.value() & ARMED != 0;
        if seen.locker() == 0 && value::signaled(sort, seen.value()) && !armed {
            let taken = value::take(sort, seen.value(), 0, 0);
            match exchange(word, hint, seen, seen.with_value(taken.value)) {
                Ok(()) => return Try::Taken,
                Err(found) if found.is_of(seen) => seen = found,
                Err(_) => return Try::Busy,
            }
            continue;
        }
        // A poll that finds nothing is a full barrier too.
        std::sync::atomic::fence(Ordering::SeqCst);
        let now = word.now();
        if now == seen {
            return Try::Not(seen);
        }
        if !now.is_of(seen) {
            return Try::Busy;
        }
        seen = now;
    }
    Try::Busy
}

impl<H: Host> Ctx<'_, H> {
    #[inline(always)]
    fn word(&self, object: Object) -> InArena<'_, H> {
        InArena {
            arena: self.arena,
            object,
        }
    }

    /// As [`set`], on an object of the arena.
    #[inline]
    pub fn fast_set(&self, o: Object, hint: &AtomicU64, on: bool) -> bool {
        set(&self.word(o), hint, on)
    }

    /// As [`release`], on an object of the arena.
    #[inline]
    pub fn fast_release(&self, o: Object, hint: &AtomicU64, count: u32, maximum: u32) -> Option<u32> {
        release(&self.word(o), hint, count, maximum)
    }

    /// As [`take`], on an object of the arena.
    #[inline]
    pub fn fast_take(&self, o: Object, sort: Sort, hint: &AtomicU64) -> Look {
        match take(&self.word(o), sort, hint) {
            Try::Taken => Look::Taken { abandoned: false },
            Try::Not(word) => self.unsignaled(o, sort, word),
            Try::Busy => Look::Unknown,
        }
    }

    /// What a word says that is not signaled, or locked.
    fn unsignaled(&self, o: Object, sort: Sort, word: State) -> Look {
        let signaled = value::signaled_for(sort, word.value(), self.me.index);
        if signaled || (sort.is_timer() && word.value() & ARMED != 0) || !self.is_current(o, word) {
            return Look::Unknown;
        }
        Look::Unsignaled
    }

    /// Whether a word that may be locked shows a value that holds. The value in a locked word is the one
    /// before the operation in flight. It holds until that is committed: from then on others may know of it,
    /// whom it has granted or to whom it has shown another of its objects.
    pub(super) fn is_current(&self, o: Object, word: State) -> bool {
        if word.locker() == 0 {
            return true;
        }
        if !self.has(Rule::AnswerFromLocked) {
            return false;
        }
        let Some(locker) = self.holder(word.locker()) else {
            return false;
        };
        let committed = !matches!(self.journal(locker).step(), Some(Step::None | Step::Locking));
        (!committed || !self.has(Rule::AnswerBeforeCommit)) && self.state(o) == word
    }

    /// Looks at a timer, or at anything else without a fast path.
    pub fn look(&self, o: Object, sort: Sort) -> Look {
        std::sync::atomic::fence(Ordering::SeqCst);
        let word = self.state(o);
        self.unsignaled(o, sort, word)
    }

    /// Takes a mutex that is free or owned by the thread. The slot's word is compared too: a fenced
    /// process must not take another thread for itself.
    #[inline]
    pub fn fast_acquire(&self, o: Object, hint: &AtomicU64) -> Look {
        let state = self.word(o);
        let mut word = State(hint.load(Ordering::Relaxed));
        let mut noted = false;
        let me = self.me.index;
        if self.has(Rule::FenceMutex) && self.check_fence().is_err() {
            return Look::Unknown;
        }
        for _ in 0..TRIES {
            let owner = value::owner(word.value());
            if owner == 0 && word.locker() == 0 {
                if !noted && self.has(Rule::NoteBeforeAcquire) {
                    self.note_owned(o);
                    noted = true;
                }
                let taken = value::take(Sort::Mutex, word.value(), me, 0);
                match exchange(&state, hint, word, word.with_value(taken.value)) {
                    Ok(()) => {
                        if !noted {
                            self.note_owned(o);
                        }
                        self.arena.put(o, object::FIRST, 1);
                        return Look::Taken {
                            abandoned: taken.abandoned,
                        };
                    }
                    Err(found) if found.is_of(word) => word = found,
                    Err(_) => break,
                }
                continue;
            }
            let now = state.now();
            if now != word {
                if !now.is_of(word) {
                    break;
                }
                word = now;
                continue;
            }
            if owner == me {
                // Nobody but me can change that I am the owner: no exchange is needed.
                if word.locker() != 0 && !self.has(Rule::LevelsUnlocked) {
                    return Look::Unknown;
                }
                let levels = self.arena.get(o, object::FIRST);
                if levels < u64::from(crate::limits::RECURSION) {
                    self.arena.put(o, object::FIRST, levels + 1);
                    return Look::Taken { abandoned: false };
                }
                return Look::Unknown;
            }
            // A poll that finds nothing is a full barrier too.
            std::sync::atomic::fence(Ordering::SeqCst);
            let now = state.now();
            if now != word {
                if !now.is_of(word) {
                    break;
                }
                word = now;
                continue;
            }
            if noted {
                self.forget_owned(o);
            }
            return self.unsignaled(o, Sort::Mutex, word);
        }
        if noted && value::owner(state.now().value()) != me {
            self.forget_owned(o);
        }
        Look::Unknown
    }

    /// Gives back one level of a mutex. `None`: the slow path must free it. `Some(false)`: not the owner.
    /// A locked word cannot say the latter: its locker may be about to make this thread the owner, who has
    /// left the wait because the locker is stopped.
    #[inline]
    pub fn fast_free(&self, o: Object, hint: &AtomicU64) -> Option<bool> {
        let state = self.word(o);
        let mut word = State(hint.load(Ordering::Relaxed));
        if self.has(Rule::FenceMutex) && self.check_fence().is_err() {
            return None;
        }
        let hinted = word;
        if value::owner(word.value()) != self.me.index {
            word = state.now();
            if !word.is_of(hinted) {
                return None;
            }
            if value::owner(word.value()) != self.me.index {
                return self.not_owner(word);
            }
        }
        let levels = self.arena.get(o, object::FIRST);
        if levels > 1 {
            // The hint may be old: whether I am the owner is in the word.
            let word = state.now();
            if !word.is_of(hinted) {
                return None;
            }
            if value::owner(word.value()) != self.me.index {
                return self.not_owner(word);
            }
            self.arena.put(o, object::FIRST, levels - 1);
            return Some(true);
        }
        for _ in 0..TRIES {
            if value::owner(word.value()) != self.me.index {
                return self.not_owner(word);
            }
            if word.is_quiet() {
                if !self.has(Rule::ForgetAfterRelease) {
                    self.forget_owned(o);
                }
                match exchange(
                    &self.word(o),
                    hint,
                    word,
                    word.with_value(value::freed(word.value(), false)),
                ) {
                    Ok(()) => {
                        self.forget_owned(o);
                        return Some(true);
                    }
                    Err(found) if found.is_of(word) => word = found,
                    Err(_) => return None,
                }
                continue;
            }
            let now = state.now();
            if now == word || !now.is_of(word) {
                return None;
            }
            word = now;
        }
        None
    }

    fn not_owner(&self, word: State) -> Option<bool> {
        (word.locker() == 0 || !self.has(Rule::OwnerInFlight)).then_some(false)
    }
}
