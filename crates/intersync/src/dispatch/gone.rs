//! Handles that are closed by one thread while another uses them.
//!
//! A view of a handle does not keep it open. The last close frees the record of the object and raises its generation, in one
//! exchange of its state word. So every exchange of a fast path, which expects the whole word, fails on whatever gets the
//! record next, and the word it finds instead is only gone on with if it is of the same generation. The slow path compares
//! the generation once it has the lock: a locked object is not freed. An operation that comes too late is an error, and has
//! touched nothing.

use super::call::Operand;
use super::signal::Change;
use super::{Ctx, Until};
use crate::arena::Object;
use crate::host::Host;
use crate::limits::FIRED;
use crate::{Error, Result};

/// The object that a handle refers to is gone. Whoever knows the handle names it.
pub(crate) const fn gone() -> Error {
    Error::InvalidHandle { value: 0 }
}

impl<H: Host> Ctx<'_, H> {
    /// As [`Ctx::operate`], on an object as a handle reaches it.
    ///
    /// # Errors
    /// As [`Ctx::operate`]; [`Error::InvalidHandle`] if the object is gone.
    pub(super) fn operate_on(&self, x: &Operand<'_>, change: Change<'_>, until: Until) -> Result<u32> {
        self.operate_after(FIRED, Some(x.generation), x.object, &[], change, until)
    }

    /// Checks that the locked objects of an operation are those that its handles refer to.
    pub(super) fn check_generations(
        &self,
        primary: Object,
        expected: Option<u16>,
        change: &Change<'_>,
    ) -> Result<()> {
        let mut same = expected.is_none_or(|g| self.state(primary).generation() == g);
        if let Change::Enqueue(_, blocks) = change {
            for &b in *blocks {
                let info = self.info(b);
                same &= self.state(self.object_of(info)?).generation() == info.generation();
            }
        }
        if same { Ok(()) } else { Err(gone()) }
    }
}
