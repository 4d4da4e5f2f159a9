//! The attached processes.

use super::info::{Life, ProcessInfo};
use super::since;
use crate::Result;
use crate::arena::Slot;
use crate::arena::layout::{Section, slot};
use crate::dispatch::Ctx;
use crate::host::Host;
use crate::linux::Linux;
use crate::word::handle::Tag;
use crate::word::slot::SlotWord;

/// What is known of the life of the process in a slot; `None` if nobody is in it.
fn life_of(ctx: &Ctx<'_, Linux>, s: Slot, word: SlotWord) -> Option<Life> {
    use crate::word::slot::Life as Word;
    match word.life()? {
        Word::Free => None,
        Word::Zombie => Some(Life::Zombie),
        Word::Attached
            if ctx.marked(s)
                || (ctx.arena.get(s, slot::RAISED) == 0 && ctx.arena.host.life_byte_free(s.index)) =>
        {
            Some(Life::Dead)
        }
        Word::Attached => Some(Life::Alive),
    }
}

fn text(words: [u64; 2]) -> String {
    let bytes: Vec<u8> = words
        .iter()
        .flat_map(|w| w.to_le_bytes())
        .take_while(|&b| b != 0)
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The attached processes, by slot.
pub(super) fn processes(ctx: &Ctx<'_, Linux>, now: i64) -> Result<Vec<ProcessInfo>> {
    let mut processes = Vec::new();
    for index in 0..ctx.arena.high_water(Section::Slots)? as u16 {
        let s = ctx.arena.slot(index)?;
        let word = SlotWord(ctx.arena.get(s, slot::WORD));
        let Some(life) = life_of(ctx, s, word) else {
            continue;
        };
        // A zombie whose memory is gone is a free slot in all but name.
        if life == Life::Zombie && ctx.arena.host.life_byte_free(index) {
            continue;
        }
        let mut handles = 0;
        ctx.for_handles(s, word.nonce(), &mut |_, _| {
            handles += 1;
            Ok(())
        })?;
        let field = |word| ctx.arena.get(s, word);
        processes.push(ProcessInfo {
            slot: u32::from(index),
            pid: field(slot::PID) as u32,
            pid_namespace: field(slot::PID_NAMESPACE),
            start: field(slot::START),
            comm: text([field(slot::COMM), field(slot::COMM + 1)]),
            version: text([field(slot::VERSION), field(slot::VERSION + 1)]),
            euid: field(slot::EUID) as u32,
            age: since(now, field(slot::BORN)),
            keeper: field(slot::RAISED) == slot::WATCHED,
            bundle: Tag(field(slot::TAG)).bundle(),
            life,
            handles,
            threads: ctx.threads_of(s, word.nonce())?.len() as u32,
        });
    }
    Ok(processes)
}
