//! The boot journal of a release on trial: which of its starts ended without a trace.
//!
//! systemd-boot spends a try before it starts a release on trial, and can't know what becomes of the start. A start that
//! crashes leaves a trace: a panic in pstore, a hang in the watchdog's status, an order in what the system writes as it
//! shuts down. One that loses its power leaves none, and is given back (`crate::boot_state::Node::give_back`). The journal
//! is a variable of the firmware:
//!
//! ```text
//! IlangaTrial-f2c9a0de-6c1b-4d35-9a57-3b8e4f1d7c60     attributes (u32, little-endian), then UTF-8:
//!   1
//!   2026.11.1
//!   open 1 0          the last start has no known end, or `closed`; starts without a trace; starts given back already
//! ```
//!
//! ```text
//!                 init: the next start            ilanga-boot-state start
//!   open ─────────┬── no trace ──► lost + 1 ────► lost → 0, given + n: n tries more on the ESP
//!    ▲  │         └── a trace ───► spent
//!    │  └ judged bad, shut down, failed in init ► closed: spent
//!    init: a start on trial
//! ```
//!
//! Invariants: a start that `init` has not recorded is never lost, only spent; what can't be told apart is spent; a start is
//! counted as given back before it is, so a power cut between the two costs a try and gives none. All sequences of starts
//! are played in the tests.
//!
//! Anybody with the node's root, or at the firmware's shell, can write it: the worst that it brings is
//! [`crate::boot_state::GIVE_BACKS`] starts more of a release that was installed, or none given back.

use crate::boot_state::TRIES;
use crate::version::Version;

/// The variable's name, with its vendor, as efivarfs has it.
pub const VARIABLE: &str = "IlangaTrial-f2c9a0de-6c1b-4d35-9a57-3b8e4f1d7c60";

/// What pstore must say that it writes to, so that the next start sees a panic in the firmware's variables.
pub const PSTORE_BACKEND: &str = "efi_pstore";

const FORMAT: &str = "1";

/// More than any journal has.
const LONGEST: usize = 200;

/// The journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The release on trial.
    pub version: Version,
    /// The last start that was recorded has no known end yet.
    pub open: bool,
    /// How many starts ended without a trace, and are not given back yet.
    pub lost: u32,
    /// How many were given back.
    pub given: u32,
}

/// Whether a variable of the firmware, as efivarfs names it, is a part of a kernel's last words (`efi_pstore`).
pub fn is_dump(name: &str) -> bool {
    name.starts_with("dump-type")
}

impl Trial {
    /// The journal as `init` leaves it. `on_trial` is the release that starts, if it is on trial. `crashed` says that there
    /// is a trace of a crash: it may be older than the last start, but that can't be told.
    pub fn at_start(known: Option<Self>, on_trial: Option<&Version>, crashed: bool) -> Option<Self> {
        let known = known.map(|known| match known.open {
            true if crashed => known.ended(),
            true => Self { open: false, lost: (known.lost + 1).min(TRIES), ..known },
            false => known,
        });
        let Some(version) = on_trial else { return known };
        let fresh = || Self { version: version.clone(), open: false, lost: 0, given: 0 };
        Some(Self { open: true, ..known.filter(|known| known.version == *version).unwrap_or_else(fresh) })
    }

    /// The last start's end is known: it is spent.
    #[must_use]
    pub fn ended(self) -> Self {
        Self { open: false, ..self }
    }

    /// So many of the lost starts are given back; the others are spent.
    #[must_use]
    pub fn given_back(self, starts: u32) -> Self {
        Self { lost: 0, given: self.given.saturating_add(starts), ..self }
    }

