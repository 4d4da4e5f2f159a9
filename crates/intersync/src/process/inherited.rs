//! The handles that this process was started with: bundles whose descriptors it has inherited.
//!
//! The environment says where they are: a variable that names, for each, the slot, its life, the descriptor and the tag. It
//! is a hint only. What counts is the descriptor: it must be one of the arena's file, and the very one that holds the
//! lock on the life byte of a bundle in that slot. So a forged or an old variable gives nobody a handle, and does no harm.

use std::os::fd::RawFd;
use std::sync::Mutex;

use super::{Process, lock};
use crate::arena::layout::slot;
use crate::directory::raw::Copies;
use crate::directory::table::Table;
use crate::linux;
use crate::sys::arena_file::Base;
use crate::sys::base;
use crate::sys::inherited::{self, FileId};
use crate::sys::life::ForkHeldUp;
use crate::word::handle::Tag;
use crate::word::slot::SlotWord;
use crate::{Error, Result};

/// The variable of the environment.
pub(crate) const VARIABLE: &str = "INTERSYNC_INHERIT";
/// The format of the variable.
const FORMAT: &str = "1:";
/// The most bundles that are looked at: a process has no more namespaces.
const MOST: usize = 256;

/// A bundle that may have come with this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// Its slot.
    pub(crate) slot: u16,
    /// The life of the slot.
    pub(crate) nonce: u32,
    /// The descriptor that keeps it alive.
    pub(crate) fd: RawFd,
    /// Where its handles are among those of other arenas.
    pub(crate) tag: Tag,
}

impl Ticket {
    fn parse(text: &str) -> Option<Ticket> {
        let mut parts = text.split('.');
        let ticket = Ticket {
            slot: parts.next()?.parse().ok()?,
            nonce: parts.next()?.parse().ok()?,
            fd: parts.next()?.parse().ok().filter(|&fd| fd >= 0)?,
            tag: Tag(0).with_arena(parts.next()?.parse().ok()?).with_copy(
                parts
                    .next()?
                    .parse()
                    .ok()
                    .filter(|&c| c < crate::word::handle::COPIES)?,
            ),
        };
        parts.next().is_none().then_some(ticket)
    }
}

/// The value of the variable for these bundles.
pub(crate) fn variable(tickets: &[Ticket]) -> String {
    let words: Vec<String> = tickets
        .iter()
        .map(|t| {
            format!(
                "{}.{}.{}.{}.{}",
                t.slot,
                t.nonce,
                t.fd,
                t.tag.arena(),
                t.tag.copy()
            )
        })
        .collect();
    format!("{FORMAT}{}", words.join(","))
}

fn parse(value: &str) -> Vec<Ticket> {
    value.strip_prefix(FORMAT).map_or_else(Vec::new, |list| {
        list.split(',').take(MOST).filter_map(Ticket::parse).collect()
    })
}

/// What came with this process and was not copied yet.
#[derive(Debug, Default)]
struct Arrivals {
    /// Each with the file its descriptor is of.
    waiting: Vec<(FileId, Ticket)>,
    /// Whether something was announced that did not come.
    lost: bool,
}

/// Used only while forks are held up: a child would find the lock taken for ever.
static ARRIVALS: Mutex<Option<Arrivals>> = Mutex::new(None);

fn with<T>(work: impl FnOnce(&mut Arrivals) -> T) -> T {
    let _no_fork = ForkHeldUp::new();
    let mut arrivals = lock(&ARRIVALS);
    work(arrivals.get_or_insert_with(|| {
        let value = base::variable(VARIABLE).and_then(|value| value.into_string().ok());
        let tickets = value.as_deref().map_or_else(Vec::new, parse);
        let announced = tickets.len();
        let waiting: Vec<_> = tickets
            .into_iter()
            .filter_map(|ticket| inherited::file_behind(ticket.fd).map(|file| (file, ticket)))
            .collect();
        Arrivals {
            lost: waiting.len() < announced,
            waiting,
        }
    }))
}

/// The files whose handles have come, with the number of their arena among the others, and the copy of the library they
/// were told for.
pub(super) fn reserved() -> (Vec<(FileId, u8)>, Option<u8>) {
    with(|arrivals| {
        let files = arrivals.waiting.iter().map(|(file, t)| (*file, t.tag.arena()));
        (
            files.collect(),
            arrivals.waiting.first().map(|(_, t)| t.tag.copy()),
        )
    })
}

