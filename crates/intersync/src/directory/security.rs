//! Who may open an object, and with which rights: its owner and mode.

use crate::access::Access;
use crate::arena::Object;
use crate::arena::layout::object;
use crate::dispatch::Ctx;
use crate::host::{Caller, Host};
use crate::word::value::Sort;

impl<H: Host> Ctx<'_, H> {
    /// What the security of an object allows the calling process.
    pub(super) fn allowed(&self, o: Object, sort: Sort) -> Access {
        let meta = self.arena.get(o, object::META);
        let mode = object::mode(meta);
        match self.arena.host.caller() {
            Caller::Administrator => Access::full(sort.kind()),
            Caller::User { uid, .. } if uid == object::owner(meta) => {
                Access::of_class(sort.kind(), mode >> 6, true)
            }
            Caller::User { is_member: true, .. } => Access::of_class(sort.kind(), mode >> 3 & 0o7, false),
            Caller::User { .. } => Access::of_class(sort.kind(), mode & 0o7, false),
        }
    }

    /// What the calling process may open an object with, which asks for `wanted`.
    ///
    /// # Errors
    /// [`Error::AccessDenied`](crate::Error::AccessDenied).
    pub(super) fn granted(&self, o: Object, sort: Sort, wanted: Access) -> crate::Result<Access> {
        wanted.of_opener(sort.kind(), self.allowed(o, sort))
    }
}
