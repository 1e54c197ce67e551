//! PID 1 of the initramfs.
#![allow(missing_docs, reason = "skeleton")]
fn main() {}
