//! References that are replaced while others read them.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A reference to something that lives for ever, or none yet.
///
/// # Invariants
/// The pointer is null, or was made from a `&'static T`.
pub(crate) struct AtomicRef<T: 'static>(AtomicPtr<T>, PhantomData<&'static T>);

impl<T> AtomicRef<T> {
    /// None yet.
    pub(crate) const fn none() -> AtomicRef<T> {
        AtomicRef(AtomicPtr::new(null_mut()), PhantomData)
    }

    /// The reference that was set last.
    #[inline(always)]
    pub(crate) fn get(&self) -> Option<&'static T> {
        // SAFETY: null or made from a reference that is valid for ever; `Acquire` sees what that refers to as the thread did
        // that set it.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }

    /// Whether it is this one.
    #[inline(always)]
    pub(crate) fn is(&self, other: &'static T) -> bool {
        std::ptr::eq(self.0.load(Ordering::Acquire), other)
    }

    /// Sets the reference.
    pub(crate) fn set(&self, to: &'static T) {
        self.0.store(std::ptr::from_ref(to).cast_mut(), Ordering::Release);
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn what_was_set_last_is_got() {
        static VALUES: [u8; 2] = [1, 2];
        let reference = AtomicRef::none();
        assert!(reference.get().is_none());
        for value in &VALUES {
            reference.set(value);
            assert_eq!(reference.get(), Some(value));
            assert!(reference.is(value) && !reference.is(&0));
        }
    }
}
