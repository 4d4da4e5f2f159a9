//! The objects as their users see them.

pub(crate) mod event;
pub(crate) mod inner;
mod internal;
pub(crate) mod mutex;
pub(crate) mod process;
mod routine;
pub(crate) mod semaphore;
pub(crate) mod sharing;
pub(crate) mod thread;
pub(crate) mod timer;
mod views;

use std::sync::Arc;

use inner::{Inner, Wanted};

use crate::access::Access;
use crate::directory::handles::Wish;
use crate::directory::objects::DEFAULT_MODE;
use crate::{
    Error, Event, Kind, Mutex, Name, Namespace, Outcome, Process, Result, Semaphore, Thread, Timeout, Timer,
};

/// Anything that can be waited for. Implemented by the objects of this crate only.
pub trait Waitable: sealed::Sealed {
    /// The kind of the object.
    fn kind(&self) -> Kind;
}

pub(crate) mod sealed {
    use std::sync::Arc;

    use super::inner::Inner;
    use crate::directory::objects::Seed;

    pub trait Sealed {
        #[doc(hidden)]
        fn inner(&self) -> &Arc<Inner>;
    }

    /// A kind of object that [`Options`](super::Options) can create or open: the four objects of this crate.
    pub trait Kinded: Sized {
        /// What a new one begins with.
        #[doc(hidden)]
        type Spec: Clone + std::fmt::Debug;
        #[doc(hidden)]
        const KIND: crate::Kind;
        #[doc(hidden)]
        fn check(spec: &Self::Spec) -> crate::Result<()>;
        #[doc(hidden)]
        fn seed(spec: &Self::Spec, me: u16) -> Seed;
        /// Whether a new one belongs to the calling thread.
        #[doc(hidden)]
        fn owned(_: &Self::Spec) -> bool {
            false
        }
        #[doc(hidden)]
        fn wrap(inner: Arc<Inner>) -> Self;
    }
}

use sealed::Kinded;

/// The answer of an open-or-create.
#[derive(Debug, Clone)]
pub struct Created<T> {
    /// The object.
    pub object: T,
    /// Whether it existed already. Then its kind and state are what they were.
    pub already_existed: bool,
}

/// How to create or open an object of kind `T`; made by `T::options()`.
#[derive(Debug, Clone)]
pub struct Options<T: Kinded> {
    namespace: Option<Namespace>,
    permanent: bool,
    access: Access,
    inherit: bool,
    mode: u16,
    pub(crate) spec: T::Spec,
}

impl<T: Kinded> Options<T> {
    pub(crate) fn new(spec: T::Spec) -> Self {
        Options {
            namespace: None,
            permanent: false,
            access: Access::MAXIMUM,
            inherit: false,
            mode: DEFAULT_MODE,
            spec,
        }
    }

    /// In this namespace instead of the one the name's prefix says.
    pub fn namespace(mut self, namespace: &Namespace) -> Self {
        self.namespace = Some(namespace.clone());
        self
    }

    /// Whether the object, if it is new, outlives its last handle. An extension: Windows
    /// objects end with their last handle. See [`Namespace::set_permanent`].
    pub fn permanent(mut self, permanent: bool) -> Self {
        self.permanent = permanent;
        self
    }

    /// What the handle may be used for. By default, whatever its opener may do ([`Access::MAXIMUM`]).
    ///
    /// A new object grants its creator whatever is asked for, even nothing; an existing one what its owner and mode
    /// allow: if that is not all of it, it cannot be opened.
    pub fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Whether child processes may inherit the handle: see [`InheritHandles`](crate::InheritHandles). By default
    /// they may not.
    pub fn inheritable(mut self, inherit: bool) -> Self {
        self.inherit = inherit;
        self
    }

    /// Who may open a new object, as permission bits of its owner, of the group of the namespace and of others, who can
    /// get at the namespace: read = query the state, write = change it, execute = wait; all three: everything. By
    /// default `0o700`, as on Windows: only the user that creates it, and root.
    pub fn mode(mut self, mode: u16) -> Self {
        self.mode = mode;
        self
    }

    fn acquire(&self, name: Option<&Name<'_>>, wish: Wish) -> Result<Created<T>> {
        if self.mode > 0o777 {
            return Err(Error::InvalidArgument {
                what: format!("mode {:o}; it takes 0 to 777", self.mode),
            });
        }
        if wish != Wish::Open {
            T::check(&self.spec)?;
        }
        let seed = |me| {
            let mut seed = T::seed(&self.spec, me);
            seed.mode = self.mode;
            if self.permanent && name.is_some() {
                seed.flags |= crate::arena::layout::object::PERMANENT;
            }
            Some(seed)
        };
        let wanted = Wanted {
            namespace: self.namespace.as_ref(),
            name,
            wish,
            expected: Some(T::KIND),
            access: self.access,
            inherit: self.inherit,
            owned: T::owned(&self.spec),
        };
        let inner = Inner::acquire(&wanted, seed)?;
        let already_existed = inner.handle.existed;
        Ok(Created {
            object: T::wrap(inner),
            already_existed,
        })
    }

