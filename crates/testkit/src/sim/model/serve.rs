//! How an operation serves waiters: one after the other, while its objects are locked.
//!
//! A wait for any of several objects is in several queues, and an operation on another of its objects may be
//! serving at the same time. Whoever gets to it first wins it; the other one goes on with the next in its
//! queue. So an operation that comes to a waiter whom another one wins stands still until that has happened: what
//! it does for those behind it comes later, and nobody gets to see its object meanwhile.

use super::{Grant, Model};

/// An operation that has changed its objects and serves their waiters.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Service {
    /// Whose call it is; `None`: an expiry, or what is done for a dead thread.
    pub by: Option<u8>,
    /// The objects whose waiters it has yet to serve, in this order.
    pub objects: Vec<u8>,
    /// The objects that it has locked.
    pub locked: Vec<u8>,
    /// Whether it is a pulse.
    pub pulse: bool,
    /// When it is over at the latest, in the order of events.
    pub until: u64,
}

impl Service {
    /// An operation on some objects.
    pub fn of(by: Option<u8>, objects: &[u8]) -> Service {
        Service {
            by,
            objects: objects.to_vec(),
            locked: objects.to_vec(),
            pulse: false,
            until: u64::MAX,
        }
    }
}

/// What serving must know of the waiters besides what they wait for.
pub trait Outlook {
    /// Whether a waiter is known to be dead: signals do not go to it.
    fn is_dead(&self, thread: u8) -> bool;
    /// Whether a waiter is going to be won by another object than this one.
    fn is_won_elsewhere(&self, thread: u8, o: u8) -> bool;
}

impl Model {
    /// Whether an operation has the object locked.
    pub fn is_locked(&self, o: u8) -> bool {
        self.services.iter().any(|s| s.locked.contains(&o))
    }

    /// Begins to serve: with an object everything is locked that a wait for all of its queue can have now.
    /// The same as [`Model::carry_on`] otherwise.
    pub fn serve(
        &mut self,
        mut service: Service,
        outlook: &impl Outlook,
        grants: &mut Vec<Grant>,
    ) -> Option<bool> {
        for &o in &service.objects {
            for thread in &self.things[usize::from(o)].queue {
                let waiter = self.waiters.get(thread)?;
                if waiter.all && waiter.list.iter().all(|&x| self.signaled_for(x, *thread)) {
                    service.locked.extend(&waiter.list);
                }
            }
        }
        service.locked.sort_unstable();
        service.locked.dedup();
        if service.locked.iter().any(|&o| self.is_locked(o)) {
            return None;
        }
        self.carry_on(service, outlook, grants)
    }

    /// Serves until nobody is left (`true`), or the next is going to be won by somebody else (`false`: it is among the
    /// services then). `None`: it would need an object that another operation has locked.
    pub fn carry_on(
        &mut self,
        mut service: Service,
        outlook: &impl Outlook,
        grants: &mut Vec<Grant>,
    ) -> Option<bool> {
        while let Some(&o) = service.objects.first() {
            let mut i = 0;
            while let Some(&thread) = self.things[usize::from(o)].queue.get(i) {
                let waiter = self.waiters.get(&thread)?;
                let one = (!waiter.all).then_some(o);
                let passed = outlook.is_dead(thread) || service.pulse && waiter.looks;
                if passed || !self.can_have(thread, one, &service)? {
                    i += 1;
                    continue;
                }
                if one.is_some() && outlook.is_won_elsewhere(thread, o) {
                    self.services.push(service);
                    return Some(false);
                }
                let list = waiter.list.clone();
                let grant = self.satisfy(thread, &list, one);
                self.withdraw(thread);
                grants.push(Grant {
                    pulse: service.pulse,
                    ..grant
                });
            }
            if service.pulse {
                self.flag(o, false);
            }
            service.objects.remove(0);
        }
        Some(true)
    }

    /// Whether a waiter can have the one object, or all of its list. `None`: that depends on an object which another
    /// operation has locked.
    fn can_have(&self, thread: u8, one: Option<u8>, service: &Service) -> Option<bool> {
        let list = match &one {
            Some(o) => std::slice::from_ref(o),
            None => &self.waiters.get(&thread)?.list,
        };
        let (locked, own): (Vec<u8>, Vec<u8>) = list
            .iter()
            .partition(|&&o| !service.locked.contains(&o) && self.is_locked(o));
        let signaled = own.iter().all(|&o| self.signaled_for(o, thread));
        (!signaled || locked.is_empty()).then_some(signaled)
    }
}
