//! Who writes: one front at a time holds the pen, and the others show that it does.
//!
//! A front takes the pen with its first answer, and keeps it while somebody uses it. It goes to another one when the first has been
//! idle for a while, when the first gives it back, or when somebody at the computer itself takes it: whoever stands there has
//! the last word.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long a front may be idle and keep the pen.
pub const IDLE: Duration = Duration::from_secs(120);

/// A front.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Front {
    /// A screen or a serial console, by its terminal: somebody is at the computer.
    Screen(String),
    /// A phone or another computer, by its session.
    Phone(String),
    /// The file of answers.
    File,
    /// Neighbours: they open data, and nothing else.
    Neighbours,
}

/// Who holds the pen, and since when nothing was written with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pen(Option<(Front, Duration)>);

/// Somebody else writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Who.
    pub by: Front,
    /// For how long it stays theirs if they do nothing.
    pub left: Duration,
}

impl Pen {
    /// Who holds it now. `now` is the time since the start.
    pub fn holder(&self, now: Duration) -> Option<&Front> {
        let (front, last) = self.0.as_ref()?;
        (now.saturating_sub(*last) < IDLE).then_some(front)
    }

    /// Takes it, or keeps it.
    pub fn take(&mut self, front: &Front, now: Duration) -> Result<(), Held> {
        match &self.0 {
            Some((holder, last)) if holder != front => {
                let idle = now.saturating_sub(*last);
                let there = matches!(front, Front::Screen(_)) && !matches!(holder, Front::Screen(_));
                if idle < IDLE && !there {
                    return Err(Held { by: holder.clone(), left: IDLE - idle });
                }
            }
            _ => {}
        }
        self.0 = Some((front.clone(), now));
        Ok(())
    }

    /// Gives it back.
    pub fn give_back(&mut self, front: &Front) {
        if self.0.as_ref().is_some_and(|(holder, _)| holder == front) {
            self.0 = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_writes_at_a_time() {
        let (screen, phone, other) = (Front::Screen("tty1".into()), Front::Phone("a".into()), Front::Phone("b".into()));
        let at = Duration::from_secs;
        let mut pen = Pen::default();
        assert_eq!(pen.holder(at(0)), None);
        assert_eq!(pen.take(&phone, at(10)), Ok(()));
        assert_eq!(pen.take(&other, at(20)), Err(Held { by: phone.clone(), left: at(110) }));
        assert_eq!((pen.take(&phone, at(100)), pen.take(&other, at(219)).is_err()), (Ok(()), true));
        assert_eq!(pen.holder(at(219)), Some(&phone));
        assert_eq!(pen.holder(at(220)), None);
        assert_eq!(pen.take(&other, at(220)), Ok(()));
        // Whoever is at the computer takes it at once; a phone does not take it from them.
        assert_eq!(pen.take(&screen, at(221)), Ok(()));
        assert!(pen.take(&other, at(222)).is_err());
        assert!(pen.take(&Front::Screen("ttyS0".into()), at(222)).is_err());
        pen.give_back(&other);
        assert_eq!(pen.holder(at(222)), Some(&screen));
        pen.give_back(&screen);
        assert_eq!(pen.take(&other, at(223)), Ok(()));
    }

    #[test]
    fn clocks_that_stand_still_do_no_harm() {
        let mut pen = Pen::default();
        let (one, other) = (Front::Phone("a".into()), Front::Phone("b".into()));
        assert_eq!(pen.take(&one, Duration::from_secs(50)), Ok(()));
        assert!(pen.take(&other, Duration::from_secs(0)).is_err());
    }
}
