//! Where an arena file is, and whether it is one.

use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

use crate::alias;
use crate::arena::layout::{self, FORMAT, HEADER_BYTES, MAGIC, header};
use crate::arena::{Arena, Geometry};
use crate::linux::{self, Linux};
use crate::sys::arena_file::{ArenaFile, Base};
use crate::sys::thread;
use crate::{Error, Location, Result};

/// Words of the header that are read before anything is mapped.
const HEADER_WORDS: usize = 128;

const _: () = assert!(HEADER_WORDS * 8 <= layout::HEADER_BYTES);

/// Where the file of a namespace is looked for.
///
/// # Errors
/// [`Error::InvalidName`]: no private namespace is open under the alias.
pub(crate) fn base_of(location: &Location) -> Result<Base> {
    Ok(match location {
        Location::Local => Base::Auto,
        Location::Global => Base::Global,
        Location::Under(path) => Base::Under(path.clone()),
        Location::Private(alias) => alias::find(alias)?.base,
    })
}

/// Maps the file of a namespace for looking.
///
/// # Errors
/// Those of [`read_header`]; no memory for the mapping.
pub(crate) fn look_into(file: ArenaFile, fd: &OwnedFd) -> Result<Arena<Linux>> {
    let geometry = read_header(&file, fd)?;
    let length = geometry.length();
    Ok(Linux::map_read_only(file, fd, length)?.into_arena(geometry))
}

/// Reads and checks the header of an arena file.
///
/// # Errors
/// [`Error::Version`], [`Error::Namespace`]: foreign, truncated, of another boot.
pub(crate) fn read_header(file: &ArenaFile, fd: &OwnedFd) -> Result<Geometry> {
    let refuse = |problem: &str| Error::Namespace {
        path: file.path().to_owned(),
        problem: format!("{problem}; end its users, remove it and start again"),
    };
    let reader = std::fs::File::from(fd.try_clone().map_err(|e| linux::os("dup", file.path(), &e))?);
    let length = reader
        .metadata()
        .map_err(|e| linux::os("fstat", file.path(), &e))?
        .len();
    let mut bytes = [0; HEADER_WORDS * 8];
    if length < HEADER_BYTES as u64 || reader.read_exact_at(&mut bytes, 0).is_err() {
        return Err(refuse("it is too short to be one"));
    }
    let words: Vec<u64> = bytes
        .as_chunks::<8>()
        .0
        .iter()
        .map(|w| u64::from_le_bytes(*w))
        .collect();
    if words[header::MAGIC] != MAGIC {
        return Err(refuse("it is not a file of this library"));
    }
    if words[header::FORMAT] != FORMAT || words[header::INCOMPATIBLE] != 0 {
        return Err(Error::Version {
            path: file.path().to_owned(),
            found: format!(
                "{}.{} (features {:#x})",
                words[header::FORMAT] >> 32,
                words[header::FORMAT] as u32,
                words[header::INCOMPATIBLE]
            ),
            expected: format!("{}.{}", FORMAT >> 32, FORMAT as u32),
        });
    }
    if words[header::LENGTH] != length {
        return Err(refuse("it has been truncated or extended"));
    }
    let boot = thread::boot_id();
    let half = |i: usize| u64::from_le_bytes(std::array::from_fn(|b| boot[i * 8 + b]));
    if (words[header::BOOT], words[header::BOOT + 1]) != (half(0), half(1)) {
        return Err(Error::Version {
            path: file.path().to_owned(),
            found: "that of an earlier boot of the machine".to_owned(),
            expected: "that of this boot".to_owned(),
        });
    }
    Geometry::read(&words, length as usize).map_err(|e| refuse(&e.to_string()))
}
