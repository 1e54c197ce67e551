//! What the node's settings say: another program's, which checks them.

use std::ffi::OsStr;

use formats::answers::Language;

use crate::tool::{Program, run};

/// The language that was chosen; nothing before that.
pub fn chosen_language() -> Option<Language> {
    let said = run(Program::Settings, &["get", "language"].map(OsStr::new), b"").ok()?;
    Language::of(str::from_utf8(&said).ok()?.trim())
}

/// The same; English before that.
pub fn language() -> Language {
    chosen_language().unwrap_or(Language::English)
}
