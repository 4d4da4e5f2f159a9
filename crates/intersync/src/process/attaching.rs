//! Attaching to a namespace, and where its handles are among those of the others.

use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicI64, AtomicU8};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use super::{KEEPER_NONE, Process, known, lock};
use crate::alias;
use crate::arena::layout::{Section, slot};
use crate::arena::{Arena, Geometry};
use crate::attach::{Introduction, claim_slot};
use crate::host::{Caller, Host};
use crate::linux::{self, Linux};
use crate::opening::{base_of, read_header};
use crate::sys::arena_file::{self, ArenaFile, Base, Make};
use crate::sys::kept::FileId;
use crate::sys::{barrier, base, identity, life, thread};
use crate::watcher::Watching;
use crate::word::handle::{COPIES, Tag};
use crate::word::slot::{Life, SlotWord};
use crate::{Error, Location, Result};

/// How long an attaching process waits for the gate: it is only held while a file is replaced.
const GATE_PATIENCE: Duration = Duration::from_secs(2);
/// How often the file may change hands between two looks.
const ATTEMPTS: u32 = 16;
/// The size of a new file is chosen by the space there is.
const PROFILE: u64 = 0;

/// One thread attaches at a time: nobody uses an attachment whose handles are still arriving.
static ATTACHING: Mutex<()> = Mutex::new(());

/// What is known of a tag before the arena can be read.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    arena: u8,
    /// `None`: whatever no other copy of the library in this process has.
    copy: Option<u8>,
}

impl Wanted {
    /// The tag. Two copies of the library in one process have different ones: a handle of one is none of the other.
    fn tag(self, arena: &Arena<Linux>, who: &Introduction) -> Result<Tag> {
        let tag = Tag(0).with_arena(self.arena);
        if let Some(copy) = self.copy {
            return Ok(tag.with_copy(copy));
        }
        let mut taken = [false; COPIES as usize];
        for index in 0..arena.high_water(Section::Slots)? as u16 {
            let s = arena.slot(index)?;
            let same = arena.get(s, slot::PID) == u64::from(who.pid)
                && arena.get(s, slot::START) == who.start
                && arena.get(s, slot::PID_NAMESPACE) == who.pid_namespace
                && SlotWord(arena.get(s, slot::WORD)).life() == Some(Life::Attached);
            let other = Tag(arena.get(s, slot::TAG));
            // The same process before it called exec has the same numbers, and is dead.
            if same
                && !other.bundle()
                && !arena.host.life_byte_free(index)
                && let Some(taken) = taken.get_mut(usize::from(other.copy()))
            {
                *taken = true;
            }
        }
        let copy = taken.iter().position(|taken| !taken).ok_or(Error::Exhausted {
            what: "copies of this library in one process",
            limit: u64::from(COPIES),
        })?;
        Ok(tag.with_copy(copy as u8))
    }
}

