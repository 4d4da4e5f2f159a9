//! Alertable waits: what ends a wait besides its objects, private to the waiter's process.
//!
//! # Protocol
//! - The waiter makes its open wait known ([`Alerts::opened`]) once it is queued at all its objects, then looks
//!   whether there is something to run ([`Alerts::look`]), then sleeps.
//! - Who has something for it to run adds that first, then alerts the waits it knows ([`Ctx::alert`]). Adding,
//!   making known and looking happen under one lock of the process, so one of the two sees the other.
//! - The claim decides between an alert, a grant and the deadline: what a wait is ended by has taken nothing else. An object
//!   that is signaled when the wait begins wins over what was there to run before.
//!
//! # If the waiter dies
//! So do those who could alert it: they are of its process. For its reaper an alerted claim is a cancelled one.

use super::Ctx;
use super::wake::Wakes;
use crate::arena::Context;
use crate::arena::layout::thread;
use crate::host::Host;
use crate::word::claim::Phase;

/// Whether there is something to run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pending {
    /// Yes.
    Now,
    /// At this arena time (ns) there will be, or it is worth another look.
    At(i64),
    /// No.
    Nothing,
}

/// What may end the waits of a thread besides their objects.
pub trait Alerts {
    /// Whether there is something to run.
    fn look(&self) -> Pending;

    /// The wait `seq` of a context may be alerted from now on; a `notified` one is nudged instead.
    fn opened(&self, context: Context, seq: u32, notified: bool);

    /// No wait of the thread is alerted any more.
    fn closed(&self);
}

impl<H: Host> Ctx<'_, H> {
    /// Ends an open wait of another thread of the own process. Nothing happens if it has ended already.
    pub fn alert(&self, context: Context, seq: u32) {
        loop {
            let claim = self.claim(context);
            if !claim.is_open(seq) {
                return;
            }
            if self.change_claim(context, claim, claim.to(Phase::Alerted)) {
                if claim.asleep() {
                    self.wake_one(context, thread::CLAIM);
                }
                return;
            }
        }
    }

    /// Has a wait over several arenas look again, as [`Ctx::alert`] ends one.
    pub fn rouse(&self, context: Context, seq: u32) {
        let claim = self.claim(context);
        if claim.is_open(seq) {
            let mut wakes = Wakes::new();
            self.nudge(context, claim, &mut wakes);
            self.wake_all(&wakes);
        }
    }
}
