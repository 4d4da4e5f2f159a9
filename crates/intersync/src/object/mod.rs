//! The objects as their users see them.

pub(crate) mod event;
pub(crate) mod mutex;
pub(crate) mod semaphore;
pub(crate) mod timer;

use std::marker::PhantomData;

use crate::{Event, Kind, Mutex, Namespace, Outcome, Result, Semaphore, Timeout, Timer};

/// Anything that can be waited for. Implemented by the objects of this crate only.
pub trait Waitable: sealed::Sealed {
    /// The kind of the object.
    fn kind(&self) -> Kind;
}

pub(crate) mod sealed {
    pub trait Sealed {}
}

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
pub struct Options<T> {
    pub(crate) namespace: Option<Namespace>,
    pub(crate) permanent: bool,
    pub(crate) kind: PhantomData<T>,
}

impl<T> Options<T> {
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

    /// Creates an object without a name.
    ///
    /// # Errors
    /// As [`Options::create`], the name apart.
    pub fn unnamed(&self) -> Result<T> {
        todo!()
    }

    /// Opens the object called `name`, or creates it if there is none.
    ///
    /// # Errors
    /// An invalid name, an object of another kind, a full table or file system.
    pub fn create(&self, name: &str) -> Result<Created<T>> {
        let _ = name;
        todo!()
    }

    /// Creates the object, which must not exist yet.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`](crate::Error::AlreadyExists), and those of [`Options::create`].
    pub fn create_new(&self, name: &str) -> Result<T> {
        let _ = name;
        todo!()
    }

    /// Opens the object called `name`.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound), or an object of another kind.
    pub fn open(&self, name: &str) -> Result<T> {
        let _ = name;
        todo!()
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
}

impl Object {
    /// Opens the object called `name`, whatever its kind, in the namespace its prefix says.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound), or an invalid name.
    pub fn open(name: &str) -> Result<Object> {
        let _ = name;
        todo!()
    }

    /// Opens the object called `name` in `namespace`, whatever its kind.
    ///
    /// # Errors
    /// As [`Object::open`].
    pub fn open_in(namespace: &Namespace, name: &str) -> Result<Object> {
        let _ = (namespace, name);
        todo!()
    }

    /// Waits until the object is signaled and acquires it.
    ///
    /// # Errors
    /// As [`wait_any`](crate::wait_any).
    pub fn wait(&self, timeout: impl Into<Timeout>) -> Result<Outcome> {
        let _ = timeout.into();
        todo!()
    }
}

impl sealed::Sealed for Object {}
impl Waitable for Object {
    fn kind(&self) -> Kind {
        match self {
            Object::Event(_) => Kind::Event,
            Object::Mutex(_) => Kind::Mutex,
            Object::Semaphore(_) => Kind::Semaphore,
            Object::Timer(_) => Kind::Timer,
        }
    }
}
