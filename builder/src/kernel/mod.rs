//! What starts the system: the kernel image, what is inside of it, and what starts it.
//!
//! ```text
//! modules of the kernel package ─▶ modules ─▶ initramfs ─┐
//! microcode packages ───────────▶ microcode ─────────────┼─▶ uki ─▶ sign ─▶ EFI/Linux/ilanga_<version>.efi
//! kernel, command line, stub ────────────────────────────┘
//! keys ─▶ secure_boot ─▶ boot_loader ─▶ the other files of the ESP
//! ```
//!
//! Invariants: the same inputs give the same bits, signatures included; the time in a signature is the release's date;
//! nothing here reads a clock. Programs run in the tools tree; [`modules`], [`firmware`] and [`boot_loader`] decide
//! and touch nothing.

pub(crate) mod addon;
pub(crate) mod boot_loader;
mod error;
pub(crate) mod firmware;
pub(crate) mod initramfs;
pub(crate) mod microcode;
pub(crate) mod module_index;
pub(crate) mod modules;
mod patterns;
pub(crate) mod prune;
pub(crate) mod secure_boot;
pub(crate) mod sign;
pub(crate) mod uki;

pub(crate) use error::KernelError;
