//! Tests of unpacking packages.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use nix::unistd::{getegid, geteuid};
use tempfile::TempDir;

use super::*;

/// An entry of a package's data part: kind, path, what it links to, content.
type Entry<'a> = (EntryType, &'a str, &'a str, &'a str);

const FILE: EntryType = EntryType::Regular;
const FOLDER: EntryType = EntryType::Directory;
const SYMLINK: EntryType = EntryType::Symlink;
const LINK: EntryType = EntryType::Link;

fn tar(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (kind, path, to, content) in entries {
        let mut header = tar::Header::new_gnu();
        // The crate's own setters refuse the names that a test of refusal needs.
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.as_old_mut().linkname[..to.len()].copy_from_slice(to.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(if *kind == FOLDER { 0o755 } else { 0o4750 });
        header.set_uid(geteuid().as_raw().into());
        header.set_gid(getegid().as_raw().into());
        header.set_mtime(1_000_000_000);
        header.set_size(content.len() as u64);
        header.set_cksum();
        tar.append(&header, content.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap()
}

fn deb(entries: &[Entry<'_>]) -> Vec<u8> {
    let control = tar(&[(FILE, "./control", "", "Package: p\n"), (FILE, "./postinst", "", "#!/bin/sh\n")]);
    let data = zstd::encode_all(tar(entries).as_slice(), 1).unwrap();
    let mut deb = ar::Builder::new(Vec::new());
    for (name, bytes) in [("debian-binary", &b"2.0\n"[..]), ("control.tar", &control), ("data.tar.zst", &data)] {
        deb.append(&ar::Header::new(name.as_bytes().to_vec(), bytes.len() as u64), bytes).unwrap();
    }
    deb.into_inner().unwrap()
}

/// A folder with a tree in it, and something beside the tree that no package may touch.
fn target() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("tree");
    fs::create_dir(&tree).unwrap();
    fs::write(folder.path().join("outside"), "mine").unwrap();
    (folder, tree)
}

fn unpack(bytes: &[u8], target: &Path, merge_usr: bool) -> Result<Contents, PartError> {
    let exclude = |path: &Path| path.starts_with("/usr/share/doc");
    unpack_from(&mut &*bytes, Unpack { target, exclude: &exclude, merge_usr })
}

fn untouched(folder: &TempDir) {
    assert_eq!(fs::read_to_string(folder.path().join("outside")).unwrap(), "mine");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn unpacks_what_dpkg_unpacks() {
    let (_folder, tree) = target();
    let package = deb(&[
        (FOLDER, "./", "", ""),
        (FOLDER, "./lib/", "", ""),
        (FILE, "./lib/a", "", "one"),
        (LINK, "./usr/bin/b", "./lib/a", ""),
        (SYMLINK, "./bin", "usr/bin", ""),
        (FILE, "./usr/share/doc/p/x", "", "not wanted"),
    ]);
    let contents = unpack(&package, &tree, true).unwrap();
    let names: Vec<_> = contents.control.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["control", "postinst"]);
    assert_eq!(contents.files, ["/.", "/lib", "/lib/a", "/usr/bin/b", "/bin", "/usr/share/doc/p/x"].map(PathBuf::from));
    let file = fs::metadata(tree.join("usr/lib/a")).unwrap();
    assert_eq!((file.permissions().mode() & 0o7777, file.mtime(), file.nlink()), (0o4750, 1_000_000_000, 2));
    assert_eq!(fs::read_to_string(tree.join("bin/b")).unwrap(), "one");
    assert_eq!(fs::metadata(tree.join("usr/lib")).unwrap().mtime(), 1_000_000_000);
    assert!(!tree.join("usr/share").exists());
}

#[test]
fn replaces_files_and_keeps_folders() {
    let (folder, tree) = target();
    std::os::unix::fs::symlink("../outside", tree.join("f")).unwrap();
    unpack(&deb(&[(FILE, "./f", "", "new"), (FOLDER, "./d", "", ""), (FILE, "./d/x", "", "")]), &tree, false).unwrap();
    unpack(&deb(&[(FOLDER, "./d", "", ""), (FILE, "./d/y", "", "")]), &tree, false).unwrap();
    assert!(!tree.join("f").is_symlink() && tree.join("d/x").exists() && tree.join("d/y").exists());
    assert!(unpack(&deb(&[(FILE, "./d", "", "")]), &tree, false).is_err(), "a file does not replace a folder");
    untouched(&folder);
}

#[test]
fn nothing_leads_out_of_the_tree() {
    for name in ["../outside", "./a/../../outside", "/outside", "a\nb"] {
        let (folder, tree) = target();
        let error = unpack(&deb(&[(FILE, name, "", "theirs")]), &tree, false).unwrap_err();
        assert!(matches!(error, PartError::Name(_)), "{name}: {error}");
        let error = unpack(&deb(&[(LINK, "./x", name, "")]), &tree, false).unwrap_err();
        assert!(matches!(error, PartError::Name(_)), "{name}: {error}");
        untouched(&folder);
    }
    for to in ["..", "/..", "../..", "/proc/self/cwd/.."] {
        let (folder, tree) = target();
        // Where the link leads to within the tree is made, or it fails: it is never what is outside.
        let _ = unpack(&deb(&[(SYMLINK, "./l", to, ""), (FILE, "./l/outside", "", "theirs")]), &tree, false);
        untouched(&folder);
    }
}

#[test]
fn refuses_what_is_no_package() {
    let (folder, tree) = target();
    let whole = deb(&[(FILE, "./a", "", "text"), (SYMLINK, "./b", "a", "")]);
    let refused = |bytes: &[u8]| unpack(bytes, &tree, false).unwrap_err().to_string();
    assert_eq!(refused(b""), "reading its members");
    assert_eq!(refused(b"!<arch>\n"), "it is not a Debian package: a member is missing");
    let version: Vec<u8> = String::from_utf8_lossy(&whole[..80]).replace("2.0\n", "3.0\n").into_bytes();
    assert_eq!(refused(&version), "it is not a Debian package: its version is not 2");
    assert!(refused(&deb(&[(EntryType::new(b'Z'), "./z", "", "")])).contains("of an unknown kind"));
    for length in 0..whole.len() - 1 {
        assert!(unpack(&whole[..length], &tree, false).is_err(), "cut to {length} bytes");
    }
    // No bytes panic or write elsewhere; many still unpack, as names and times have no checks of their own.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for _ in 0..2000 {
        let mut bytes = whole.clone();
        for _ in 0..3 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let at = usize::try_from(state >> 16).unwrap() % bytes.len();
            bytes[at] = state as u8;
        }
        let (folder, tree) = target();
        let _ = unpack(&bytes, &tree, true);
        untouched(&folder);
    }
    untouched(&folder);
}
