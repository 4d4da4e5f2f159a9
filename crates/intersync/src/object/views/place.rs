//! A place of the table of remembered views.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

use super::PLACES;
use crate::access::Access;
use crate::arena::layout::entry;
use crate::arena::{self, Object};
use crate::dispatch::free_mutex::Free;
use crate::dispatch::hint::Hint;
use crate::object::inner::Inner;
use crate::process::Process;
use crate::sys::atomic_ref::AtomicRef;
use crate::word::handle::Reference;
use crate::word::state::State;
use crate::word::value::Sort;

/// The table.
pub(super) static TABLE: [Place; PLACES] = [const { Place::empty() }; PLACES];

/// What one handle was when it was viewed: one cache line.
///
/// Written by one thread at a time, which leaves no value in `key` meanwhile; others then do without. Who reads sees the same key
/// before and after: it has a turn, which each writing raises.
#[repr(C, align(64))]
pub(super) struct Place {
    /// The value of the handle, 0..32; the turn, 32..64.
    key: AtomicU64,
    /// The identity of the process it was viewed in.
    identity: AtomicU32,
    facts: AtomicU32,
    /// The word of its entry.
    reference: AtomicU64,
    entry: AtomicRef<AtomicU64>,
    process: AtomicRef<Process>,
    /// The object's state word.
    word: AtomicRef<AtomicU64>,
    /// Mutex: its recursion count. Semaphore: the maximum.
    first: AtomicRef<AtomicU64>,
    /// The state word as it was seen last: see [`Guess`].
    hint: AtomicU64,
}

const _: () = assert!(size_of::<Place>() == 64);

/// In a key, where no value is: somebody writes. Values are multiples of 4.
const WRITING: u64 = 1;

/// What is known of an object and a handle besides what the entry's word says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Facts(u32);

impl Facts {
    const SORT: u32 = 0xf;
    const WAIT: u32 = 1 << 8;
    const MODIFY: u32 = 1 << 9;
    const HIGH_RESOLUTION: u32 = 1 << 10;

    fn of(inner: &Inner) -> Facts {
        let flag = |on, bit| if on { bit } else { 0 };
        let may = |right, bit| flag(inner.handle.access.contains(right), bit);
        Facts(
            u32::from(inner.handle.sort as u8)
                | may(Access::WAIT, Facts::WAIT)
                | may(Access::MODIFY, Facts::MODIFY)
                | flag(inner.high_resolution, Facts::HIGH_RESOLUTION),
        )
    }

    /// Whether the handle may change the state of an object of this sort.
    #[inline(always)]
    pub(super) fn changes(self, sort: Sort) -> bool {
        self.0 & (Facts::SORT | Facts::MODIFY) == sort as u32 | Facts::MODIFY
    }

    /// The sort of the object, if the handle may be waited for.
    #[inline(always)]
    pub(super) fn waitable(self) -> Option<Sort> {
        if self.0 & Facts::WAIT == 0 {
            return None;
        }
        Sort::from_code((self.0 & Facts::SORT) as u8)
    }

    /// The bits of the state word that tell whether the object is idle, if the handle may be waited for.
    #[inline(always)]
    pub(super) fn decisive(self) -> Option<u64> {
        static BITS: [u64; 16] = {
            let mut bits = [0; 16];
            let mut code = 0;
            while code < 16 {
                if let Some(sort) = Sort::from_code(code) {
                    bits[code as usize] = State::decisive(sort);
                }
                code += 1;
            }
            bits
        };
        (self.0 & Facts::WAIT != 0).then_some(BITS[(self.0 & Facts::SORT) as usize])
    }

    pub(super) fn is_mutex(self) -> bool {
        self.0 & Facts::SORT == Sort::Mutex as u32
    }

    pub(super) fn high_resolution(self) -> bool {
        self.0 & Facts::HIGH_RESOLUTION != 0
    }
}

/// A remembered view whose handle was still open.
#[derive(Clone, Copy)]
pub(super) struct View {
    pub(super) process: &'static Process,
    pub(super) word: &'static AtomicU64,
    pub(super) first: &'static AtomicU64,
    pub(super) reference: Reference,
    pub(super) facts: Facts,
    hint: &'static AtomicU64,
}

impl Place {
    const fn empty() -> Place {
        Place {
            key: AtomicU64::new(0),
            identity: AtomicU32::new(0),
            facts: AtomicU32::new(0),
            reference: AtomicU64::new(0),
            entry: AtomicRef::none(),
            process: AtomicRef::none(),
            word: AtomicRef::none(),
            first: AtomicRef::none(),
            hint: AtomicU64::new(0),
        }
    }

    /// The view of the handle with this value, if it is the one remembered and the handle is still open.
    #[inline(always)]
    pub(super) fn view(&'static self, value: u32) -> Option<View> {
        let key = self.key.load(Ordering::Acquire);
        if key as u32 != value || self.identity.load(Ordering::Relaxed) != Process::identity() {
            return None;
        }
        let entry = self.entry.get()?;
        let view = View {
            process: self.process.get()?,
            word: self.word.get()?,
            first: self.first.get()?,
            reference: Reference(self.reference.load(Ordering::Relaxed)),
            facts: Facts(self.facts.load(Ordering::Relaxed)),
            hint: &self.hint,
        };
        fence(Ordering::Acquire);
        let whole = self.key.load(Ordering::Relaxed) == key;
        (whole && entry.load(Ordering::SeqCst) == view.reference.0).then_some(view)
    }

