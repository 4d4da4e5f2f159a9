//! Fields with tabs between them, for scripts. No field contains a tab or a line break.

use super::text::Printable;
use super::view::ObjectView;

/// A list of objects, one per line, without header.
pub(crate) fn objects(objects: &[ObjectView]) -> String {
    objects.iter().map(|object| line(&object.fields())).collect()
}

/// Everything about each object: one line per fact, an empty line between objects.
pub(crate) fn details(objects: &[ObjectView]) -> String {
    let block = |object: &ObjectView| -> String {
        object
            .details()
            .into_iter()
            .map(|(word, value)| line(&[word.to_string(), value]))
            .collect()
    };
    objects.iter().map(block).collect::<Vec<_>>().join("\n")
}

/// One line.
pub(crate) fn line(fields: &[String]) -> String {
    let fields: Vec<String> = fields.iter().map(|field| Printable(field).to_string()).collect();
    fields.join("\t") + "\n"
}

#[cfg(test)]
mod tests {
    use super::super::view::samples;
    use super::*;

    #[test]
    fn a_line_has_seven_fields_and_no_header() {
        assert_eq!(
            objects(&[samples::semaphore(), samples::owned_mutex()]),
            "Local\\jobs\tsemaphore\t6 of 8\t-\t0\t3\t2h 10m\n\
             Local\\db\tmutex\towned\t4711:4713\t2\t4\t2h 10m\n"
        );
    }

    #[test]
    fn a_tab_in_a_name_does_not_make_another_field() {
        let text = objects(&[samples::hostile_event()]);
        assert_eq!(text.matches('\t').count(), 6);
        assert_eq!(text.matches('\n').count(), 1);
    }

    #[test]
    fn details_have_one_fact_per_line_and_a_gap_between_objects() {
        let text = details(&[samples::semaphore(), samples::hostile_event()]);
        assert!(text.contains("gives back\tyes\n"), "{text}");
        assert!(text.contains("permanent\tyes\n"), "{text}");
        let handle = "handle\t99, a\\u{1b}b, attached for 1m, handle 0x18: query|wait, inherited by children, 2 permits taken\n";
        assert!(text.contains(handle), "{text}");
        assert!(text.contains("\n\nname\tLocal\\a\\u{9}b"), "{text}");
    }
}
