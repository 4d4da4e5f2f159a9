//! The dispatcher as Windows has it, one step at a time: what a run is compared with.

use intersync::word::value::Sort;

use super::history::Make;

/// What an object is at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Value {
    /// Event or timer: whether it is signaled.
    Flag(bool),
    /// Semaphore: the count.
    Count(u32),
    /// Mutex: owner, levels, abandoned mark.
    Owner(Option<u8>, u32, bool),
}

/// When an armed timer expires: some time between the two, for the first time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Alarm {
    /// The earliest moment.
    pub from: i64,
    /// The latest moment.
    pub until: i64,
    /// Its period, or 0.
    pub period: i64,
    /// When the call that set it had returned: a due time before that counts from the call.
    pub set_by: i64,
}

/// An object.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Thing {
    /// What it was made as.
    pub sort: Sort,
    /// Semaphore: the maximum.
    pub maximum: u32,
    /// Its present value.
    pub value: Value,
    /// Timer: when it expires.
    pub alarm: Option<Alarm>,
    /// Its name, as long as it has one.
    pub name: Option<u8>,
}

/// Somebody blocked.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Waiter {
    /// The thread.
    pub thread: u8,
    /// What it waits for.
    pub list: Vec<u8>,
    /// Whether for all.
    pub all: bool,
    /// Whether it only looks, or has yet to look at the rest of its list: it is not blocked, and a pulse passes it over.
    pub looks: bool,
    /// Until when another signal must have been given to it, since an operation passed it over.
    pub due_by: u64,
}

/// Waiters for any of several objects that another operation wins while one serves them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Contest {
    /// Who they are.
    pub lost: Vec<u8>,
    /// When the operation is over, and the other one has begun.
    pub until: u64,
}

/// A satisfied wait.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Grant {
    /// Who.
    pub thread: u8,
    /// Which index.
    pub index: usize,
    /// Whether a mutex was abandoned.
    pub abandoned: bool,
    /// What was taken.
    pub taken: Vec<u8>,
    /// Whether by a pulse.
    pub pulse: bool,
}

/// All objects and all who are blocked, oldest first.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Model {
    /// The objects.
    pub things: Vec<Thing>,
    /// Who is blocked.
    pub queue: Vec<Waiter>,
    /// Whom the present operation does not get.
    pub contest: Option<Contest>,
}

impl Model {
    /// Makes an object.
    pub fn make(&mut self, make: &Make, name: u8) -> u8 {
        let value = match make.sort {
            Sort::Semaphore => Value::Count(make.initial),
            Sort::Mutex => Value::Owner(None, 0, false),
            _ => Value::Flag(make.initial != 0),
        };
        self.things.push(Thing {
            sort: make.sort,
            maximum: make.maximum,
            value,
            alarm: None,
            name: Some(name),
        });
        self.things.len() as u8 - 1
    }

    /// The object of this name.
    pub fn named(&self, name: u8) -> Option<u8> {
        self.things
            .iter()
            .position(|t| t.name == Some(name))
            .map(|i| i as u8)
    }

    /// An object.
    pub fn thing(&self, o: u8) -> &Thing {
        &self.things[usize::from(o)]
    }

    fn signaled_for(&self, o: u8, thread: u8) -> bool {
        match self.thing(o).value {
            Value::Flag(on) => on,
            Value::Count(n) => n > 0,
            Value::Owner(owner, ..) => owner.is_none() || owner == Some(thread),
        }
    }

    /// Takes one object for a thread; tells whether it was an abandoned mutex.
    fn take(&mut self, o: u8, thread: u8) -> bool {
        let thing = &mut self.things[usize::from(o)];
        match &mut thing.value {
            Value::Flag(on) => *on &= matches!(thing.sort, Sort::EventManual | Sort::TimerManual),
            Value::Count(n) => *n -= 1,
            Value::Owner(owner, levels, abandoned) => {
                *owner = Some(thread);
                *levels += 1;
                return std::mem::take(abandoned);
            }
        }
        false
    }

    /// Satisfies a wait if that is possible now.
    pub fn try_wait(&mut self, thread: u8, list: &[u8], all: bool) -> Option<Grant> {
        let (index, taken) = if all {
            if !list.iter().all(|&o| self.signaled_for(o, thread)) {
                return None;
            }
            (0, list.to_vec())
        } else {
            let index = list.iter().position(|&o| self.signaled_for(o, thread))?;
            (index, vec![list[index]])
        };
        let mut abandoned = false;
        for &o in &taken {
            abandoned |= self.take(o, thread);
        }
        Some(Grant {
            thread,
            index,
            abandoned,
            taken,
            pulse: false,
        })
    }

