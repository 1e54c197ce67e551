//! What a start tells about the releases that ran before it: which of them came to nothing, and why.
//!
//! A release that fails its health checks says so itself, before it restarts. One that crashes does not: only the other
//! one, when it runs again, finds a trial without a judgement, and an entry without tries.

use formats::version::Version;

use crate::history::{Event, History};
use crate::report::{Report, Word};
use crate::sentence::Sentence;

/// What is to be written down, and what stands on the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What has happened since the last start.
    pub events: Vec<Event>,
    /// What a person should read, if there is anything.
    pub screen: Option<Sentence>,
}

/// Compares what is written down with what runs. `crash` is what the kernel left of the last crash.
pub fn start(history: &History, report: &Report, crash: Option<&str>) -> Told {
    let Some(running) = report.running.and_then(|slot| report.slot(slot)) else { return Told::default() };
    let Some(version) = &running.version else { return Told::default() };
    let mut events = Vec::new();
    if let Some((from, reason)) = left(history, version, report, crash) {
        events.push(Event::RolledBack { from, to: version.clone(), reason });
    }
    if running.state == Word::OnTrial
        && let Some(start) = running.starts
    {
        let event = Event::TrialStarted { version: version.clone(), start };
        if history.events().next_back() != Some(&event) {
            events.push(event);
        }
    }
    let given = |event: &&Event| matches!(event, Event::GivenBack { .. });
    let last = history.events().chain(&events).rev().find(|event| ends_a_story(event) || given(event));
    let screen = match (running.state, last) {
        (Word::OnTrial, _) => Some(format!("Release {version} is on trial: {}.", running.says)),
        (_, Some(event @ Event::RolledBack { to, .. })) if to == version => Some(event.to_string()),
        (_, Some(event @ Event::GivenBack { version, .. })) if report.waiting() == Some(version) => {
            Some(format!("{event} It starts again at the next restart."))
        }
        _ => None,
    };
    Told { events, screen: screen.map(|text| Sentence::new(&text)) }
}

/// The release that was left for the one that runs, and why, if that is not written down yet.
fn left(history: &History, running: &Version, report: &Report, crash: Option<&str>) -> Option<(Version, Sentence)> {
    match history.events().rev().find(|event| ends_a_story(event) || begins_one(event))? {
        Event::JudgedBad { version, reason } if version != running => Some((version.clone(), reason.clone())),
        Event::Installed { version, .. } | Event::TrialStarted { version, .. } | Event::Chosen { to: version, .. }
            if version != running =>
        {
            let slot = report.slots.iter().find(|slot| slot.version.as_ref() == Some(version))?;
            let starts = slot.starts.filter(|_| slot.state == Word::Bad)?;
            let plural = if starts == 1 { "" } else { "s" };
            let reason = match crash {
                Some(crash) => {
                    format!("it did not come up in {starts} start{plural}, and the kernel's last words were: {crash}")
                }
                None => format!("it did not come up in {starts} start{plural}"),
            };
            Some((version.clone(), Sentence::new(&reason)))
        }
        _ => None,
    }
}

/// Whether a release waits for its judgement after this.
fn begins_one(event: &Event) -> bool {
    matches!(event, Event::Installed { .. } | Event::TrialStarted { .. } | Event::Chosen { .. })
}

/// Whether it is clear after this what runs, and why.
fn ends_a_story(event: &Event) -> bool {
    matches!(event, Event::JudgedGood { .. } | Event::JudgedBad { .. } | Event::RolledBack { .. })
}

