//! One-time initialization.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Acquire};

use crate::code::{Code, GEN_FAILURE, INVALID_PARAMETER, Result};
use crate::parking::{self, Purpose, Word};

/// `INIT_ONCE_CHECK_ONLY`.
const CHECK_ONLY: u32 = 1;
/// `INIT_ONCE_ASYNC`.
const ASYNC: u32 = 2;
/// `INIT_ONCE_INIT_FAILED`.
const INIT_FAILED: u32 = 4;

/// The bits of the word that tell how far the initialization is, as on Windows: `INIT_ONCE_CTX_RESERVED_BITS` of them.
const STATE: u64 = 3;
/// One thread initializes; the others wait.
const BUSY: u64 = 1;
/// Initialized; the rest of the word is the context.
const DONE: u64 = 2;
/// Any number of threads initialize, and the first to complete wins.
const RACING: u64 = 3;
/// Beside [`BUSY`]: somebody waits.
const AWAITED: u64 = 4;

/// `INIT_ONCE`: 0 before the initialization.
#[derive(Default)]
#[repr(transparent)]
pub(crate) struct InitOnce(AtomicU64);

const _: () = assert!(size_of::<InitOnce>() == 8);

/// What a caller finds.
pub(crate) enum Begun {
    /// It is to initialize.
    Pending,
    /// Somebody has, with this context.
    Done(u64),
}

impl InitOnce {
    /// `InitOnceBeginInitialize`.
    ///
    /// # Errors
    /// The flags are unknown, do not go together, or are not those of the thread that initializes; or they ask for a check only,
    /// and nobody has initialized.
    pub(crate) fn begin(&self, flags: u32) -> Result<Begun> {
        if flags & !(CHECK_ONLY | ASYNC) != 0 || flags == CHECK_ONLY | ASYNC {
            return Err(Code(INVALID_PARAMETER));
        }
        let racing = flags == ASYNC;
        loop {
            let word = self.0.load(Acquire);
            match word & STATE {
                DONE => return Ok(Begun::Done(word & !STATE)),
                _ if flags == CHECK_ONLY => return Err(Code(GEN_FAILURE)),
                RACING if racing => return Ok(Begun::Pending),
                RACING => return Err(Code(INVALID_PARAMETER)),
                BUSY if racing => return Err(Code(INVALID_PARAMETER)),
                BUSY => self.wait(word),
                _ => {
                    let begun = if racing { RACING } else { BUSY };
                    if self.0.compare_exchange(word, begun, Acquire, Acquire).is_ok() {
                        return Ok(Begun::Pending);
                    }
                }
            }
        }
    }

    /// Waits for the thread that initializes.
    fn wait(&self, word: u64) {
        let awaited = word | AWAITED;
        if word == awaited || self.0.compare_exchange(word, awaited, Acquire, Acquire).is_ok() {
            parking::sleep(Purpose::Once, &Word::Eight(&self.0), awaited, None);
        }
    }

    /// `InitOnceComplete`.
    ///
    /// # Errors
    /// The flags are unknown, do not go together, or are not those by which the initialization began; the context uses bits that
    /// it must not use; or nobody initializes.
    pub(crate) fn complete(&self, flags: u32, context: u64) -> Result<()> {
        let (failed, racing) = (flags & INIT_FAILED != 0, flags & ASYNC != 0);
        let forbidden = if failed { u64::MAX } else { STATE };
        if flags & !(INIT_FAILED | ASYNC) != 0 || failed && racing || context & forbidden != 0 {
            return Err(Code(INVALID_PARAMETER));
        }
        let after = if failed { 0 } else { context | DONE };
        let address = Word::Eight(&self.0).address();
        let before = self.0.try_update(AcqRel, Acquire, |word| {
            (word & STATE == if racing { RACING } else { BUSY }).then_some(after)
        });
        match before {
            Ok(word) if word & STATE == BUSY && word & AWAITED != 0 => {
                parking::wake_all(Purpose::Once, address);
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(word) if matches!(word & STATE, BUSY | RACING) => Err(Code(INVALID_PARAMETER)),
            Err(_) => Err(Code(GEN_FAILURE)),
        }
    }

    /// `InitOnceExecuteOnce`: the context, old or new. `initialize` gives `None` if it fails.
    ///
    /// # Errors
    /// As [`InitOnce::begin`]; the new context uses bits that it must not use. `None`: the initialization has failed; the next
    /// caller tries again.
    pub(crate) fn execute(&self, initialize: impl FnOnce() -> Option<u64>) -> Result<Option<u64>> {
        if let Begun::Done(context) = self.begin(0)? {
            return Ok(Some(context));
        }
        let Some(context) = initialize() else {
            let _ = self.complete(INIT_FAILED, 0);
            return Ok(None);
        };
        match self.complete(0, context) {
            Ok(()) => Ok(Some(context)),
            Err(refused) => {
                let _ = self.complete(INIT_FAILED, 0);
                Err(refused)
            }
        }
    }
}
