//! Bad input, and the message that it gets. `--nocapture` shows the messages.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod bench;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use bench::{Bench, copy, mirror, names};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

#[test]
fn unknown_settings_and_sections() {
    for (file, from, to, expected) in [
        ("mkosi.conf", "WithDocs=no", "WithDoc=no", "mkosi has no setting 'WithDoc': did you mean 'WithDocs'?"),
        ("mkosi.conf", "[Validation]", "[Validatoin]", "mkosi has no section [Validatoin]: did you mean 'Validation'?"),
        (
            "mkosi.conf",
            "WithDocs=no",
            "SELinuxRelabel=no",
            "'SELinuxRelabel' is a setting of mkosi that Ilanga does not",
        ),
        ("mkosi.conf", "WithDocs=no", "WithDocs=maybe", "'maybe' is no value for 'WithDocs'"),
        ("image.toml", "slot = ", "slto = ", "slto"),
        ("image.toml", "[sizes]", "[siezs]", "siezs"),
        ("image.toml", "slot = \"3G\"", "slot = \"3 potatoes\"", "3 potatoes"),
    ] {
        let bench = Bench::bare();
        bench.edit(file, from, to);
        let text = fs::read_to_string(bench.image(file)).unwrap();
        let line = text.lines().position(|line| line.contains(to)).unwrap() + 1;
        let place = format!("images/mini-pc/{file}:{line}:");
        bench.refused(&["plan", "mini-pc"], &[&place, expected]);
    }
}

#[test]
fn changelogs_that_are_no_text_for_people() {
    let bench = Bench::bare();
    let place = bench.place("changes");
    for (text, expected) in [
        ("Faster\n\x1b]0;owned\x07\n", "line 2 has the control character U+001B"),
        ("\n\n", "its first line is empty"),
        (&"x".repeat(20_000), "it has 20000 bytes; 16384 are the most"),
    ] {
        fs::write(&place, text).unwrap();
        let expected = format!("changes: {expected}");
        bench.refused(&["bundle", "mini-pc", "--changelog", place.to_str().unwrap()], &[&expected]);
        let output = bench.place("x.raucb").display().to_string();
        let other = ["bundle", "mini-pc", "--changelog", place.to_str().unwrap(), "--output", &output];
        bench.refused(&other, &[&expected]);
    }
    bench.refused(&["bundle", "mini-pc", "--changelog", "/none"], &["reading /none: No such file"]);
    assert_eq!(bench.run(&["bundle", "mini-pc", "--channel", "nightly"]).code, 2);
}

#[test]
fn unknown_images_and_folders() {
    let bench = Bench::bare();
    bench.refused(&["plan", "mini-cp"], &["there is no image 'mini-cp'; images/ has: mini-pc"]);
    bench.refused(&["-C", "/", "plan", "mini-pc"], &["/ is in no workspace of ilanga"]);
    let said = bench.run(&["build"]);
    assert_eq!(said.code, 2, "{}", said.err);
}

#[test]
fn an_unknown_package() {
    let Some(bench) = Bench::cached() else { return };
    if !bench.cache().join("releases/debian-trixie").exists() {
        println!("skipped: all locks were there, and the archive's indexes never fetched");
        return;
    }
    bench.edit("mkosi.conf", "        kmod\n", "        kmdo\n");
    let text = fs::read_to_string(bench.image("mkosi.conf")).unwrap();
    let line = text.lines().position(|line| line.ends_with("kmdo")).unwrap() + 1;
    let place = format!("images/mini-pc/mkosi.conf:{line}:");
    bench.refused(
        &["--offline", "build", "mini-pc"],
        &[&place, "the archive has no package 'kmdo' in trixie", "did you mean 'kmod'?"],
    );
    bench.refused(&["--offline", "build", "mini-pc", "--locked"], &["run `ilanga lock mini-pc`"]);
}

#[test]
fn a_package_whose_digest_is_wrong() {
    let Some(bench) = Bench::cached() else { return };
    let (file, sha256, mut content) = bench.first_tool();
    content[100] ^= 1;
    let mirror = mirror(content.clone());
    bench.forget(&format!("packages/{sha256}.deb"));
    let signed = format!("{sha256} is signed: nothing of it was used");
    bench.refused(&["--mirror", &mirror, "build", "mini-pc"], &[&file, &signed]);
    assert!(!bench.cache().join(format!("packages/{sha256}.deb")).exists());

    content.pop();
    let mirror = bench::mirror(content);
    bench.refused(&["--mirror", &mirror, "build", "mini-pc"], &[&file, "are signed: the mirror is not up to date"]);
}