    /// Creates an object without a name. It ends with its last clone.
    ///
    /// # Errors
    /// As [`Options::create`], the name apart.
    pub fn unnamed(&self) -> Result<T> {
        self.acquire(None, Wish::CreateNew).map(|created| created.object)
    }

    /// Opens the object called `name`, or creates it if there is none.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] (checked first, also if the name exists), [`Error::InvalidName`],
    /// [`Error::WrongKind`], [`Error::AccessDenied`], in this order; a full table or file system.
    pub fn create<'n>(&self, name: impl Into<Name<'n>>) -> Result<Created<T>> {
        self.acquire(Some(&name.into()), Wish::OpenOrCreate)
    }

    /// Creates the object, which must not exist yet.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`](crate::Error::AlreadyExists), and those of [`Options::create`].
    pub fn create_new<'n>(&self, name: impl Into<Name<'n>>) -> Result<T> {
        self.acquire(Some(&name.into()), Wish::CreateNew)
            .map(|created| created.object)
    }

    /// Opens the object called `name`.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::WrongKind`], [`Error::AccessDenied`], in this order.
    pub fn open<'n>(&self, name: impl Into<Name<'n>>) -> Result<T> {
        self.acquire(Some(&name.into()), Wish::Open)
            .map(|created| created.object)
    }
}

/// An object of any kind.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Object {
    /// An event.
    Event(Event),
    /// A mutex.
    Mutex(Mutex),
    /// A semaphore.
    Semaphore(Semaphore),
    /// A timer.
    Timer(Timer),
    /// A process.
    Process(Process),
    /// A thread.
    Thread(Thread),
}

impl Object {
    /// Opens the object called `name`, whatever its kind, in the namespace its prefix says.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound), or an invalid name.
    pub fn open<'n>(name: impl Into<Name<'n>>) -> Result<Object> {
        Object::acquire(None, &name.into())
    }

    /// Opens the object called `name` in `namespace`, whatever its kind.
    ///
    /// # Errors
    /// As [`Object::open`].
    pub fn open_in<'n>(namespace: &Namespace, name: impl Into<Name<'n>>) -> Result<Object> {
        Object::acquire(Some(namespace), &name.into())
    }

    fn acquire(namespace: Option<&Namespace>, name: &Name<'_>) -> Result<Object> {
        let wanted = Wanted {
            namespace,
            name: Some(name),
            wish: Wish::Open,
            expected: None,
            access: Access::MAXIMUM,
            inherit: false,
            owned: false,
        };
        Inner::acquire(&wanted, |_| None).map(Object::wrap)
    }

    fn wrap(inner: Arc<Inner>) -> Object {
        match inner.handle.sort.kind() {
            Kind::Event => Object::Event(Event::wrap(inner)),
            Kind::Mutex => Object::Mutex(Mutex::wrap(inner)),
            Kind::Semaphore => Object::Semaphore(Semaphore::wrap(inner)),
            Kind::Timer => Object::Timer(Timer::wrap(inner)),
            Kind::Process => Object::Process(Process::wrap(inner)),
            Kind::Thread => Object::Thread(Thread::wrap(inner)),
        }
    }

    /// Waits until the object is signaled and acquires it.
    ///
    /// # Errors
    /// As [`wait_any`](crate::wait_any).
    pub fn wait(&self, timeout: impl Into<Timeout>) -> Result<Outcome> {
        let inner = sealed::Sealed::inner(self);
        crate::wait::wait_one(inner, inner.handle.sort, timeout.into())
    }
}

impl sealed::Sealed for Object {
    fn inner(&self) -> &Arc<Inner> {
        match self {
            Object::Event(object) => object.inner(),
            Object::Mutex(object) => object.inner(),
            Object::Semaphore(object) => object.inner(),
            Object::Timer(object) => object.inner(),
            Object::Process(object) => object.inner(),
            Object::Thread(object) => object.inner(),
        }
    }
}

impl Waitable for Object {
    fn kind(&self) -> Kind {
        match self {
            Object::Event(_) => Kind::Event,
            Object::Mutex(_) => Kind::Mutex,
            Object::Semaphore(_) => Kind::Semaphore,
            Object::Timer(_) => Kind::Timer,
            Object::Process(_) => Kind::Process,
            Object::Thread(_) => Kind::Thread,
        }
    }
}
