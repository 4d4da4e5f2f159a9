//! How virtual processes share handles: duplicates, bundles, forks.
//!
//! What a process does here is what `process/bundles.rs`, `process/inherited.rs` and `process/forked.rs` of the library do
//! with descriptors and memory: a descriptor is a process that is noted as a holder of a life byte, and the
//! memory that a child is forked with is a copy of what is noted of its parent.

use std::collections::BTreeMap;

use intersync::arena::layout::slot;
use intersync::attach::{self, Introduction};
use intersync::directory::raw::{Copies, Duplicate, Rights};
use intersync::directory::table::Table;
use intersync::word::handle::{Number, Reference, Tag};
use intersync::word::slot::SlotWord;
use intersync::{Error, Result};

use super::history::{H, Op, Res};
use super::state::{Life, Process, State};
use super::worker::Worker;
use super::world::{Core, World};

/// A bundle, as those know it who have its descriptor.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// Slot and nonce.
    pub place: (u16, u32),
    /// The handles in it that were known by a number of the thread that made it.
    pub opened: Vec<(H, Number)>,
}

/// How a process was started by another one.
#[derive(Clone, Debug)]
pub enum Birth {
    /// With these bundles.
    Spawned(Vec<Bundle>),
    /// With the memory of its parent.
    Forked(Memory),
}

/// What a forked process remembers of its parent.
#[derive(Clone, Debug)]
pub struct Memory {
    /// Slot and nonce.
    pub parent: (u16, u32),
    /// Its handle table.
    pub mirror: BTreeMap<Number, (u64, u32)>,
    /// Its handles that were known by a number: see [`key`].
    pub opened: Vec<(H, Number)>,
}

/// How a thread that has handles from the thread `from` knows one of them, or one of its siblings.
pub const fn key(from: usize, thread: usize, h: H) -> H {
    if thread == from {
        h
    } else {
        1000 * (thread + 1) + h
    }
}

/// The life byte of a slot, given back when it is dropped.
struct Byte {
    core: &'static Core,
    slot: u16,
    process: usize,
}

impl Drop for Byte {
    fn drop(&mut self) {
        self.core.let_go(self.slot, self.process);
    }
}

impl Core {
    /// A process gives up a life byte.
    fn let_go(&self, slot: u16, process: usize) {
        self.state.borrow_mut().bytes[usize::from(slot)].retain(|&p| p != process);
    }
}

impl State {
    /// A process starts another one, which gets these descriptors; none, if it has been killed already.
    fn give_birth(&mut self, child: usize, birth: Birth, slots: impl Iterator<Item = u16>) {
        if self.processes[child].life != Life::Alive {
            return;
        }
        slots.for_each(|slot| self.bytes[usize::from(slot)].push(child));
        self.processes[child].birth = Some(birth);
    }
}

/// Takes a slot for a process, or for a bundle of it.
pub(super) fn claim(world: World, process: usize, tag: Tag) -> Result<(u16, u32)> {
    let core = world.core;
    let who = Introduction {
        pid: process as u32 + 1,
        tag,
        ..Introduction::default()
    };
    let (s, nonce, byte) = attach::claim_slot(world.arena, &who, |slot| {
        core.enter_kernel();
        let holders = &mut core.state.borrow_mut().bytes[usize::from(slot)];
        Ok(holders.is_empty().then(|| {
            holders.push(process);
            Byte { core, slot, process }
        }))
    })?;
    std::mem::forget(byte);
    Ok((s.index, nonce))
}

impl Worker {
    fn table_at(&self, (index, nonce): (u16, u32)) -> Result<Table> {
        let slot = self.world.arena.slot(index)?;
        Ok(Table { slot, nonce })
    }

    /// Takes over what came with the process; from then on others may put handles into its table.
    pub(super) fn arrive(&mut self) -> Result<()> {
        match self.world.core.with_process(|p| p.birth.clone()) {
            Some(Birth::Spawned(bundles)) => {
                for bundle in bundles {
                    self.take_bundle(&bundle)?;
                }
            }
            Some(Birth::Forked(_)) => self.call(Op::Adopt),
            None => return Ok(()),
        }
        self.ctx.arrived();
        Ok(())
    }

    /// Copies the handles of a bundle and gives up its descriptor.
    fn take_bundle(&self, bundle: &Bundle) -> Result<()> {
        let core = self.world.core;
        let table = self.table_at(bundle.place)?;
        let word = SlotWord(self.ctx.arena.get(table.slot, slot::WORD));
        let tag = Tag(self.ctx.arena.get(table.slot, slot::TAG));
        if !word.is_attached(table.nonce) || !tag.bundle() {
            core.fail(|| format!("the bundle in slot {} is gone", table.slot.index));
        }
        self.ctx
            .copy_handles(table, self.ctx.table(), Copies::Raw, &|_, _| true)?;
        core.enter_kernel();
        core.let_go(table.slot.index, self.process);
        self.ctx.reap(table.slot)?;
        let known = bundle.opened.iter().map(|&(h, n)| ((self.thread, h), n));
        core.with_process(|p| p.opened.extend(known));
        Ok(())
    }

