//! Small files that the list of releases names, fetched whole and kept, for neighbours too: the index of pieces, and the hints.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use formats::digest::Digest;
use formats::repository::TargetName;

use super::check::Checked;
use super::course::CourseError;
use super::paths::{Paths, replace};
use super::source::{Source, read_all};
use crate::error::{Context as _, IoError};

/// The content of a file, from where it is kept or from the cheapest source that has it. Files of its kind (by the end of their
/// names) that belong to other releases go.
pub(super) fn get(
    paths: &Paths,
    sources: &[Arc<dyn Source>],
    checked: &Checked,
    name: &TargetName,
) -> Result<Vec<u8>, CourseError> {
    let not_got = |reasons| CourseError::NotGot { name: name.clone(), reasons };
    let (path, listed) = checked.latest.file(name).ok_or_else(|| not_got(String::new()))?;
    let kept = paths.repository().join(&path);
    let right = |bytes: &Vec<u8>| Digest::of(bytes) == listed.sha256;
    if let Some(bytes) = fs::read(&kept).ok().filter(right) {
        return Ok(bytes);
    }
    let mut order: Vec<&Arc<dyn Source>> = sources.iter().collect();
    order.sort_by_key(|source| source.way());
    let mut reasons = String::new();
    for source in order {
        match source.file(&path, listed.length.0).and_then(|body| read_all(body, listed.length.0)) {
            Ok(bytes) if right(&bytes) => {
                if let Some(folder) = kept.parent() {
                    fs::create_dir_all(folder).context("making", folder)?;
                    remove_others(folder, &kept)?;
                }
                replace(&kept, &bytes)?;
                return Ok(bytes);
            }
            Ok(_) => reasons.push_str(&format!("; {} has another one under its name", source.name())),
            Err(error) => reasons.push_str(&format!("; {} {error}", source.name())),
        }
    }
    Err(not_got(reasons))
}

/// Removes the other files of a kind from a folder.
fn remove_others(folder: &Path, like: &Path) -> Result<(), IoError> {
    for entry in fs::read_dir(folder).context("listing", folder)? {
        let path = entry.context("listing", folder)?.path();
        if path.extension() == like.extension() {
            fs::remove_file(&path).context("removing", &path)?;
        }
    }
    Ok(())
}
