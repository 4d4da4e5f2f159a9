//! The Win32 synchronization API for C and C++ programs on Linux.
//!
//! - `exports`: the functions by their Windows names, and nothing else: pointers in, values out.
//! - `calls`: what they do, in safe Rust over [`intersync`].
//! - `code`: which Win32 code an error has, and the last error of each thread.
//! - `status`: which status code an error has for the native functions; `dos_error`: which Win32 code a status has.
//! - `text`: names as C programs pass them; `strings`: other texts.
//! - `handle`: `HANDLE`s and handles.
//! - `layout`: checks of the structures that C programs pass.
//! - `parking`: threads of this process that sleep until another one wakes them, for locks and the like.
//!
//! Unsafe code is in `exports`, in `text` and `strings`, and where `parking` promises a library what that cannot check.
//!
//! `docs/win32.md` lists every function, and how it differs.

#[macro_use]
mod layout;

mod calls;
mod code;
mod dos_error;
mod exports;
mod handle;
mod parking;
mod status;
mod strings;
mod text;
