//! Private namespaces.

use std::ffi::{c_char, c_void};

use super::{Bool, Handle, SecurityAttributes, descriptors, forks, handle, sids, succeeds, there};
use crate::calls::namespaces;
use crate::code::{Code, INVALID_PARAMETER};
use crate::text::{narrow, wide};

/// `PRIVATE_NAMESPACE_FLAG_DESTROY`.
const DESTROY: u32 = 1;

/// `CreateBoundaryDescriptorA`.
///
/// # Safety
/// `name` is null or a text that ends with NUL.
#[unsafe(no_mangle)]
unsafe extern "C" fn CreateBoundaryDescriptorA(name: *const c_char, flags: u32) -> Handle {
    handle(|| {
        // SAFETY: by the contract of this function.
        let name = unsafe { narrow(name) }?;
        forks::prepare();
        namespaces::create_boundary(name.as_ref(), flags)
    })
}

/// `CreateBoundaryDescriptorW`.
///
/// # Safety
/// As [`CreateBoundaryDescriptorA`].
#[unsafe(no_mangle)]
unsafe extern "C" fn CreateBoundaryDescriptorW(name: *const u16, flags: u32) -> Handle {
    handle(|| {
        // SAFETY: by the contract of this function.
        let name = unsafe { wide(name) }?;
        forks::prepare();
        namespaces::create_boundary(name.as_ref(), flags)
    })
}

/// `DeleteBoundaryDescriptor`.
#[unsafe(no_mangle)]
extern "C" fn DeleteBoundaryDescriptor(boundary: Handle) {
    namespaces::delete_boundary(boundary as isize);
}

/// `AddSIDToBoundaryDescriptor`.
///
/// # Safety
/// `boundary` is null or leads to a boundary descriptor; `sid` is null or leads to a security identifier.
#[unsafe(no_mangle)]
unsafe extern "C" fn AddSIDToBoundaryDescriptor(boundary: *mut Handle, sid: *const c_void) -> Bool {
    succeeds(|| {
        // SAFETY: by the contract of this function.
        let boundary = unsafe { *there(boundary.cast_const())? };
        // SAFETY: as above.
        let sid = unsafe { sids::read(there(sid)?.cast()) }.map_err(|_| Code(INVALID_PARAMETER))?;
        namespaces::add_member(boundary as isize, &sid)
    })
}

/// `AddIntegrityLabelToBoundaryDescriptor`.
///
/// # Safety
/// As [`AddSIDToBoundaryDescriptor`].
#[unsafe(no_mangle)]
unsafe extern "C" fn AddIntegrityLabelToBoundaryDescriptor(
    boundary: *mut Handle,
    label: *const c_void,
) -> Bool {
    succeeds(|| {
        // SAFETY: by the contract of this function.
        let boundary = unsafe { *there(boundary.cast_const())? };
        there(label)?;
        namespaces::add_label(boundary as isize)
    })
}

/// `CreatePrivateNamespaceA`.
///
/// # Safety
/// Pointers are null or lead to what they should.
#[unsafe(no_mangle)]
unsafe extern "C" fn CreatePrivateNamespaceA(
    attributes: Option<&SecurityAttributes>,
    boundary: *mut c_void,
    alias: *const c_char,
) -> Handle {
    handle(|| {
        // SAFETY: by the contract of this function.
        let alias = unsafe { narrow(alias) }?;
        let security = descriptors::of(attributes)?;
        namespaces::create(boundary as isize, alias.as_ref(), security.as_ref())
    })
}

/// `CreatePrivateNamespaceW`.
///
/// # Safety
/// As [`CreatePrivateNamespaceA`].
#[unsafe(no_mangle)]
unsafe extern "C" fn CreatePrivateNamespaceW(
    attributes: Option<&SecurityAttributes>,
    boundary: *mut c_void,
    alias: *const u16,
) -> Handle {
    handle(|| {
        // SAFETY: by the contract of this function.
        let alias = unsafe { wide(alias) }?;
        let security = descriptors::of(attributes)?;
        namespaces::create(boundary as isize, alias.as_ref(), security.as_ref())
    })
}

/// `OpenPrivateNamespaceA`.
///
/// # Safety
/// As [`CreatePrivateNamespaceA`].
#[unsafe(no_mangle)]
unsafe extern "C" fn OpenPrivateNamespaceA(boundary: *mut c_void, alias: *const c_char) -> Handle {
    handle(|| {
        // SAFETY: by the contract of this function.
        let alias = unsafe { narrow(alias) }?;
        namespaces::open(boundary as isize, alias.as_ref())
    })
}

/// `OpenPrivateNamespaceW`.
///
/// # Safety
/// As [`CreatePrivateNamespaceA`].
#[unsafe(no_mangle)]
unsafe extern "C" fn OpenPrivateNamespaceW(boundary: *mut c_void, alias: *const u16) -> Handle {
    handle(|| {
        // SAFETY: by the contract of this function.
        let alias = unsafe { wide(alias) }?;
        namespaces::open(boundary as isize, alias.as_ref())
    })
}

/// `ClosePrivateNamespace`.
#[unsafe(no_mangle)]
extern "C" fn ClosePrivateNamespace(namespace: Handle, flags: u32) -> u8 {
    u8::from(succeeds(|| namespaces::close(namespace as isize, flags & DESTROY != 0)) != 0)
}
