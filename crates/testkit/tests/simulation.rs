//! The scenarios of the review of the protocols: each passes in every order within its bounds, and fails when one of
//! its rules is taken out. The seeds are run by `cargo xtask sim`.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use fastrand::Rng;
use intersync::arena::layout::object;
use intersync::host::Rule;
use intersync::word::state::State;
use intersync::word::value::{self, Sort};
use testkit::sim::catalogue::{self, ELSEWHERE, Proof};
use testkit::sim::history::{Make, Op, Res};
use testkit::sim::policy::{Chance, Faults};
use testkit::sim::scenario::Order;
use testkit::sim::seed::{self, Mix, PROFILE};
use testkit::sim::worker::{Worker, launch};
use testkit::sim::world::{End, World};

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

/// A wait for all of two events sleeps on while one is signaled, and gets up when a signal of the other was missed.
#[test]
fn the_safety_net_wakes_a_wait_for_all_only_if_it_may_be_satisfied() {
    const SECOND: i64 = 1_000_000_000;
    let faults = Faults {
        quantum: 1000,
        quiet_ns: 20 * SECOND,
        ..Faults::default()
    };
    let world = world();
    world.reset(Box::new(Chance::new(Rng::with_seed(1), &faults)), &[], false);
    let opens = || (0..2).map(|o| Op::Create(o, o as u8, Make::new(Sort::EventManual)));
    let mut waits = opens().chain([Op::Wait {
        list: vec![0, 1],
        all: true,
        timeout: None,
    }]);
    let waiter = world.process(true, false);
    launch(world, waiter, true, Box::new(move |_| waits.next()));

    let call = move || {
        let history = world.core.history.borrow();
        let call = history.calls.iter().find(|c| matches!(c.op, Op::Wait { .. }));
        call.expect("somebody waits").clone()
    };
    let slept = Rc::new(Cell::new(0));
    let seen = Rc::clone(&slept);
    let (mut signals, mut stage) = (opens(), 0);
    let drive = move |_: &Worker| {
        let open = signals.next();
        stage += u32::from(open.is_none());
        match stage {
            0 => open,
            2 => Some(Op::Set(0)),
            4 => {
                seen.set(call().sleeps);
                let o = world.arena.object(1).expect("the second event");
                let word = State(world.arena.get(o, object::STATE));
                let missed = word.with_value(value::set(word.value()));
                world.arena.put(o, object::STATE, missed.0);
                Some(Op::Pause(5 * SECOND))
            }
            1 | 3 => Some(Op::Pause(5 * SECOND)),
            _ => None,
        }
    };
    let driver = world.process(true, false);
    launch(world, driver, true, Box::new(drive));
    assert!(matches!(world.run(), End::Quiet));
    assert_eq!(slept.get(), 1, "it slept through the signal of one event");
    let res = call().returned.map(|r| r.2);
    assert_eq!(res, Some(Res::Granted(0, false)), "the missed signal");
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
        (7_035_245, Mix::Long),
    ];
    for (seed, mix) in failed {
        let ended = seed::run(world, seed, mix, &[], false);
        assert!(ended.is_ok(), "seed {seed} of {mix:?}: {ended:?}");
    }
}

/// Processes that share handles, at random: fine with all rules, and not when handles may come before those that a
/// process was started with.
#[test]
fn seeds_that_share_handles_are_fine_and_find_a_missing_rule() {
    let quiet = Chance::new(Rng::with_seed(0), &Faults::default());
    let world = World::new(Mix::Sharing.profile(), Box::new(quiet));
    for seed in (0..150).chain([979]) {
        let ended = seed::run(world, seed, Mix::Sharing, &[], false);
        assert!(ended.is_ok(), "seed {seed}: {ended:?}");
    }
    let off = [Rule::ArriveFirst];
    let fails = |seed| seed::run(world, seed, Mix::Sharing, &off, false).is_err();
    assert!((0..1000).any(fails), "no seed needs the rule");
}