/// Which arena of the process the file is: the same as before a fork, or as its parent said, or a new one.
fn tag_for(processes: &[&'static Process], id: FileId) -> Result<Wanted> {
    let (inherited, copy) = super::inherited::reserved();
    let copy = processes.first().map(|p| p.tag.copy()).or(copy);
    let known = processes
        .iter()
        .map(|p| (p.arena.host.file.id(), p.tag.arena()))
        .chain(inherited)
        .collect::<Vec<_>>();
    if let Some(&(_, arena)) = known.iter().find(|(file, _)| *file == id) {
        return Ok(Wanted { arena, copy });
    }
    let free = (0..=u8::MAX).find(|n| known.iter().all(|(_, taken)| taken != n));
    let arena = free.ok_or(Error::Exhausted {
        what: "namespaces in one process",
        limit: u64::from(u8::MAX) + 1,
    })?;
    Ok(Wanted { arena, copy })
}

/// Who this process is to the objects in a file.
fn caller_of(file: &ArenaFile, euid: u32) -> Caller {
    if euid == 0 {
        return Caller::Administrator;
    }
    let group = file.facts().map(|facts| facts.group);
    Caller::User {
        uid: euid,
        is_member: group.is_ok_and(thread::is_in_group),
    }
}

/// What fits of a text into the words for it.
pub(super) fn text(from: &str) -> [u8; 16] {
    let mut to = [0; 16];
    let length = from.len().min(to.len());
    to[..length].copy_from_slice(&from.as_bytes()[..length]);
    to
}

/// Opens the file of a namespace. Private ones are made by nobody but their creator.
fn open(base: &Base, make: Make<'_>) -> Result<(ArenaFile, OwnedFd)> {
    match base {
        Base::Private(private) => arena_file::open_existing(base)?.ok_or_else(|| Error::NoPrivateNamespace {
            alias: private.alias.clone(),
        }),
        _ => arena_file::open_or_create(base, make, PROFILE),
    }
}

impl Process {
    /// Attaches to a namespace, or returns the attachment there is. Names without a namespace follow, which matters after
    /// a change of the effective user.
    ///
    /// # Errors
    /// Those of opening, and [`Error::Exhausted`].
    pub(crate) fn attach(location: &Location) -> Result<&'static Process> {
        let process = Process::attach_at(&base_of(location)?)?;
        if *location == Location::Local {
            known::set_local(process);
        }
        Ok(process)
    }

    /// As [`Process::attach`], to the namespace at this base.
    ///
    /// # Errors
    /// As [`Process::attach`].
    pub(crate) fn attach_at(base: &Base) -> Result<&'static Process> {
        // A child that is forked meanwhile would find the locks taken for ever.
        let _no_fork = life::ForkHeldUp::new();
        let _attaching = lock(&ATTACHING);
        // Under the lock: two threads that attach at once are of one process.
        if identity::generation() == 0 {
            identity::renew();
        }
        let processes: Vec<_> = known::all().collect();
        let generation = identity::generation();
        let shown = base::choose(base)?.0;
        let mut make = |fd: &OwnedFd, length, _| linux::format(fd, length, &shown);
        let mut opened = open(base, &mut make)?;
        for _ in 0..ATTEMPTS {
            let (file, fd) = opened;
            let gate = life::gate(&file, false, GATE_PATIENCE)
                .map_err(|e| linux::os("lock of the gate", file.path(), &e))?;
            if gate.is_none() {
                return Err(Error::Namespace {
                    path: file.path().to_owned(),
                    problem: "another process has been replacing it for seconds; see who holds a lock on it"
                        .to_owned(),
                });
            }
            if !file.still_named().unwrap_or(true) {
                // Replaced between the opening and the gate.
                opened = open(base, &mut make)?;
                continue;
            }
            let known = processes
                .iter()
                .find(|p| p.arena.host.file.id() == file.id() && p.generation == generation);
            if let Some(known) = known {
                known.arrive(None)?;
                return Ok(known);
            }
            match read_header(&file, &fd) {
                Ok(geometry) => {
                    let mut earlier = processes.iter().rev().copied();
                    let parent = earlier.find(|p| p.arena.host.file.id() == file.id());
                    let wanted = tag_for(&processes, file.id())?;
                    let process = Process::attach_to(file, &fd, geometry, generation, wanted)?;
                    drop(gate);
                    let arrived = process
                        .quietly(|ctx| ctx.reap_leftovers())
                        .and_then(|()| process.arrive(parent));
                    known::add(process);
                    return arrived.map(|()| process);
                }
                Err(e @ Error::Version { .. }) if !matches!(base, Base::Private(_)) => {
                    // Made by another version or before the last boot: without users it may go.
                    drop(gate);
                    opened = file.replace(&mut make, PROFILE)?.ok_or(e)?;
                }
                Err(e) => return Err(e),
            }
        }
        Err(Error::Namespace {
            path: shown,
            problem: "its file is being replaced over and over; find out by whom".to_owned(),
        })
    }

    /// Takes over the handles that came with the process, before anybody else can put some into its table.
    fn arrive(&'static self, parent: Option<&'static Process>) -> Result<()> {
        self.take_inherited()?;
        if let Some(parent) = parent {
            self.adopt(parent)?;
        }
        self.quietly(|ctx| {
            ctx.arrived();
            Ok(())
        })
    }

    /// The attachment to the namespace at `location`, which is looked for only the first time.
    ///
    /// # Errors
    /// As [`Process::attach`].
    pub(crate) fn of(location: &Location) -> Result<&'static Process> {
        match location {
            Location::Private(alias) => Process::under(alias),
            Location::Local => match known::local().filter(|process| process.is_mine()) {
                Some(process) => Ok(process),
                None => Process::attach(location),
            },
            _ => Process::attach(location),
        }
    }

    /// The private namespace that is open under the alias, whether others can still find it or not.
    fn under(alias: &str) -> Result<&'static Process> {
        let id = alias::file(alias)?;
        match known::all().filter(|p| p.arena.host.file.id() == id).last() {
            Some(process) => process.here(),
            None => Err(alias::unknown(alias)),
        }
    }

    fn attach_to(
        file: ArenaFile,
        fd: &OwnedFd,
        geometry: Geometry,
        generation: u32,
        wanted: Wanted,
    ) -> Result<&'static Process> {
        barrier::register();
        let host = Linux::map(file, fd, geometry.length())?;
        let arena: &'static Arena<Linux> = Box::leak(Box::new(host.into_arena(geometry)));
        let mut who = Introduction {
            pid: thread::pid(),
            start: thread::start_time(),
            pid_namespace: thread::pid_namespace(),
            euid: thread::euid(),
            ..Introduction::default()
        };
        let tag = wanted.tag(arena, &who)?;
        who.tag = tag.with_arriving(true);
        who.comm = text(&thread::comm());
        who.version = text(env!("CARGO_PKG_VERSION"));
        let file = &arena.host.file;
        let (s, nonce, life) = claim_slot(arena, &who, |index| {
            life::hold(file, linux::life_byte(index))
                .map_err(|e| linux::os("lock of the life byte", file.path(), &e))
        })?;
        Linux::settle(arena, s, caller_of(file, who.euid));
        Ok(Box::leak(Box::new(Process {
            arena,
            slot: s,
            nonce,
            tag,
            generation,
            euid: who.euid,
            _life: life,
            heir: OnceLock::new(),
            next: OnceLock::new(),
            bundles: Mutex::default(),
            keeper: Mutex::new(()),
            keeper_state: AtomicU8::new(KEEPER_NONE),
            looked_at: AtomicI64::new(i64::MIN),
            watching: Watching::default(),
        })))
    }

    /// The attachment whose handles have this tag. If it is one that this process has inherited handles of, it attaches now.
    ///
    /// # Errors
    /// Those of attaching.
    pub(crate) fn by_tag(tag: Tag) -> Result<Option<&'static Process>> {
        match known::all().filter(|p| p.tag == tag).last() {
            Some(process) if process.is_mine() => Ok(Some(process)),
            // Forked since: the handles of the parent are taken over.
            Some(parent) => parent.here().map(Some),
            None => super::inherited::attach(tag),
        }
    }

    /// The attachments of this process, as it is after the last fork.
    pub(crate) fn all() -> Vec<&'static Process> {
        known::all().filter(|p| p.is_mine()).collect()
    }
}
