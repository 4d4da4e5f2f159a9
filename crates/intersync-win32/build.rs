//! The shared library is known by its major version, and stays loaded: its threads run as long as the process.

fn main() {
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libintersync.so.1");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    println!("cargo:rerun-if-changed=build.rs");
}
