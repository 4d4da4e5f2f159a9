//! The first look of a wait for any: a true snapshot without locking every object.
//!
//! It collects the words of the objects up to the first that is signaled, locks that one, and accepts it only if
//! the words before it have not changed: every change to signaled raises a counter in the same word, so none of
//! them was signaled at the moment of the lock. Semaphores have no such counter: a list with one beyond index 0
//! takes the slow path.

use super::Ctx;
use super::call::Operand;
use super::fast::Look;
use super::journal::Step;
use super::wait::Waited;
use crate::arena::Object;
use crate::arena::layout::object;
use crate::host::{Host, Rule};
use crate::limits::{LOOK_MUTEX_NS, LOOK_NS, WAIT_OBJECTS};
use crate::word::state::State;
use crate::word::value::{self, ARMED, SIGNALED, Sort};

/// An object and its word when it was seen unsignaled.
type Sighting = (Object, State);

/// Objects seen unsignaled, one after the other.
struct Seen<'s> {
    words: &'s [Sighting],
    began: i64,
    /// When the first mutex was looked at: its change counter is short.
    mutex: Option<i64>,
}

impl Seen<'_> {
    /// Whether the words are still the same, and the first look so recent that no change counter can have
    /// wrapped.
    fn unchanged<H: Host>(&self, ctx: &Ctx<'_, H>) -> bool {
        let same = |now: State, word: State| {
            now == word || (!ctx.has(Rule::ChangeCounter) && (now.value() ^ word.value()) & SIGNALED == 0)
        };
        self.words.iter().all(|&(o, word)| same(ctx.state(o), word))
            && ctx.arena.host.look_ends().saturating_sub(self.began) <= LOOK_NS
            && self
                .mutex
                .is_none_or(|began| ctx.arena.host.now().saturating_sub(began) <= LOOK_MUTEX_NS)
    }
}

impl<H: Host> Ctx<'_, H> {
    /// A first look of a wait for any: what was taken, `TimedOut` if none was signaled, or `None`
    /// if only the slow path can tell. `glance` gives an object of the list by index and its decisive
    /// bits, or `None` for one that is not in this arena, `at` all of it, or `None` if it is gone by then.
    #[inline]
    pub fn look_any<'x>(
        &self,
        count: usize,
        glance: impl Fn(usize) -> Option<(Object, u64)>,
        at: impl Fn(usize) -> Option<Operand<'x>>,
    ) -> Option<Waited> {
        if !self.has(Rule::FirstLook) {
            return self.look_one_by_one(count, at);
        }
        match count {
            0 => None,
            1 if glance(0).is_none() => None,
            1 => match self.take_now(&at(0)?) {
                Look::Taken { abandoned } => Some(Waited::Granted { index: 0, abandoned }),
                Look::Unsignaled => Some(Waited::TimedOut),
                Look::Unknown => None,
            },
            2..=4 => self.look_at::<4>(count, glance, at),
            5..=16 => self.look_at::<16>(count, glance, at),
            17..=64 => self.look_at::<64>(count, glance, at),
            65..=WAIT_OBJECTS => self.look_at::<WAIT_OBJECTS>(count, glance, at),
            _ => None,
        }
    }

    /// A look at up to `N` objects: what they need is on the stack, and clearing it takes time too.
    fn look_at<'x, const N: usize>(
        &self,
        count: usize,
        glance: impl Fn(usize) -> Option<(Object, u64)>,
        at: impl Fn(usize) -> Option<Operand<'x>>,
    ) -> Option<Waited> {
        let mut words = [Sighting::default(); N];
        let mut mutex = None;
        let began = self.arena.host.look_begins();
        for (index, sighting) in words.iter_mut().enumerate().take(count) {
            let (o, decisive) = glance(index)?;
            let mut word = self.state(o);
            if !word.is_idle(decisive) {
                let x = at(index).filter(|x| x.object == o)?;
                if x.sort == Sort::Mutex && mutex.is_none() {
                    mutex = Some(self.arena.host.now());
                    word = self.state(o);
                }
                let signaled = value::signaled_for(x.sort, word.value(), self.me.index);
                let armed = x.sort.is_timer() && word.value() & ARMED != 0;
                if word.locker() != 0 || armed {
                    return None;
                }
                if signaled && (index + 1..count).any(|later| glance(later).is_none()) {
                    // Nothing is taken if a later one cannot be waited for.
                    return None;
                }
                if signaled && index == 0 {
                    return self.take_quickly(&x);
                }
                // A semaphore has no change counter; a process may have ended although its object does not say so yet.
                if x.sort == Sort::Semaphore || (x.sort.is_end() && !signaled) {
                    return None;
                }
                if signaled {
                    let seen = Seen {
                        words: &words[..index],
                        began,
                        mutex,
                    };
                    return self.take_candidate(&x, word, index, &seen);
                }
            }
            *sighting = (o, word);
        }
        // A poll that finds nothing is a full barrier.
        std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
        let seen = Seen {
            words: &words[..count],
            began,
            mutex,
        };
        seen.unchanged(self).then_some(Waited::TimedOut)
    }

    /// What H3 warns of; only for the simulator.
    fn look_one_by_one<'x>(&self, count: usize, at: impl Fn(usize) -> Option<Operand<'x>>) -> Option<Waited> {
        for index in 0..count {
            match self.take_now(&at(index)?) {
                Look::Taken { abandoned } => return Some(Waited::Granted { index, abandoned }),
                Look::Unsignaled => {}
                Look::Unknown => return None,
            }
        }
        Some(Waited::TimedOut)
    }

    /// Takes an object whose `word` was seen signaled after all before it were seen unsignaled. Its lock is only
    /// tried for: the exchange that takes it proves that the object is still as it was seen.
    #[inline(always)]
    fn take_candidate(&self, x: &Operand<'_>, word: State, index: usize, seen: &Seen<'_>) -> Option<Waited> {
        let recursive = x.sort == Sort::Mutex && value::owner(word.value()) == self.me.index;
        if recursive || self.check_fence().is_err() || word.generation() != x.generation {
            return None;
        }
        self.note_lock(x.object);
        let locked = word.with_locker(self.me.index);
        if self
            .arena
            .replace(x.object, object::STATE, word.0, locked.0)
            .is_err()
        {
            self.advance(self.me, Step::None);
            return None;
        }
        if !seen.unchanged(self) {
            self.abort(&[x.object]);
            return None;
        }
        let taken = value::take(x.sort, word.value(), self.me.index, 0);
        if x.sort == Sort::Mutex {
            self.note_owned(x.object);
            self.arena.put(x.object, object::FIRST, 1);
        }
        // The queue has not changed under the lock, so its flags have not; only a sleeper's mark may be new.
        let unlocked = word.with_value(taken.value);
        if self
            .arena
            .replace(x.object, object::STATE, locked.0, unlocked.0)
            .is_err()
        {
            self.unlock(self.me, x.object, Some(taken.value));
        }
        self.advance(self.me, Step::None);
        Some(Waited::Granted {
            index,
            abandoned: taken.abandoned,
        })
    }
}
