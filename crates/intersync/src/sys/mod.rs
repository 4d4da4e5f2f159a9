//! The one door to the operating system: every system call of this crate is made below here.
//!
//! What is exported is safe to call. `unsafe` is confined to the modules that talk to the kernel
//! about memory (`map`, `life`, `robust`, `identity`) or need a call no safe wrapper offers (`thread`, `pidfd`).

pub(crate) mod arena_file;
pub(crate) mod atomic_ref;
pub(crate) mod barrier;
pub(crate) mod base;
pub(crate) mod clock;
mod directory;
pub(crate) mod futex;
pub(crate) mod held;
pub(crate) mod identity;
pub(crate) mod inherited;
pub(crate) mod kept;
pub(crate) mod life;
pub(crate) mod logind;
pub(crate) mod map;
pub(crate) mod people;
pub(crate) mod pidfd;
pub(crate) mod private;
pub(crate) mod probe;
pub(crate) mod provision;
mod publish;
pub(crate) mod robust;
mod rules;
pub(crate) mod space;
pub(crate) mod spawn;
pub(crate) mod thread;

#[cfg(test)]
pub(crate) mod tests;
