//! Names and handles: what opens, creates and closes objects.

use super::{Node, Search, finish};
use crate::sim::history::{Make, Res};

impl Search<'_> {
    /// Who holds an object: a living process, one in limbo.
    fn holders(&self, node: &Node, o: u8) -> (bool, bool) {
        let mut holders = 0;
        for (t, handles) in node.handles.iter().enumerate() {
            if handles.values().any(|&held| held == o) {
                holders |= 1 << self.facts.process_of[t];
            }
        }
        for bundle in &node.bundles {
            if bundle.objects.values().any(|&held| held == o) {
                holders |= bundle.holders;
            }
        }
        (holders & !node.limbo != 0, holders & node.limbo & !node.gone != 0)
    }

    pub(super) fn drop_name(&self, node: &mut Node, o: u8) {
        if self.holders(node, o) == (false, false) {
            node.model.things[usize::from(o)].name = None;
        }
    }

    /// The object of a name is opened, if somebody living may hold it.
    fn open_existing(
        &self,
        next: &Node,
        t: usize,
        h: usize,
        found: Option<u8>,
        result: Option<&Res>,
    ) -> Option<Node> {
        let o = found?;
        let (living, limbo) = self.holders(next, o);
        if !(living || limbo) || result.is_some_and(|r| *r != Res::Handle(true)) {
            return None;
        }
        let mut opened = next.clone();
        hold(&mut opened, t, h, o);
        Some(opened)
    }

    pub(super) fn create(
        &self,
        next: Node,
        t: usize,
        h: usize,
        name: u8,
        make: &Make,
        result: Option<&Res>,
    ) -> Vec<Node> {
        let found = next.model.named(name);
        let living = found.is_some_and(|o| self.holders(&next, o).0);
        let mut nodes = Vec::from_iter(self.open_existing(&next, t, h, found, result));
        if !living && result.is_none_or(|r| *r == Res::Handle(false)) {
            let mut made = next;
            if let Some(o) = found {
                made.model.things[usize::from(o)].name = None;
            }
            let o = made.model.make(make, name);
            hold(&mut made, t, h, o);
            nodes.push(made);
        }
        nodes
    }

    pub(super) fn open(
        &self,
        mut next: Node,
        t: usize,
        h: usize,
        name: u8,
        result: Option<&Res>,
    ) -> Vec<Node> {
        let found = next.model.named(name);
        let living = found.is_some_and(|o| self.holders(&next, o).0);
        let mut nodes = Vec::from_iter(self.open_existing(&next, t, h, found, result));
        if !living && result.is_none_or(|r| *r == Res::NotFound) {
            finish(&mut next, t);
            nodes.push(next);
        }
        nodes
    }
}

fn hold(node: &mut Node, t: usize, h: usize, o: u8) {
    node.handles[t].insert(h, o);
    finish(node, t);
}
