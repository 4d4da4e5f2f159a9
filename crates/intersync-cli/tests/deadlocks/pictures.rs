//! The wait-for graph as DOT and SVG.

use crate::deadlocks;
use crate::partner::{let_wait, partner};
use crate::support::Space;

#[test]
fn pictures_hold_hostile_names_and_are_well_formed() {
    let space = Space::new();
    let hostile = "a\u{1b}[2J\"]; <b>&amp; n0 -> n1 //\u{ffff}";
    let mut first = partner(&space, &[[hostile, "b", "any", "-"]]);
    let mut second = partner(&space, &[["b", hostile, "any", "-"], ["c", "b", "any", "60000"]]);
    let_wait(
        &space,
        &mut [(&mut first, &["b"]), (&mut second, &[hostile, "b"])],
    );
    deadlocks(&space);

    let svg = space.run(&["deadlocks", "--graph", "svg"]);
    assert_eq!((svg.code, svg.stderr.as_str()), (Some(1), ""));
    assert!(!svg.stdout.contains('\u{1b}'));
    let document = roxmltree::Document::parse(&svg.stdout).unwrap_or_else(|e| panic!("{e}: {}", svg.stdout));
    assert_eq!(document.root_element().tag_name().name(), "svg");
    let count = |name: &str| {
        let all = document.descendants();
        all.filter(|node| node.tag_name().name() == name).count()
    };
    assert_eq!((count("ellipse"), count("rect")), (3, 3), "{}", svg.stdout);
    let texts = document.descendants().filter_map(|node| node.text());
    let shown = "Local\\a\\u{1b}[2J\"]; <b>&amp; n0 -> n1 //";
    assert!(
        texts.clone().any(|text| text.starts_with(shown)),
        "{}",
        svg.stdout
    );

    let dot = space.run(&["deadlocks", "--graph", "dot"]);
    assert_eq!(dot.code, Some(1));
    let label = "label=\"mutex\\nLocal\\\\a\\\\u{1b}[2J\\\"]; <b>&amp;amp; n0 -> n1 //";
    assert!(dot.stdout.contains(label), "{}", dot.stdout);
    assert_eq!(dot.stdout.matches(" -> n").count() - 1, 6, "{}", dot.stdout);
}
