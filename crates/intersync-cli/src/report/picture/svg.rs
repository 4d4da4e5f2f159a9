//! The picture as SVG.

use svg::Document;
use svg::node::element::path::Data;
use svg::node::element::{Definitions, Ellipse, Group, Marker, Path, Rectangle, Style, TSpan, Text, Title};

use super::layout::{self, Place, Point};
use super::{Edge, Node, Picture};

const LETTER: f64 = 7.5;
const HEIGHT: f64 = 44.0;
/// Longer lines are cut; the whole is shown when the pointer rests on it.
const LETTERS: usize = 48;
const BLACK: &str = "#333333";
const RED: &str = "#c0392b";
const STYLE: &str = "text { font: 12px sans-serif; text-anchor: middle; }
.label { font-size: 10px; }
.halo { font-size: 10px; stroke: white; stroke-width: 3px; }";

/// The picture as a document that stands alone.
pub(crate) fn draw(picture: &Picture) -> String {
    let sizes: Vec<(f64, f64)> = picture.nodes.iter().map(size).collect();
    let edges: Vec<(usize, usize)> = picture.edges.iter().map(|edge| (edge.from, edge.to)).collect();
    let layout = layout::layered(&sizes, &edges);
    let mut document = Document::new()
        .set("viewBox", (0, 0, layout.width.ceil(), layout.height.ceil()))
        .set("width", layout.width.ceil())
        .set("height", layout.height.ceil())
        .add(Title::new("Who waits for whom"))
        .add(Style::new(STYLE))
        .add(arrow_heads());
    for (edge, path) in picture.edges.iter().zip(&layout.paths) {
        document = document.add(line(edge, path));
    }
    for ((node, place), size) in picture.nodes.iter().zip(&layout.places).zip(sizes) {
        document = document.add(shape(node, *place, size));
    }
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{document}\n")
}

fn color(stuck: bool) -> &'static str {
    if stuck { RED } else { BLACK }
}

fn head(stuck: bool) -> &'static str {
    if stuck { "stuck" } else { "arrow" }
}

fn arrow_heads() -> Definitions {
    [false, true].into_iter().fold(Definitions::new(), |all, stuck| {
        let triangle = Data::new()
            .move_to((0, 0))
            .line_to((8, 4))
            .line_to((0, 8))
            .close();
        let marker = Marker::new()
            .set("id", head(stuck))
            .set("refX", 8)
            .set("refY", 4)
            .set("markerWidth", 8)
            .set("markerHeight", 8)
            .set("markerUnits", "userSpaceOnUse")
            .set("orient", "auto");
        all.add(marker.add(Path::new().set("d", triangle).set("fill", color(stuck))))
    })
}

fn size(node: &Node) -> (f64, f64) {
    let letters = node.lines.iter().map(|line| line.chars().count().min(LETTERS));
    (letters.max().unwrap_or(0) as f64 * LETTER + 28.0, HEIGHT)
}

/// A line that XML can hold, cut to what there is room for.
fn cut(line: &str) -> String {
    let line = legal(line);
    match line.chars().count() {
        0..=LETTERS => line,
        _ => line.chars().take(LETTERS - 1).chain(['…']).collect(),
    }
}

/// Text without the characters that XML 1.0 cannot hold even as references. Control characters are gone already.
fn legal(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

fn shape(node: &Node, at: Place, (width, height): (f64, f64)) -> Group {
    let group = Group::new().add(Title::new(legal(&node.lines.join(" "))));
    let look = |stuck| (color(stuck), if stuck { "#fdecea" } else { "#ffffff" });
    let (stroke, fill) = look(node.stuck);
    let group = if node.is_thread {
        let ellipse = Ellipse::new()
            .set("cx", at.x)
            .set("cy", at.y)
            .set("rx", width / 2.0)
            .set("ry", height / 2.0);
        group.add(ellipse.set("stroke", stroke).set("fill", fill))
    } else {
        let rectangle = Rectangle::new()
            .set("x", at.x - width / 2.0)
            .set("y", at.y - height / 2.0)
            .set("width", width)
            .set("height", height);
        group.add(rectangle.set("stroke", stroke).set("fill", fill))
    };
    let [first, second] = &node.lines;
    let span = |line: &str, up: f64| TSpan::new(cut(line)).set("x", at.x).set("y", at.y + up);
    group.add(
        Text::new("")
            .add(span(first, -4.0))
            .add(span(second, 12.0))
            .set("fill", stroke),
    )
}

/// A curve through the points, upright at each, with its label in the middle.
fn line(edge: &Edge, points: &[Point]) -> Group {
    let mut data = Data::new();
    if let Some(&(x, y)) = points.first() {
        data = data.move_to((x, y));
    }
    for pair in points.windows(2) {
        let [(x1, y1), (x2, y2)] = [pair[0], pair[1]];
        let half = (y1 + y2) / 2.0;
        data = data.cubic_curve_to((x1, half, x2, half, x2, y2));
    }
    let path = Path::new()
        .set("d", data)
        .set("fill", "none")
        .set("stroke", color(edge.stuck))
        .set("marker-end", format!("url(#{})", head(edge.stuck)));
    let middle = points.len() / 2;
    let (x, y) = match (
        middle.checked_sub(1).and_then(|i| points.get(i)),
        points.get(middle),
    ) {
        (Some(a), Some(b)) => ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0),
        _ => (0.0, 0.0),
    };
    // First what keeps the line away from the letters, then the letters.
    let label = |class: &str| {
        let text = Text::new(cut(&edge.label)).set("class", class);
        text.set("x", x).set("y", y).set("fill", color(edge.stuck))
    };
    Group::new().add(path).add(label("halo")).add(label("label"))
}
