//! The handles of a virtual thread.

use std::sync::atomic::AtomicU64;

use intersync::arena::layout::object;
use intersync::directory::handles::Handle;
use intersync::dispatch::call::Operand;
use intersync::word::handle::Number;
use intersync::word::state::State;
use intersync::word::value::Sort;
use intersync::{Error, Result};

use super::history::{H, Make, Op, Res};
use super::worker::Worker;

/// A handle as a thread holds it.
pub struct Held {
    pub(super) handle: Handle,
    hint: AtomicU64,
    make: Make,
}

impl Worker {
    pub(super) fn operand(&self, h: H) -> Result<Operand<'_>> {
        let Some(Some(held)) = self.handles.get(h) else {
            return Err(Error::InvalidArgument {
                what: format!("handle {h} is not open"),
            });
        };
        Ok(Operand {
            object: held.handle.object,
            generation: held.handle.generation,
            sort: held.handle.sort,
            hint: &held.hint,
            maximum: held.make.maximum,
            entry: held.make.give_back.then_some(held.handle.entry),
        })
    }

    /// The handles that others have put into the table for this thread, or that came with the process.
    pub(super) fn fetch(&mut self, op: &Op) -> Result<()> {
        for h in op.handles() {
            if !matches!(self.handles.get(h), Some(Some(_)))
                && let Some(number) = self.told(h)
            {
                let handle = self.ctx.handle_at(number)?;
                self.hold(h, handle);
            }
        }
        Ok(())
    }

    /// What is open now at the number of a handle that the thread has used before. It remembers what that was.
    pub(super) fn look_again(&mut self, h: H) -> Result<()> {
        if let Some(Some(held)) = self.handles.get(h)
            && !held.handle.is_open(self.world.arena)
        {
            let handle = self.ctx.handle_at(held.handle.number)?;
            self.hold(h, handle);
        }
        Ok(())
    }

    /// The number of a handle that the thread knows of.
    pub fn told(&self, h: H) -> Option<Number> {
        let key = (self.thread, h);
        self.world.core.with_process(|p| p.opened.get(&key).copied())
    }

    /// The number of a handle that the thread has.
    pub(super) fn number(&self, h: H) -> Result<Number> {
        match self.handles.get(h) {
            Some(Some(held)) => Ok(held.handle.number),
            _ => Err(Error::InvalidArgument {
                what: format!("handle {h} is not open"),
            }),
        }
    }

    /// The handle is closed.
    pub(super) fn forget(&mut self, h: H) {
        self.handles[h] = None;
        let key = (self.thread, h);
        self.world.core.with_process(|p| p.opened.remove(&key));
    }

    pub(super) fn hold(&mut self, h: H, handle: Handle) -> Res {
        let meta = self.world.arena.get(handle.object, object::META);
        let first = self.world.arena.get(handle.object, object::FIRST);
        let make = Make {
            sort: handle.sort,
            initial: 0,
            maximum: if handle.sort == Sort::Semaphore {
                first as u32
            } else {
                0
            },
            give_back: meta & object::GIVE_BACK != 0,
        };
        if self.handles.len() <= h {
            self.handles.resize_with(h + 1, || None);
        }
        self.world
            .core
            .with_process(|p| p.opened.insert((self.thread, h), handle.number));
        self.handles[h] = Some(Held {
            handle,
            hint: AtomicU64::new(State::never(handle.generation).0),
            make,
        });
        Res::Handle(handle.existed)
    }
}
