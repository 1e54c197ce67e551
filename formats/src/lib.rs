//! What two or more of Ilanga's programs read or write.
//!
//! Everything here is a value or a pure function: no module opens a file, reads a clock or starts a program.
//! Parsers take bytes or text; whoever calls them does the reading. docs/formats.md describes the formats for
//! people.

pub mod boot_entry;
pub mod boot_state;
pub mod bundle;
pub mod command_line;
pub mod date;
pub mod digest;
pub mod erofs;
pub mod ext4;
pub mod failed_start;
pub mod first_start;
pub mod glob;
pub mod layout;
pub mod manifest;
pub mod modules;
pub mod own_disk;
pub mod settings;
pub mod size;
pub mod slot;
pub mod slot_image;
pub mod squashfs;
pub mod verity;
pub mod verity_tree;
pub mod version;
