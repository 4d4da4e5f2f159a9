//! From names on the command line to namespaces.

use std::path::{Path, PathBuf};

use intersync::inspect::{self, Snapshot};
use intersync::{Error, Kind, Location, Namespace, Object, Waitable};

use crate::args::Global;
use crate::failure::{Failure, Trying};
use crate::output;
use crate::report::text::quoted;

/// The two prefixes of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Local,
    Global,
}

impl Scope {
    /// The scope a name belongs to, and the name without its prefix.
    pub(crate) fn split(name: &str) -> (Scope, &str) {
        // Two backslashes are none: they begin half a surrogate pair.
        let after = |prefix| name.strip_prefix(prefix).filter(|bare| !bare.starts_with("\\u{"));
        if let Some(bare) = after("Global\\") {
            (Scope::Global, bare)
        } else {
            (Scope::Local, after("Local\\").unwrap_or(name))
        }
    }

    /// The name with its prefix.
    pub(crate) fn full_name(self, bare: &str) -> String {
        match self {
            Scope::Local => format!("Local\\{bare}"),
            Scope::Global => format!("Global\\{bare}"),
        }
    }

    /// The scope as a key of JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Scope::Local => "local",
            Scope::Global => "global",
        }
    }
}

/// Where names are looked up: in the usual namespaces, or in the one under `--dir`.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    dir: Option<PathBuf>,
}

impl Place {
    /// The place the global options say.
    pub(crate) fn new(global: &Global) -> Place {
        Place {
            dir: global.dir.clone(),
        }
    }

    /// The location of a scope.
    pub(crate) fn location(&self, scope: Scope) -> Result<Location, Failure> {
        match (scope, &self.dir) {
            (Scope::Local, Some(dir)) => Ok(Location::Under(dir.clone())),
            (Scope::Local, None) => Ok(Location::Local),
            (Scope::Global, None) => Ok(Location::Global),
            (Scope::Global, Some(_)) => Err(Failure::new(
                "--dir names a namespace of its own, which has no Global\\ names; leave one of them out",
            )),
        }
    }

    /// Opens the namespace that `name` lives in; `attempt` is what it is wanted for.
    pub(crate) fn namespace(
        &self,
        name: &str,
        attempt: impl FnOnce() -> String,
    ) -> Result<Namespace, Failure> {
        Namespace::open(&self.location(Scope::split(name).0)?).trying(attempt)
    }

    /// Opens the user's own namespace.
    pub(crate) fn local_namespace(&self) -> intersync::Result<Namespace> {
        Namespace::open(&self.dir.clone().map_or(Location::Local, Location::Under))
    }

    /// Looks at the namespaces there are: the user's and that of the machine, or the one under `--dir`. One of
    /// the machine that refuses this user is left out, with a word on standard error.
    pub(crate) fn looks(&self) -> Result<Vec<(Scope, Snapshot)>, Failure> {
        let scopes: &[Scope] = match self.dir {
            Some(_) => &[Scope::Local],
            None => &[Scope::Local, Scope::Global],
        };
        let mut looks = Vec::new();
        for &scope in scopes {
            match inspect::snapshot(&self.location(scope)?) {
                Ok(look) => looks.push((scope, look)),
                Err(Error::NotFound { .. }) => {}
                Err(error) if scope == Scope::Global && is_unprovisioned(&error) => {}
                Err(error) if scope == Scope::Global => {
                    output::say(Failure::new(format!("the global namespace is left out: {error}")));
                }
                Err(error) => return Err(error).trying(|| "look at the namespace".to_string()),
            }
        }
        Ok(looks)
    }

    /// The base directory, if the user named one.
    pub(crate) fn dir(&self) -> Option<&Path> {
        self.dir.as_deref()
    }

    /// Opens the object called `name`; `attempt` is what it is wanted for.
    pub(crate) fn object(&self, name: &str, attempt: impl Fn() -> String) -> Result<Object, Failure> {
        Object::open_in(&self.namespace(name, &attempt)?, name).trying(attempt)
    }
}

/// Whether an error only says that there is no namespace of the machine, or none for this user.
pub(crate) fn is_unprovisioned(error: &Error) -> bool {
    if matches!(error, Error::AccessDenied { .. }) {
        return true;
    }
    // The error names its file, its directory or its base.
    let Error::Namespace { path, .. } = error else {
        return false;
    };
    let is_there = |below: &&str| path.join(below).exists();
    !path.is_file() && !["arena-1", "global/arena-1"].iter().any(is_there)
}

/// Says that an object is of another kind than the command is for.
pub(crate) fn wrong_kind(attempt: &str, name: &str, object: &Object, wanted: Kind) -> Failure {
    let (name, found) = (quoted(name), with_article(object.kind()));
    Failure::new(format!(
        "cannot {attempt} {name}: it is {found}, not {}",
        with_article(wanted)
    ))
}

/// `an event`, `a mutex`.
fn with_article(kind: Kind) -> String {
    match kind {
        Kind::Event => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_in_the_right_spelling_decides_the_scope() {
        assert_eq!(Scope::split("jobs"), (Scope::Local, "jobs"));
        assert_eq!(Scope::split("Local\\jobs"), (Scope::Local, "jobs"));
        assert_eq!(Scope::split("Global\\jobs"), (Scope::Global, "jobs"));
        assert_eq!(Scope::split(r"Local\\u{d800}"), (Scope::Local, r"Local\\u{d800}"));
        assert_eq!(Scope::split(r"Global\\\u{d800}"), (Scope::Global, r"\\u{d800}"));
        assert_eq!(Scope::split("global\\jobs"), (Scope::Local, "global\\jobs"));
    }

    #[test]
    fn a_namespace_under_a_directory_has_no_global_names() {
        let place = Place {
            dir: Some("/somewhere".into()),
        };
        assert_eq!(
            place.location(Scope::Local),
            Ok(Location::Under("/somewhere".into()))
        );
        assert!(place.location(Scope::Global).is_err());
        assert_eq!(Place { dir: None }.location(Scope::Global), Ok(Location::Global));
    }
}
