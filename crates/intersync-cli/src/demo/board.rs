//! Numbers that the workers share without any atomic operation, so that only the mutex can keep
//! them right: read, changed and written back in separate system calls.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::process::Stdio;

use rustix::fs::{MemfdFlags, ftruncate, memfd_create};

/// The numbers on the board.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    /// How often the mutex was acquired.
    pub(super) acquired: u64,
    /// The worker that acquired it last.
    pub(super) last: u64,
    /// How often it went from one worker to another.
    pub(super) hand_overs: u64,
    /// Workers in the section that the semaphore guards.
    pub(super) inside: u64,
    /// The most there ever were.
    pub(super) most_inside: u64,
    /// How often the section was entered.
    pub(super) entered: u64,
}

const COUNT: usize = 6;
const LENGTH: usize = COUNT * size_of::<u64>();

impl Numbers {
    /// Worker `me` has acquired the mutex.
    pub(super) fn acquire(&mut self, me: u64) {
        self.acquired += 1;
        if self.last != me {
            self.hand_overs += 1;
        }
        self.last = me;
    }

    /// A worker enters the section.
    pub(super) fn enter(&mut self) {
        self.entered += 1;
        self.inside += 1;
        self.most_inside = self.most_inside.max(self.inside);
    }

    /// A worker leaves the section.
    pub(super) fn leave(&mut self) {
        // Only a semaphore that fails can make this less than zero; the sums will tell.
        self.inside = self.inside.wrapping_sub(1);
    }

    fn to_bytes(self) -> [u8; LENGTH] {
        let fields = [
            self.acquired,
            self.last,
            self.hand_overs,
            self.inside,
            self.most_inside,
            self.entered,
        ];
        let mut bytes = [0; LENGTH];
        for (chunk, field) in bytes.chunks_exact_mut(size_of::<u64>()).zip(fields) {
            chunk.copy_from_slice(&field.to_ne_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: [u8; LENGTH]) -> Numbers {
        let mut fields = [0; COUNT];
        for (field, chunk) in fields.iter_mut().zip(bytes.chunks_exact(size_of::<u64>())) {
            *field = u64::from_ne_bytes(chunk.try_into().unwrap_or_default());
        }
        let [acquired, last, hand_overs, inside, most_inside, entered] = fields;
        Numbers {
            acquired,
            last,
            hand_overs,
            inside,
            most_inside,
            entered,
        }
    }
}

/// The board: a file without a name, which each worker has as its standard input.
pub(super) struct Board {
    file: File,
}

impl Board {
    /// A new board, all zero.
    pub(super) fn new() -> io::Result<Board> {
        let file = memfd_create("intersync-demo", MemfdFlags::CLOEXEC)?;
        ftruncate(&file, LENGTH as u64)?;
        Ok(Board {
            file: File::from(file),
        })
    }

    /// The board on the standard input.
    pub(super) fn from_stdin() -> io::Result<Board> {
        Ok(Board {
            file: File::from(io::stdin().as_fd().try_clone_to_owned()?),
        })
    }

    /// The board as the standard input of a worker.
    pub(super) fn as_stdin(&self) -> io::Result<Stdio> {
        Ok(self.file.try_clone()?.into())
    }

    /// The numbers as they are.
    pub(super) fn read(&self) -> io::Result<Numbers> {
        let mut bytes = [0; LENGTH];
        self.file.read_exact_at(&mut bytes, 0)?;
        Ok(Numbers::from_bytes(bytes))
    }

    /// Changes the numbers. The caller owns the mutex.
    pub(super) fn change(&self, change: impl FnOnce(&mut Numbers)) -> io::Result<()> {
        let mut numbers = self.read()?;
        change(&mut numbers);
        self.file.write_all_at(&numbers.to_bytes(), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_read_back_field_by_field() {
        let board = Board::new().expect("a board");
        let wanted = Numbers {
            acquired: 1,
            last: 2,
            hand_overs: 3,
            inside: 4,
            most_inside: 5,
            entered: u64::MAX,
        };
        board.change(|numbers| *numbers = wanted).expect("written");
        assert_eq!(board.read().expect("read"), wanted);
    }

    #[test]
    fn only_a_change_of_worker_is_a_hand_over() {
        let mut numbers = Numbers::default();
        for worker in [1, 1, 2, 1] {
            numbers.acquire(worker);
        }
        assert_eq!((numbers.acquired, numbers.hand_overs), (4, 3));
    }

    #[test]
    fn the_most_inside_is_remembered() {
        let mut numbers = Numbers::default();
        numbers.enter();
        numbers.enter();
        numbers.leave();
        numbers.enter();
        assert_eq!((numbers.inside, numbers.most_inside, numbers.entered), (2, 2, 3));
    }
}
