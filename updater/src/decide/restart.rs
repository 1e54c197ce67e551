//! Whether the node restarts by itself into a release that waits. Where nobody has named hours for that it never does: a
//! start may ask for a passphrase, and it interrupts what people do. It then waits until somebody restarts the computer, or
//! until the power has been away.

use std::time::Duration;

use formats::version::Version;

use crate::fetch::hours::Hours;
use crate::sentence::Sentence;

/// A node that has just come up is left alone for so long: who restarts it again and again has a reason.
pub const SETTLED: Duration = Duration::from_secs(15 * 60);

/// What is known.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The release that starts next, if that is another one than the one that runs.
    pub waiting: Option<&'a Version>,
    /// When it may restart by itself.
    pub hours: Option<&'a Hours>,
    /// The minute of the day.
    pub minute: u32,
    /// Something is being done.
    pub busy: bool,
    /// How many people are logged in.
    pub people: usize,
    /// For how long it has been up.
    pub up: Duration,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing waits.
    Nothing,
    /// It waits, for this reason.
    Wait(Sentence),
    /// It restarts, into this release.
    Restart(Version),
}

/// Whether the node restarts.
pub fn restart(facts: &Facts<'_>) -> Decision {
    let Some(version) = facts.waiting else { return Decision::Nothing };
    let wait = |text: &str| Decision::Wait(Sentence::new(&format!("Release {version} starts {text}.")));
    let Some(hours) = facts.hours else {
        return wait(
            "when somebody restarts this computer; `ilanga-update restart-hours 02:00-04:00` would let it do that by itself",
        );
    };
    let minutes = hours.begin_in(facts.minute);
    if minutes > 0 {
        return wait(&format!(
            "at {hours}, which begins in {} h {:02} min, or when somebody restarts this computer",
            minutes / 60,
            minutes % 60
        ));
    }
    if facts.busy {
        return wait("once nothing else is being done");
    }
    if facts.people > 0 {
        return wait("once nobody is logged in, or when somebody restarts this computer");
    }
    if facts.up < SETTLED {
        return wait("once this computer has been up for a quarter of an hour");
    }
    Decision::Restart(version.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_when_it_suits() {
        let (two, night): (Version, Hours) = ("2".parse().unwrap(), "22:00-05:00".parse().unwrap());
        let up = Duration::from_secs(3600);
        let good = Facts { waiting: Some(&two), hours: Some(&night), minute: 23 * 60, busy: false, people: 0, up };
        for (facts, expected) in [
            (good, ""),
            (Facts { waiting: None, ..good }, "nothing"),
            (Facts { hours: None, ..good }, "Release 2 starts when somebody restarts this computer; `ilanga-update re"),
            (Facts { minute: 12 * 60 + 30, ..good }, "Release 2 starts at 22:00-05:00, which begins in 9 h 30 min, or"),
            (Facts { busy: true, ..good }, "Release 2 starts once nothing else is being done."),
            (Facts { people: 1, ..good }, "Release 2 starts once nobody is logged in,"),
            (Facts { up: Duration::from_secs(60), ..good }, "Release 2 starts once this computer has been up"),
        ] {
            match restart(&facts) {
                Decision::Nothing => assert_eq!(expected, "nothing"),
                Decision::Restart(version) => assert_eq!((version, expected), (two.clone(), "")),
                Decision::Wait(said) => {
                    assert!(!expected.is_empty() && said.as_str().starts_with(expected), "{said}: {expected}");
                }
            }
        }
    }
}
