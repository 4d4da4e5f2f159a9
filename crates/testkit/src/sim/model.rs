//! The dispatcher as Windows has it, one step at a time: what a run is compared with.

use std::collections::BTreeMap;

use intersync::word::value::Sort;

use super::history::Make;
pub use serve::{Outlook, Service};

mod serve;

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
    /// When the call that set it had returned, in virtual time: a due time before that counts from the call.
    pub set_by: i64,
    /// The same in the order of events.
    pub set_until: u64,
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
    /// The threads that wait for it, oldest first.
    pub queue: Vec<u8>,
}

/// Somebody who is queued.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Waiter {
    /// What it waits for.
    pub list: Vec<u8>,
    /// Whether for all.
    pub all: bool,
    /// How many of the list it has looked at and queued at.
    pub linked: usize,
    /// Whether it only looks, or has yet to look at the rest of its list: it is not blocked, and a pulse passes it over.
    pub looks: bool,
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

/// All objects and all who are queued.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Model {
    /// The objects.
    pub things: Vec<Thing>,
    /// Who is queued, by thread.
    pub waiters: BTreeMap<u8, Waiter>,
    /// Operations that are serving waiters.
    pub services: Vec<Service>,
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
            queue: Vec::new(),
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

    /// Whether an object is signaled for a thread.
    pub fn signaled_for(&self, o: u8, thread: u8) -> bool {
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
            Value::Flag(on) => *on &= thing.sort.stays_signaled(),
            Value::Count(n) => *n -= 1,
            Value::Owner(owner, levels, abandoned) => {
                *owner = Some(thread);
                *levels += 1;
                return std::mem::take(abandoned);
            }
        }
        false
    }

    /// Takes for a thread what its wait is satisfied with: one object of its list, or all.
    pub fn satisfy(&mut self, thread: u8, list: &[u8], one: Option<u8>) -> Grant {
        let taken = one.map_or_else(|| list.to_vec(), |o| vec![o]);
        let index = one.and_then(|o| list.iter().position(|&x| x == o)).unwrap_or(0);
        let mut abandoned = false;
        for &o in &taken {
            abandoned |= self.take(o, thread);
        }
        Grant {
            thread,
            index,
            abandoned,
            taken,
            pulse: false,
        }
    }

    /// Queues a thread at one more object.
    pub fn link(&mut self, thread: u8, o: u8) {
        let queue = &mut self.things[usize::from(o)].queue;
        if !queue.contains(&thread) {
            queue.push(thread);
        }
    }

    /// Takes a thread out of all queues.
    pub fn withdraw(&mut self, thread: u8) {
        self.waiters.remove(&thread);
        for thing in &mut self.things {
            thing.queue.retain(|&t| t != thread);
        }
    }

    /// Makes an event or a timer signaled or not.
    pub fn flag(&mut self, o: u8, on: bool) {
        self.things[usize::from(o)].value = Value::Flag(on);
    }

    /// Adds permits to a semaphore; the count before, or `None` over the maximum.
    pub fn add(&mut self, o: u8, n: u32) -> Option<u32> {
        let thing = &mut self.things[usize::from(o)];
        let Value::Count(before) = thing.value else {
            return None;
        };
        if before + n > thing.maximum {
            return None;
        }
        thing.value = Value::Count(before + n);
        Some(before)
    }

    /// Takes one level of a mutex from its owner; `false`: not the owner.
    pub fn take_level(&mut self, o: u8, thread: u8) -> bool {
        match &mut self.things[usize::from(o)].value {
            Value::Owner(Some(owner), levels, _) if *owner == thread => {
                *levels -= 1;
                if *levels == 0 {
                    self.free(o, false);
                }
                true
            }
            _ => false,
        }
    }

    /// Makes a mutex free, with the mark given.
    pub fn free(&mut self, o: u8, mark: bool) {
        self.things[usize::from(o)].value = Value::Owner(None, 0, mark);
    }

    /// Undoes what a grant that was never acknowledged has taken.
    pub fn give_back(&mut self, grant: &Grant) {
        grant.taken.iter().for_each(|&o| self.restore(grant, o));
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
