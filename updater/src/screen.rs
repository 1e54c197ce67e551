//! What login screens show about updates: one line beside `/etc/issue`, which `agetty` reads from `/run/issue.d`.

use std::fs::{self, File};
use std::io::{self, ErrorKind};

use nix::sys::stat::futimens;
use nix::sys::time::TimeSpec;

use crate::error::{Context as _, IoError};
use crate::records::replace;
use crate::sentence::Sentence;
use crate::tree::Tree;

/// Shows a line, or none. Login screens that wait are told, where that is possible.
pub fn show(tree: &Tree, line: Option<&Sentence>) -> Result<(), IoError> {
    let path = tree.issue();
    match line {
        Some(line) => {
            let folder = path.parent().unwrap_or(&path);
            fs::create_dir_all(folder).context("making", folder)?;
            replace(&path, format!("{line}\n\n").as_bytes()).context("writing", &path)?;
        }
        None => match fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            removed => removed.context("removing", &path)?,
        },
    }
    let trigger = tree.issue_trigger();
    match File::options().write(true).open(&trigger).and_then(|file| touch(&file)) {
        // Nobody waits for it.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        touched => touched.context("touching", &trigger),
    }
}

fn touch(file: &File) -> io::Result<()> {
    Ok(futimens(file, &TimeSpec::UTIME_NOW, &TimeSpec::UTIME_NOW)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_and_goes() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::in_folder(folder.path(), folder.path());
        show(&tree, None).unwrap();
        show(&tree, Some(&Sentence::new("Release 2 was left."))).unwrap();
        assert_eq!(fs::read_to_string(tree.issue()).unwrap(), "Release 2 was left.\n\n");
        fs::write(tree.issue_trigger(), "").unwrap();
        show(&tree, None).unwrap();
        assert!(!tree.issue().exists());
    }
}
