//! Aligned columns for a terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use super::view::ObjectView;

/// The header of a list of objects.
const HEADER: [&str; 7] = ["NAME", "KIND", "STATE", "OWNER", "WAITERS", "HANDLES", "AGE"];

/// A list of objects, one per line.
pub(crate) fn objects(objects: &[ObjectView], width: u16) -> String {
    let mut table = plain(width);
    table.set_header(HEADER);
    table.add_rows(objects.iter().map(ObjectView::fields));
    for right in [4, 5] {
        if let Some(column) = table.column_mut(right) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    finish(&table)
}

/// Pairs of a word and a value, aligned.
pub(crate) fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>, width: u16) -> String {
    let mut table = plain(width);
    table.add_rows(pairs.into_iter().map(|(word, value)| [word.to_string(), value]));
    finish(&table)
}

/// Rows under a header.
pub(crate) fn columns<const N: usize>(header: &[&str; N], rows: &[[String; N]], width: u16) -> String {
    let mut table = plain(width);
    table.set_header(header);
    table.add_rows(rows.iter().cloned());
    finish(&table)
}

/// Rows under a header, all but the first column aligned to the right.
pub(crate) fn figures(header: &[&str], rows: &[Vec<String>], width: u16) -> String {
    let mut table = plain(width);
    table.set_header(header);
    table.add_rows(rows.iter().cloned());
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    finish(&table)
}

/// A table without lines, two spaces between its columns.
fn plain(width: u16) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING);
    if width > 0 {
        table
            .set_width(width)
            .set_content_arrangement(ContentArrangement::Dynamic);
    }
    table
}

/// The text of a table, without the spaces at both ends of its lines.
fn finish(table: &Table) -> String {
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.strip_prefix(' ').unwrap_or(&line).trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::view::samples;
    use super::*;

    #[test]
    fn a_list_has_a_header_and_aligned_columns() {
        let list = [
            samples::semaphore(),
            samples::owned_mutex(),
            samples::unnamed_timer(),
        ];
        let expected = "\
NAME        KIND       STATE                                 OWNER      WAITERS  HANDLES  AGE
Local\\jobs  semaphore  6 of 8                                -                0        3  2h 10m
Local\\db    mutex      owned                                 4711:4713        2        4  2h 10m
#7          timer      unsignaled (auto), in 450ms, every 1s  -                0        1  2h 10m
";
        let text = objects(&list, 0);
        let squeezed: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        let wanted: Vec<Vec<&str>> = expected
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(squeezed, wanted);
        let kind_column = text.find("KIND");
        for (line, kind) in text.lines().zip(["KIND", "semaphore", "mutex", "timer"]) {
            assert_eq!(line.find(kind), kind_column, "not aligned:\n{text}");
        }
    }

    #[test]
    fn a_narrow_terminal_wraps_cells_and_loses_nothing() {
        let text = objects(&[samples::owned_mutex()], 50);
        assert!(text.lines().all(|line| line.chars().count() <= 50), "{text}");
        let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
        assert_eq!(letters(&text), letters(&objects(&[samples::owned_mutex()], 0)));
    }

    #[test]
    fn an_empty_list_is_its_header() {
        assert_eq!(objects(&[], 0).split_whitespace().collect::<Vec<_>>(), HEADER);
    }

    #[test]
    fn a_hostile_name_stays_in_its_cell() {
        let text = objects(&[samples::hostile_event()], 0);
        assert_eq!(text.lines().count(), 2);
        assert!(text.contains("Local\\a\\u{9}b\\u{1b}[2J"), "{text}");
    }

    #[test]
    fn details_name_the_owner_and_each_waiter() {
        let text = pairs(samples::owned_mutex().details(), 0);
        assert!(
            text.lines()
                .any(|line| line.starts_with("owner") && line.ends_with("4711:4713, make")),
            "{text}"
        );
        assert!(
            text.lines()
                .any(|line| line.ends_with("13:13, for all of Local\\db, #7, gives up in 30s")),
            "{text}"
        );
        assert_eq!(
            text.lines().filter(|line| line.starts_with("waiter")).count(),
            2,
            "{text}"
        );
    }
}
