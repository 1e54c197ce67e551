//! Puts what settings make into `/etc`, and takes away what they made before.

use std::fs;
use std::path::Path;

use formats::settings::{Content, PROFILES, Rendered, Settings, gone, render};

use crate::disk::{self, DiskError, OPEN, failed};
use crate::tell;

/// Renders the settings below this root folder. All that works is done; the first failure is returned, the others are said.
pub(crate) fn write(root: &Path, settings: &Settings) -> Result<(), DiskError> {
    let below = |path: &str| root.join(path.trim_start_matches('/'));
    let made = render(settings);
    let entries = fs::read_dir(below(PROFILES)).into_iter().flatten().flatten();
    let profiles = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect::<Vec<_>>();
    let removed = gone(&made, profiles).into_iter().map(|path| below(&path));
    let removed = removed.map(|path| disk::remove(&path).map_err(failed("removing", &path)));
    let put = made.iter().map(|Rendered { path, content }| put(&below(path), content));
    let mut failures = removed.chain(put).filter_map(Result::err);
    let first = failures.next();
    failures.for_each(|error| tell(&error));
    first.map_or(Ok(()), Err)
}

fn put(path: &Path, content: &Content) -> Result<(), DiskError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(failed("making", folder))?;
    match content {
        Content::File { mode, text } => disk::write(path, *mode, text.as_bytes(), OPEN),
        Content::Link { to } => disk::link(path, to),
    }
}
