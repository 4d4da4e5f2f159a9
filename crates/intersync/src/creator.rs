//! Whether a private namespace is there: it ends with the process that created it.

use crate::arena::layout::{header, slot};
use crate::arena::{Arena, Header};
use crate::host::Host;
use crate::recover::OWNER_DIED;
use crate::word::slot::{Belongs, SlotWord};

/// Whether the process that created the namespace lives, and nobody has destroyed it.
pub(crate) fn lives<H: Host>(arena: &Arena<H>) -> bool {
    let creator = Belongs(arena.get(Header, header::CREATOR));
    let Some(Ok(s)) = creator.slot().map(|index| arena.slot(index)) else {
        return false;
    };
    if !SlotWord(arena.get(s, slot::WORD)).is_attached(creator.nonce()) {
        return false;
    }
    // The lifeline tells first; without one, the life byte.
    match arena.get(s, slot::RAISED) {
        0 => !arena.host.life_byte_free(s.index),
        _ => arena.get(s, slot::LIFELINE) & OWNER_DIED == 0,
    }
}

/// Notes who has created the namespace: from now on it is there.
pub(crate) fn set<H: Host>(arena: &Arena<H>, creator: Belongs) {
    arena.put(Header, header::CREATOR, creator.0);
}

/// Ends the namespace; those who have it open keep it.
pub(crate) fn clear<H: Host>(arena: &Arena<H>) {
    arena.put(Header, header::CREATOR, 0);
}
