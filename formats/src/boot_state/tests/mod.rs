//! Tables of single operations; the exhaustive search is in [`search`].

use super::*;

mod search;
mod world;

const ONE: (&str, &str) = ("1", "one");
const TWO: (&str, &str) = ("2", "two");
const REBUILT: (&str, &str) = ("2", "two, built again");

fn release((version, root): (&str, &str)) -> Content {
    Content::Release(Release { version: version.parse().unwrap(), root: Digest::of(root) })
}

/// A node with these slots, these entries (a name between `ilanga_` and `.efi`, and what its root hash is of), on
/// which this slot runs.
fn node(a: Content, b: Content, entries: &[(&str, &str)], slot: Slot) -> Node {
    let entry = |(name, root): &(&str, &str)| Entry {
        name: format!("ilanga_{name}.efi").parse().unwrap(),
        root: Some(Digest::of(root)).filter(|_| !root.is_empty()),
    };
    let running = match if slot == Slot::A { &a } else { &b } {
        Content::Release(release) => Some(Running { slot, root: release.root }),
        _ => None,
    };
    Node { entries: entries.iter().map(entry).collect(), a, b, temporary: false, running }
}

/// The steps in short: `2+3<b` a write, `2+3>2` a renaming, `-2` a removal, `-` that of what a write left.
fn short(steps: Result<Vec<Step>, Refusal>) -> Result<String, Refusal> {
    let stem = |entry: &BootEntry| entry.to_string().replace("ilanga_", "").replace(".efi", "");
    let short = |step: &Step| match step {
        Step::RemoveTemporary => "-".to_owned(),
        Step::Write { entry, slot } => format!("{}<{slot}", stem(entry)),
        Step::Rename { from, to } => format!("{}>{}", stem(from), stem(to)),
        Step::Remove { entry } => format!("-{}", stem(entry)),
    };
    steps.map(|steps| steps.iter().map(short).collect::<Vec<_>>().join(" "))
}

fn steps(text: &str) -> Result<String, Refusal> {
    Ok(text.to_owned())
}

#[test]
fn next_is_systemd_boots() {
    for (entries, next) in [
        (&[][..], None),
        (&["1", "2"][..], Some("2")),
        (&["1", "2+3"][..], Some("2+3")),
        (&["1", "2+1-2"][..], Some("2+1-2")),
        (&["1", "2+0-3"][..], Some("1")),
        (&["1+3", "2+0"][..], Some("1+3")),
        (&["1+0-3", "2+0"][..], Some("2+0")),
        (&["1+0-3", "2+0-3"][..], Some("2+0-3")),
        (&["1.9", "1.10", "1.10~rc1"][..], Some("1.10")),
        (&["2", "2+2-1"][..], Some("2+2-1")),
        (&["2+2-1", "2+3"][..], Some("2+3")),
    ] {
        let entries: Vec<_> = entries.iter().map(|name| (*name, "x")).collect();
        let node = node(release(ONE), release(TWO), &entries, Slot::A);
        let expected = next.map(|next| format!("ilanga_{next}.efi"));
        assert_eq!(node.next().map(|entry| entry.name.to_string()), expected, "{entries:?}");
    }
    let unreadable = node(release(ONE), release(TWO), &[("1", "one"), ("2", "")], Slot::A);
    assert_eq!(unreadable.primary(), Some(Slot::A));
}

#[test]
fn states() {
    for (name, state, good, text) in [
        ("2", State::Good, true, "good"),
        ("2+3", State::OnTrial(Tries { left: 3, done: 0 }), true, "on trial, 3 starts left"),
        ("2+1-2", State::OnTrial(Tries { left: 1, done: 2 }), true, "on trial, 1 start left"),
        ("2+0", State::SetAside, true, "set aside for an older release"),
        ("2+0-1", State::Bad { starts: 1 }, false, "failed after 1 start"),
        ("2+0-3", State::Bad { starts: 3 }, false, "failed after 3 starts"),
    ] {
        let node = node(release(ONE), release(TWO), &[("1", "one"), (name, "two")], Slot::A);
        assert_eq!(node.state(Slot::B), state);
        assert_eq!((node.state(Slot::B).is_good(), state.to_string().as_str()), (good, text));
        assert_eq!(node.state(Slot::A), State::Good);
    }
    let empty = node(release(ONE), Content::Nothing, &[("1", "one"), ("2", "two")], Slot::A);
    assert_eq!(empty.state(Slot::B), State::NotStarted);
    assert!(!State::NotStarted.is_good());
    // Of what an operation that was cut off left, the judgement counts, then the fewest tries.
    let twice =
        node(release(ONE), release(TWO), &[("1+2-1", "one"), ("1", "one"), ("2+3", "two"), ("2+2-1", "two")], Slot::A);
    assert_eq!(twice.state(Slot::A), State::Good);
    assert_eq!(twice.state(Slot::B), State::OnTrial(Tries { left: 2, done: 1 }));
}

