//! Updates on a small disk, whose writes are recorded: a good one, and ones that forget a flush.

mod disk;

use formats::slot::Slot;

use self::disk::{Recorded, image};
use super::cuts::{Cut, Part};
use super::enumerate::{Outcome, enumerate};
use super::recording::Recording;

/// What an update does with the disk, with a flush behind each step that `flushes` has.
fn update(flushes: [bool; 4]) -> Recorded {
    let mut disk = Recorded::new(&image("1"));
    let two = image("2");
    let flush = |disk: &mut Recorded, step: usize| {
        if flushes[step] {
            disk.flush();
        }
    };
    disk.write_slot(Slot::B, &two.bytes);
    flush(&mut disk, 0);
    disk.write_file("EFI/Linux/ilanga.new", &two.kernel);
    flush(&mut disk, 1);
    disk.rename("ilanga.new", "ilanga_2+3.efi");
    flush(&mut disk, 2);
    disk.rename("ilanga_2+3.efi", "ilanga_2+2-1.efi");
    disk.flush();
    disk.rename("ilanga_2+2-1.efi", "ilanga_2.efi");
    flush(&mut disk, 3);
    disk
}

fn outcome(recording: &Recording) -> Outcome {
    let scratch = tempfile::tempdir().unwrap();
    enumerate(recording, 1, scratch.path()).unwrap()
}

fn problems(outcome: &Outcome) -> Vec<String> {
    outcome.problems.keys().map(ToString::to_string).collect()
}

#[test]
fn a_good_update_has_no_bad_state() {
    let recorded = update([true; 4]);
    let recording = recorded.recording(&["1", "2"]);
    let outcome = outcome(&recording);
    assert_eq!(problems(&outcome), [""; 0], "{:#?}", outcome.bad);
    let counts = &outcome.counts;
    assert_eq!(counts.groups, 5);
    assert_eq!(counts.prefixes, counts.writes as u64);
    assert_eq!(counts.judged, counts.prefixes + counts.torn + counts.reordered);
    assert!(counts.torn > 100 && counts.reordered > 4 && counts.distinct > 100, "{counts}");
    assert!(counts.esps < counts.changes, "{counts}");
    assert_eq!(outcome.promised.judged, Some(1));
    // Some in which the old one starts, some in which the new one does.
    let starts: Vec<(usize, Slot)> = outcome.candidates.iter().map(|candidate| candidate.starts).collect();
    assert_eq!((starts.first(), starts.last()), (Some(&(0, Slot::A)), Some(&(1, Slot::B))));
}

#[test]
fn samples_are_a_part() {
    let recorded = update([true; 4]);
    let recording = recorded.recording(&["1", "2"]);
    let scratch = tempfile::tempdir().unwrap();
    let (all, some) = (outcome(&recording).counts, enumerate(&recording, 10, scratch.path()).unwrap().counts);
    assert_eq!((some.prefixes, some.torn, some.reordered), (all.prefixes, all.torn, all.reordered));
    assert!((all.judged / 20..all.judged / 5).contains(&some.judged), "{some}");
}

#[test]
fn a_forgotten_flush_is_found() {
    let first = |flushes| {
        let recorded = update(flushes);
        problems(&outcome(&recorded.recording(&["1", "2"])))
    };
    // The entry is there before the slot is.
    let slot = "would start, and no slot holds all of its root file system";
    assert!(first([false, false, true, true]).iter().any(|problem| problem.ends_with(slot)));
    // The entry has its name before it has its content.
    let entry = "would start, and is no release's kernel image";
    assert!(first([true, false, true, true]).iter().any(|problem| problem.ends_with(entry)));
    // The name alone may come later.
    assert_eq!(first([true, true, false, true]), [""; 0]);
}

#[test]
fn what_was_judged_good_stays() {
    let mut recorded = update([true; 4]);
    recorded.write_slot(Slot::B, &[1; 8192]);
    recorded.flush();
    let found = problems(&outcome(&recorded.recording(&["1", "2"])));
    let slot = "ilanga_2.efi would start, and no slot holds all of its root file system";
    assert_eq!(found, [slot, "2 was judged good, and could not start"]);
}

#[test]
fn the_boot_loader_is_looked_at() {
    let mut recorded = update([true; 4]);
    recorded.write_file("EFI/BOOT/BOOTX64.EFI", b"another");
    recorded.flush();
    let found = problems(&outcome(&recorded.recording(&["1", "2"])));
    assert!(found.iter().any(|problem| problem.contains("EFI/BOOT/BOOTX64.EFI is changed")), "{found:?}");
}

#[test]
fn a_torn_table_is_not_the_end() {
    let mut recorded = update([true; 4]);
    recorded.tear_table(false);
    recorded.flush();
    assert_eq!(problems(&outcome(&recorded.recording(&["1", "2"]))), [""; 0]);
    recorded.tear_table(true);
    recorded.flush();
    // The disk has one again when the record ends.
    recorded.tear_table(false);
    recorded.flush();
    let found = problems(&outcome(&recorded.recording(&["1", "2"])));
    assert!(found.len() == 1 && found[0].starts_with("no partition table"), "{found:?}");
}

#[test]
fn replays_states() {
    let recorded = update([true; 4]);
    let recording = recorded.recording(&["1", "2"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk");
    let all = Cut { whole: recording.entries().len(), parts: Vec::new() };
    recording.replay(&all, &path).unwrap();
    assert!(std::fs::read(&path).unwrap() == recorded.bytes);
    let torn = Cut { whole: 0, parts: vec![Part { entry: 0, sectors: 2 }] };
    recording.replay(&torn, &path).unwrap();
    let (before, after) = (&recorded.base, std::fs::read(&path).unwrap());
    let at = usize::try_from(recording.entries()[0].sector * 512).unwrap();
    assert!(before[..at] == after[..at] && before[at + 1024..] == after[at + 1024..]);
    assert!(recorded.bytes[at..at + 1024] == after[at..at + 1024]);
}

#[test]
fn a_record_that_misses_a_write_is_refused() {
    let mut recorded = update([true; 4]);
    let last = recorded.bytes.len() / 2;
    recorded.bytes[last] ^= 1;
    let error = recorded.read(&["1", "2"]).unwrap_err().to_string();
    assert!(error.contains("is not what the record of writes"), "{error}");
}
