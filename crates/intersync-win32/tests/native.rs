//! The native functions, from C: objects, names, waits and calls, handles, directories, texts and codes.

mod support;

use support::program::Program;

#[track_caller]
fn works(source: &str) {
    let program = Program::build(source).unwrap_or_else(|errors| panic!("{errors}"));
    let run = program.run();
    assert_eq!(run.ended, Ok(()), "{}{}", run.printed, run.complaints);
    assert_eq!(run.printed, "done\n", "{}", run.complaints);
}

#[test]
fn objects_are_created_opened_queried_and_changed() {
    works("c/native_objects.c");
}

#[test]
fn attributes_tell_which_object_and_how() {
    works("c/native_names.c");
}

#[test]
fn waits_end_as_documented() {
    works("c/native_waits.c");
}

#[test]
fn calls_and_alerts_end_alertable_waits() {
    works("c/native_calls.c");
}

#[test]
fn handles_are_duplicated_compared_and_queried() {
    works("c/native_handles.c");
}

#[test]
fn directories_are_listed_and_links_read() {
    works("c/native_directories.c");
}

#[test]
fn texts_are_described_and_statuses_translated() {
    works("c/native_texts.c");
}

#[test]
fn registered_waits_call_back() {
    works("c/native_registered.c");
}
