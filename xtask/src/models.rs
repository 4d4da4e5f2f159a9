//! The exhaustive search of the models in `models/`.
//!
//! `models/expected.toml` says for each model and each set of options whether the search holds or finds a
//! violation. A broken variant that holds is as wrong as a sound one that does not: the model is blind.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::shell;

/// Deepest path the search follows; a search that meets the limit is an error, not a result.
const DEPTH: &str = "-m1000000";

/// What a search can find.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Holds,
    Violated,
}

/// A line of the table: a verdict, or the table of those that are searched only on demand.
#[derive(Deserialize)]
#[serde(untagged)]
enum Expected {
    Verdict(Verdict),
    Long(BTreeMap<String, Verdict>),
}

struct Variant {
    model: String,
    options: String,
    expected: Verdict,
}

/// What a search came to.
struct Search {
    verdict: Verdict,
    states: u64,
}

/// Searches the models and prints a line for each variant; `true` if all came out as expected.
///
/// # Errors
/// If the table or the working directory cannot be used.
pub fn run(long: bool, only: Option<&str>) -> Result<bool> {
    let variants = variants(long, only)?;
    if variants.is_empty() {
        bail!("no model in models/expected.toml has that name");
    }
    let searched = variants.len();
    let unexpected = Mutex::new(0);
    let queue = Mutex::new(variants.into_iter());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().ok().and_then(|mut queue| queue.next());
                    let Some(variant) = next else { break };
                    if !report(&variant) {
                        *unexpected.lock().unwrap_or_else(|e| e.into_inner()) += 1;
                    }
                }
            });
        }
    });
    let unexpected = unexpected.into_inner().unwrap_or_else(|e| e.into_inner());
    println!("models: {searched} searched, {unexpected} not as expected");
    Ok(unexpected == 0)
}

fn variants(long: bool, only: Option<&str>) -> Result<Vec<Variant>> {
    let path = shell::root().join("models/expected.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let table: BTreeMap<String, BTreeMap<String, Expected>> =
        toml::from_str(&text).with_context(|| format!("{} is not as it should be", path.display()))?;
    let mut variants = Vec::new();
    for (model, lines) in table {
        if only.is_some_and(|only| !model.contains(only)) {
            continue;
        }
        let mut add = |options: String, expected| {
            let model = model.clone();
            variants.push(Variant {
                model,
                options,
                expected,
            });
        };
        for (options, expected) in lines {
            match expected {
                Expected::Verdict(verdict) => add(options, verdict),
                Expected::Long(more) if long => more.into_iter().for_each(|(o, v)| add(o, v)),
                Expected::Long(_) => {}
            }
        }
    }
    Ok(variants)
}

/// Searches one variant and prints its line; `false` if it is not as expected.
fn report(variant: &Variant) -> bool {
    let begun = Instant::now();
    let searched = search(variant);
    let name = format!("{} {}", variant.model, variant.options);
    match searched {
        Ok(search) if search.verdict == variant.expected => {
            println!("{}", line("ok", &name, &search, begun.elapsed()));
            true
        }
        Ok(search) => {
            println!("{}", line("FAILED", &name, &search, begun.elapsed()));
            println!("       expected: {}", word(variant.expected));
            if search.verdict == Verdict::Violated {
                println!(
                    "       the path: spin -t -p -g {}.pml, in {}",
                    variant.model,
                    directory(variant).display()
                );
            }
            false
        }
        Err(e) => {
            println!("FAILED {name}: {e:#}");
            false
        }
    }
}

fn line(result: &str, name: &str, search: &Search, time: Duration) -> String {
    let (verdict, states, seconds) = (word(search.verdict), search.states, time.as_secs_f64());
    format!("{result:<6} {name:<60} {verdict:<8} {states:>10} states {seconds:>6.1} s")
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Violated => "violated",
    }
}

fn directory(variant: &Variant) -> PathBuf {
    let options = variant.options.replace(' ', "-");
    shell::target()
        .join("models")
        .join(format!("{}-{options}", variant.model))
}

