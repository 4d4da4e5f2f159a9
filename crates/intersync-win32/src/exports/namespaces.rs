//! Private namespaces.

use std::ffi::{c_char, c_void};

use super::{Bool, Handle, SecurityAttributes, handle, inherits, succeeds, there};
use crate::calls::namespaces::{self, Member};
use crate::code::{Code, INVALID_PARAMETER, Result};
use crate::text::{narrow, wide};

/// `PRIVATE_NAMESPACE_FLAG_DESTROY`.
const DESTROY: u32 = 1;
/// The most parts of a security identifier.
const PARTS: u8 = 15;

/// `CreateBoundaryDescriptorA`.
///
/// # Safety
/// `name` is null or a text that ends with NUL.
#[unsafe(no_mangle)]
unsafe extern "C" fn CreateBoundaryDescriptorA(name: *const c_char, flags: u32) -> Handle {
    handle(|| {
        // SAFETY: by the contract of this function.
        let name = unsafe { narrow(name) }?;
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
        let member = unsafe { member(there(sid)?.cast()) }?;
        namespaces::add_member(boundary as isize, member)
    })
}

/// The member that a security identifier stands for: revision, number of parts, authority (6 bytes, the highest
/// first), parts of 32 bits.
///
/// # Safety
/// `sid` leads to a security identifier.
unsafe fn member(sid: *const u8) -> Result<Option<Member>> {
    // SAFETY: the head is 8 bytes, by the contract of this function.
    let head: [u8; 8] = unsafe { sid.cast::<[u8; 8]>().read_unaligned() };
    if head[1] > PARTS {
        return Err(Code(INVALID_PARAMETER));
    }
    let authority = head[2..].iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
    let part = |n: u8| {
        // SAFETY: the head says that there are so many parts.
        unsafe { sid.add(8 + 4 * usize::from(n)).cast::<u32>().read_unaligned() }
    };
    let parts: Vec<u32> = (0..head[1]).map(part).collect();
    Ok(Member::of(head[0], authority, &parts))
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
        inherits(attributes)?;
        namespaces::create(boundary as isize, alias.as_ref())
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
        inherits(attributes)?;
        namespaces::create(boundary as isize, alias.as_ref())
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
