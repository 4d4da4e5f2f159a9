//! The C interface as a C program reaches it: the functions of the built shared library, found by their names.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::ptr::{null, null_mut};

use anyhow::{Context, Result, bail, ensure};
use nix::libc;

/// `HANDLE`.
#[derive(Debug, Clone, Copy)]
#[repr(transparent)]
pub struct Handle(*mut c_void);

/// Declares the functions that are used, and how they are all found.
macro_rules! functions {
    ($($field:ident: $name:literal, fn($($argument:ty),*) -> $result:ty;)*) => {
        /// The library, loaded for good.
        #[derive(Debug, Clone, Copy)]
        pub struct CInterface {
            $($field: unsafe extern "C" fn($($argument),*) -> $result,)*
        }

        impl CInterface {
            /// Loads the library that was built together with this program.
            pub fn load() -> Result<CInterface> {
                let library = open()?;
                Ok(CInterface {
                    $($field: {
                        let found = find(library, $name)?;
                        // SAFETY: the function of this name has these parameters on Windows, and in the library's headers.
                        unsafe { std::mem::transmute::<*mut c_void, unsafe extern "C" fn($($argument),*) -> $result>(found) }
                    },)*
                })
            }
        }
    };
}

functions! {
    create_event: c"CreateEventW", fn(*const c_void, c_int, c_int, *const u16) -> Handle;
    create_mutex: c"CreateMutexW", fn(*const c_void, c_int, *const u16) -> Handle;
    create_semaphore: c"CreateSemaphoreW", fn(*const c_void, i32, i32, *const u16) -> Handle;
    last_error: c"GetLastError", fn() -> u32;
    release_mutex: c"ReleaseMutex", fn(Handle) -> c_int;
    release_semaphore: c"ReleaseSemaphore", fn(Handle, i32, *mut i32) -> c_int;
    set_event: c"SetEvent", fn(Handle) -> c_int;
    wait_for_several: c"WaitForMultipleObjects", fn(u32, *const Handle, c_int, u32) -> u32;
    wait_for_one: c"WaitForSingleObject", fn(Handle, u32) -> u32;
}

/// Where the library is: cargo leaves it beside the other parts of this program.
fn path() -> Result<PathBuf> {
    let program = std::env::current_exe().context("cannot find this program")?;
    let path = program.with_file_name("deps").join("libintersync_win32.so");
    ensure!(path.is_file(), "{} has not been built", path.display());
    Ok(path)
}

fn open() -> Result<*mut c_void> {
    let path = CString::new(path()?.as_os_str().as_bytes())?;
    // SAFETY: a path; what the library does when it is loaded is sound.
    let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
    ensure!(!library.is_null(), "cannot load the C interface: {}", problem());
    Ok(library)
}

fn find(library: *mut c_void, name: &CStr) -> Result<*mut c_void> {
    // SAFETY: a loaded library, and a name.
    let found = unsafe { libc::dlsym(library, name.as_ptr()) };
    ensure!(!found.is_null(), "the C interface is not whole: {}", problem());
    Ok(found)
}

/// What the loader says went wrong last.
fn problem() -> String {
    // SAFETY: the call takes nothing, and gives null or a text that stays until the thread's next such call.
    let text: *const c_char = unsafe { libc::dlerror() };
    if text.is_null() {
        return "for no reason given".to_owned();
    }
    // SAFETY: as above.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

const INFINITE: u32 = u32::MAX;

impl CInterface {
    fn made(&self, handle: Handle) -> Result<Handle> {
        if handle.0.is_null() {
            return self.failed("creating");
        }
        Ok(handle)
    }

    #[cold]
    fn failed<T>(&self, what: &str) -> Result<T> {
        // SAFETY: the function takes nothing.
        bail!("{what} failed with error {}", unsafe { (self.last_error)() })
    }

    /// A new event without a name.
    pub fn event(&self, manual: bool, signaled: bool) -> Result<Handle> {
        // SAFETY: neither attributes nor a name.
        self.made(unsafe { (self.create_event)(null(), manual.into(), signaled.into(), null()) })
    }

    /// A new, free mutex without a name.
    pub fn mutex(&self) -> Result<Handle> {
        // SAFETY: neither attributes nor a name.
        self.made(unsafe { (self.create_mutex)(null(), 0, null()) })
    }

    /// A new semaphore without a name, with no permits of one.
    pub fn semaphore(&self) -> Result<Handle> {
        // SAFETY: neither attributes nor a name.
        self.made(unsafe { (self.create_semaphore)(null(), 0, 1, null()) })
    }

    /// Waits for one object.
    #[inline]
    pub fn wait(&self, handle: Handle) -> Result<()> {
        // SAFETY: any value may be given as a handle; so below.
        match unsafe { (self.wait_for_one)(handle, INFINITE) } {
            0 => Ok(()),
            _ => self.failed("waiting"),
        }
    }

    /// Waits for any or all of several objects; the index of the one.
    #[inline]
    pub fn wait_several(&self, handles: &[Handle], all: bool) -> Result<usize> {
        // SAFETY: as many handles as there are.
        let waited =
            unsafe { (self.wait_for_several)(handles.len() as u32, handles.as_ptr(), all.into(), INFINITE) };
        if waited as usize >= handles.len() {
            return self.failed("waiting");
        }
        Ok(waited as usize)
    }

    /// Releases a mutex.
    #[inline]
    pub fn release_mutex(&self, handle: Handle) -> Result<()> {
        // SAFETY: any value may be given as a handle.
        match unsafe { (self.release_mutex)(handle) } {
            0 => self.failed("releasing"),
            _ => Ok(()),
        }
    }

    /// Releases a permit of a semaphore.
    #[inline]
    pub fn release_semaphore(&self, handle: Handle) -> Result<()> {
        // SAFETY: any value may be given as a handle, and the count before is not asked for.
        match unsafe { (self.release_semaphore)(handle, 1, null_mut()) } {
            0 => self.failed("releasing"),
            _ => Ok(()),
        }
    }

    /// Sets an event.
    #[inline]
    pub fn set_event(&self, handle: Handle) -> Result<()> {
        // SAFETY: any value may be given as a handle.
        match unsafe { (self.set_event)(handle) } {
            0 => self.failed("setting"),
            _ => Ok(()),
        }
    }
}
