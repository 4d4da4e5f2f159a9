//! SIGKILL after the n-th instruction, for as long as you like: `kill_steps [--every] [OPERATION...]`.
//!
//! Without `--every` the points are those that others can tell apart; without operations all are run.

#[cfg(target_arch = "x86_64")]
fn main() -> Result<(), String> {
    use testkit::steps::{Operation, Points, Programs, all, find, kill_at_every_step};

    let (options, names): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|argument| argument.starts_with('-'));
    let points = match options.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Points::Visible,
        ["--every"] => Points::Every,
        _ => return Err("usage: kill_steps [--every] [OPERATION...]".to_owned()),
    };
    let operations: Vec<&Operation> = if names.is_empty() {
        all().collect()
    } else {
        let find = |name: &String| find(name).ok_or_else(|| format!("no operation is called \"{name}\""));
        names.iter().map(find).collect::<Result<_, _>>()?
    };
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let programs = Programs {
        victim: own.with_file_name("victim"),
        actor: own.with_file_name("actor"),
    };
    let mut failures = 0;
    for operation in operations {
        let start = std::time::Instant::now();
        match kill_at_every_step(operation, points, &programs) {
            Ok(summary) => println!(
                "{}: killed {} times in {} instructions, {:.1?}",
                operation.name,
                summary.killed,
                summary.instructions,
                start.elapsed()
            ),
            Err(problem) => {
                failures += 1;
                println!("FAILED {problem}");
            }
        }
    }
    if failures == 0 {
        Ok(())
    } else {
        Err(format!("{failures} operations failed"))
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn main() -> Result<(), String> {
    Err("single-stepping is only there for x86-64".to_owned())
}
