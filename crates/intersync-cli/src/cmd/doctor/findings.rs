//! From facts to findings: what each fact means, and what to do about it.

#[cfg(test)]
mod tests;

use intersync::doctor::BaseChoice;

use super::facts::{Facts, Namespace, Process, Table, Used};
use crate::place::Scope;
use crate::report::text::{bytes, count, span};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// As it should be.
    Fine,
    /// It works, but may not for ever or not as well as it could.
    Risk,
    /// It does not work.
    Fault,
}

/// One thing worth telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) level: Level,
    pub(super) area: &'static str,
    pub(super) fact: String,
    pub(super) advice: Option<String>,
}

/// The oldest kernel that is supported.
const OLDEST_KERNEL: (u32, u32) = (5, 10);
/// A file system of at most this size is a container's default `/dev/shm`.
const SMALL_FILE_SYSTEM: u64 = 64 << 20;
/// Less than this left on a file system is about to be nothing.
const LITTLE_SPACE: u64 = 1 << 20;
/// More broken rules than this tell nothing new.
const VIOLATIONS_SHOWN: usize = 5;
/// A memory limit below this is easily reached by a namespace and its users together.
const SMALL_MEMORY: u64 = 512 << 20;

const PROVIDE_RUN: &str = "have an administrator make /run/intersync (root, mode 1777) through tmpfiles.d, and restart the \
                           users; or set RemoveIPC=no in logind.conf; or `loginctl enable-linger` for this user";

/// Everything worth telling about the facts.
pub(super) fn of(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    kernel(facts, &mut findings);
    for namespace in &facts.namespaces {
        place(facts, namespace, &mut findings);
        match &namespace.used {
            Ok(Some(used)) => in_use(namespace.scope, used, &mut findings),
            Ok(None) => findings.push(absent(namespace)),
            Err(problem) => findings.push(unusable(namespace, problem)),
        }
    }
    if let Some(limit) = facts.memory_limit.filter(|limit| *limit < SMALL_MEMORY) {
        findings.push(risk(
            "memory",
            format!("the control group may use {} of memory", bytes(limit)),
            "at that limit the kernel kills a process instead of refusing memory; raise it if namespaces grow",
        ));
    }
    findings
}

fn fine(area: &'static str, fact: impl Into<String>) -> Finding {
    Finding {
        level: Level::Fine,
        area,
        fact: fact.into(),
        advice: None,
    }
}

fn risk(area: &'static str, fact: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding {
        level: Level::Risk,
        area,
        fact: fact.into(),
        advice: Some(advice.into()),
    }
}

fn fault(area: &'static str, fact: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding {
        level: Level::Fault,
        area,
        fact: fact.into(),
        advice: Some(advice.into()),
    }
}

/// The kernel's version and what it provides.
fn kernel(facts: &Facts, findings: &mut Vec<Finding>) {
    let kernel = &facts.kernel;
    findings.push(match version(&kernel.release) {
        Some(version) if version < OLDEST_KERNEL => fault(
            "kernel",
            format!("Linux {} is too old", kernel.release),
            format!("use Linux {}.{} or later", OLDEST_KERNEL.0, OLDEST_KERNEL.1),
        ),
        _ => fine("kernel", format!("Linux {}", kernel.release)),
    });
    let features = [
        (
            kernel.ofd_locks,
            Level::Fault,
            "locks of open files",
            "this kernel or sandbox cannot tell the living from the dead: use another one",
        ),
        (
            kernel.robust_mark,
            Level::Risk,
            "robust futexes",
            "a death is noticed by polling, up to a second late: allow set_robust_list in the sandbox",
        ),
        (
            kernel.membarrier,
            Level::Risk,
            "memory barriers for other processes",
            "a death is acted on only when the memory of the dead is torn down: allow membarrier in the sandbox",
        ),
        (
            kernel.futex_waitv,
            Level::Risk,
            "waiting on several futexes",
            "waits over two namespaces and deaths are looked for in short intervals: use Linux 5.16 or later",
        ),
        (
            kernel.populate,
            Level::Risk,
            "allocation through a mapping",
            "a namespace keeps a file descriptor open to grow: use Linux 5.14 or later",
        ),
    ];
    for (found, level, what, advice) in features {
        findings.push(match found {
            true => fine("kernel", format!("{what}: yes")),
            false => Finding {
                level,
                area: "kernel",
                fact: format!("{what}: no, or not allowed here"),
                advice: Some(advice.to_string()),
            },
        });
    }
}