#[test]
fn made_primary() {
    for (a, b, entries, slot, expected) in [
        // An update.
        (ONE, TWO, &[("1", "one")][..], Slot::B, steps("2+3<b")),
        (ONE, TWO, &[("1", "one"), ("2+3", "two")][..], Slot::B, steps("")),
        (ONE, TWO, &[("1", "one"), ("2+0-3", "two")][..], Slot::B, steps("2+0-3>2+3")),
        (ONE, TWO, &[("1", "one"), ("2+0", "two")][..], Slot::B, steps("2+0>2+3")),
        // Back to an older one, which was good, is new, or is good and the newer one was not judged.
        (TWO, ONE, &[("2", "two"), ("1", "one")][..], Slot::B, steps("1>1+3 2>2+0")),
        (TWO, ONE, &[("2", "two")][..], Slot::B, steps("1+3<b 2>2+0")),
        (TWO, ONE, &[("2+2-1", "two"), ("1", "one")][..], Slot::B, steps("2+2-1>2+0")),
        (TWO, ONE, &[("2+0-1", "two"), ("1", "one")][..], Slot::B, steps("")),
        (TWO, ONE, &[("2+0-1", "two"), ("1+0-3", "one")][..], Slot::B, steps("1+0-3>1+3")),
        // What was cut off goes on.
        (TWO, ONE, &[("2", "two"), ("1+3", "one")][..], Slot::B, steps("2>2+0")),
        (TWO, ONE, &[("2", "two"), ("2+0", "two"), ("1+3", "one")][..], Slot::B, steps("-2+0 2>2+0")),
        // Nothing to do.
        (ONE, TWO, &[("1", "one"), ("2", "two")][..], Slot::B, steps("")),
        (ONE, ONE, &[("1", "one")][..], Slot::B, steps("")),
        // What leads nowhere would start first.
        (ONE, TWO, &[("1", "one"), ("3", "three")][..], Slot::B, steps("2+3<b -3")),
        (ONE, TWO, &[("1", "one"), ("2+3", "")][..], Slot::B, steps("2+3<b")),
        (
            TWO,
            REBUILT,
            &[("2", "two")][..],
            Slot::B,
            Err(Refusal::SameVersion { slot: Slot::B, version: "2".parse().unwrap() }),
        ),
    ] {
        let mut node = node(release(a), release(b), entries, Slot::A);
        assert_eq!(short(node.set_primary(slot)), expected, "{entries:?}");
        node.temporary = true;
        let expected = expected.map(|text| if text.is_empty() { text } else { format!("- {text}") });
        assert_eq!(short(node.set_primary(slot)), expected, "{entries:?}");
    }
    let empty = node(release(ONE), Content::Nothing, &[("1", "one")], Slot::A);
    assert_eq!(empty.set_primary(Slot::B), Err(Refusal::NoRelease(Slot::B)));
    let silent = node(release(ONE), Content::Unreadable, &[("1", "one")], Slot::A);
    assert_eq!(silent.set_primary(Slot::B), Err(Refusal::Unreadable(Slot::B)));
}

