//! Texts of errors.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use support::program::{Program, Run};
use support::{include, output, scratch_namespace};

fn program() -> Program {
    Program::build("c/messages.c").unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn texts_are_found_formatted_and_stored_as_documented() {
    program().run().holds();
}

#[test]
fn every_error_of_the_header_has_a_text_of_its_own() {
    let header = fs::read_to_string(include().join("intersync/winerror.h")).expect("the header");
    let defined = header
        .lines()
        .filter_map(|line| line.strip_prefix("#define ERROR_"));
    let codes: Vec<&str> = defined
        .filter_map(|line| line.split_once(' '))
        .map(|(_, code)| code)
        .collect();
    assert!(
        codes.contains(&"183") && codes.contains(&"0x20000007"),
        "{codes:?}"
    );
    let namespace = scratch_namespace();
    let program = program();
    let mut command = program.command(namespace.path());
    let run = Run::of(output(command.args(&codes).stdin(Stdio::null())));
    assert_eq!(run.ended, Ok(()), "{}", run.complaints);
    let mut texts = BTreeSet::new();
    for (line, code) in run.printed.lines().zip(&codes) {
        let text = line.strip_prefix(&format!("{code} 0 "));
        let text = text.unwrap_or_else(|| panic!("no text for {code}: {line}"));
        assert!(text.trim_end().ends_with('.') && texts.insert(text), "{line}");
    }
    assert_eq!(texts.len(), codes.len(), "{}", run.printed);
}
