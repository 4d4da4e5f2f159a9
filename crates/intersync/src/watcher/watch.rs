//! The watcher thread, and what it tells.

use std::sync::{Arc, PoisonError};

use super::{List, PATIENCE_NS, Watch};
use crate::dispatch::{Ctx, Until};
use crate::exit::ExitState;
use crate::limits::{LOCK_SLEEP_MAX_NS, LOCK_SLEEP_NS, NET_NS};
use crate::linux::Linux;
use crate::peer::Peer;
use crate::process::Process;
use crate::recover::reap::Reaped;
use crate::sys::clock;
use crate::sys::pidfd::{End, Watchlist};
use crate::{Error, Result};

/// The name of the watcher thread.
pub(super) const NAME: &str = "intersync-proc";

impl Watch {
    /// Whether somebody has closed its descriptor.
    pub(super) fn is_lost(&self) -> bool {
        self.fd.as_ref().is_some_and(|fd| !fd.is_intact())
    }

    pub(super) fn has_ended(&self) -> bool {
        self.fd.as_ref().is_none_or(|fd| fd.has_ended())
    }

    /// How it ended, if that can be known; reaps it, if that is for this process to do.
    pub(super) fn exit_state(&self) -> ExitState {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == ExitState::Unknown
            && let Some(fd) = &self.fd
        {
            let reaped = if self.child { fd.reap() } else { None };
            *known = match reaped.or_else(|| fd.end()) {
                Some(End::Exited(code)) => ExitState::Exited(code),
                Some(End::Killed(signal)) => ExitState::Killed(signal),
                None => ExitState::Unknown,
            };
        }
        *known
    }

    /// Tells everybody that the process has ended: what it had goes first. `Later`: try again; `anyway` does not wait
    /// for what somebody stopped keeps locked.
    pub(super) fn tell(&self, ctx: &Ctx<'static, Linux>, until: Until, anyway: bool) -> Result<Reaped> {
        let Peer {
            namespace,
            pid,
            start,
        } = self.peer;
        for process in Process::all() {
            let reaped = process.ctx()?.reap_ended(namespace, pid, start)?;
            if reaped == Reaped::Later && !anyway {
                return Ok(Reaped::Later);
            }
        }
        match ctx.signal_end(self.object, self.generation, self.exit_state().pack(), until) {
            Ok(()) => Ok(Reaped::Done),
            Err(Error::Stalled { .. }) => Ok(Reaped::Later),
            Err(e) => Err(e),
        }
    }
}

/// An end that is still to be told.
struct News {
    token: u64,
    since: i64,
}

/// What the watcher remembers between two rounds.
struct Watcher {
    process: &'static Process,
    bed: Arc<Watchlist>,
    news: Vec<News>,
    pause: i64,
    /// When everything is looked at again.
    net_at: i64,
}

/// The watcher's life: as long as there is something to watch.
pub(super) fn keep(process: &'static Process, bed: Arc<Watchlist>) {
    let mut watcher = Watcher {
        process,
        bed,
        news: Vec::new(),
        pause: LOCK_SLEEP_NS,
        net_at: clock::monotonic_ns() + NET_NS,
    };
    while watcher.sleep() {
        watcher.tell_all();
    }
}

impl Watcher {
    /// Sleeps until there is something to tell. `false`: there is nothing left to do.
    fn sleep(&mut self) -> bool {
        let left = (self.net_at - clock::monotonic_ns()).max(0);
        let patience = if self.news.is_empty() {
            left
        } else {
            left.min(self.pause)
        };
        let found = self.bed.wait(patience);
        let since = clock::monotonic_ns();
        let lost = found.is_err();
        for token in found.unwrap_or_default() {
            self.add_news(token, since);
        }
        if !lost && since < self.net_at {
            return true;
        }
        self.net_at = since + NET_NS;
        let process = self.process;
        let mut list = process.watching.lock();
        if !list.bed.as_ref().is_some_and(|bed| Arc::ptr_eq(bed, &self.bed)) {
            // Another watcher has taken over.
            return false;
        }
        if list.watches.values().all(|watch| watch.told) {
            list.bed = None;
            return false;
        }
        if lost && !self.take_another_bed(&mut list) {
            return false;
        }
        self.look_at_all(&mut list, since);
        true
    }

    fn add_news(&mut self, token: u64, since: i64) {
        if !self.news.iter().any(|news| news.token == token) {
            self.news.push(News { token, since });
        }
    }

    /// Somebody has closed the descriptor that this thread sleeps on.
    fn take_another_bed(&mut self, list: &mut List) -> bool {
        let Ok(bed) = Watchlist::new() else {
            // The next wait starts another watcher, or says why it cannot.
            list.bed = None;
            return false;
        };
        self.bed = Arc::new(bed);
        list.bed = Some(Arc::clone(&self.bed));
        list.move_to(&self.bed);
        true
    }

    /// The safety net: descriptors may have been closed under the watcher, and what had ended when it was first looked
    /// for reports nothing.
    fn look_at_all(&mut self, list: &mut List, since: i64) {
        let mut tokens: Vec<u64> = list.watches.keys().copied().collect();
        tokens.retain(|token| !list.watches[token].told);
        for token in tokens {
            if list.watches[&token].is_lost() {
                let _ = list.renew(self.process, token);
            }
            if list.watches.get(&token).is_some_and(Watch::has_ended) {
                self.add_news(token, since);
            }
        }
    }

    fn tell_all(&mut self) {
        let before = self.news.len();
        let process = self.process;
        self.news.retain(|news| {
            let watch = process.watching.lock().watches.get(&news.token).cloned();
            let Some(watch) = watch.filter(|watch| !watch.told && watch.has_ended()) else {
                return false;
            };
            let anyway = clock::monotonic_ns().saturating_sub(news.since) >= PATIENCE_NS;
            match process.with(|ctx| watch.tell(ctx, Until::Now, anyway)) {
                // A process that was declared dead has no handles any more.
                Ok(Reaped::Done) | Err(Error::Fenced) => {
                    let child = process.watching.lock().set_told(news.token);
                    // Outside the lock: it may be the last handle.
                    drop(child);
                    false
                }
                Ok(Reaped::Later) | Err(_) => true,
            }
        });
        self.pause = if self.news.len() < before {
            LOCK_SLEEP_NS
        } else {
            (self.pause * 2).min(LOCK_SLEEP_MAX_NS)
        };
    }
}