#[test]
fn marked_bad_for_an_update() {
    for (b, entries, expected) in [
        (release(ONE), &[("2", "two"), ("1", "one")][..], steps("-1")),
        (release(ONE), &[("2", "two"), ("1", "one"), ("1+3", "one")][..], steps("-1 -1+3")),
        (Content::Unreadable, &[("2", "two"), ("1", "one"), ("3+3", "")][..], steps("-1 -3+3")),
        (release(TWO), &[("2", "two")][..], steps("")),
        (release(ONE), &[("2+2-1", "two"), ("1", "one")][..], Err(Refusal::StillNeeded { running: Slot::A })),
        (release(ONE), &[("1", "one")][..], Err(Refusal::StillNeeded { running: Slot::A })),
    ] {
        let node = node(release(TWO), b, entries, Slot::A);
        assert_eq!(short(node.set_bad(Slot::B)), expected, "{entries:?}");
    }
    let elsewhere = node(release(TWO), Content::Nothing, &[("2", "two")], Slot::B);
    assert_eq!(elsewhere.set_bad(Slot::A), Err(Refusal::RunsFromElsewhere));
    assert_eq!(elsewhere.repair(), Err(Refusal::RunsFromElsewhere));
}

#[test]
fn judged() {
    for (entries, good, bad) in [
        (&[("1", "one"), ("2+2-1", "two")][..], "2+2-1>2", "2+2-1>2+0-1"),
        (&[("1", "one"), ("2+0-3", "two")][..], "2+0-3>2", ""),
        (&[("1", "one"), ("2", "two")][..], "", "2>2+0-1"),
        (&[("1", "one"), ("2", "two"), ("2+2-1", "two")][..], "-2+2-1", "-2+2-1 2>2+0-1"),
        (&[("1", "one"), ("2+0-1", "two"), ("2+2-1", "two")][..], "-2+2-1 2+0-1>2", "-2+2-1"),
        // Back on the newer release, as the older one failed.
        (&[("1+0-3", "one"), ("2+0-1", "two")][..], "2+0-1>2", ""),
        // Set aside while it ran; and the boot loader could not count.
        (&[("1+3", "one"), ("2+0", "two")][..], "", "2+0>2+0-1"),
        (&[("1+0-3", "one"), ("2+0", "two")][..], "2+0>2", "2+0>2+0-1"),
        (&[("1", "one")][..], "2<b", ""),
    ] {
        let node = node(release(ONE), release(TWO), entries, Slot::B);
        assert_eq!(short(node.judge_good()), steps(good), "{entries:?}");
        assert_eq!(node.set_good(Slot::B), node.judge_good());
        assert_eq!(short(node.judge_bad()), steps(bad), "{entries:?}");
        assert_eq!(node.set_bad(Slot::B), node.judge_bad());
    }
    let node = node(release(ONE), release(TWO), &[("1", "one"), ("2+3", "two")], Slot::A);
    assert_eq!(node.set_good(Slot::B), Err(Refusal::DoesNotRun(Slot::B)));
    assert_eq!(short(node.set_good(Slot::A)), steps(""));
}

#[test]
fn starts_given_back() {
    let nothing = || Err(Refusal::NothingToGiveBack(Slot::B));
    for (name, running, lost, given, expected) in [
        ("2+1-2", Slot::B, 1, 0, Ok(("2+1-2>2+2-1", 1))),
        ("2+1-2", Slot::B, 3, 0, Ok(("2+1-2>2+2-1", 1))),
        ("2+0-3", Slot::A, 1, 2, Ok(("2+0-3>2+1-2", 1))),
        ("2+0-3", Slot::A, 3, 0, Ok(("2+0-3>2+3", 3))),
        ("2+0-3", Slot::A, 3, 1, Ok(("2+0-3>2+2-1", 2))),
        ("2+2-1", Slot::A, 2, 0, Ok(("2+2-1>2+3", 1))),
        ("2+0-3", Slot::A, 0, 0, nothing()),
        ("2+2-1", Slot::B, 1, 0, nothing()),
        ("2+3", Slot::A, 1, 0, nothing()),
        ("2", Slot::B, 1, 0, nothing()),
        // Judged bad, and started as there was nothing else.
        ("2+0-1", Slot::A, 1, 0, nothing()),
        ("2+0-4", Slot::A, 1, 0, nothing()),
        ("2+1-2", Slot::B, 1, 3, Err(Refusal::GivenBack(Slot::B))),
        ("2+1-2", Slot::B, 1, 9, Err(Refusal::GivenBack(Slot::B))),
    ] {
        let node = node(release(ONE), release(TWO), &[("1", "one"), (name, "two")], running);
        let given = node.give_back(Slot::B, lost, given);
        let expected = expected.map(|(text, starts)| (text.to_owned(), starts));
        assert_eq!(given.map(|(steps, starts)| (short(Ok(steps)).unwrap(), starts)), expected, "{name}, {lost} lost");
    }
    assert_eq!(node(release(ONE), release(TWO), &[], Slot::A).slot_of(&"2".parse().unwrap()), Some(Slot::B));
    assert_eq!(node(release(ONE), Content::Nothing, &[], Slot::A).slot_of(&"2".parse().unwrap()), None);
    assert_eq!(Refusal::GivenBack(Slot::B).to_string(), "3 starts were given back to slot b already");
}

