//! The scenarios of the review of the protocols: each passes in every order within its bounds, and fails when one of
//! its rules is taken out. The seeds are run by `cargo xtask sim`.

use std::collections::BTreeSet;
use std::path::Path;

use fastrand::Rng;
use intersync::host::Rule;
use testkit::sim::catalogue::{self, ELSEWHERE, Proof};
use testkit::sim::policy::{Chance, Faults};
use testkit::sim::scenario::Order;
use testkit::sim::seed::{self, Mix, PROFILE};
use testkit::sim::world::World;

fn world() -> World {
    World::new(
        PROFILE,
        Box::new(Chance::new(Rng::with_seed(0), &Faults::default())),
    )
}

/// Checks the scenarios whose first number begins with a letter.
fn scenarios_of(letter: char) {
    let world = world();
    let mut failures = Vec::new();
    for scenario in catalogue::all() {
        if scenario.name.starts_with(letter)
            && let Err(failure) = catalogue::check(world, &scenario)
        {
            failures.push(failure);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn critical_scenarios_of_the_first_review_fail_without_their_rules() {
    scenarios_of('C');
}

#[test]
fn high_scenarios_of_the_first_review_fail_without_their_rules() {
    scenarios_of('H');
}

#[test]
fn medium_scenarios_of_the_first_review_fail_without_their_rules() {
    scenarios_of('M');
}

#[test]
fn scenarios_of_the_second_review_fail_without_their_rules() {
    scenarios_of('N');
}

/// The numbers that a name begins with.
fn ids(name: &str) -> impl Iterator<Item = &str> {
    name.split(' ').take_while(|word| {
        let (letter, number) = word.split_at(1);
        "CHMN".contains(letter) && number.parse::<u32>().is_ok()
    })
}

#[test]
fn every_finding_has_a_scenario_or_is_shown_elsewhere() {
    let scenarios = catalogue::all();
    let mut known: BTreeSet<&str> = scenarios.iter().flat_map(|s| ids(s.name)).collect();
    assert!(
        scenarios.iter().all(|s| ids(s.name).next().is_some()),
        "a name has no number"
    );
    known.extend(ELSEWHERE.iter().map(|row| row.id));
    for (letter, count) in [('C', 8), ('H', 11), ('M', 18), ('N', 14)] {
        for number in 1..=count {
            let id = format!("{letter}{number}");
            assert!(known.contains(id.as_str()), "{id} is shown nowhere");
        }
    }
}

#[test]
fn every_rule_belongs_to_a_scenario_or_is_shown_elsewhere() {
    let scenarios = catalogue::all();
    for rule in Rule::ALL {
        let here = scenarios.iter().any(|s| s.rules.contains(rule));
        let elsewhere = ELSEWHERE.iter().any(|row| row.rule == Some(*rule));
        assert!(here || elsewhere, "nothing shows what {rule:?} is for");
    }
}

#[test]
fn what_is_shown_elsewhere_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read =
        |file: &str| std::fs::read_to_string(root.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    for row in ELSEWHERE {
        let exists = match row.proof {
            // A function, or a line of a table of tests.
            Proof::Test(file, name) => {
                let text = read(file);
                text.contains(&format!("fn {name}(")) || text.contains(&format!("    {name}: \""))
            }
            Proof::Model(file, definition) => {
                read(file).contains(definition) && read("models/expected.toml").contains(definition)
            }
            Proof::Document(file, words) => read(file).contains(words),
            Proof::NotBuilt(_) => true,
        };
        assert!(
            exists,
            "{} ({}): {:?} does not exist",
            row.id, row.what, row.proof
        );
    }
}

#[test]
fn an_order_is_read_as_it_is_written() {
    for order in [
        Order::Path(vec![]),
        Order::Path(vec![0, 0, 3, 0, 1]),
        Order::Seed(7),
    ] {
        assert_eq!(order.to_string().parse(), Ok(order));
    }
    assert!("3:1,2:1".parse::<Order>().is_err() && "x".parse::<Order>().is_err());
}

#[test]
fn a_failing_order_fails_again_when_it_is_replayed() {
    let world = world();
    let scenarios = catalogue::all();
    let scenario = scenarios.iter().find(|s| s.rules == [Rule::KeepContext]);
    let scenario = scenario.expect("a scenario of a wait left behind");
    let off = [Rule::KeepContext];
    let failure = scenario
        .search(world, &off)
        .expect_err("it fails without its rule");
    let order: Order = failure.order.to_string().parse().expect("an order");
    assert_eq!(scenario.replay(world, &order, &off), Err(failure.why));
    assert_eq!(scenario.replay(world, &order, &[]), Ok(()));
}

/// Runs that once ended badly.
#[test]
fn seeds_that_failed_once_are_fine() {
    let world = world();
    let failed = [
        (803, Mix::Short),
        (5145, Mix::Short),
        (8927, Mix::Short),
        (9307, Mix::Short),
        (3896, Mix::Long),
        (10570, Mix::Long),
        (12593, Mix::Long),
        (1_028_705, Mix::Long),
        (1_130_113, Mix::Long),
        (1_137_174, Mix::Long),
        (1_236_324, Mix::Long),
        (1_395_408, Mix::Long),
        (2_027_094, Mix::Long),
        (5_035_303, Mix::Long),
        (5_079_132, Mix::Long),
    ];
    for (seed, mix) in failed {
        let ended = seed::run(world, seed, mix, &[], false);
        assert!(ended.is_ok(), "seed {seed} of {mix:?}: {ended:?}");
    }
}
