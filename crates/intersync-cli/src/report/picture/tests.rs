//! Layouts of all sorts of graphs, and what is written of them.

use super::layout::{Layout, layered};
use super::{Edge, Node, Picture, dot, svg};

fn picture(nodes: usize, edges: &[(usize, usize)]) -> Picture {
    let node = |i: usize| Node {
        is_thread: i.is_multiple_of(2),
        lines: [format!("{i}"), "x".repeat(i % 9)],
        stuck: i == 0,
    };
    let edge = |&(from, to): &(usize, usize)| Edge {
        from,
        to,
        label: "waits for".to_string(),
        stuck: false,
    };
    Picture {
        nodes: (0..nodes).map(node).collect(),
        edges: edges.iter().map(edge).collect(),
    }
}

fn sizes(nodes: usize) -> Vec<(f64, f64)> {
    (0..nodes).map(|i| (40.0 + 20.0 * (i % 5) as f64, 44.0)).collect()
}

/// Checks what every layout promises: nodes apart from each other and within the picture, edges from node to node.
fn check(layout: &Layout, sizes: &[(f64, f64)], edges: &[(usize, usize)]) {
    for (i, (a, size)) in layout.places.iter().zip(sizes).enumerate() {
        let (half_width, half_height) = (size.0 / 2.0, size.1 / 2.0);
        assert!(
            a.x - half_width >= 0.0 && a.x + half_width <= layout.width,
            "{i}: {a:?}"
        );
        assert!(
            a.y - half_height >= 0.0 && a.y + half_height <= layout.height,
            "{i}: {a:?}"
        );
        for (b, other) in layout.places.iter().zip(sizes).skip(i + 1) {
            let apart = (a.x - b.x).abs() >= half_width + other.0 / 2.0;
            assert!(
                apart || (a.y - b.y).abs() >= half_height + other.1 / 2.0,
                "{a:?} {b:?}"
            );
        }
    }
    for (path, &(from, to)) in layout.paths.iter().zip(edges) {
        let ends = [(path.first(), from), (path.last(), to)];
        for (point, node) in ends {
            let (x, y) = *point.expect("a point");
            let (place, size) = (layout.places[node], sizes[node]);
            assert!((x - place.x).abs() <= size.0 / 2.0, "{x} is not at {place:?}");
            assert!(
                ((y - place.y).abs() - size.1 / 2.0).abs() < 1e-6,
                "{y} is not at {place:?}"
            );
        }
    }
}

/// Edges between nodes of both sorts, from a fixed seed.
fn random(nodes: usize, count: usize, seed: u64) -> Vec<(usize, usize)> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound as u64) as usize
    };
    let mut edges = Vec::new();
    while edges.len() < count {
        let edge = (next(nodes), next(nodes));
        if edge.0 != edge.1 {
            edges.push(edge);
        }
    }
    edges
}

#[test]
fn a_ring_goes_down_and_comes_back_beside_itself() {
    let edges = [(0, 1), (1, 2), (2, 3), (3, 0)];
    let layout = layered(&sizes(4), &edges);
    check(&layout, &sizes(4), &edges);
    let mut heights: Vec<f64> = layout.places.iter().map(|place| place.y).collect();
    heights.sort_by(f64::total_cmp);
    heights.dedup();
    assert_eq!(heights.len(), 4, "one layer each");
    let longest = layout.paths.iter().map(Vec::len).max();
    assert_eq!(longest, Some(6), "the way back passes two layers");
}

#[test]
fn whatever_the_graph_nothing_overlaps_and_edges_reach_their_nodes() {
    check(&layered(&[], &[]), &[], &[]);
    for seed in 0..200 {
        let nodes = 2 + seed as usize % 23;
        let edges = random(nodes, seed as usize % (2 * nodes), seed);
        let sizes = sizes(nodes);
        check(&layered(&sizes, &edges), &sizes, &edges);
    }
}

#[test]
fn a_large_graph_with_edges_all_over_it_is_drawn_too() {
    let mut edges: Vec<(usize, usize)> = (0..1_999).map(|i| (i, i + 1)).collect();
    edges.extend(random(2_000, 500, 7));
    let layout = layered(&sizes(2_000), &edges);
    assert_eq!((layout.places.len(), layout.paths.len()), (2_000, edges.len()));
    assert!(layout.places.iter().all(|p| p.x.is_finite() && p.y.is_finite()));
}

#[test]
fn svg_is_xml_whatever_is_in_the_words() {
    let mut picture = picture(3, &[(0, 1), (1, 2), (2, 0)]);
    picture.nodes[1].lines = ["</svg>&\"'".to_string(), "\u{fffe}".repeat(100)];
    let text = svg::draw(&picture);
    let document = roxmltree::Document::parse(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    let texts: Vec<&str> = document.descendants().filter_map(|node| node.text()).collect();
    assert!(texts.contains(&"</svg>&\"'"), "{texts:?}");
    assert!(texts.iter().any(|text| text.ends_with('…')), "{texts:?}");
    let paths = document
        .descendants()
        .filter(|node| node.attribute("marker-end").is_some());
    assert_eq!(paths.count(), 3);
}

#[test]
fn dot_has_a_line_for_each_node_and_edge() {
    let mut picture = picture(2, &[(0, 1)]);
    picture.nodes[1].lines = ["mutex".to_string(), "Local\\a\"b&c".to_string()];
    picture.edges[0].stuck = true;
    let expected = r#"digraph waits {
  node [fontname="sans-serif"];
  edge [fontname="sans-serif", fontsize=10];
  n0 [shape=ellipse, label="0\n", color=red, fontcolor=red];
  n1 [shape=box, label="mutex\nLocal\\a\"b&amp;c"];
  n0 -> n1 [label="waits for", color=red, fontcolor=red];
}
"#;
    assert_eq!(dot::draw(&picture), expected);
}
