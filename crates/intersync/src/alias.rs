//! The aliases under which this process has private namespaces open: prefixes of names.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use crate::sys::arena_file::Base;
use crate::sys::kept::FileId;
use crate::sys::life::ForkHeldUp;
use crate::{Error, NameProblem, Result};

/// What an alias stands for.
#[derive(Debug, Clone)]
pub(crate) struct Alias {
    /// Where the file was found.
    pub(crate) base: Base,
    /// Which file it is.
    pub(crate) file: FileId,
    /// How often it was opened, and not closed since.
    times: usize,
}

/// Used only while forks are held up: a child would find the lock taken for ever.
static ALIASES: LazyLock<RwLock<HashMap<String, Alias>>> = LazyLock::new(RwLock::default);

/// Whether the word is an alias.
pub(crate) fn is_open(alias: &str) -> bool {
    let _no_fork = ForkHeldUp::new();
    let aliases = ALIASES.read().unwrap_or_else(PoisonError::into_inner);
    aliases.contains_key(alias)
}

/// What the alias stands for.
///
/// # Errors
/// [`Error::InvalidName`]: nothing.
pub(crate) fn find(alias: &str) -> Result<Alias> {
    let _no_fork = ForkHeldUp::new();
    let aliases = ALIASES.read().unwrap_or_else(PoisonError::into_inner);
    aliases.get(alias).cloned().ok_or_else(|| unknown(alias))
}

/// Which file the alias stands for.
///
/// # Errors
/// As [`find`].
pub(crate) fn file(alias: &str) -> Result<FileId> {
    let _no_fork = ForkHeldUp::new();
    let aliases = ALIASES.read().unwrap_or_else(PoisonError::into_inner);
    let known = aliases.get(alias).map(|known| known.file);
    known.ok_or_else(|| unknown(alias))
}

/// The error for a word that is no alias.
pub(crate) fn unknown(alias: &str) -> Error {
    Error::InvalidName {
        name: format!("{alias}\\"),
        problem: NameProblem::UnknownPrefix,
    }
}

/// Notes that the alias stands for this file. It stands for one at a time.
///
/// # Errors
/// [`Error::AlreadyExists`]: it stands for another one.
pub(crate) fn open(alias: &str, base: &Base, file: FileId) -> Result<()> {
    let _no_fork = ForkHeldUp::new();
    let mut aliases = ALIASES.write().unwrap_or_else(PoisonError::into_inner);
    match aliases.get_mut(alias) {
        Some(known) if known.file != file => Err(Error::AlreadyExists {
            name: alias.to_owned(),
        }),
        Some(known) => {
            known.times += 1;
            Ok(())
        }
        None => {
            let known = Alias {
                base: base.clone(),
                file,
                times: 1,
            };
            aliases.insert(alias.to_owned(), known);
            Ok(())
        }
    }
}

/// Takes back one [`open`]; the last one makes the alias an unknown word.
pub(crate) fn close(alias: &str) {
    let _no_fork = ForkHeldUp::new();
    let mut aliases = ALIASES.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = aliases.get_mut(alias) {
        known.times -= 1;
        if known.times == 0 {
            aliases.remove(alias);
        }
    }
}