#[test]
fn no_network() {
    let Some(bench) = Bench::cached() else { return };
    let (file, sha256, _) = bench.first_tool();
    bench.forget(&format!("packages/{sha256}.deb"));
    let network = "is there a network, and is the mirror or proxy right? What was fetched before is kept";
    bench.refused(&["--mirror", "http://127.0.0.1:1", "build", "mini-pc"], &[&file, network]);
    bench.refused(&["--offline", "build", "mini-pc"], &["is not in the cache, and --offline forbids fetching it"]);
}

#[test]
fn an_archive_that_nobody_signed() {
    let Some(bench) = Bench::cached() else { return };
    let mirror = mirror(b"<html>Sign in to this network</html>".to_vec());
    bench.refused(
        &["--mirror", &mirror, "lock", "mini-pc"],
        &["the release file of trixie is refused: it is not a signed text"],
    );
}

#[test]
fn missing_and_exposed_keys() {
    let Some(bench) = Bench::cached() else { return };
    let keys = bench.place("keys");
    copy(fs::canonicalize(bench.cache().join("development-keys/guid.txt")).unwrap().parent().unwrap(), &keys);
    let folder = keys.display().to_string();
    let build = ["--offline", "build", "mini-pc", "--keys", &folder];

    fs::set_permissions(keys.join("pcr.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let exposed = format!("the private key {folder}/pcr.key can be read by others: run `chmod 600 {folder}/pcr.key`");
    bench.refused(&build, &[&exposed]);
    fs::remove_file(keys.join("pcr.key")).unwrap();
    let missing = format!("{folder}/pcr.key is missing: `ilanga keys new {folder}` makes a new set of keys");
    bench.refused(&build, &[&missing]);
    let nowhere = bench.place("nowhere").display().to_string();
    bench.refused(&["--offline", "build", "mini-pc", "--keys", &nowhere], &["nowhere", "is missing"]);
    bench.refused(&["--offline", "keys", "new", &folder], &["is not empty: keys are never overwritten"]);
}

#[test]
fn an_output_folder_with_other_files() {
    let Some(bench) = Bench::cached() else { return };
    let place = bench.place("thesis");
    fs::create_dir(&place).unwrap();
    fs::write(place.join("chapter-1"), "It was a dark and stormy night").unwrap();
    bench.refused(
        &["--offline", "build", "mini-pc", "--output", &place.display().to_string()],
        &["thesis holds files that ilanga did not make: name another folder with --output"],
    );
    assert_eq!(names(&place), ["chapter-1"]);
}

#[test]
fn a_slot_too_small_and_a_full_disk() {
    let Some(bench) = Bench::cached() else { return };
    // Quicker to make; what is in it does not matter here.
    bench.edit("image.toml", "compression = \"zstd\"\nlevel = 3\n", "compression = \"lz4\"\n");
    bench.edit("image.toml", "slot = \"3G\"", "slot = \"64M\"");
    let place = bench.place("out");
    let output = place.join("mini-pc").display().to_string();
    let build = ["--offline", "build", "mini-pc", "--output", &output];
    let said =
        bench.refused(&build, &["does not fit the slot of 67.1 MB", "remove packages or raise `slot` in image.toml"]);
    // In megabytes: most of the slot's image, of the disk's, and of what that is compressed to.
    let (before, _) = said.err.split_once(" MB long").unwrap();
    let slot: f64 = before.rsplit_once(' ').unwrap().1.parse().unwrap();
    assert!(names(&place).is_empty(), "{:?}", names(&place));

    bench.edit("image.toml", "slot = \"64M\"", "slot = \"3G\"");
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: only root can mount a small disk");
        return;
    }
    unshare(CloneFlags::CLONE_NEWNS).unwrap();
    mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>).unwrap();
    for (size, stage) in [
        (8.0, "making the kernel image"),
        (slot * 0.5, "making the slot image"),
        (slot * 1.5, "making the disk image"),
        (slot * 2.25 + 64.0, "compressing the disk image"),
    ] {
        let option = format!("size={}k", (size * 1e6 / 1024.0) as u64);
        mount(Some("tmpfs"), &place, Some("tmpfs"), MsFlags::empty(), Some(option.as_str())).unwrap();
        let said = bench.refused(&build, &["\nhint: make room on that disk"]);
        let reached = said.err.split("error: ").next().unwrap().lines().last().unwrap();
        assert_eq!(reached, stage, "{size} MB of disk, {slot} MB of slot");
        let full = [format!("error: the disk of {} is full: ", place.display()), "No space left on device".to_owned()];
        assert!(full.iter().any(|text| said.err.contains(text)), "{}", said.err);
        assert!(names(&place).is_empty(), "{:?}", names(&place));
        nix::mount::umount(&place).unwrap();
    }
}
