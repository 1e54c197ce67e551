//! A machine in QEMU as a Rust value, and stories played on it.
