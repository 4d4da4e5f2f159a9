//! The language of Graphviz.

use std::fmt::Write as _;

use super::Picture;

/// The picture as a directed graph in DOT.
pub(crate) fn draw(picture: &Picture) -> String {
    let mut text = String::from(
        "digraph waits {\n  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n",
    );
    for (at, node) in picture.nodes.iter().enumerate() {
        let shape = if node.is_thread { "ellipse" } else { "box" };
        let [first, second] = &node.lines;
        let _ = writeln!(
            text,
            "  n{at} [shape={shape}, label=\"{}\\n{}\"{}];",
            escaped(first),
            escaped(second),
            red(node.stuck)
        );
    }
    for edge in &picture.edges {
        let _ = writeln!(
            text,
            "  n{} -> n{} [label=\"{}\"{}];",
            edge.from,
            edge.to,
            escaped(&edge.label),
            red(edge.stuck)
        );
    }
    text.push_str("}\n");
    text
}

fn red(stuck: bool) -> &'static str {
    if stuck { ", color=red, fontcolor=red" } else { "" }
}

/// Text for a quoted label, in which backslashes begin escapes and ampersands begin entities.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('&', "&amp;")
}
