//! What two or more of Ilanga's programs read or write.
//!
//! Everything here is a value or a pure function: no module opens a file, reads a clock or starts a program.
//! Parsers take bytes or text; whoever calls them does the reading. docs/formats.md describes the formats for
//! people.

#[macro_use]
mod by_text;

pub mod answers;
pub mod boot_entry;
pub mod boot_state;
pub mod bundle;
pub mod command_line;
#[cfg(feature = "community")]
pub mod community;
pub mod date;
pub mod delta;
pub mod digest;
pub mod erofs;
pub mod expiry;
pub mod ext4;
pub mod failed_start;
pub mod fat_folders;
pub mod first_start;
pub mod frames;
pub mod glob;
#[cfg(feature = "gpt-table")]
pub mod gpt_table;
pub mod hints;
#[cfg(feature = "kernel-image")]
pub mod kernel_image;
pub mod key_change;
pub mod layout;
pub mod manifest;
#[cfg(feature = "metadata")]
pub mod metadata;
pub mod modules;
pub mod own_disk;
pub mod pieces;
pub mod repository;
pub mod settings;
pub mod signature_list;
#[cfg(feature = "signed-policy")]
pub mod signed_policy;
pub mod size;
pub mod slot;
pub mod slot_image;
pub mod squashfs;
pub mod state_version;
#[cfg(feature = "stream")]
pub mod stream;
#[cfg(feature = "answers")]
pub mod suggest;
pub mod trial;
pub mod verity;
pub mod verity_tree;
pub mod version;