/// The error for a value that is no open handle.
pub(crate) fn invalid(value: u32) -> Error {
    if with(|arrivals| arrivals.lost) {
        Error::InheritanceLost { value }
    } else {
        Error::InvalidHandle { value }
    }
}

/// Attaches to the namespace whose inherited handles have this tag. `None`: there are none.
///
/// # Errors
/// Those of attaching.
pub(super) fn attach(tag: Tag) -> Result<Option<&'static Process>> {
    let found = with(|arrivals| {
        let mut waiting = arrivals.waiting.iter();
        waiting.find(|(_, t)| t.tag == tag).copied()
    });
    let Some((file, ticket)) = found else {
        return Ok(None);
    };
    let Some(path) = inherited::path_behind(ticket.fd) else {
        return Ok(None);
    };
    for base in Base::candidates(&path) {
        if crate::sys::arena_file::open_existing(&base).is_ok_and(|f| f.is_some_and(|(f, _)| f.id() == file))
        {
            return Process::attach_at(&base).map(Some);
        }
    }
    // Not the file of a namespace of this user.
    with(|arrivals| {
        arrivals.waiting.retain(|(_, other)| *other != ticket);
        arrivals.lost = true;
    });
    Ok(None)
}

/// Attaches to all namespaces that handles have come of, so that they can be passed on.
///
/// # Errors
/// Those of attaching.
pub(crate) fn attach_all() -> Result<()> {
    for _ in 0..MOST {
        let Some(tag) = with(|arrivals| arrivals.waiting.first().map(|(_, t)| t.tag)) else {
            break;
        };
        attach(tag)?;
    }
    Ok(())
}

impl Process {
    /// Copies the handles of this namespace that came with the process.
    ///
    /// # Errors
    /// What is used up: then it can be tried again.
    pub(super) fn take_inherited(&'static self) -> Result<()> {
        let file = &self.arena.host.file;
        let mine: Vec<Ticket> = with(|arrivals| {
            let of_this = arrivals.waiting.iter().filter(|(id, _)| *id == file.id());
            of_this.map(|(_, ticket)| *ticket).collect()
        });
        for ticket in mine {
            let held = inherited::holds(ticket.fd, file, linux::life_byte(ticket.slot)).unwrap_or(false);
            let copied = held && self.copy_bundle(ticket)?;
            with(|arrivals| {
                arrivals.waiting.retain(|(_, other)| *other != ticket);
                arrivals.lost |= !copied;
            });
            if copied {
                inherited::close(ticket.fd, file);
                // If nobody else has it any more, nothing of it stays.
                self.quietly(|ctx| ctx.reap(ctx.arena.slot(ticket.slot)?))
                    .map(drop)?;
            }
        }
        Ok(())
    }

    /// Copies the handles of a bundle; `false` if there is no such bundle.
    fn copy_bundle(&'static self, ticket: Ticket) -> Result<bool> {
        let Ok(slot) = self.arena.slot(ticket.slot) else {
            return Ok(false);
        };
        let word = SlotWord(self.arena.get(slot, slot::WORD));
        let tag = Tag(self.arena.get(slot, slot::TAG));
        if !word.is_attached(ticket.nonce) || tag != ticket.tag.with_bundle(true) {
            return Ok(false);
        }
        let bundle = Table {
            slot,
            nonce: ticket.nonce,
        };
        self.quietly(|ctx| ctx.copy_handles(bundle, self.table(), Copies::Raw, &|_, _| true))?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_comes_back_as_it_went() {
        let tickets = [
            Ticket {
                slot: 7,
                nonce: 90,
                fd: 200,
                tag: Tag(0).with_arena(0).with_copy(1),
            },
            Ticket {
                slot: 1023,
                nonce: u32::MAX,
                fd: 0,
                tag: Tag(0).with_arena(255).with_copy(0),
            },
        ];
        assert_eq!(parse(&variable(&tickets)), tickets);
    }

    #[test]
    fn what_is_malformed_announces_nothing() {
        for value in [
            "",
            "1:",
            "2:7.9.200.0.0",
            "1:7.9.200.0",
            "1:7.9.200.0.0.0",
            "1:7.9.-1.0.0",
            "1:7.9.200.0.63",
            "1:x",
            "1:99999.1.1.0.0",
        ] {
            assert_eq!(parse(value), [], "{value}");
        }
    }
}