/// The kernel's last words in a file that systemd-pstore keeps: the line of the panic.
pub fn last_words(dmesg: &str) -> Option<Sentence> {
    let line = dmesg.lines().rev().find_map(|line| line.split_once("Kernel panic - ").map(|(_, rest)| rest))?;
    Some(Sentence::new(&format!("Kernel panic - {line}"))).filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Record;
    use crate::report::SlotReport;
    use formats::slot::Slot;

    fn slot(slot: Slot, version: &str, state: Word, starts: u32) -> SlotReport {
        let says = "3 starts left".to_owned();
        SlotReport {
            slot,
            version: version.parse().ok(),
            root_hash: None,
            kernel_image: None,
            state,
            starts: Some(starts),
            says,
        }
    }

    #[test]
    fn what_is_told() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        let installed =
            Event::Installed { version: version("2"), build: Sentence::default(), from: Sentence::new("a file") };
        let trial = |start| Event::TrialStarted { version: version("2"), start };
        let bad = Event::JudgedBad { version: version("2"), reason: Sentence::new("no network") };
        let given = Event::GivenBack { version: version("2"), starts: 3 };
        let good = Event::JudgedGood { version: version("2") };
        let back =
            |reason: &str| Event::RolledBack { from: version("2"), to: version("1"), reason: Sentence::new(reason) };
        let (one, two) = (Slot::A, Slot::B);
        let one_runs = |state, starts| (one, [slot(one, "1", Word::Good, 0), slot(two, "2", state, starts)]);
        let two_runs = |state, starts| (two, [slot(one, "1", Word::Good, 0), slot(two, "2", state, starts)]);
        let no_start = "it did not come up in 3 starts";
        for (events, (running, slots), crash, told, screen) in [
            (vec![], one_runs(Word::NotStarted, 0), None, vec![], None),
            (vec![installed.clone()], one_runs(Word::OnTrial, 0), None, vec![], None),
            (
                vec![installed.clone()],
                two_runs(Word::OnTrial, 1),
                None,
                vec![trial(1)],
                Some("Release 2 is on trial: 3 starts left."),
            ),
            (
                vec![installed.clone(), trial(1)],
                two_runs(Word::OnTrial, 1),
                None,
                vec![],
                Some("Release 2 is on trial: 3 starts left."),
            ),
            (
                vec![installed.clone(), trial(1)],
                two_runs(Word::OnTrial, 2),
                None,
                vec![trial(2)],
                Some("Release 2 is on trial: 3 starts left."),
            ),
            (vec![installed.clone(), trial(1), good.clone()], two_runs(Word::Good, 0), None, vec![], None),
            (
                vec![installed.clone(), trial(1), bad.clone()],
                one_runs(Word::Bad, 1),
                None,
                vec![back("no network")],
                Some("Release 2 was left: no network; release 1 runs again."),
            ),
            (
                vec![installed.clone(), bad, back("no network")],
                one_runs(Word::Bad, 1),
                None,
                vec![],
                Some("Release 2 was left: no network; release 1 runs again."),
            ),
            (
                vec![installed.clone()],
                one_runs(Word::Bad, 3),
                None,
                vec![back(no_start)],
                Some("Release 2 was left: it did not come up in 3 starts; release 1 runs again."),
            ),
            (
                vec![installed.clone(), trial(1)],
                one_runs(Word::Bad, 3),
                Some("Kernel panic - x"),
                vec![back("it did not come up in 3 starts, and the kernel's last words were: Kernel panic - x")],
                Some("Release 2 was left: it did not come up in 3 starts, and"),
            ),
            (
                vec![back("no network"), installed.clone()],
                one_runs(Word::OnTrial, 0),
                None,
                vec![],
                Some("Release 2 was left: no network; release 1 runs again."),
            ),
            (vec![back("no network"), good], one_runs(Word::SetAside, 0), None, vec![], None),
            (
                vec![installed.clone(), given.clone()],
                one_runs(Word::OnTrial, 0),
                None,
                vec![],
                Some("Release 2 lost 3 starts with the power; they are not counted. It starts again"),
            ),
            (
                vec![installed, trial(1), given],
                one_runs(Word::Bad, 3),
                None,
                vec![back(no_start)],
                Some("Release 2 was left: it did not come up in 3 starts; release 1 runs again."),
            ),
        ] {
            let mut history = History::default();
            events.iter().for_each(|event| history.add(Record::new(1, event.clone())));
            let next = slots.iter().filter(|slot| slot.state != Word::Bad).map(|slot| slot.slot).next_back();
            let report = Report { running: Some(running), next, slots: slots.into(), ..Report::default() };
            let found = start(&history, &report, crash);
            assert_eq!(found.events, told, "{events:?}");
            let said = found.screen.as_ref().map(Sentence::as_str).unwrap_or_default();
            assert!(
                said.starts_with(screen.unwrap_or_default()) && said.is_empty() == screen.is_none(),
                "{events:?}: {said}"
            );
        }
        assert_eq!(start(&History::default(), &Report::default(), None), Told::default());
    }

    #[test]
    fn finds_the_panic() {
        let text = "Panic#1 Part1\n<0>[    5.1] Kernel panic - not syncing: sysrq triggered crash\n<4>[ 5.2] CPU: 0\n";
        assert_eq!(last_words(text).unwrap().as_str(), "Kernel panic - not syncing: sysrq triggered crash");
        assert_eq!(last_words("Oops#1\nBUG"), None);
    }
}
