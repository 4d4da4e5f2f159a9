//! `exec`: a command that inherits handles.

use intersync::{Handle, InheritHandles, Object, RawHandle};

use super::run::child;
use super::run::signals::Signals;
use crate::args::sharing::{InheritArgs, InheritSpec};
use crate::exit::Exit;
use crate::failure::{Failure, Trying};
use crate::place::Place;
use crate::report::text::quoted;

/// Opens the objects, runs the command with handles to them, and ends as the command ended.
pub(crate) fn run(args: &InheritArgs, place: &Place) -> Result<Exit, Failure> {
    for (i, spec) in args.inherit.iter().enumerate() {
        if args.inherit[..i]
            .iter()
            .any(|other| other.variable == spec.variable)
        {
            return Err(Failure::new(format!(
                "cannot pass two handles in the variable {}; give each its own",
                spec.variable
            )));
        }
    }
    let opened = args
        .inherit
        .iter()
        .map(|spec| open(spec, place))
        .collect::<Result<Vec<_>, _>>()?;
    let signals = Signals::catch(None).trying(|| "catch signals".to_string())?;
    let ended = child::run(&args.command, args.orphan_signal, &signals, |command| {
        let (objects, handles): (Vec<Object>, Vec<RawHandle>) = opened.into_iter().unzip();
        for (spec, handle) in args.inherit.iter().zip(&handles) {
            command.env(&spec.variable, handle.to_string());
        }
        let started = command
            .spawn_inheriting_only(&handles)
            .trying(|| "start a process".to_string());
        // From now on the objects are the command's.
        drop(objects);
        started
    });
    ended.map(child::Ended::exit)
}

/// Opens an object with a handle that may be inherited.
fn open(spec: &InheritSpec, place: &Place) -> Result<(Object, RawHandle), Failure> {
    let attempt = || format!("open {}", quoted(&spec.name));
    let object = place.object(&spec.name, attempt)?;
    object.set_inheritable(true).trying(attempt)?;
    let handle = object.as_raw().trying(attempt)?;
    Ok((object, handle))
}
