//! The word of a process slot: state, reaper and nonce in one, so that the right to reap is
//! taken for one life of the slot and no other.

use super::field;

/// What a process slot is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Life {
    /// Not in use.
    Free = 0,
    /// A process is attached.
    Attached = 1,
    /// Its process has ended and everything was taken back; usable once its life byte is free.
    Zombie = 2,
}

/// The word of a process slot.
///
/// | bits   | name     | meaning                                               |
/// |--------|----------|-------------------------------------------------------|
/// | 0..8   | `life`   | see [`Life`]                                          |
/// | 8..24  | `reaper` | thread that has the right to reap it; 0 = nobody      |
/// | 24..32 | `turn`   | how often the right was taken, modulo 256             |
/// | 32..64 | `nonce`  | which life of the slot; never 0 in use                |
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(transparent)]
pub struct SlotWord(pub u64);

impl SlotWord {
    field!(life_code, with_life_code, 0, 8, u8);
    field!(
        /// The thread that has the right to reap, or 0.
        reaper, with_reaper, 8, 16, u16
    );
    field!(
        /// How often the right to reap was taken in this life, modulo 256: a thread record that was freed and
        /// used again must not look like the reaper it once was.
        turn, with_turn, 24, 8, u8
    );
    field!(
        /// The number of this life.
        nonce, with_nonce, 32, 32, u32
    );

    /// The state, or `None` if the word breaks the rules.
    pub const fn life(self) -> Option<Life> {
        Some(match self.life_code() {
            0 => Life::Free,
            1 => Life::Attached,
            2 => Life::Zombie,
            _ => return None,
        })
    }

    /// Whether a process is attached under this nonce.
    pub const fn is_attached(self, nonce: u32) -> bool {
        self.life_code() == Life::Attached as u8 && self.nonce() == nonce
    }

    /// The word once `thread` has taken the right to reap.
    pub const fn taken_by(self, thread: u16) -> SlotWord {
        self.with_reaper(thread).with_turn(self.turn().wrapping_add(1))
    }

    /// The word of the next life of this slot.
    pub const fn attached_next(self) -> SlotWord {
        let nonce = self.nonce().wrapping_add(1);
        SlotWord(0)
            .with_life_code(Life::Attached as u8)
            .with_nonce(if nonce == 0 { 1 } else { nonce })
    }

    /// The word once everything has been taken back.
    pub const fn zombie(self) -> SlotWord {
        SlotWord(0)
            .with_life_code(Life::Zombie as u8)
            .with_nonce(self.nonce())
    }
}

/// Who a thread record belongs to: the process slot in one of its lives. Zero: free.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[repr(transparent)]
pub struct Belongs(pub u64);

impl Belongs {
    field!(
        /// The slot's index plus one; 0 = the record is free.
        slot_plus_one, with_slot_plus_one, 0, 16, u16
    );
    field!(
        /// The slot's nonce.
        nonce, with_nonce, 32, 32, u32
    );

    /// A record of this process.
    pub const fn to(slot: u16, nonce: u32) -> Belongs {
        Belongs(0).with_slot_plus_one(slot + 1).with_nonce(nonce)
    }

    /// The slot, if the record is in use.
    pub const fn slot(self) -> Option<u16> {
        match self.slot_plus_one() {
            0 => None,
            n => Some(n - 1),
        }
    }
}
