//! The memory that the processes of one sample share: start barrier, counters, results, and the
//! words and objects of the peers.

#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::fs::OpenOptions;
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::path::Path;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicU32, AtomicU64};

use anyhow::{Context, Result};
use memmap2::{MmapOptions, MmapRaw};

use crate::sys::futex;

/// The most workers in one sample.
pub const MEMBERS: usize = 1024;
/// Words for the peers' objects: 64 to wait for, and one for the reply.
pub const WORDS: usize = 65;
/// Results one sample can have.
pub const RESULTS: usize = 8;

/// One cache line: a futex word and a counter.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct Line {
    pub word: AtomicU32,
    pub value: AtomicU64,
}

/// What the processes of a team share. Valid when all bytes are zero.
#[repr(C)]
pub struct Shared {
    /// How many workers have arrived at the start.
    pub ready: Line,
    /// Not zero: start.
    pub go: Line,
    /// Not zero: stop.
    pub stop: Line,
    /// The last broadcast that everybody has seen, and when.
    pub done: Line,
    /// How often somebody was about to block.
    pub blocked: Line,
    /// How many have been woken by this broadcast.
    pub woken: Line,
    /// A time, written by the worker that measures a moment.
    pub moment: Line,
    /// The figures of the sample, as bits of `f64`.
    results: [AtomicU64; RESULTS],
    /// One line for each worker.
    pub members: [Line; MEMBERS],
    /// The objects of the peers that need only a word.
    pub words: [Line; WORDS],
    /// Space for one object of the C library.
    pub opaque: Opaque,
    /// An entry for the kernel's robust list.
    pub robust: Line,
}

/// Space for a process-shared object of the C library, which alone reads and writes it.
#[repr(C, align(64))]
pub struct Opaque(UnsafeCell<MaybeUninit<[u8; 256]>>);

impl Opaque {
    /// Where it is.
    pub fn get(&self) -> *mut u8 {
        self.0.get().cast()
    }
}

// SAFETY: only the C library touches the bytes, through objects made to be shared.
unsafe impl Sync for Opaque {}

/// A mapped [`Shared`].
#[derive(Debug)]
pub struct Board(MmapRaw);

impl Board {
    /// Makes the board in a new file.
    pub fn create(path: &Path) -> Result<Board> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(path)?;
        file.set_len(size_of::<Shared>() as u64)?;
        Self::map(&file)
    }

    /// Opens the board that the coordinator has made.
    pub fn open(path: &Path) -> Result<Board> {
        let file = OpenOptions::new().read(true).write(true).open(path);
        Self::map(&file.with_context(|| format!("cannot open the board {}", path.display()))?)
    }

    fn map(file: &std::fs::File) -> Result<Board> {
        Ok(Board(
            MmapOptions::new()
                .len(size_of::<Shared>())
                .populate()
                .map_raw(file)?,
        ))
    }

    /// Tells the coordinator that this worker is ready, and waits for the start.
    pub fn arrive(&self) {
        self.ready.word.fetch_add(1, SeqCst);
        futex::wake(&self.ready.word, 1);
        while self.go.word.load(SeqCst) == 0 {
            futex::wait(&self.go.word, 0);
        }
    }

    /// Starts everybody who has arrived.
    pub fn start(&self) {
        self.go.word.store(1, SeqCst);
        futex::wake(&self.go.word, u32::MAX >> 1);
    }

    /// Whether the sample is over.
    pub fn stopped(&self) -> bool {
        self.stop.word.load(Relaxed) != 0
    }

    /// Leaves the figures of the sample for the coordinator.
    pub fn report(&self, figures: &[f64]) {
        for (place, figure) in self.results.iter().zip(figures) {
            place.store(figure.to_bits(), SeqCst);
        }
    }

    /// The first `count` figures.
    pub fn figures(&self, count: usize) -> Vec<f64> {
        self.results[..count]
            .iter()
            .map(|bits| f64::from_bits(bits.load(SeqCst)))
            .collect()
    }
}

impl Deref for Board {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        // SAFETY: the mapping is as long as `Shared`, page-aligned, and lives as long as `self`.
        // Every field is an atomic or behind `UnsafeCell`, and any bytes are a valid value.
        unsafe { &*self.0.as_ptr().cast::<Shared>() }
    }
}
