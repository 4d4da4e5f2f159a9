//! What a wait needs before it begins: a context and blocks.
//!
//! Blocks come in segments, with a thread's first wait and its widest one, and stay with the thread. The owner
//! word of a segment is taken by one CAS; who dies before listing the segment in its record has it freed by its
//! reaper, which looks for its owner word.

use super::{Ctx, Until};
use crate::arena::Context;
use crate::arena::layout::{Section, block, thread};
use crate::host::Host;
use crate::limits::{CONTEXTS, SEGMENT_BLOCKS};
use crate::word::claim::Phase;
use crate::{Error, Result};

impl<H: Host> Ctx<'_, H> {
    /// A context that no wait uses. Those left behind are used again once they can be left.
    pub(super) fn free_context(&self) -> Result<Context> {
        for context in self.me.contexts() {
            let claim = self.claim(context);
            match claim.phase() {
                Some(Phase::Idle) => return Ok(context),
                Some(Phase::Cancelled | Phase::Left) if self.drain(context, claim, Until::Now)? => {
                    self.change_claim(context, claim, claim.to(Phase::Idle));
                    return Ok(context);
                }
                _ => {}
            }
        }
        self.check_fence()?;
        Err(Error::Exhausted {
            what: "wait contexts of a thread (peers are stopped inside its waits)",
            limit: CONTEXTS as u64,
        })
    }

    /// Makes sure that a context has blocks for `count` objects.
    ///
    /// # Errors
    /// [`Error::Exhausted`], [`Error::NoSpace`](crate::Error::NoSpace); blocks got so far stay.
    pub fn ensure_blocks(&self, context: Context, count: usize) -> Result<()> {
        for ordinal in 0..count.div_ceil(SEGMENT_BLOCKS) {
            if self.arena.get(context, thread::SEGMENT + ordinal) == 0 {
                let segment = self.take_segment()?;
                for i in 0..SEGMENT_BLOCKS as u32 {
                    let b = self.arena.block(segment * SEGMENT_BLOCKS as u32 + i)?;
                    self.arena.put(b, block::MEMBER, 0);
                }
                self.arena
                    .put(context, thread::SEGMENT + ordinal, u64::from(segment) + 1);
            }
        }
        Ok(())
    }

    /// Takes a free segment of wait blocks.
    fn take_segment(&self) -> Result<u32> {
        let mine = u64::from(self.me.index);
        loop {
            let owners = self.arena.high_water(Section::SegmentOwners)?;
            let segments = self.arena.high_water(Section::Segments)?.min(owners);
            for i in 0..segments as u32 {
                let owner = self.arena.segment_owner(i)?;
                if self.arena.get(owner, 0) == 0 && self.arena.replace(owner, 0, 0, mine).is_ok() {
                    return Ok(i);
                }
            }
            if segments == owners {
                self.arena.grow(Section::SegmentOwners, owners)?;
            } else {
                self.arena.grow(Section::Segments, segments)?;
            }
        }
    }
}
