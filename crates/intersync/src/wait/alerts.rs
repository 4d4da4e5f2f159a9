//! What alerts a wait: the calls queued to its thread.

use crate::arena::Context;
use crate::calls::Calls;
use crate::dispatch::alert::{Alerts, Pending};
use crate::host::Host;
use crate::process::Process;
use crate::sys::clock;

/// A thread that waits in a namespace, and whom calls may be queued to.
pub(super) struct Wakeful<'c> {
    pub(super) calls: &'c Calls,
    pub(super) process: &'static Process,
}

impl Alerts for Wakeful<'_> {
    fn look(&self) -> Pending {
        match self.calls.look() {
            Pending::At(time) => {
                let left = time.saturating_sub(clock::monotonic_ns());
                Pending::At(self.process.arena.host.now().saturating_add(left))
            }
            other => other,
        }
    }

    fn opened(&self, context: Context, seq: u32, notified: bool) {
        let process = self.process;
        self.calls.open(Box::new(move || {
            let ctx = process.ctx()?;
            if notified {
                ctx.rouse(context, seq);
            } else {
                ctx.alert(context, seq);
            }
            Ok(())
        }));
    }

    fn closed(&self) {
        self.calls.close();
    }
}
