//! Children that this process has started and has no handle to any more: they are still reaped when they end.

use std::collections::HashMap;
use std::sync::Arc;

use super::Watch;
use crate::peer::{Peer, Sight};
use crate::sys::pidfd::{Pidfd, Watchlist};

/// In the tokens of orphans; those of objects are below it.
const ORPHAN: u64 = 1 << 63;

/// The children without handles.
#[derive(Debug, Default)]
pub(super) struct Orphans {
    by_token: HashMap<u64, Orphan>,
    last: u64,
}

#[derive(Debug)]
struct Orphan {
    peer: Peer,
    fd: Arc<Pidfd>,
}

impl Orphans {
    pub(super) fn is_empty(&self) -> bool {
        self.by_token.is_empty()
    }

    /// Takes over a child whose last handle is being closed.
    pub(super) fn add(&mut self, watch: Watch, bed: Option<&Watchlist>) {
        let Some(fd) = watch.fd else {
            return;
        };
        self.last = (self.last + 1) | ORPHAN;
        if let Some(bed) = bed {
            // What is refused is looked at now and then.
            let _ = bed.add(&fd, self.last);
        }
        let peer = watch.peer;
        self.by_token.insert(self.last, Orphan { peer, fd });
        // It may have ended before its descriptor was on the list again.
        self.reap(self.last);
    }

    /// Reaps a child if it has ended. Other tokens mean nothing.
    pub(super) fn reap(&mut self, token: u64) {
        let orphan = self.by_token.get(&token);
        if let Some(fd) = orphan.map(|orphan| &orphan.fd).filter(|fd| fd.has_ended()) {
            let _ = fd.reap();
            self.by_token.remove(&token);
        }
    }

    /// Reaps whatever has ended, and finds those again whose descriptor somebody has closed.
    pub(super) fn look_at_all(&mut self, bed: &Watchlist) {
        let tokens: Vec<u64> = self.by_token.keys().copied().collect();
        for token in tokens {
            if self.by_token[&token].fd.is_intact() {
                self.reap(token);
                continue;
            }
            match self.by_token[&token].peer.open() {
                Ok(Sight::There(fd)) => {
                    let _ = bed.add(&fd, token);
                    if let Some(orphan) = self.by_token.get_mut(&token) {
                        orphan.fd = Arc::new(fd);
                    }
                }
                Ok(Sight::Gone) => drop(self.by_token.remove(&token)),
                Err(_) => {}
            }
        }
    }

    /// Puts all on another list.
    pub(super) fn move_to(&self, bed: &Watchlist) {
        for (&token, orphan) in &self.by_token {
            let _ = bed.add(&orphan.fd, token);
        }
    }
}
