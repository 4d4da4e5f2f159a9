//! The audit: every rule of an arena, in code.
//!
//! It only reads and takes no lock, so operations under way can look like damage: callers look
//! several times and believe what stays. Every walk is bounded by the size of a table.

mod directory;

use std::collections::BTreeMap;

use crate::arena::layout::{Section, object, slot, thread};
use crate::arena::{Context, Object};
use crate::directory::names::read_name;
use crate::dispatch::Ctx;
use crate::dispatch::journal::Step;
use crate::host::Host;
use crate::limits::{SEGMENT_BLOCKS, SEGMENTS};
use crate::word::claim::Phase;
use crate::word::slot::{Belongs, Life, SlotWord};
use crate::word::value::{self, Sort};
use crate::{Result, wtf8};

/// A rule that the shared memory of a namespace breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The place: `object 12 "jobs"`, `thread 3`, `process 1`.
    pub place: String,
    /// The rule, and what was found instead.
    pub rule: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.rule)
    }
}

/// Collects violations.
struct Findings {
    broken: Vec<Violation>,
    /// Whether a living keeper watches: what the dead left must be gone then. Otherwise the next process to
    /// attach clears it away, and nothing is wrong.
    watched: bool,
}

impl Findings {
    fn check(&mut self, holds: bool, place: impl FnOnce() -> String, rule: impl FnOnce() -> String) {
        if !holds {
            self.broken.push(Violation {
                place: place(),
                rule: rule(),
            });
        }
    }
}

/// Checks every rule of the arena. Only reads: `ctx` need not belong to an attached process.
///
/// # Errors
/// [`Error::Corrupt`](crate::Error::Corrupt) if an index leads out of a table: the walk ends there.
pub fn audit<H: Host>(ctx: &Ctx<'_, H>) -> Result<Vec<Violation>> {
    let mut found = Findings {
        broken: Vec::new(),
        watched: is_watched(ctx)?,
    };
    let handles = directory::count_handles(ctx, &mut found)?;
    let members = members(ctx)?;
    let chained = directory::chained(ctx, &mut found)?;
    let free = directory::free_list(ctx, &mut found)?;
    for index in 0..ctx.arena.high_water(Section::Objects)? as u32 {
        let o = ctx.arena.object(index)?;
        if ctx.arena.get(o, object::META) == 0 {
            directory::free_object(ctx, o, &free, &mut found);
            continue;
        }
        locked(ctx, o, &mut found)?;
        queue(ctx, o, members.get(&index).map_or(0, Vec::len), &mut found)?;
        served(ctx, o, &mut found)?;
        owner(ctx, o, &mut found)?;
        directory::held(
            ctx,
            o,
            handles.get(&index).copied().unwrap_or(0),
            &chained,
            &mut found,
        );
    }
    directory::cells(ctx, &mut found)?;
    processes(ctx, &mut found)?;
    threads(ctx, &mut found)?;
    Ok(found.broken)
}

fn place<H: Host>(ctx: &Ctx<'_, H>, o: Object) -> String {
    match read_name(ctx.arena, o) {
        Some(name) => format!("object {} \"{}\"", o.index, wtf8::to_text(&name).escape_default()),
        None => format!("object {}", o.index),
    }
}

/// The blocks that say they are in the queue of each object.
fn members<H: Host>(ctx: &Ctx<'_, H>) -> Result<BTreeMap<u32, Vec<u32>>> {
    let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for segment in 0..ctx.arena.high_water(Section::Segments)? as u32 {
        if ctx.arena.get(ctx.arena.segment_owner(segment)?, 0) == 0 {
            continue;
        }
        for i in 0..SEGMENT_BLOCKS as u32 {
            let b = ctx.arena.block(segment * SEGMENT_BLOCKS as u32 + i)?;
            if let Some(index) = ctx.member(b).object_plus_one().checked_sub(1) {
                members.entry(index).or_default().push(b.index);
            }
        }
    }
    Ok(members)
}

