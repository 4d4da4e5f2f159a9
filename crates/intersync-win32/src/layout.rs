//! Structures of C programs, checked when the library is compiled; `tests/c/layouts.c` checks those of the headers.

/// That a structure is laid out as on 64-bit Windows: its size, and where its members are.
macro_rules! layout {
    ($type:ty: $size:literal $(, $member:ident: $place:literal)*) => {
        const _: () = {
            assert!(size_of::<$type>() == $size);
            $(assert!(std::mem::offset_of!($type, $member) == $place);)*
        };
    };
}