fn search(variant: &Variant) -> Result<Search> {
    let directory = directory(variant);
    let file = format!("{}.pml", variant.model);
    // What an earlier, unexpected search left there is of no use any more.
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    fs::copy(shell::root().join("models").join(&file), directory.join(&file))
        .with_context(|| format!("there is no models/{file}"))?;
    let step = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&directory);
        let output = command
            .output()
            .with_context(|| format!("cannot run {program}"))?;
        let text =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        Ok::<_, anyhow::Error>((output.status.success(), text))
    };
    let defines: Vec<String> = variant
        .options
        .split_whitespace()
        .map(|option| format!("-D{option}"))
        .collect();
    let mut arguments: Vec<&str> = defines.iter().map(String::as_str).collect();
    arguments.extend(["-a", &file]);
    let (fine, said) = step("spin", &arguments)?;
    if !fine || said.contains("Error") || said.contains("error") {
        bail!("spin refuses it: {}", said.trim());
    }
    // Optimising takes longer than a search that soon meets its violation. Generated code: its warnings are not ours.
    let optimise = if variant.expected == Verdict::Holds {
        "-O1"
    } else {
        "-O0"
    };
    let compile = [
        optimise,
        "-w",
        "-DSAFETY",
        "-DCOLLAPSE",
        "-DNOFAIR",
        "-o",
        "pan",
        "pan.c",
    ];
    let (fine, said) = step("gcc", &compile)?;
    if !fine {
        bail!("the search does not compile: {}", said.trim());
    }
    // -E: processes that wait for ever are judged by the assertions, not by the search.
    let (_, said) = step("./pan", &["-E", DEPTH])?;
    let search = judge(&said)?;
    if search.verdict == variant.expected {
        fs::remove_dir_all(&directory)?;
    }
    Ok(search)
}

/// Reads the report of a search. Only a complete search, or a violated assertion, is a result.
fn judge(report: &str) -> Result<Search> {
    let number = |end: &str| {
        let line = report.lines().find(|line| line.trim_end().ends_with(end))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    let states = number("states, stored").map_or(0, |n| n as u64);
    let errors = report
        .lines()
        .find_map(|line| line.split_once("errors: ")?.1.trim().parse::<u64>().ok());
    let incomplete = ["max search depth too small", "out of memory", "reached -DMEMLIM"];
    if let Some(reason) = incomplete.iter().find(|reason| report.contains(**reason)) {
        bail!("the search is incomplete: {reason}");
    }
    match errors {
        Some(0) => Ok(Search {
            verdict: Verdict::Holds,
            states,
        }),
        Some(_) if report.contains("assertion violated") => Ok(Search {
            verdict: Verdict::Violated,
            states,
        }),
        _ => bail!("the search did not finish: {}", report.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_without_errors_holds() {
        let report = "State-vector 116 byte, depth reached 154, errors: 0\n     8113 states, stored\n";
        let search = judge(report).unwrap();
        assert_eq!((search.verdict, search.states), (Verdict::Holds, 8113));
    }

    #[test]
    fn large_numbers_of_states_are_read_too() {
        let report = "depth reached 154, errors: 0\n 6.8799e+07 states, stored\n";
        assert_eq!(judge(report).unwrap().states, 68_799_000);
    }

    #[test]
    fn only_a_violated_assertion_is_a_violation() {
        let report = "pan:1: assertion violated (a==b) (at depth 9)\nerrors: 1\n 12 states, stored\n";
        assert_eq!(judge(report).unwrap().verdict, Verdict::Violated);
        assert!(judge("pan:1: invalid end state (at depth 9)\nerrors: 1\n").is_err());
    }

    #[test]
    fn an_incomplete_search_is_no_result() {
        assert!(judge("error: max search depth too small\nerrors: 0\n 12 states, stored\n").is_err());
        assert!(judge("").is_err());
    }
}
