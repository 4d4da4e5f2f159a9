//! The first look of a wait for any: a true snapshot without locking every object.
//!
//! It collects the words of the objects up to the first that is signaled, locks that one, and accepts it only if
//! the words before it have not changed: every change to signaled raises a counter in the same word, so none of
//! them was signaled at the moment of the lock. Semaphores have no such counter: a list with one beyond index 0
//! takes the slow path.

use smallvec::SmallVec;

use super::call::Operand;
use super::fast::Look;
use super::journal::{Note, Op, Step};
use super::wait::Waited;
use super::{Ctx, Until};
use crate::arena::Object;
use crate::arena::layout::object;
use crate::host::{Host, Rule};
use crate::limits::{LOOK_MUTEX_NS, LOOK_NS};
use crate::word::state::State;
use crate::word::value::{self, ARMED, Sort};
use crate::{Error, Result};

/// The words of objects seen unsignaled, one after the other.
struct Seen {
    words: SmallVec<[(Object, State); 64]>,
    began: i64,
    /// When the first mutex was looked at: its change counter is short.
    mutex: Option<i64>,
}

impl Seen {
    fn begin<H: Host>(ctx: &Ctx<'_, H>) -> Seen {
        Seen {
            words: SmallVec::new(),
            began: ctx.arena.host.coarse(),
            mutex: None,
        }
    }

    /// Looks at one more object.
    fn look<H: Host>(&mut self, ctx: &Ctx<'_, H>, x: &Operand<'_>) -> State {
        if x.sort == Sort::Mutex && self.mutex.is_none() {
            self.mutex = Some(ctx.arena.host.now());
        }
        ctx.state(x.object)
    }

    /// Whether the words are still the same, and the first look so recent that no change counter can have
    /// wrapped.
    fn unchanged<H: Host>(&self, ctx: &Ctx<'_, H>) -> bool {
        self.words.iter().all(|&(o, word)| ctx.state(o) == word)
            && ctx.arena.host.coarse().saturating_sub(self.began) <= LOOK_NS
            && self
                .mutex
                .is_none_or(|began| ctx.arena.host.now().saturating_sub(began) <= LOOK_MUTEX_NS)
    }
}

impl<H: Host> Ctx<'_, H> {
    /// A first look of a wait for any: what was taken, `TimedOut` if none was signaled, or `None`
    /// if only the slow path can tell. `at` gives the objects of the list by index.
    pub fn look_any<'x>(&self, count: usize, at: impl Fn(usize) -> Operand<'x>) -> Result<Option<Waited>> {
        if count == 0 {
            return Ok(None);
        }
        if count == 1 || self.looks_takeable(&at(0)) {
            match self.take_now(&at(0)) {
                Look::Taken { abandoned } => return Ok(Some(Waited::Granted { index: 0, abandoned })),
                Look::Unsignaled if count == 1 => return Ok(Some(Waited::TimedOut)),
                Look::Unsignaled => {}
                Look::Unknown => return Ok(None),
            }
        }
        if !self.has(Rule::FirstLook) {
            return Ok(self.look_one_by_one(count, at));
        }
        let mut seen = Seen::begin(self);
        for index in 0..count {
            let x = at(index);
            let word = seen.look(self, &x);
            let timer = x.sort.is_timer() && word.value() & ARMED != 0;
            if word.locker() != 0 || timer || x.sort == Sort::Semaphore {
                return Ok(None);
            }
            if value::signaled_for(x.sort, word.value(), self.me.index) {
                return self.take_candidate(&x, index, &seen);
            }
            seen.words.push((x.object, word));
        }
        // A poll that finds nothing is a full barrier.
        std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
        Ok(seen.unchanged(self).then_some(Waited::TimedOut))
    }

    /// Whether the fast path might take an object: one load, no barrier.
    fn looks_takeable(&self, x: &Operand<'_>) -> bool {
        let word = self.state(x.object);
        word.locker() == 0 && value::signaled_for(x.sort, word.value(), self.me.index)
    }

    /// What H3 warns of; only for the simulator.
    fn look_one_by_one<'x>(&self, count: usize, at: impl Fn(usize) -> Operand<'x>) -> Option<Waited> {
        for index in 0..count {
            match self.take_now(&at(index)) {
                Look::Taken { abandoned } => return Some(Waited::Granted { index, abandoned }),
                Look::Unsignaled => {}
                Look::Unknown => return None,
            }
        }
        Some(Waited::TimedOut)
    }

    /// Takes an object, seen signaled after all before it were seen unsignaled.
    fn take_candidate(&self, x: &Operand<'_>, index: usize, seen: &Seen) -> Result<Option<Waited>> {
        self.check_fence()?;
        let note = Note {
            op: Op::Plain,
            primary: x.object,
            arguments: [0; 2],
        };
        match self.lock_set(&note, &[x.object], Until::Now) {
            Ok(()) => {}
            Err(Error::Stalled { .. }) => return Ok(None),
            Err(e) => return Err(e),
        }
        let word = self.state(x.object);
        let recursive = x.sort == Sort::Mutex && value::owner(word.value()) == self.me.index;
        let signaled = value::signaled_for(x.sort, word.value(), self.me.index);
        let due = x.sort.is_timer() && word.value() & ARMED != 0;
        if !signaled || recursive || due || word.generation() != x.generation || !seen.unchanged(self) {
            self.abort(&[x.object]);
            return Ok(None);
        }
        let taken = value::take(x.sort, word.value(), self.me.index, 0);
        if x.sort == Sort::Mutex {
            self.note_owned(x.object);
            self.arena.put(x.object, object::FIRST, 1);
        }
        self.unlock(self.me, x.object, Some(taken.value));
        self.advance(self.me, Step::None);
        Ok(Some(Waited::Granted {
            index,
            abandoned: taken.abandoned,
        }))
    }
}