    /// The handles of the process as `thread` knows them.
    fn known(&self, p: &Process) -> Vec<(H, Number)> {
        let named = |(&(thread, h), &number): (&(usize, H), &Number)| (key(self.thread, thread, h), number);
        p.opened.iter().map(named).collect()
    }

    pub(super) fn share(&mut self, op: &Op) -> Result<Res> {
        match *op {
            Op::Duplicate(h, to, as_h, close_source) => self.duplicate(h, to, as_h, close_source),
            Op::Prepare(b) => self.prepare(b),
            Op::Unprepare(b) => self.unprepare(b),
            Op::Spawn(child) => {
                let bundles: Vec<Bundle> = self
                    .world
                    .core
                    .with_process(|p| p.prepared.values().cloned().collect());
                self.bear(child, Birth::Spawned(bundles));
                Ok(Res::Done)
            }
            Op::Fork(child) => {
                let memory = self.world.core.with_process(|p| Memory {
                    parent: p.place.unwrap_or_default(),
                    mirror: p.mirror.clone(),
                    opened: self.known(p),
                });
                self.bear(child, Birth::Forked(memory));
                Ok(Res::Done)
            }
            _ => self.adopt(),
        }
    }

    /// Puts a duplicate into the table of another process, and tells that its number.
    fn duplicate(&mut self, h: H, to: usize, as_h: H, close_source: bool) -> Result<Res> {
        let core = self.world.core;
        let number = self.number(h)?;
        let target = core.state.borrow().threads[to].process;
        let made = self.ctx.duplicate(&Duplicate {
            source: self.ctx.table(),
            number,
            target: Some(self.ctx.table_of(target as u32 + 1, 0, 0, 0)?),
            rights: Rights::Same,
            flags: Reference(0),
            close_source,
        });
        let closed = close_source && matches!(made, Ok(_) | Err(Error::NoSuchProcess { .. }));
        if closed {
            self.forget(h);
        }
        if let Some(handle) = made? {
            let number = handle.number;
            core.state.borrow_mut().processes[target]
                .opened
                .insert((to, as_h), number);
        }
        Ok(Res::Handle(true))
    }

    fn prepare(&self, b: usize) -> Result<Res> {
        let core = self.world.core;
        let place = claim(self.world, self.process, Tag(0).with_bundle(true))?;
        // What others put into the table from now on may be copied or not: the children are not told its number.
        let opened = core.with_process(|p| self.known(p));
        let bundle = Bundle { place, opened };
        core.with_process(|p| p.prepared.insert(b, bundle));
        let to = self.table_at(place)?;
        self.ctx
            .copy_handles(self.ctx.table(), to, Copies::Raw, &|_, _| true)?;
        Ok(Res::Done)
    }

    fn unprepare(&self, b: usize) -> Result<Res> {
        let core = self.world.core;
        if let Some(bundle) = core.with_process(|p| p.prepared.remove(&b)) {
            core.let_go(bundle.place.0, self.process);
            core.offer();
            let table = self.table_at(bundle.place)?;
            let word = SlotWord(self.ctx.arena.get(table.slot, slot::WORD));
            if word.is_attached(table.nonce) {
                self.ctx.reap(table.slot)?;
            }
        }
        Ok(Res::Done)
    }

    /// Starts a process, in one moment. Both kinds of children get the descriptors.
    fn bear(&self, child: usize, birth: Birth) {
        let core = self.world.core;
        let slots: Vec<u16> = core.with_process(|p| p.prepared.values().map(|b| b.place.0).collect());
        core.state
            .borrow_mut()
            .give_birth(child, birth, slots.into_iter());
        core.history.borrow_mut().touched(self.thread, 0);
    }

    /// Takes over the handles of the parent that are still what they were.
    fn adopt(&mut self) -> Result<Res> {
        let core = self.world.core;
        let Some(Birth::Forked(memory)) = core.with_process(|p| p.birth.clone()) else {
            return Ok(Res::Adopted(Vec::new()));
        };
        let known: BTreeMap<Number, H> = memory.opened.iter().map(|&(h, n)| (n, h)).collect();
        let was = |number: Number| {
            memory
                .mirror
                .get(&number)
                .filter(|_| known.contains_key(&number))
                .copied()
        };
        match self.ctx.adopt_handles(self.table_at(memory.parent)?, &was) {
            // The parent has ended.
            Err(Error::NoSuchProcess { .. }) => return Ok(Res::Adopted(Vec::new())),
            other => other?,
        }
        let taken: BTreeMap<Number, (u64, u32)> = core.with_process(|p| p.mirror.clone());
        for (number, now) in &taken {
            if was(*number) != Some(*now) {
                core.fail(|| format!("{number:?} was {:?}, and {now:?} was taken over", was(*number)));
            }
        }
        let adopted: Vec<H> = taken.keys().filter_map(|n| known.get(n).copied()).collect();
        core.with_process(|p| {
            let of_mine = taken
                .keys()
                .filter_map(|n| Some(((self.thread, *known.get(n)?), *n)));
            p.opened.extend(of_mine);
        });
        Ok(Res::Adopted(adopted))
    }
}
