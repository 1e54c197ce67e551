//! What going back means: to what ran before, or, if a new release only waits for its first start, to what runs now.

use formats::slot::Slot;
use formats::version::Version;
use thiserror::Error;

use crate::report::{Report, Word};

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Back {
    /// The slot that is to start next.
    pub slot: Slot,
    /// Its release.
    pub to: Version,
    /// The release that is left.
    pub from: Version,
    /// The release already runs: nothing needs to be restarted.
    pub runs: bool,
}

/// Why there is no way back.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// The system runs from elsewhere, or its slot can't be read.
    #[error("it cannot be told which release runs: `ilanga-update status` says more")]
    Unknown,
    /// There is only one release.
    #[error("there is nothing to go back to: slot {slot} {says}")]
    Nothing {
        /// The other slot.
        slot: Slot,
        /// How it stands.
        says: String,
    },
    /// It would fail again.
    #[error("there is nothing good to go back to: release {version} in slot {slot} {says}; install another one")]
    Failed {
        /// Its version.
        version: Version,
        /// Its slot.
        slot: Slot,
        /// How it stands.
        says: String,
    },
    /// It has holes that are known.
    #[error("release {version} is older than {floor}, and this node takes nothing older")]
    BelowFloor {
        /// Its version.
        version: Version,
        /// The oldest.
        floor: Version,
    },
}

/// Decides what is to start next.
pub fn rollback(report: &Report, floor: Option<&Version>) -> Result<Back, Refusal> {
    let running = report.running.ok_or(Refusal::Unknown)?;
    let here = report.slot(running).ok_or(Refusal::Unknown)?;
    let from = here.version.clone().ok_or(Refusal::Unknown)?;
    let slot = running.other();
    let there = report.slot(slot).ok_or(Refusal::Unknown)?;
    let Some(to) = there.version.clone() else {
        return Err(Refusal::Nothing { slot, says: there.says.clone() });
    };
    if report.next == Some(slot) {
        return Ok(Back { slot: running, to: from, from: to, runs: true });
    }
    if let Some(floor) = floor
        && to < *floor
    {
        return Err(Refusal::BelowFloor { version: to, floor: floor.clone() });
    }
    match there.state {
        Word::Bad => Err(Refusal::Failed { version: to, slot, says: there.says.clone() }),
        Word::Good | Word::OnTrial | Word::SetAside | Word::NotStarted => Ok(Back { slot, to, from, runs: false }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::SlotReport;

    fn slot(slot: Slot, version: Option<&str>, state: Word) -> SlotReport {
        let version = version.map(|version| version.parse().unwrap());
        SlotReport {
            slot,
            version,
            root_hash: None,
            kernel_image: None,
            state,
            starts: None,
            says: format!("is {state:?}"),
        }
    }

    #[test]
    fn ways_back() {
        let floor: Version = "2".parse().unwrap();
        for (a, b, next, floor, expected) in [
            ((Some("2"), Word::Good), (Some("1"), Word::Good), Slot::A, None, Ok((Slot::B, "1", false))),
            ((Some("2"), Word::OnTrial), (Some("1"), Word::Good), Slot::A, None, Ok((Slot::B, "1", false))),
            ((Some("2"), Word::Good), (Some("3"), Word::SetAside), Slot::A, None, Ok((Slot::B, "3", false))),
            ((Some("2"), Word::Good), (Some("3"), Word::OnTrial), Slot::B, None, Ok((Slot::A, "2", true))),
            ((Some("2"), Word::Good), (Some("1"), Word::Good), Slot::A, Some(&floor), Err("release 1 is older")),
            (
                (Some("2"), Word::Good),
                (Some("3"), Word::Bad),
                Slot::A,
                None,
                Err("there is nothing good to go back to"),
            ),
            (
                (Some("2"), Word::Good),
                (None, Word::NotStarted),
                Slot::A,
                None,
                Err("there is nothing to go back to: slot b"),
            ),
            ((None, Word::NotStarted), (Some("1"), Word::Good), Slot::A, None, Err("it cannot be told")),
        ] {
            let slots = vec![slot(Slot::A, a.0, a.1), slot(Slot::B, b.0, b.1)];
            let report = Report { running: Some(Slot::A), next: Some(next), slots, ..Report::default() };
            match (rollback(&report, floor), expected) {
                (Ok(back), Ok((slot, to, runs))) => {
                    assert_eq!((back.slot, back.to.as_str(), back.runs), (slot, to, runs));
                }
                (Err(refusal), Err(start)) if refusal.to_string().starts_with(start) => {}
                (got, expected) => panic!("{got:?}, expected {expected:?}"),
            }
        }
    }
}
