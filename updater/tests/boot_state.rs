//! RAUC's calls and the judgements, on a node in a folder.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod node;

use std::fs;
use std::path::Path;

use formats::boot_state::Content;
use formats::digest::Digest;
use formats::slot::Slot;
use node::{Image, Node, image, kernel};
use updater::error::chain;
use updater::rescue::{self, Computer};
use updater::slot;

fn done() -> Result<String, String> {
    Ok(String::new())
}

/// What RAUC does to install an image into slot b, and the boot loader when it starts it.
fn install(node: &Node, image: &Image) {
    assert_eq!(node.ask("set-state b bad"), done());
    assert_eq!(node.ask("get-state b").as_deref(), Ok("bad\n"));
    node.write(Slot::B, &image.bytes);
    assert_eq!(node.ask("set-primary b"), done());
    assert_eq!(node.ask("get-primary").as_deref(), Ok("b\n"));
    assert_eq!(node.ask("get-state b").as_deref(), Ok("good\n"));
}

#[test]
fn an_update_and_back() {
    let (node, one, two) = (Node::flashed(), image("1", 0), image("2", 0));
    assert_eq!(node.ask("get-current").as_deref(), Ok("a\n"));
    assert_eq!(node.ask("get-primary").as_deref(), Ok("a\n"));
    assert_eq!(node.ask("get-state a").as_deref(), Ok("good\n"));
    install(&node, &two);
    assert_eq!(node.entries(), ["ilanga_1.efi", "ilanga_2+3.efi"]);
    assert_eq!(fs::read(node.path("esp/EFI/Linux/ilanga_2+3.efi")).unwrap(), two.kernel);

    node.rename("ilanga_2+3.efi", "ilanga_2+2-1.efi");
    node.runs(Slot::B, &two);
    assert_eq!(node.ask("get-current").as_deref(), Ok("b\n"));
    let refused = node.ask("set-state a bad").unwrap_err();
    assert_eq!(refused, "the release that runs, in slot b, is not judged good yet, so slot a is still needed");
    assert_eq!(node.ask("judge good"), done());
    assert_eq!(node.entries(), ["ilanga_1.efi", "ilanga_2.efi"]);

    assert_eq!(node.ask("set-primary a"), done());
    assert_eq!(node.entries(), ["ilanga_1+3.efi", "ilanga_2+0.efi"]);
    node.rename("ilanga_1+3.efi", "ilanga_1+2-1.efi");
    node.runs(Slot::A, &one);
    assert_eq!(node.ask("judge bad --reason noise"), done());
    assert_eq!(node.entries(), ["ilanga_1+0-1.efi", "ilanga_2+0.efi"]);
    assert_eq!(node.ask("get-primary").as_deref(), Ok("b\n"));
    let history = fs::read_to_string(node.path("state/updates/history.jsonl")).unwrap();
    let events: Vec<&str> = history.lines().map(|line| line.split_once("\"event\":").unwrap().1).collect();
    assert_eq!(
        events,
        [r#""judged-good","version":"2"}"#, r#""judged-bad","version":"1","reason":"noise"}"#],
        "what was judged is remembered"
    );
    let status = node.ask("status").unwrap();
    assert_eq!(
        status,
        "slot a  1  failed after 1 start [runs]\nslot b  2  set aside for an older release [starts next]\n"
    );
}

#[test]
fn refused_before_anything_is_changed() {
    let node = Node::flashed();
    for (bytes, expected) in [
        (image("1", 1).bytes, "slot b holds another build of 1 than slot a: give one of them another version"),
        (vec![0; 1 << 20], "slot b holds no whole release"),
        (image("2", 0).bytes[..5 * 4096].to_vec(), "slot b holds no whole release"),
    ] {
        node.write(Slot::B, &bytes);
        assert_eq!(node.ask("set-primary b").unwrap_err(), expected);
        assert_eq!(node.entries(), ["ilanga_1.efi"]);
    }
    // A kernel image that would look for another root file system.
    let (mut odd, other) = (image("2", 0), image("3", 0));
    odd.bytes.splice(4 * 4096..4 * 4096 + odd.kernel.len(), kernel("2", &other.root.to_string()));
    node.write(Slot::B, &odd.bytes);
    assert!(node.ask("status").unwrap().contains("the kernel image is for the root hash"), "{:?}", node.ask("status"));
    assert_eq!(node.ask("judge bad").unwrap_err(), "slot a is the only one that can be started");
    // The same release again is installed already.
    node.write(Slot::B, &image("1", 0).bytes);
    assert_eq!(node.ask("set-primary b"), done());
    assert_eq!(node.ask("get-primary").as_deref(), Ok("a\n"));
    assert_eq!(node.entries(), ["ilanga_1.efi"]);
}

#[test]
fn an_emptied_esp_is_rebuilt() {
    let (node, two) = (Node::flashed(), image("2", 0));
    install(&node, &two);
    node.rename("ilanga_2+3.efi", "ilanga_2.efi");
    node.runs(Slot::B, &two);
    fs::remove_dir_all(node.path("esp/EFI")).unwrap();
    assert_eq!(node.ask("get-primary").unwrap_err(), "nothing on the ESP leads to a slot");
    assert!(node.ask("set-primary a").unwrap_err().ends_with("repair that first"));
    assert_eq!(node.ask("repair"), done());
    assert_eq!(node.entries(), ["ilanga_1.efi", "ilanga_2.efi"]);
    assert_eq!(node.ask("get-primary").as_deref(), Ok("b\n"));
    assert_eq!(fs::read(node.path("esp/EFI/Linux/ilanga_1.efi")).unwrap(), image("1", 0).kernel);
}

/// `init` could not start release 2, which was good, and went to release 1.
#[test]
fn what_did_not_start_is_left() {
    let (node, one, two) = (Node::flashed(), image("1", 0), image("2", 0));
    install(&node, &two);
    node.rename("ilanga_2+3.efi", "ilanga_2.efi");
    node.runs(Slot::A, &one);
    let (spare, esp) = (node.path("usr/lib/ilanga/esp/EFI/BOOT"), node.path("esp/EFI/BOOT"));
    fs::create_dir_all(&spare).unwrap();
    fs::write(spare.join("BOOTX64.EFI"), "boot loader").unwrap();
    assert_eq!(node.ask("start"), done());
    assert_eq!(node.entries(), ["ilanga_1.efi", "ilanga_2.efi"]);
    assert_eq!(fs::read(esp.join("BOOTX64.EFI")).unwrap(), b"boot loader");

    let variable = node.tree().failed_variable();
    fs::create_dir_all(variable.parent().unwrap()).unwrap();
    fs::write(&variable, b"\x07\0\0\x001\n2\nit is damaged\n").unwrap();
    assert_eq!(node.ask("start"), done());
    assert_eq!(node.entries(), ["ilanga_1.efi", "ilanga_2+0-1.efi"]);
    assert_eq!(fs::read_to_string(node.tree().failed_start()).unwrap(), "1\n2\nit is damaged\n");
    assert!(!variable.exists());
    // It is the release that runs now: it did start after all.
    fs::write(&variable, b"\x07\0\0\x001\n1\nit was slow\n").unwrap();
    assert_eq!(node.ask("start"), done());
    assert_eq!(node.entries(), ["ilanga_1.efi", "ilanga_2+0-1.efi"]);
}

#[test]
fn starts_that_lost_their_power_are_given_back() {
    let (node, one, two) = (Node::flashed(), image("1", 0), image("2", 0));
    install(&node, &two);
    let variable = node.tree().trial_variable();
    fs::create_dir_all(variable.parent().unwrap()).unwrap();
    let leave = |text: &str| fs::write(&variable, [b"\x07\0\0\0", text.as_bytes()].concat()).unwrap();
    let journal = || fs::read(&variable).ok().map(|bytes| String::from_utf8(bytes[4..].to_vec()).unwrap());
    // One start of the release that runs now was lost.
    node.rename("ilanga_2+3.efi", "ilanga_2+1-2.efi");
    node.runs(Slot::B, &two);
    leave("1\n2\nopen 1 0\n");
    assert_eq!(node.ask("start"), done());
    assert_eq!(node.entries(), ["ilanga_1.efi", "ilanga_2+2-1.efi"]);
    assert_eq!(journal().as_deref(), Some("1\n2\nopen 0 1\n"));
    assert_eq!(node.ask("stop"), done());
    assert_eq!(journal().as_deref(), Some("1\n2\nclosed 0 1\n"));
    // All that are left were lost: the old release runs, and gives back two, as there was one before.
    node.rename("ilanga_2+2-1.efi", "ilanga_2+0-3.efi");
    node.runs(Slot::A, &one);
    leave("1\n2\nclosed 3 1\n");
    assert_eq!(node.ask("start"), done());
    assert_eq!(node.entries(), ["ilanga_1.efi", "ilanga_2+2-1.efi"]);
    assert_eq!(node.ask("get-primary").as_deref(), Ok("b\n"));
    assert_eq!(journal().as_deref(), Some("1\n2\nclosed 0 3\n"));
    // They are lost too: it is left, and the journal goes, so that the next trial begins afresh.
    node.rename("ilanga_2+2-1.efi", "ilanga_2+0-3.efi");
    leave("1\n2\nclosed 2 3\n");
    assert_eq!(node.ask("start"), done());
    assert_eq!(node.entries(), ["ilanga_1.efi", "ilanga_2+0-3.efi"]);
    assert_eq!((node.ask("get-primary").as_deref(), journal()), (Ok("a\n"), None));
    let history = fs::read_to_string(node.path("state/updates/history.jsonl")).unwrap();
    let given: Vec<&str> = history.lines().map(|line| line.split_once("\"event\":").unwrap().1).collect();
    assert_eq!(given, [1, 2].map(|starts| format!(r#""given-back","version":"2","starts":{starts}}}"#)));
    // Judged bad in its last start: that is no power cut, whatever follows.
    node.rename("ilanga_2+0-3.efi", "ilanga_2+1-2.efi");
    node.runs(Slot::B, &two);
    leave("1\n2\nopen 0 0\n");
    assert_eq!(node.ask("start"), done());
    assert_eq!(node.ask("judge bad"), done());
    assert_eq!(journal().as_deref(), Some("1\n2\nclosed 0 0\n"));
    // Noise is taken away.
    leave("noise");
    assert_eq!(node.ask("start"), done());
    assert_eq!(journal(), None);
}

/// A stick that runs release 2, and a computer whose slot a holds something else.
#[test]
fn a_computer_is_repaired_from_a_stick() {
    let (node, two) = (Node::flashed(), image("2", 0));
    node.write(Slot::A, &two.bytes);
    node.runs(Slot::A, &two);
    let computer = |length: usize| {
        fs::write(node.path("dev/sdb2"), vec![3; length]).unwrap();
        let (esp, a) = (node.path("dev/sdb1"), node.path("dev/sdb2"));
        Computer { disk: "sdb".to_owned(), esp, a, b: None }
    };
    let repair = |computer: &Computer| {
        let mut last = 0;
        let done = rescue::repair(&node.tree(), computer, &mut |_| (), &mut |done, _| last = done.0);
        done.map(|()| last).map_err(|error| chain(&error))
    };
    assert_eq!(repair(&computer(3 << 20)), Ok(two.bytes.len() as u64));
    assert_eq!(fs::read(node.path("dev/sdb2")).unwrap()[..two.bytes.len()], two.bytes);
    assert_eq!(node.entries(), ["ilanga_2.efi"]);
    // Again: what it has is as good.
    assert_eq!(repair(&computer(3 << 20)), Ok(two.bytes.len() as u64));
    assert_eq!(node.entries(), ["ilanga_2.efi"]);
    let refused = repair(&computer(1 << 20)).unwrap_err();
    assert!(refused.starts_with("slot a of sdb has 1.0 MB, and the release needs"), "{refused}");
    node.write(Slot::A, &vec![0; 1 << 20]);
    assert!(repair(&computer(3 << 20)).unwrap_err().starts_with("this stick holds no whole release"));
}

#[test]
fn what_a_power_cut_left_is_cleaned_up() {
    let (node, two) = (Node::flashed(), image("2", 0));
    node.write(Slot::B, &two.bytes);
    let folder = node.path("esp/EFI/Linux");
    fs::write(folder.join("ilanga.new"), &two.kernel[..1000]).unwrap();
    fs::write(folder.join("ilanga_3+3.efi"), []).unwrap();
    fs::write(folder.join("ilanga_4.efi"), &image("4", 0).kernel).unwrap();
    fs::write(folder.join("memtest.efi"), [1]).unwrap();
    let status = node.ask("status --json").unwrap();
    for words in ["was cut off", "ilanga_3+3.efi: ", "\"next\": null", "\"running\": \"a\""] {
        assert!(status.contains(words), "{words}: {status}");
    }
    assert_eq!(node.ask("set-primary b"), done());
    assert_eq!(node.entries(), ["ilanga_1.efi", "ilanga_2+3.efi", "memtest.efi"]);
    assert_eq!(node.ask("repair"), done());
    assert_eq!(node.entries(), ["ilanga_1.efi", "ilanga_2+3.efi", "memtest.efi"]);
}

/// A copy that fails leaves the other entries as they were.
#[test]
fn a_damaged_payload_is_not_started() {
    let (node, two) = (Node::flashed(), image("2", 0));
    assert_eq!(node.ask("set-state b bad"), done());
    node.write(Slot::B, &two.bytes);
    fs::create_dir(node.path("esp/EFI/Linux/ilanga.new")).unwrap();
    assert!(node.ask("set-primary b").unwrap_err().contains("ilanga.new"));
    assert_eq!(node.ask("get-primary").as_deref(), Ok("a\n"));
}

/// Whatever a slot holds, it is a release whose parts belong together, or none.
#[test]
fn arbitrary_slots_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slot");
    let whole = image("2", 0);
    let mut state = 0x9FB2_1C65_1E98_DF25_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    let (mut releases, mut nothing) = (0, 0);
    for _ in 0..2_000 {
        // The parts of the image that say where others are.
        let mut bytes = whole.bytes[..4 * 4096 + 4096].to_vec();
        for _ in 0..next() % 5 {
            let place = [1024, 2 * 4096, 4 * 4096, 4 * 4096 + 0x40, 4 * 4096 + 1024][next() % 5];
            bytes[place + next() % 300] = [next() as u8, 0, 255][next() % 3];
        }
        bytes.truncate(bytes.len() - if next() % 8 == 0 { next() % bytes.len() } else { 0 });
        fs::write(&path, &bytes).unwrap();
        if next() % 2 == 0 {
            fs::File::options().write(true).open(&path).unwrap().set_len(2 << 20).unwrap();
        }
        match slot::look(Some(&path)).content {
            Content::Release(release) => {
                assert_eq!(release.root, whole.root);
                releases += 1;
            }
            Content::Nothing => nothing += 1,
            Content::Unreadable => panic!("a file that can be read"),
        }
    }
    assert!(releases > 100 && nothing > 500, "{releases} releases, {nothing} of nothing");
}

#[test]
fn a_real_slot_image_is_understood() {
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("../out/mini-pc");
    let images = fs::read_dir(out).into_iter().flatten().map(|entry| entry.unwrap().path());
    let Some(image) = images.into_iter().find(|path| path.extension().is_some_and(|end| end == "root")) else {
        println!("skipped: there is no out/mini-pc/*.root");
        return;
    };
    let found = slot::look(Some(&image));
    let Content::Release(release) = &found.content else { panic!("{found:?}") };
    let kernel = fs::read(image.with_extension("efi")).unwrap();
    assert_eq!(found.payload.map(|payload| payload.length), Some(kernel.len() as u64));
    assert!(image.to_string_lossy().contains(release.version.as_str()));
}

/// The marker says whose state holds; `ilanga-render-settings`, which makes it, is tested in `init/`.
#[test]
fn the_state_of_a_good_release_holds() {
    const SETTINGS: &str = "version = 1\nmachine-id = \"0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7b\"\n";
    let (node, two) = (Node::flashed(), image("2", 0));
    let marker = || fs::read_to_string(node.path("state/good")).ok();
    fs::write(node.path("state/settings.toml"), SETTINGS).unwrap();
    // There is no state of its own: the partition is full, say. All else goes on.
    assert_eq!(node.ask("start"), done());
    assert_eq!(marker(), None);

    // As it is made in a start of release 2, on trial.
    install(&node, &two);
    node.rename("ilanga_2+3.efi", "ilanga_2+2-1.efi");
    node.runs(Slot::B, &two);
    let made = |by: &Image| {
        let first = Digest::of(format!("settings.toml {}\n{SETTINGS}", SETTINGS.len()));
        format!("from = 1\ndigest = \"{first}\"\nby = \"{}\"\n", by.root)
    };
    fs::create_dir(node.path("state/v2")).unwrap();
    fs::write(node.path("state/v2/settings.toml"), SETTINGS).unwrap();
    fs::write(node.path("state/v2/origin"), made(&two)).unwrap();
    assert_eq!(node.ask("start"), done());
    assert_eq!(node.ask("judge bad"), done());
    assert_eq!(node.ask("stop"), done());
    assert_eq!(marker(), None, "a trial moves nothing");

    node.rename("ilanga_2+0-1.efi", "ilanga_2+1-2.efi");
    assert_eq!(node.ask("judge good"), done());
    assert!(marker().unwrap().starts_with("version = 2\nfirst = \""), "{:?}", marker());
    let origin = fs::read_to_string(node.path("state/v2/origin")).unwrap();
    assert!(!origin.contains("by = ") && origin.starts_with("from = 1\n"), "{origin}");

    // It was lost, and there is a link in its place.
    let planted = node.path("planted");
    fs::write(&planted, "x").unwrap();
    fs::remove_file(node.path("state/good")).unwrap();
    std::os::unix::fs::symlink(&planted, node.path("state/good")).unwrap();
    assert_eq!(node.ask("start"), done());
    assert!(fs::symlink_metadata(node.path("state/good")).unwrap().is_file());
    assert_eq!(fs::read_to_string(&planted).unwrap(), "x");
    // A folder that is a link to elsewhere holds nothing.
    fs::remove_file(node.path("state/good")).unwrap();
    fs::rename(node.path("state/v2"), node.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(node.path("elsewhere"), node.path("state/v2")).unwrap();
    assert_eq!(node.ask("start"), done());
    assert_eq!(marker(), None);
}
