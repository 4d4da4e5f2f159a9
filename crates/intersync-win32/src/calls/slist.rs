//! Interlocked singly linked lists.
//!
//! The header changes as a whole, by one exchange of 16 bytes: who adds entries never waits for anybody. Who removes some holds a
//! lock beside the list, because it looks into the first entry before the exchange, and whoever has removed an entry may free it
//! at once. Windows looks into it nevertheless, and catches the fault.

use portable_atomic::AtomicU128;
use portable_atomic::Ordering::{AcqRel, Acquire};

use crate::parking::{Lock, Mode};

/// `SLIST_HEADER`: all zero, an empty list. The depth is in the lowest 16 bits, the number of changes in the next 48, and the
/// address of the first entry in the upper half, as on Windows.
#[derive(Default)]
#[repr(transparent)]
pub(crate) struct ListHeader(AtomicU128);

const _: () = assert!(size_of::<ListHeader>() == 16 && align_of::<ListHeader>() == 16);

/// What a header says.
#[derive(Clone, Copy)]
struct List {
    depth: u16,
    changes: u64,
    /// The address of the first entry; 0: none.
    first: usize,
}

impl List {
    fn of(header: u128) -> List {
        List {
            depth: header as u16,
            changes: header as u64 >> 16,
            first: (header >> 64) as usize,
        }
    }

    fn header(self) -> u128 {
        (self.first as u128) << 64 | u128::from(self.changes << 16 | u64::from(self.depth))
    }
}

impl ListHeader {
    /// Puts entries that are linked already, so many, in front of the list; `link` makes the last of them point to another one,
    /// as often as needed. The entry that was the first.
    pub(crate) fn push(&self, entry: usize, count: u16, link: impl Fn(usize)) -> usize {
        self.change(|list| {
            link(list.first);
            (entry, list.depth.wrapping_add(count))
        })
    }

    /// Takes the first entry; `next` reads where an entry points to.
    pub(crate) fn pop(&self, next: impl Fn(usize) -> usize) -> usize {
        self.remove(|list| (next(list.first), list.depth.wrapping_sub(1)))
    }

    /// Takes all entries: the first of them.
    pub(crate) fn flush(&self) -> usize {
        self.remove(|_| (0, 0))
    }

    /// The first entry, which stays.
    pub(crate) fn first(&self) -> usize {
        self.list().first
    }

    /// How many entries there are, as far as 16 bits go.
    pub(crate) fn depth(&self) -> u16 {
        self.list().depth
    }

    fn list(&self) -> List {
        List::of(self.0.load(Acquire))
    }

    /// Changes a list that is not empty, while nobody else removes entries.
    fn remove(&self, rest: impl Fn(List) -> (usize, u16)) -> usize {
        // Those who look into an empty list again and again are not to disturb others.
        if self.first() == 0 {
            return 0;
        }
        let lock = removal(std::ptr::from_ref(self).addr());
        lock.acquire(Mode::Exclusive);
        let first = self.change(|list| match list.first {
            0 => (0, list.depth),
            _ => rest(list),
        });
        lock.release();
        first
    }

    /// Gives the list another first entry and depth. The first entry before.
    fn change(&self, after: impl Fn(List) -> (usize, u16)) -> usize {
        let mut header = self.0.load(Acquire);
        loop {
            let list = List::of(header);
            let (first, depth) = after(list);
            let changed = List {
                depth,
                changes: list.changes + 1,
                first,
            };
            match self
                .0
                .compare_exchange_weak(header, changed.header(), AcqRel, Acquire)
            {
                Ok(_) => return list.first,
                Err(now) => header = now,
            }
        }
    }
}

/// As far apart as processors fetch memory.
#[repr(align(64))]
struct Place(Lock);
const COUNT: usize = 64;
static PLACES: [Place; COUNT] = [const { Place(Lock::new()) }; COUNT];

/// In a forked child: the threads that were removing entries are not there.
pub(super) fn forget_removals() {
    for Place(lock) in &PLACES {
        lock.forget();
    }
}

/// The lock for removing entries from the list at an address, and from some others.
fn removal(address: usize) -> &'static Lock {
    &PLACES[address / size_of::<ListHeader>() % COUNT].0
}
