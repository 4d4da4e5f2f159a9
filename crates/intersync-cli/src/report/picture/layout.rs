//! Where to draw what: nodes in layers from top to bottom, edges through the gaps between them.
//!
//! 1. Some edges are turned around, so that no circle is left.
//! 2. Each node goes one layer below the lowest of those that lead to it.
//! 3. An edge over several layers gets a place in each between its ends.
//! 4. Each layer is sorted by the middle of its neighbours, again and again.
//! 5. Nodes move sideways towards their neighbours, as far as there is room.

use std::collections::HashSet;

use petgraph::algo::{greedy_feedback_arc_set, toposort};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

/// A point of the picture.
pub(super) type Point = (f64, f64);

/// The middle of a node.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Place {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// Where everything is.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) places: Vec<Place>,
    /// The points of each edge, from its beginning to its end.
    pub(super) paths: Vec<Vec<Point>>,
    pub(super) width: f64,
    pub(super) height: f64,
}

const MARGIN: f64 = 20.0;
const GAP: f64 = 36.0;
const LAYER: f64 = 76.0;
/// Width of a place that an edge passes through.
const PASS: f64 = 16.0;
/// How far edges down and edges up keep apart at their ends.
const ASIDE: f64 = 12.0;
const SWEEPS: usize = 12;
/// The most places for edges to pass through; in a larger picture they go straight.
const PASSES: usize = 100_000;

/// A node, or a place that an edge passes through.
struct Item {
    size: (f64, f64),
    x: f64,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// Lays a graph out. Edges lead from one node to another.
pub(super) fn layered(sizes: &[(f64, f64)], edges: &[(usize, usize)]) -> Layout {
    if sizes.is_empty() {
        return Layout {
            width: 2.0 * MARGIN,
            height: 2.0 * MARGIN,
            ..Layout::default()
        };
    }
    let upward = turned(sizes.len(), edges);
    let downward: Vec<(usize, usize)> = edges
        .iter()
        .enumerate()
        .map(|(i, &(from, to))| {
            if upward.contains(&i) {
                (to, from)
            } else {
                (from, to)
            }
        })
        .collect();
    let ranks = ranks(sizes.len(), &downward);
    let mut board = Board::new(sizes, &ranks);
    let routes = board.route(&downward, &ranks);
    board.sort();
    board.place();
    let tops = board.tops();
    let places: Vec<Place> = (0..sizes.len())
        .map(|i| Place {
            x: board.items[i].x,
            y: tops[ranks[i]] + sizes[i].1 / 2.0,
        })
        .collect();
    let paths = downward
        .iter()
        .zip(&routes)
        .enumerate()
        .map(|(i, (&(from, to), route))| {
            let aside = if upward.contains(&i) { ASIDE } else { -ASIDE };
            let mut points = vec![(places[from].x + aside, places[from].y + sizes[from].1 / 2.0)];
            points.extend(route.iter().zip(ranks[from] + 1..).flat_map(|(&item, rank)| {
                let x = board.items[item].x;
                [(x, tops[rank]), (x, tops[rank] + board.height(rank))]
            }));
            points.push((places[to].x + aside, places[to].y - sizes[to].1 / 2.0));
            if upward.contains(&i) {
                points.reverse();
            }
            points
        })
        .collect();
    let right = board.items.iter().map(|item| item.x + item.size.0 / 2.0);
    let last = tops.len() - 1;
    Layout {
        places,
        paths,
        width: right.fold(0.0, f64::max) + MARGIN,
        height: tops[last] + board.height(last) + MARGIN,
    }
}

/// The edges that are to be turned around.
fn turned(nodes: usize, edges: &[(usize, usize)]) -> HashSet<usize> {
    let mut graph = DiGraph::<(), usize>::with_capacity(nodes, edges.len());
    for _ in 0..nodes {
        graph.add_node(());
    }
    for (i, &(from, to)) in edges.iter().enumerate() {
        graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), i);
    }
    greedy_feedback_arc_set(&graph)
        .map(|edge| *edge.weight())
        .collect()
}

/// The layer of each node.
fn ranks(nodes: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut graph = DiGraph::<(), ()>::with_capacity(nodes, edges.len());
    for _ in 0..nodes {
        graph.add_node(());
    }
    for &(from, to) in edges {
        graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
    }
    let mut ranks = vec![0; nodes];
    // Without circles there is an order.
    for node in toposort(&graph, None).unwrap_or_default() {
        for edge in graph.edges(node) {
            let to = edge.target().index();
            ranks[to] = ranks[to].max(ranks[node.index()] + 1);
        }
    }
    ranks
}

/// The layers with what is in them.
struct Board {
    items: Vec<Item>,
    layers: Vec<Vec<usize>>,
}

impl Board {
    fn new(sizes: &[(f64, f64)], ranks: &[usize]) -> Board {
        let mut layers = vec![Vec::new(); ranks.iter().max().map_or(1, |last| last + 1)];
        for (i, &rank) in ranks.iter().enumerate() {
            layers[rank].push(i);
        }
        let item = |&size: &(f64, f64)| Item {
            size,
            x: 0.0,
            above: Vec::new(),
            below: Vec::new(),
        };
        Board {
            items: sizes.iter().map(item).collect(),
            layers,
        }
    }

