//! The native functions, from C: objects, names, waits and calls, handles, directories, texts and codes.

mod support;

use support::program::holds;

#[test]
fn objects_are_created_opened_queried_and_changed() {
    holds("c/native_objects.c");
}

#[test]
fn attributes_tell_which_object_and_how() {
    holds("c/native_names.c");
}

#[test]
fn waits_end_as_documented() {
    holds("c/native_waits.c");
}

#[test]
fn calls_and_alerts_end_alertable_waits() {
    holds("c/native_calls.c");
}

#[test]
fn handles_are_duplicated_compared_and_queried() {
    holds("c/native_handles.c");
}

#[test]
fn directories_are_listed_and_links_read() {
    holds("c/native_directories.c");
}

#[test]
fn texts_are_described_and_statuses_translated() {
    holds("c/native_texts.c");
}

#[test]
fn registered_waits_call_back() {
    holds("c/native_registered.c");
}
