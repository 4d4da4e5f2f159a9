//! Tests of the definitions, and of the examples in the help.

use super::*;
use clap::CommandFactory;

#[test]
fn the_definitions_are_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_public_command_has_examples_in_its_long_help() {
    for command in Cli::command().get_subcommands() {
        let help = command
            .get_after_long_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let usage = format!("intersync {}", command.get_name());
        assert!(
            help.contains("Examples:") && help.contains(&usage),
            "{}: {help}",
            command.get_name()
        );
    }
}

#[test]
fn every_example_of_the_help_is_accepted_by_the_parser() {
    let mut count = 0;
    for text in help::ALL {
        for line in text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("$ intersync "))
        {
            let command = line.split([';', '|', '>', '&', '#']).next().unwrap_or_default();
            let words = command.split_whitespace().map(|word| word.trim_matches('\''));
            let parsed = Cli::try_parse_from(std::iter::once("intersync").chain(words));
            assert!(
                parsed.is_ok(),
                "{line}: {}",
                parsed.err().map(|e| e.to_string()).unwrap_or_default()
            );
            count += 1;
        }
    }
    assert!(count >= 20, "only {count} examples found");
}

#[test]
fn run_needs_exactly_one_thing_to_hold() {
    assert!(Cli::try_parse_from(["intersync", "run", "--", "true"]).is_err());
    let both = [
        "intersync",
        "run",
        "--mutex",
        "a",
        "--semaphore",
        "b:2",
        "--",
        "true",
    ];
    assert!(Cli::try_parse_from(both).is_err());
    assert!(Cli::try_parse_from(["intersync", "run", "--mutex", "a"]).is_err());
}

#[test]
fn the_options_of_the_command_that_is_run_stay_its_own() {
    let cli = Cli::try_parse_from([
        "intersync",
        "run",
        "--mutex",
        "a",
        "make",
        "--timeout",
        "x",
        "-j4",
    ]);
    let Command::Run(run) = cli.expect("parsed").command else {
        panic!("not run")
    };
    assert_eq!(run.command, ["make", "--timeout", "x", "-j4"]);
    assert_eq!(run.timeout, None);
}

#[test]
fn a_timer_is_set_either_after_a_time_or_at_one() {
    for bad in [
        vec!["t"],
        vec!["t", "--in", "1s", "--at", "@5"],
        vec!["t", "--in", "1s", "--every", "0s"],
    ] {
        let words = ["intersync", "timer", "set"]
            .into_iter()
            .chain(bad.iter().copied());
        assert!(Cli::try_parse_from(words).is_err(), "{bad:?}");
    }
}

#[test]
fn waiting_for_any_and_for_all_exclude_each_other() {
    assert!(Cli::try_parse_from(["intersync", "wait", "a", "--any", "--all"]).is_err());
    assert!(Cli::try_parse_from(["intersync", "wait"]).is_err());
}