    /// As [`Place::view`], for one of many handles that must all be of one namespace, which the calling process has attached to:
    /// no more than a look at many objects needs. No handle has a value of 0; it may be asked for.
    #[inline(always)]
    pub(super) fn glimpse(&self, value: u32, process: &'static Process) -> Option<(Reference, Facts)> {
        let key = self.key.load(Ordering::Acquire);
        if key as u32 != value || !self.process.is(process) {
            return None;
        }
        let entry = self.entry.get()?;
        let reference = Reference(self.reference.load(Ordering::Relaxed));
        let facts = Facts(self.facts.load(Ordering::Relaxed));
        fence(Ordering::Acquire);
        let whole = self.key.load(Ordering::Relaxed) == key;
        (whole && entry.load(Ordering::SeqCst) == reference.0).then_some((reference, facts))
    }

    /// Remembers a view instead of the one it has, unless another thread is just doing that.
    pub(super) fn remember(&self, inner: &Inner) {
        let key = self.key.load(Ordering::Relaxed);
        let turn = (key >> 32) + 1;
        let writing = turn << 32 | WRITING;
        let free = key as u32 != WRITING as u32
            && self
                .key
                .compare_exchange(key, writing, Ordering::Acquire, Ordering::Relaxed)
                .is_ok();
        if !free {
            return;
        }
        fence(Ordering::Release);
        self.identity.store(inner.process.generation, Ordering::Relaxed);
        self.facts.store(Facts::of(inner).0, Ordering::Relaxed);
        self.reference.store(inner.handle.reference.0, Ordering::Relaxed);
        let arena = inner.process.arena;
        self.entry.set(arena.direct(inner.handle.entry, entry::OBJECT));
        self.process.set(inner.process);
        self.word.set(inner.word);
        self.first.set(inner.first);
        self.hint
            .store(inner.hint.load(Ordering::Relaxed), Ordering::Relaxed);
        self.key
            .store(turn << 32 | u64::from(inner.value()), Ordering::Release);
    }
}

impl View {
    #[inline(always)]
    pub(super) fn generation(&self) -> u16 {
        self.reference.generation()
    }

    /// The object.
    ///
    /// # Errors
    /// [`crate::Error::Corrupt`].
    #[inline(always)]
    pub(super) fn object(&self) -> crate::Result<Object> {
        match self.reference.object_plus_one().checked_sub(1) {
            Some(index) => self.process.arena.object(index),
            None => Err(arena::corrupt("a handle refers to nothing")),
        }
    }

    /// The guess at its state word.
    #[inline(always)]
    pub(super) fn hint(&self) -> Guess {
        Guess {
            hint: self.hint,
            generation: self.generation(),
        }
    }

    /// The mutex as its fastest paths take it.
    #[inline(always)]
    pub(super) fn free_mutex(&self) -> Free<'static, Guess> {
        Free {
            noted: u64::from(self.reference.object_plus_one()),
            word: self.word,
            levels: self.first,
            hint: self.hint(),
        }
    }

    /// Semaphore: the maximum, if the object is still there.
    #[inline(always)]
    pub(super) fn maximum(&self) -> u32 {
        self.first.load(Ordering::SeqCst) as u32
    }

    /// Guesses that the word is as it is now.
    #[inline(always)]
    pub(super) fn look(&self) {
        self.hint
            .store(self.word.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

/// The hint of a place, for one object: what another handle has left there in the meantime, or the next object in the same
/// record, is no guess at its word.
#[derive(Clone, Copy)]
pub(super) struct Guess {
    hint: &'static AtomicU64,
    generation: u16,
}

impl Hint for Guess {
    #[inline(always)]
    fn guess(&self) -> State {
        let seen = State(self.hint.load(Ordering::Relaxed));
        if seen.generation() == self.generation {
            seen
        } else {
            State::never(self.generation)
        }
    }

    #[inline(always)]
    fn note(&self, word: State) {
        self.hint.store(word.0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_noted_of_another_object_is_no_guess() {
        static HINT: AtomicU64 = AtomicU64::new(0);
        let guess = |generation| Guess {
            hint: &HINT,
            generation,
        };
        let word = State(0).with_generation(7).with_value(1);
        guess(7).note(word);
        assert_eq!(guess(7).guess(), word);
        // The next object in the same record may have any state: the word of the last one must not match it.
        assert_eq!(guess(8).guess(), State::never(8));
    }

    #[test]
    fn an_empty_place_remembers_no_handle() {
        static PLACE: Place = Place::empty();
        for value in [0, 4, u32::MAX, WRITING as u32] {
            assert!(PLACE.view(value).is_none());
        }
    }

    #[test]
    fn facts_tell_sort_and_rights() {
        let waits = Facts(Sort::EventAuto as u32 | Facts::WAIT);
        assert_eq!(waits.waitable(), Some(Sort::EventAuto));
        assert_eq!(waits.decisive(), Some(State::decisive(Sort::EventAuto)));
        assert!(!waits.changes(Sort::EventAuto));
        let changes = Facts(Sort::Semaphore as u32 | Facts::MODIFY);
        assert!(changes.changes(Sort::Semaphore) && !changes.changes(Sort::EventAuto));
        assert_eq!((changes.waitable(), changes.decisive()), (None, None));
    }
}