    /// Serves those who are blocked on `o`, oldest first.
    pub fn serve(&mut self, o: u8, skip: impl Fn(u8) -> bool, grants: &mut Vec<Grant>) {
        let mut i = 0;
        while i < self.queue.len() {
            let waiter = &self.queue[i];
            if !waiter.list.contains(&o) || skip(waiter.thread) {
                i += 1;
                continue;
            }
            let (thread, all) = (waiter.thread, waiter.all);
            if let Some(contest) = &self.contest
                && contest.lost.contains(&thread)
                && self.signaled_for(o, thread)
            {
                self.queue[i].due_by = self.queue[i].due_by.min(contest.until);
                i += 1;
                continue;
            }
            let list = waiter.list.clone();
            // While somebody is blocked none of the other objects is signaled for it, unless it waits for all.
            match self.try_wait(thread, &list, all) {
                Some(grant) => {
                    self.queue.remove(i);
                    grants.push(grant);
                }
                None => i += 1,
            }
        }
    }

    /// Signals an event or a timer.
    pub fn set(&mut self, o: u8, skip: impl Fn(u8) -> bool, grants: &mut Vec<Grant>) {
        self.things[usize::from(o)].value = Value::Flag(true);
        self.serve(o, skip, grants);
    }

    /// Resets an event or a timer.
    pub fn reset(&mut self, o: u8) {
        self.things[usize::from(o)].value = Value::Flag(false);
    }

    /// Releases a semaphore; the count before, or `None` over the maximum.
    pub fn release(
        &mut self,
        o: u8,
        n: u32,
        skip: impl Fn(u8) -> bool,
        grants: &mut Vec<Grant>,
    ) -> Option<u32> {
        let thing = &mut self.things[usize::from(o)];
        let Value::Count(before) = thing.value else {
            return None;
        };
        if before + n > thing.maximum {
            return None;
        }
        thing.value = Value::Count(before + n);
        self.serve(o, skip, grants);
        Some(before)
    }

    /// Gives back one level of a mutex; `false`: not the owner.
    pub fn release_mutex(
        &mut self,
        o: u8,
        thread: u8,
        skip: impl Fn(u8) -> bool,
        grants: &mut Vec<Grant>,
    ) -> bool {
        match &mut self.things[usize::from(o)].value {
            Value::Owner(Some(owner), levels, _) if *owner == thread => {
                *levels -= 1;
                if *levels == 0 {
                    self.free(o, false, skip, grants);
                }
                true
            }
            _ => false,
        }
    }

    /// Makes a mutex free, with the mark given.
    pub fn free(&mut self, o: u8, mark: bool, skip: impl Fn(u8) -> bool, grants: &mut Vec<Grant>) {
        self.things[usize::from(o)].value = Value::Owner(None, 0, mark);
        self.serve(o, skip, grants);
    }

    /// Undoes a grant that was never acknowledged: object by object, or all at once.
    pub fn give_back(
        &mut self,
        grant: &Grant,
        at_once: bool,
        skip: impl Fn(u8) -> bool,
        grants: &mut Vec<Grant>,
    ) {
        for &o in &grant.taken {
            self.restore(grant, o);
            if !at_once {
                self.serve(o, &skip, grants);
            }
        }
        if at_once {
            grant.taken.iter().for_each(|&o| self.serve(o, &skip, grants));
        }
    }

    fn restore(&mut self, grant: &Grant, o: u8) {
        let thing = &mut self.things[usize::from(o)];
        match &mut thing.value {
            Value::Flag(on) => {
                *on |= thing.sort == Sort::TimerAuto || (thing.sort == Sort::EventAuto && !grant.pulse);
            }
            Value::Count(n) => *n = (*n + 1).min(thing.maximum),
            Value::Owner(owner, levels, mark) => {
                if *owner == Some(grant.thread) && *levels == 1 {
                    (*owner, *levels, *mark) = (None, 0, grant.abandoned);
                }
            }
        }
    }

    /// The mutexes a thread owns.
    pub fn owned(&self, thread: u8) -> impl Iterator<Item = u8> + '_ {
        let owns = move |t: &Thing| matches!(t.value, Value::Owner(Some(owner), ..) if owner == thread);
        self.things
            .iter()
            .enumerate()
            .filter(move |(_, t)| owns(t))
            .map(|(i, _)| i as u8)
    }
}
