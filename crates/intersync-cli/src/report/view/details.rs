//! Objects in words.

use std::fmt::Write as _;

use super::{HolderView, ObjectView, StateView, Thread, WaiterView};
use crate::place::Scope;
use crate::report::text;

impl ObjectView {
    /// The full name, or the number of an object without one.
    pub(crate) fn label(&self) -> String {
        label(self.scope, self.id, self.name.as_deref())
    }

    /// Name, kind, state, owner, waiters, handles and age, as in a line of a table.
    pub(crate) fn fields(&self) -> [String; 7] {
        [
            self.label(),
            self.kind.to_string(),
            self.state.words(),
            self.state
                .owner()
                .map_or_else(|| "-".to_string(), |owner| owner.to_string()),
            self.waiters.len().to_string(),
            self.handles.to_string(),
            text::span(self.age),
        ]
    }

    /// Everything about the object, as pairs of a word and a value.
    pub(crate) fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = vec![
            ("name", self.label()),
            ("kind", self.kind.to_string()),
            ("state", self.state.words()),
        ];
        if let Some(owner) = self.state.owner() {
            details.push(("owner", with_comm(owner, &self.owner_comm)));
        }
        if let StateView::Semaphore { give_back, .. } = self.state {
            details.push(("gives back", yes_or_no(give_back)));
        }
        details.extend(self.waiters.iter().map(|waiter| ("waiter", waiter.words())));
        details.push(("handles", self.handles.to_string()));
        details.extend(self.holders.iter().map(|holder| ("handle", holder.words())));
        details.push(("user", self.user.to_string()));
        details.push(("mode", format!("{:04o}", self.mode)));
        details.push(("permanent", yes_or_no(self.permanent)));
        if self.condemned {
            details.push((
                "closed",
                "its last handle is closed; it lives for its waiters only".to_string(),
            ));
        }
        details.push(("age", text::span(self.age)));
        details
    }
}

impl WaiterView {
    /// Who waits, what for if that is more than this object, and until when.
    pub(crate) fn words(&self) -> String {
        let mut words = with_comm(self.thread, &self.comm);
        if self.waits_for.len() > 1 {
            let labels: Vec<String> = self
                .waits_for
                .iter()
                .map(|(id, name)| label(self.scope, *id, name.as_deref()))
                .collect();
            let _ = write!(words, ", for {} of {}", any_or_all(self.all), labels.join(", "));
        }
        if let Some(left) = self.remaining {
            let _ = write!(words, ", gives up in {}", text::span(left));
        }
        words
    }
}

impl HolderView {
    /// Which process, since when it is there, and what it may do.
    pub(crate) fn words(&self) -> String {
        let mut words = self.pid.to_string();
        if let Some(comm) = &self.comm {
            let _ = write!(words, ", {}", text::Printable(comm));
        }
        if let Some(attached) = self.attached {
            let _ = write!(words, ", attached for {}", text::span(attached));
        }
        let _ = write!(words, ", handle {:#x}: {}", self.handle, self.access);
        for (fact, word) in [
            (self.bundle, ", for its children"),
            (self.inherit, ", inherited by children"),
            (self.protect, ", protected from closing"),
        ] {
            words.push_str(if fact { word } else { "" });
        }
        if self.permits > 0 {
            let _ = write!(words, ", {} taken", text::count(self.permits.into(), "permit"));
        }
        words
    }
}

/// The full name of an object, or its number if it has none.
pub(crate) fn label(scope: Scope, id: u32, name: Option<&str>) -> String {
    match name {
        Some(name) => text::Printable(&scope.full_name(name)).to_string(),
        None => format!("#{id}"),
    }
}

/// The mode of a wait.
pub(crate) fn any_or_all(all: bool) -> &'static str {
    if all { "all" } else { "any" }
}

/// A thread and the command of its process, where that is known.
fn with_comm(thread: Thread, comm: &Option<String>) -> String {
    match comm {
        Some(comm) => format!("{thread}, {}", text::Printable(comm)),
        None => thread.to_string(),
    }
}

/// A fact as a word.
fn yes_or_no(fact: bool) -> String {
    if fact { "yes" } else { "no" }.to_string()
}