    /// Leads each edge through the layers between its ends; returns the places it passes through.
    fn route(&mut self, edges: &[(usize, usize)], ranks: &[usize]) -> Vec<Vec<usize>> {
        let between = |&(from, to): &(usize, usize)| (ranks[to] - ranks[from]).saturating_sub(1);
        let straight = edges.iter().map(between).sum::<usize>() > PASSES;
        let mut routes = Vec::with_capacity(edges.len());
        for edge in edges {
            let mut route = Vec::new();
            let mut last = edge.0;
            let passes = if straight { 0 } else { between(edge) };
            for rank in ranks[edge.0] + 1..ranks[edge.0] + 1 + passes {
                let pass = self.items.len();
                self.items.push(Item {
                    size: (PASS, 0.0),
                    x: 0.0,
                    above: Vec::new(),
                    below: Vec::new(),
                });
                self.layers[rank].push(pass);
                self.join(last, pass);
                route.push(pass);
                last = pass;
            }
            self.join(last, edge.1);
            routes.push(route);
        }
        routes
    }

    fn join(&mut self, above: usize, below: usize) {
        self.items[above].below.push(below);
        self.items[below].above.push(above);
    }

    fn neighbours(&self, item: usize, down: bool) -> &[usize] {
        match down {
            true => &self.items[item].above,
            false => &self.items[item].below,
        }
    }

    /// Sorts each layer by the middle of its neighbours, downwards and upwards in turn.
    fn sort(&mut self) {
        let mut order = vec![0.0; self.items.len()];
        let number = |layer: &[usize], order: &mut [f64]| {
            for (i, &item) in layer.iter().enumerate() {
                order[item] = i as f64;
            }
        };
        self.layers.iter().for_each(|layer| number(layer, &mut order));
        for sweep in 0..SWEEPS {
            let down = sweep % 2 == 0;
            for i in 0..self.layers.len() {
                let rank = if down { i } else { self.layers.len() - 1 - i };
                let mut layer = std::mem::take(&mut self.layers[rank]);
                let middles: Vec<(f64, usize)> = layer
                    .iter()
                    .map(|&item| {
                        let near = self.neighbours(item, down);
                        let middle = mean(near.iter().map(|&n| order[n]));
                        (middle.unwrap_or(order[item]), item)
                    })
                    .collect();
                let mut sorted = middles;
                sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
                layer.clear();
                layer.extend(sorted.into_iter().map(|(_, item)| item));
                number(&layer, &mut order);
                self.layers[rank] = layer;
            }
        }
    }

    /// Moves everything sideways to where its neighbours are, keeping order and gaps.
    fn place(&mut self) {
        for rank in 0..self.layers.len() {
            let wishes = vec![0.0; self.layers[rank].len()];
            self.spread(rank, &wishes);
        }
        for sweep in 0..SWEEPS {
            let down = sweep % 2 == 0;
            for i in 0..self.layers.len() {
                let rank = if down { i } else { self.layers.len() - 1 - i };
                let wish = |&item: &usize| {
                    let near = self.neighbours(item, down);
                    mean(near.iter().map(|&n| self.items[n].x)).unwrap_or(self.items[item].x)
                };
                let wishes: Vec<f64> = self.layers[rank].iter().map(wish).collect();
                self.spread(rank, &wishes);
            }
        }
        let left = self.items.iter().map(|item| item.x - item.size.0 / 2.0);
        let shift = MARGIN - left.fold(f64::INFINITY, f64::min);
        self.items.iter_mut().for_each(|item| item.x += shift);
    }

    /// Puts the items of a layer near where they wish to be: between what is possible from the left and from
    /// the right, which both keep the gaps, and so does their middle.
    fn spread(&mut self, rank: usize, wishes: &[f64]) {
        let layer = &self.layers[rank];
        let apart = |a: usize, b: usize| (self.items[a].size.0 + self.items[b].size.0) / 2.0 + GAP;
        let (mut from_left, mut from_right) = (wishes.to_vec(), wishes.to_vec());
        for i in 1..layer.len() {
            from_left[i] = from_left[i].max(from_left[i - 1] + apart(layer[i - 1], layer[i]));
        }
        for i in (1..layer.len()).rev() {
            from_right[i - 1] = from_right[i - 1].min(from_right[i] - apart(layer[i - 1], layer[i]));
        }
        let middles: Vec<f64> = from_left
            .iter()
            .zip(&from_right)
            .map(|(a, b)| (a + b) / 2.0)
            .collect();
        for (&item, x) in layer.iter().zip(middles) {
            self.items[item].x = x;
        }
    }

    fn height(&self, rank: usize) -> f64 {
        let heights = self.layers[rank].iter().map(|&item| self.items[item].size.1);
        heights.fold(0.0, f64::max)
    }

    /// Where each layer begins.
    fn tops(&self) -> Vec<f64> {
        let mut y = MARGIN;
        (0..self.layers.len())
            .map(|rank| {
                let top = y;
                y += self.height(rank) + LAYER;
                top
            })
            .collect()
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let count = values.len();
    (count > 0).then(|| values.sum::<f64>() / count as f64)
}