/// Whether a process with a keeper lives.
fn is_watched<H: Host>(ctx: &Ctx<'_, H>) -> Result<bool> {
    for index in 0..ctx.arena.high_water(Section::Slots)? as u16 {
        let s = ctx.arena.slot(index)?;
        let attached = SlotWord(ctx.arena.get(s, slot::WORD)).life() == Some(Life::Attached);
        if attached && ctx.arena.get(s, slot::RAISED) != 0 && !ctx.marked(s) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a thread record belongs to a process that is attached and not known to be dead.
fn alive<H: Host>(ctx: &Ctx<'_, H>, index: u16) -> bool {
    let Ok(t) = ctx.arena.thread(index) else {
        return false;
    };
    match ctx.process_of(t) {
        Ok(Some((s, _))) => !ctx.marked(s),
        _ => false,
    }
}

fn locked<H: Host>(ctx: &Ctx<'_, H>, o: Object, found: &mut Findings) -> Result<()> {
    let word = ctx.state(o);
    if word.locker() == 0 {
        return Ok(());
    }
    found.check(
        alive(ctx, word.locker()) || !found.watched,
        || place(ctx, o),
        || format!("is locked by the dead thread {}", word.locker()),
    );
    if let Ok(t) = ctx.arena.thread(word.locker()) {
        let idle = ctx.journal(t).step() == Some(Step::None);
        found.check(
            !idle,
            || place(ctx, o),
            || format!("is locked by thread {}, which is in no operation", t.index),
        );
    }
    Ok(())
}

fn queue<H: Host>(ctx: &Ctx<'_, H>, o: Object, members: usize, found: &mut Findings) -> Result<()> {
    let (count, all) = ctx.queued(o);
    let (mut walked, mut walked_all, mut ticket) = (0, 0, None);
    let mut at = ctx.first(o)?;
    let mut left = ctx.longest_queue()?;
    while let (Some(b), 1..) = (at, left) {
        left -= 1;
        let info = ctx.info(b);
        let member = ctx.member(b);
        found.check(
            info.object() == o.index,
            || place(ctx, o),
            || {
                format!(
                    "queues block {}, which stands for object {}",
                    b.index,
                    info.object()
                )
            },
        );
        found.check(
            ticket < Some(member.ticket()),
            || place(ctx, o),
            || "its queue is out of order".to_owned(),
        );
        ticket = Some(member.ticket());
        walked += 1;
        walked_all += u32::from(info.all());
        let waits = alive(ctx, info.thread()) || !found.watched;
        found.check(
            waits,
            || place(ctx, o),
            || format!("queues thread {}, whose process is dead", info.thread()),
        );
        at = ctx.next(o, b)?;
    }
    let agrees = walked == count && walked_all == all && walked as usize == members;
    found.check(agrees, || place(ctx, o), || {
        format!("queues {walked} blocks ({walked_all} of waits for all), counts {count} ({all}); {members} blocks are members")
    });
    let word = ctx.state(o);
    let flags = (count == 0 || word.waiters()) && (all == 0 || word.wait_all());
    found.check(
        flags || word.locker() != 0,
        || place(ctx, o),
        || "has waiters that its state word does not show".to_owned(),
    );
    found.check(
        !word.condemned() || count != 0 || word.locker() != 0,
        || place(ctx, o),
        || "has neither handle nor waiter and was not freed".to_owned(),
    );
    Ok(())
}

/// Not signaled, or no eligible living waiter is queued.
fn served<H: Host>(ctx: &Ctx<'_, H>, o: Object, found: &mut Findings) -> Result<()> {
    if ctx.state(o).locker() != 0 {
        return Ok(());
    }
    let mut at = ctx.first(o)?;
    let mut left = ctx.longest_queue()?;
    while let (Some(b), 1..) = (at, left) {
        left -= 1;
        at = ctx.next(o, b)?;
        let info = ctx.info(b);
        let context = ctx.context_of(info)?;
        let claim = ctx.claim(context);
        let sleeping = claim.phase() == Some(Phase::Waiting) && claim.seq() == ctx.block_seq(b);
        if !sleeping || info.notify() || !alive(ctx, info.thread()) {
            continue;
        }
        let eligible = if info.all() {
            all_signaled(ctx, context)?
        } else {
            signaled(ctx, o, info.thread())?
        };
        found.check(
            !eligible,
            || place(ctx, o),
            || {
                format!(
                    "is signaled for thread {}, which still waits for it",
                    info.thread()
                )
            },
        );
    }
    Ok(())
}

fn signaled<H: Host>(ctx: &Ctx<'_, H>, o: Object, who: u16) -> Result<bool> {
    let word = ctx.state(o);
    Ok(word.locker() == 0 && value::signaled_for(ctx.sort(o)?, word.value(), who))
}

fn all_signaled<H: Host>(ctx: &Ctx<'_, H>, context: Context) -> Result<bool> {
    for i in 0..ctx.shape(context).count() as usize {
        let b = ctx.block_of(context, i)?;
        if !signaled(ctx, ctx.object_of(ctx.info(b))?, context.thread.index)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn owner<H: Host>(ctx: &Ctx<'_, H>, o: Object, found: &mut Findings) -> Result<()> {
    let sort = ctx.sort(o)?;
    let word = ctx.state(o);
    if sort != Sort::Mutex || value::owner(word.value()) == 0 {
        return Ok(());
    }
    let index = value::owner(word.value());
    found.check(
        !value::abandoned(word.value()),
        || place(ctx, o),
        || "is owned and abandoned at once".to_owned(),
    );
    found.check(
        alive(ctx, index) || !found.watched,
        || place(ctx, o),
        || format!("is owned by the dead thread {index}"),
    );
    if let Ok(t) = ctx.arena.thread(index) {
        let listed =
            ctx.owned_list(t).contains(&(o.index + 1)) || ctx.arena.get(t, thread::OWNED_OVERFLOW) != 0;
        let granted = t.contexts().any(|c| ctx.claim(c).phase() == Some(Phase::Granted));
        found.check(
            listed || granted,
            || place(ctx, o),
            || format!("is owned by thread {index}, whose record does not know"),
        );
    }
    Ok(())
}

fn processes<H: Host>(ctx: &Ctx<'_, H>, found: &mut Findings) -> Result<()> {
    for index in 0..ctx.arena.high_water(Section::Slots)? as u16 {
        let s = ctx.arena.slot(index)?;
        let word = SlotWord(ctx.arena.get(s, slot::WORD));
        let place = || format!("process slot {index}");
        found.check(word.life().is_some(), place, || {
            format!("has the impossible word {:#x}", word.0)
        });
        if word.life() == Some(Life::Attached) {
            found.check(!ctx.marked(s) || !found.watched, place, || {
                "its process is dead and was not reaped".to_owned()
            });
            let reaped_by_dead = word.reaper() != 0 && !alive(ctx, word.reaper()) && found.watched;
            found.check(!reaped_by_dead, place, || {
                "is being reaped by a dead thread".to_owned()
            });
        }
    }
    Ok(())
}

fn threads<H: Host>(ctx: &Ctx<'_, H>, found: &mut Findings) -> Result<()> {
    let mut segments = BTreeMap::new();
    for index in 1..ctx.arena.high_water(Section::Threads)? as u16 {
        let t = ctx.arena.thread(index)?;
        let belongs = Belongs(ctx.arena.get(t, thread::BELONGS));
        let place = || format!("thread {index}");
        let Some(s) = belongs.slot() else { continue };
        found.check(ctx.is_attached(s, belongs.nonce()), place, || {
            "belongs to no attached process".to_owned()
        });
        found.check(ctx.journal(t).step().is_some(), place, || {
            "its journal has an unknown step".to_owned()
        });
        for context in t.contexts() {
            found.check(ctx.claim(context).phase().is_some(), place, || {
                format!("context {} has an impossible claim", context.number)
            });
            for i in 0..SEGMENTS {
                if let Some(segment) = ctx.arena.get(context, thread::SEGMENT + i).checked_sub(1) {
                    let twice = segments.insert(segment, index);
                    found.check(twice.is_none(), place, || {
                        format!("has wait segment {segment}, as others have")
                    });
                }
            }
        }
    }
    for segment in 0..ctx.arena.high_water(Section::SegmentOwners)? as u32 {
        let owner = ctx.arena.get(ctx.arena.segment_owner(segment)?, 0);
        let known = segments.get(&u64::from(segment)).map_or(0, |&t| u64::from(t));
        found.check(
            owner == known,
            || format!("wait segment {segment}"),
            || format!("belongs to thread {owner}; the records say {known}"),
        );
    }
    Ok(())
}
