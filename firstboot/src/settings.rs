//! What the node's settings say: another program's, which checks them.

use std::ffi::OsStr;

use formats::answers::Language;

use crate::tool::{Program, run};

/// The language that was chosen; English before that.
pub fn language() -> Language {
    let said = run(Program::Settings, &["get", "language"].map(OsStr::new), b"").unwrap_or_default();
    let tag = String::from_utf8_lossy(&said).trim().to_owned();
    Language::ALL.into_iter().find(|language| language.tag() == tag).unwrap_or(Language::English)
}