#[test]
fn repaired() {
    for (a, b, entries, expected) in [
        // Nothing is left: what runs is good, an older one too, a newer one is set aside.
        (release(TWO), release(ONE), &[][..], "2<a 1<b"),
        (release(ONE), release(TWO), &[][..], "1<a 2+0<b"),
        (release(ONE), Content::Nothing, &[][..], "1<a"),
        (release(TWO), release(REBUILT), &[][..], "2<a"),
        (release(TWO), release(TWO), &[][..], "2<a"),
        (release(ONE), release(TWO), &[("2+3", "two")][..], "1<a"),
        // What is in order stays.
        (release(ONE), release(TWO), &[("1", "one"), ("2+2-1", "two")][..], ""),
        (release(ONE), release(TWO), &[("1", "one")][..], ""),
        // Two entries for one slot; entries that lead nowhere.
        (release(ONE), release(TWO), &[("1", "one"), ("2+3", "two"), ("2+2-1", "two")][..], "-2+3"),
        (release(ONE), release(TWO), &[("1", "one"), ("1+3", "one"), ("2", "two"), ("2+0", "two")][..], "-1+3 -2+0"),
        (release(ONE), release(TWO), &[("1", "one"), ("3", "three"), ("4", "")][..], "-3 -4"),
        (release(ONE), Content::Nothing, &[("1", "one"), ("2", "two")][..], "-2"),
        (release(ONE), Content::Unreadable, &[("1", "one"), ("2", "two")][..], ""),
        // Its own file is broken.
        (release(ONE), Content::Nothing, &[("1", "")][..], "1<a"),
    ] {
        let mut node = node(a, b, entries, Slot::A);
        assert_eq!(short(node.repair()), steps(expected), "{entries:?}");
        node.temporary = true;
        assert_eq!(short(node.repair()), steps(format!("- {expected}").trim_end()), "{entries:?}");
    }
    let mut damaged = node(release(ONE), release(TWO), &[], Slot::A);
    damaged.a = Content::Nothing;
    assert_eq!(damaged.repair(), Err(Refusal::NoRelease(Slot::A)));
    damaged.a = release(REBUILT);
    assert_eq!(damaged.judge_good(), Err(Refusal::NoRelease(Slot::A)));
}

#[test]
fn refusals_are_sentences() {
    let same = Refusal::SameVersion { slot: Slot::B, version: "2".parse().unwrap() };
    assert_eq!(same.to_string(), "slot b holds another build of 2 than slot a: give one of them another version");
    assert_eq!(
        Refusal::StillNeeded { running: Slot::B }.to_string(),
        "the release that runs, in slot b, is not judged good yet, so slot a is still needed"
    );
    let step = Step::Rename { from: "ilanga_2+2-1.efi".parse().unwrap(), to: "ilanga_2.efi".parse().unwrap() };
    assert_eq!(step.to_string(), "rename ilanga_2+2-1.efi to ilanga_2.efi");
}

/// docs/boot.md: a renaming is one write as long as all names fit into a sector of a FAT folder. A name takes an entry of
/// 32 bytes for each 13 characters, and one more; two are the folder's own.
#[test]
fn names_share_a_sector() {
    let entries = |name: &str| name.len().div_ceil(13) + 1;
    for (length, fits) in [(9, true), (24, true), (25, false)] {
        let name = BootEntry { version: "1".repeat(length).parse().unwrap(), tries: Some(Tries { left: 2, done: 1 }) };
        // Both slots' entries, the new name of one of them, and a write.
        let taken = 2 + 3 * entries(&name.to_string()) + entries(TEMPORARY);
        assert_eq!(taken * 32 <= 512, fits, "{length} characters");
    }
}