/// Major and minor version of a kernel release.
fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Where a namespace is, or would be.
fn place(facts: &Facts, namespace: &Namespace, findings: &mut Vec<Finding>) {
    // Without a namespace for the machine there is nothing to say about its place.
    let Some(base) = namespace
        .base
        .as_ref()
        .filter(|_| namespace.scope == Scope::Local || namespace.exists())
    else {
        return;
    };
    let why = match base.choice {
        BaseChoice::Given => "as --dir says",
        BaseChoice::Environment => "as INTERSYNC_DIR says",
        BaseChoice::Provided => "provided by the administrator",
        BaseChoice::Fallback => "since there is no /run/intersync",
        _ => "for a reason this version does not know",
    };
    let fact = format!(
        "{} names live below {}, {why}",
        namespace.scope.word(),
        base.path.display()
    );
    let exposed = base.choice == BaseChoice::Fallback && facts.logind_removes;
    findings.push(match exposed {
        true => risk(
            "place",
            format!("{fact}; logind removes them there at this user's last logout"),
            PROVIDE_RUN,
        ),
        false => fine("place", fact),
    });

    let space = format!(
        "{} of {} left at {}",
        bytes(base.free_bytes),
        bytes(base.total_bytes),
        base.path.display()
    );
    // A tmpfs without limit reports a size of zero.
    let limited = base.total_bytes > 0;
    findings.push(if limited && base.free_bytes == 0 {
        fault("space", space, "free some, or move the namespace with INTERSYNC_DIR: nothing new can be made")
    } else if limited && base.free_bytes < LITTLE_SPACE {
        risk("space", space, "free some, or move the namespace with INTERSYNC_DIR")
    } else if limited && base.total_bytes <= SMALL_FILE_SYSTEM {
        risk(
            "space",
            format!("{space}, the size of a container's default /dev/shm"),
            "enough for small namespaces; give the container more (docker run --shm-size=256m) if others use it too",
        )
    } else if limited {
        fine("space", space)
    } else {
        fine("space", format!("no limit at {}", base.path.display()))
    });
}

/// A namespace that is not there.
fn absent(namespace: &Namespace) -> Finding {
    match namespace.scope {
        Scope::Local => fine("namespace", "local: not there yet; its first user makes it"),
        Scope::Global => fine(
            "namespace",
            "global: not provisioned; Global\\ names cannot be used until root runs `intersync provision --group NAME`",
        ),
    }
}

/// A namespace that cannot be used. The library says what to do about it.
fn unusable(namespace: &Namespace, problem: &str) -> Finding {
    let level = match namespace.scope {
        Scope::Local => Level::Fault,
        // It is there for whom it is meant.
        Scope::Global if namespace.for_others => Level::Fine,
        Scope::Global => Level::Risk,
    };
    Finding {
        level,
        area: "namespace",
        fact: format!("{}: {problem}", namespace.scope.word()),
        advice: None,
    }
}

/// A namespace that is there.
fn in_use(scope: Scope, used: &Used, findings: &mut Vec<Finding>) {
    findings.push(fine(
        "namespace",
        format!(
            "{}: {}, {} old, {} of at most {}, {}",
            scope.word(),
            used.path.display(),
            span(used.age),
            bytes(used.real_bytes),
            bytes(used.apparent_bytes),
            used.access
        ),
    ));
    findings.extend(used.tables.iter().map(|one| table(scope, one)));
    processes(scope, &used.processes, findings);
    if used.violations.is_empty() {
        findings.push(fine("check", format!("{}: every rule holds", scope.word())));
    }
    let advice =
        "end all users of the namespace and start again; please report it, with `intersync check --json`";
    for violation in used.violations.iter().take(VIOLATIONS_SHOWN) {
        findings.push(fault("check", format!("{}: {violation}", scope.word()), advice));
    }
    if let Some(more) = used
        .violations
        .len()
        .checked_sub(VIOLATIONS_SHOWN)
        .filter(|more| *more > 0)
    {
        let fact = format!(
            "{}: {more} more broken rules, which `intersync check` lists",
            scope.word()
        );
        findings.push(fault("check", fact, advice));
    }
}

/// How full a table is.
fn table(scope: Scope, table: &Table) -> Finding {
    let fact = format!(
        "{}: {} of {} {}",
        scope.word(),
        table.used,
        table.limit,
        table.what
    );
    if table.used >= table.limit {
        fault(
            "tables",
            fact,
            "no more can be made: end users, or close what is not needed",
        )
    } else if table.used.saturating_mul(10) >= table.limit.saturating_mul(9) {
        risk(
            "tables",
            fact,
            "nearly full: end users, or close what is not needed",
        )
    } else {
        fine("tables", fact)
    }
}

/// The attached processes.
fn processes(scope: Scope, processes: &[Process], findings: &mut Vec<Finding>) {
    let own = env!("CARGO_PKG_VERSION");
    let list = |some: &[&Process]| {
        some.iter()
            .map(|p| format!("{} ({})", p.pid, p.comm))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let living: Vec<&Process> = processes.iter().filter(|process| process.alive).collect();
    findings.push(fine(
        "processes",
        format!(
            "{}: {} attached",
            scope.word(),
            count(living.len() as u64, "process")
        ),
    ));

    let mut versions: Vec<&str> = living.iter().map(|process| process.version.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    for other in versions.into_iter().filter(|version| *version != own) {
        let users: Vec<&Process> = living
            .iter()
            .copied()
            .filter(|process| process.version == other)
            .collect();
        findings.push(risk(
            "versions",
            format!(
                "{}: library {other}, while this is {own}: {}",
                scope.word(),
                list(&users)
            ),
            "restart these processes with the same version",
        ));
    }
    let blind: Vec<&Process> = living
        .iter()
        .copied()
        .filter(|process| !process.keeper && process.waits)
        .collect();
    if !blind.is_empty() {
        findings.push(risk(
            "processes",
            format!(
                "{}: without keeper thread, so that deaths are noticed late: {}",
                scope.word(),
                list(&blind)
            ),
            "remove INTERSYNC_KEEPER=off from their environment, or allow them one more thread",
        ));
    }
    let dead: Vec<&Process> = processes.iter().filter(|process| !process.alive).collect();
    if !dead.is_empty() {
        let fact = format!("{}: ended and being cleared away: {}", scope.word(), list(&dead));
        findings.push(fine("processes", fact));
    }
}