    /// What the variable holds, without its attributes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { version, open, lost, given } = self;
        let word = if *open { "open" } else { "closed" };
        format!("{FORMAT}\n{version}\n{word} {lost} {given}\n").into_bytes()
    }

    /// Understands it; `None` if it is nothing of ours.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= LONGEST)?;
        let mut lines = text.lines();
        let (FORMAT, version, starts, None) = (lines.next()?, lines.next()?, lines.next()?, lines.next()) else {
            return None;
        };
        let mut words = starts.split(' ');
        let open = match words.next()? {
            "open" => true,
            "closed" => false,
            _ => return None,
        };
        let (lost, given) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let fits = words.next().is_none() && lost <= TRIES;
        fits.then_some(Self { version: version.parse().ok()?, open, lost, given })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot_entry::{BootEntry, Tries};
    use crate::boot_state::{Content, Entry, GIVE_BACKS, Node, Release, Running, Step};
    use crate::digest::Digest;
    use crate::slot::Slot;

    fn trial(open: bool, lost: u32, given: u32) -> Trial {
        Trial { version: "2".parse().unwrap(), open, lost, given }
    }

    #[test]
    fn there_and_back() {
        for journal in [trial(true, 0, 0), trial(false, 3, 12)] {
            assert_eq!(Trial::parse(&journal.to_bytes()), Some(journal));
        }
        assert_eq!(trial(true, 1, 0).to_bytes(), b"1\n2\nopen 1 0\n");
        for text in [
            "",
            "1",
            "1\n2\n",
            "1\n2\nopen 1\n",
            "2\n2\nopen 1 0\n",
            "1\n../x\nopen 1 0\n",
            "1\n2\nopen 4 0\n",
            "1\n2\nopen -1 0\n",
            "1\n2\nopen 1 0 0\n",
            "1\n2\nclosed 1 0\nx\n",
            "1\n2\nshut 1 0\n",
        ] {
            assert_eq!(Trial::parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(Trial::parse(b"1\n2\nopen 1 \xff\n"), None);
        assert_eq!(Trial::parse(format!("1\n{}\nopen 1 0\n", "2".repeat(LONGEST)).as_bytes()), None);
    }

    #[test]
    fn what_a_start_records() {
        let (two, three): (Version, Version) = ("2".parse().unwrap(), "3".parse().unwrap());
        let three_runs = Trial { version: three.clone(), ..trial(true, 0, 0) };
        for (known, on_trial, crashed, expected) in [
            (None, None, false, None),
            (None, Some(&two), true, Some(trial(true, 0, 0))),
            (Some(trial(true, 0, 0)), Some(&two), false, Some(trial(true, 1, 0))),
            (Some(trial(true, 0, 0)), Some(&two), true, Some(trial(true, 0, 0))),
            (Some(trial(true, 2, 1)), None, false, Some(trial(false, 3, 1))),
            (Some(trial(true, 3, 1)), None, false, Some(trial(false, 3, 1))),
            (Some(trial(true, 2, 1)), None, true, Some(trial(false, 2, 1))),
            (Some(trial(false, 2, 1)), None, false, Some(trial(false, 2, 1))),
            (Some(trial(false, 0, 1)), Some(&two), false, Some(trial(true, 0, 1))),
            (Some(trial(true, 2, 3)), Some(&three), false, Some(three_runs)),
        ] {
            assert_eq!(Trial::at_start(known.clone(), on_trial, crashed), expected, "{known:?} {on_trial:?} {crashed}");
        }
        assert!(is_dump("dump-type0-1-1-1795219200-C-cfc8fc79-be2e-4ddc-97f0-9f98bfe298a0"));
        assert!(!is_dump("BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c"));
    }

    /// How a start of the trial ends.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum End {
        /// Before `init` has recorded it.
        Early,
        /// Without a trace, before `ilanga-boot-state start`.
        Lost,
        /// Without a trace, behind it.
        LostLater,
        /// In a panic, or by the watchdog; and whether `ilanga-boot-state start` had run.
        Crash(bool),
        /// Judged bad, or shut down.
        Known,
    }

    const ENDS: [End; 6] = [End::Early, End::Lost, End::LostLater, End::Crash(false), End::Crash(true), End::Known];

    /// A node with release 2 on trial in slot b.
    #[derive(Clone)]
    struct World {
        tries: Tries,
        journal: Option<Trial>,
        /// A panic is in pstore, and nobody has cleared it.
        trace: bool,
        ends: Vec<End>,
    }

    impl World {
        fn node(&self, running: Slot) -> Node {
            let release = |version: &str| Release { version: version.parse().unwrap(), root: Digest::of(version) };
            let entry = |version: &str, tries| Entry {
                name: BootEntry { version: version.parse().unwrap(), tries },
                root: Some(Digest::of(version)),
            };
            let (one, two) = (release("1"), release("2"));
            let root = if running == Slot::A { one.root } else { two.root };
            Node {
                a: Content::Release(one),
                b: Content::Release(two),
                entries: vec![entry("1", None), entry("2", Some(self.tries))],
                temporary: false,
                running: Some(Running { slot: running, root }),
            }
        }

        /// `init`: what it records.
        fn init(&mut self, on_trial: bool) {
            let two = "2".parse().unwrap();
            self.journal = Trial::at_start(self.journal.take(), on_trial.then_some(&two), self.trace);
        }

        /// `ilanga-boot-state start`, behind which systemd-pstore clears traces.
        fn boot_state(&mut self, running: Slot) {
            if let Some(journal) = self.journal.take() {
                match self.node(running).give_back(Slot::B, journal.lost, journal.given) {
                    Ok((steps, starts)) => {
                        let [Step::Rename { to, .. }] = steps.as_slice() else { panic!("{steps:?}") };
                        self.tries = to.tries.unwrap();
                        self.journal = Some(journal.given_back(starts));
                    }
                    Err(_) => self.journal = Some(journal),
                }
            }
            self.trace = false;
        }

        /// A start of release 2 that ends so.
        fn start(&self, end: End) -> Self {
            let mut world = self.clone();
            world.ends.push(end);
            world.tries = Tries { left: world.tries.left - 1, done: world.tries.done + 1 };
            if end == End::Early {
                return world;
            }
            world.init(true);
            if !matches!(end, End::Lost | End::Crash(false)) {
                world.boot_state(Slot::B);
            }
            match end {
                End::Crash(_) => world.trace = true,
                End::Known => world.journal = world.journal.map(Trial::ended),
                End::Early | End::Lost | End::LostLater => {}
            }
            world
        }
    }

    /// Plays all that can happen to a trial that is never judged good. Returns how many sequences there are.
    fn play(world: &World, ends: &[End]) -> usize {
        if world.node(Slot::A).next().unwrap().name.version.as_str() == "2" {
            assert!(world.ends.len() < 6, "it has no end: {:?}", world.ends);
            return ends.iter().map(|&end| play(&world.start(end), ends)).sum();
        }
        // Its tries are used up: release 1 runs.
        let mut after = world.clone();
        after.init(false);
        after.boot_state(Slot::A);
        if after.tries.left > 0 {
            return play(&after, ends);
        }
        let count = |wanted: &[End]| world.ends.iter().filter(|end| wanted.contains(end)).count();
        let (starts, lost) = (world.ends.len(), count(&[End::Lost, End::LostLater]));
        assert!(starts >= 3 && starts <= 3 + lost, "{:?}", world.ends);
        if count(&ENDS[1..]) == lost && lost == starts {
            assert_eq!(starts, (TRIES + GIVE_BACKS) as usize, "{:?}", world.ends);
        }
        1
    }

    #[test]
    fn every_trial_ends() {
        let installed = World { tries: Tries { left: TRIES, done: 0 }, journal: None, trace: false, ends: Vec::new() };
        // With a trace, or before the record: three starts, whatever they are.
        assert_eq!(play(&installed, &[End::Early, End::Crash(false), End::Crash(true), End::Known]), 4 * 4 * 4);
        assert_eq!(play(&installed, &[End::Lost]), 1);
        let all = play(&installed, &ENDS);
        assert!(all > 1000, "{all}");
    }
}
