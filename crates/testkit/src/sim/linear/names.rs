//! Names and handles: what opens, creates and closes objects.

use super::{Node, Search, finish};
use crate::sim::history::{Make, Res};

impl Search<'_> {
    /// Who holds an object: a living process, one in limbo.
    fn holders(&self, node: &Node, o: u8) -> (bool, bool) {
        let (mut living, mut limbo) = (false, false);
        for (t, handles) in node.handles.iter().enumerate() {
            if handles.contains(&Some(o)) {
                let p = self.facts.process_of[t];
                living |= node.limbo >> p & 1 == 0;
                limbo |= node.limbo >> p & 1 != 0 && node.gone >> p & 1 == 0;
            }
        }
        (living, limbo)
    }

    pub(super) fn drop_name(&self, node: &mut Node, o: u8) {
        if self.holders(node, o) == (false, false) {
            node.model.things[usize::from(o)].name = None;
        }
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
        let (living, limbo) = found.map_or((false, false), |o| self.holders(&next, o));
        let mut nodes = Vec::new();
        if let Some(o) = found
            && (living || limbo)
            && result.is_none_or(|r| *r == Res::Handle(true))
        {
            let mut opened = next.clone();
            hold(&mut opened, t, h, o);
            nodes.push(opened);
        }
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
        let (living, limbo) = found.map_or((false, false), |o| self.holders(&next, o));
        let mut nodes = Vec::new();
        if let Some(o) = found
            && (living || limbo)
            && result.is_none_or(|r| *r == Res::Handle(true))
        {
            let mut opened = next.clone();
            hold(&mut opened, t, h, o);
            nodes.push(opened);
        }
        if !living && result.is_none_or(|r| *r == Res::NotFound) {
            finish(&mut next, t);
            nodes.push(next);
        }
        nodes
    }
}

fn hold(node: &mut Node, t: usize, h: usize, o: u8) {
    if node.handles[t].len() <= h {
        node.handles[t].resize(h + 1, None);
    }
    node.handles[t][h] = Some(o);
    finish(node, t);
}
