//! Creating and opening objects.

use intersync::{
    Access, Created, Error, Event, Kind, Kinded, Location, Mutex, Name, NameProblem, Namespace, Object,
    Options, RawHandle, Reset, Semaphore, Timer,
};

use super::descriptor::Descriptor;
use super::mode;
use crate::code::{self, ALREADY_EXISTS, Code, INVALID_HANDLE, INVALID_PARAMETER, Result, SUCCESS};
use crate::handle;

/// What every creator is given.
#[derive(Debug, Clone, Default)]
pub(crate) struct Creation {
    /// The name; `None` or empty: an unnamed object.
    pub(crate) name: Option<Name<'static>>,
    /// Whether the handle can be inherited.
    pub(crate) inherit: bool,
    /// The rights asked for; `None`: all of the kind.
    pub(crate) access: Option<u32>,
    /// The security of a new object; `None`: the default.
    pub(crate) security: Option<Descriptor>,
}

/// What every opener is given.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    /// The name.
    pub(crate) name: Option<Name<'static>>,
    /// Whether the handle can be inherited.
    pub(crate) inherit: bool,
    /// The rights asked for.
    pub(crate) access: u32,
}

/// A type whose values can be turned into raw handles.
pub(super) trait IntoRaw: Kinded {
    fn into_raw(self) -> intersync::Result<RawHandle>;
}

macro_rules! into_raw {
    ($($kind:ty),*) => {$(
        impl IntoRaw for $kind {
            fn into_raw(self) -> intersync::Result<RawHandle> {
                <$kind>::into_raw(self)
            }
        }
    )*};
}

into_raw!(Event, Mutex, Semaphore, Timer);

/// `CreateEventEx`.
pub(crate) fn create_event(creation: &Creation, manual: bool, signaled: bool) -> Result<isize> {
    create(Event::options().reset(reset(manual)).signaled(signaled), creation)
}

/// `CreateMutexEx`.
pub(crate) fn create_mutex(creation: &Creation, owned: bool) -> Result<isize> {
    create(Mutex::options().owned(owned), creation)
}

/// Checks the counts of a new semaphore, which comes before a look at its name.
pub(crate) fn check_counts(initial: i32, maximum: i32) -> Result<(u32, u32)> {
    match (u32::try_from(initial), u32::try_from(maximum)) {
        (Ok(initial), Ok(maximum)) if maximum > 0 && initial <= maximum => Ok((initial, maximum)),
        _ => Err(Code(INVALID_PARAMETER)),
    }
}

/// `CreateSemaphoreEx`.
pub(crate) fn create_semaphore(creation: &Creation, initial: i32, maximum: i32) -> Result<isize> {
    let (initial, maximum) = check_counts(initial, maximum)?;
    create(Semaphore::options().permits(initial, maximum), creation)
}

/// `CreateWaitableTimerEx`.
pub(crate) fn create_timer(creation: &Creation, manual: bool, exact: bool) -> Result<isize> {
    create(
        Timer::options().reset(reset(manual)).high_resolution(exact),
        creation,
    )
}

/// `OpenEvent`.
pub(crate) fn open_event(opening: &Opening) -> Result<isize> {
    open(Event::options(), opening)
}

/// `OpenMutex`.
pub(crate) fn open_mutex(opening: &Opening) -> Result<isize> {
    open(Mutex::options(), opening)
}

/// `OpenSemaphore`.
pub(crate) fn open_semaphore(opening: &Opening) -> Result<isize> {
    open(Semaphore::options(), opening)
}

/// `OpenWaitableTimer`.
pub(crate) fn open_timer(opening: &Opening) -> Result<isize> {
    open(Timer::options(), opening)
}

fn reset(manual: bool) -> Reset {
    if manual { Reset::Manual } else { Reset::Auto }
}

fn create<T: IntoRaw>(options: Options<T>, creation: &Creation) -> Result<isize> {
    let access = match creation.access {
        None => Access::full(T::KIND),
        Some(mask) => Access::from_bits_retain(mask),
    };
    let options = options.access(access).inheritable(creation.inherit);
    let name = creation.name.as_ref().filter(|name| !name.is_empty());
    let Created {
        object,
        already_existed,
    } = match (mode_of(T::KIND, name, creation.security.as_ref()), name) {
        (Ok(mode), None) => Created {
            object: with(options, mode).unnamed()?,
            already_existed: false,
        },
        (Ok(mode), Some(name)) => with(options, mode).create(name).map_err(|e| named(e, name))?,
        (Err(refused), None) => return Err(refused),
        // The security is for a new object only.
        (Err(refused), Some(name)) => match options.open(name) {
            Err(Error::NotFound { .. }) => return Err(refused),
            opened => Created {
                object: opened.map_err(|e| named(e, name))?,
                already_existed: true,
            },
        },
    };
    let raw = object.into_raw()?;
    code::set(if already_existed { ALREADY_EXISTS } else { SUCCESS });
    Ok(handle::value(raw))
}

/// The mode of a new object; `None`: the default.
///
/// # Errors
/// No mode says what the security says.
pub(crate) fn mode_of(
    kind: Kind,
    name: Option<&Name<'_>>,
    security: Option<&Descriptor>,
) -> Result<Option<u16>> {
    let Some(security) = security else {
        return Ok(None);
    };
    mode::of(security, kind, || {
        let namespace = match name {
            None => Namespace::open(&Location::Local),
            Some(name) => Namespace::of(name),
        };
        Ok(namespace?.group()?)
    })
}

/// With this mode, if there is one.
pub(super) fn with<T: IntoRaw>(options: Options<T>, mode: Option<u16>) -> Options<T> {
    match mode {
        None => options,
        Some(mode) => options.mode(mode),
    }
}

fn open<T: IntoRaw>(options: Options<T>, opening: &Opening) -> Result<isize> {
    let name = opening.name.as_ref().ok_or(Code(INVALID_PARAMETER))?;
    let options = options
        .access(Access::from_bits_retain(opening.access))
        .inheritable(opening.inherit);
    let object = options.open(name).map_err(|e| named(e, name))?;
    Ok(handle::value(object.into_raw()?))
}

/// The code of an error about a name. A prefix that is an object is no directory.
fn named(error: Error, name: &Name<'_>) -> Code {
    if let Error::InvalidName {
        problem: NameProblem::UnknownPrefix,
        ..
    } = &error
        && let Some(prefix) = name.prefix()
        && Object::open(prefix).is_ok()
    {
        return Code(INVALID_HANDLE);
    }
    Code::from(error)
}
