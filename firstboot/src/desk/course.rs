//! How the changes go on: what the daemon that makes them tells the desk.

use formats::answers::DiskName;

use super::{Desk, DeskError};
use crate::changes::{self, Change};
use crate::machine::Record;

impl Desk {
    /// The set-up was over before: open data say so, whatever the record says.
    pub fn over(&mut self) -> Result<(), DeskError> {
        self.keep(self.record.over())
    }

    /// The change was made.
    pub fn made(&mut self) -> Result<(), DeskError> {
        let of = changes::plan(&self.record).unwrap_or_default().len();
        self.failed = None;
        if let Some((_, Change::Data(..))) = self.change() {
            self.key = None;
        }
        let named = self.record.identity.as_ref().map(|(name, _)| name.as_str().to_owned());
        self.named = named.or(self.named.take());
        self.keep(self.record.done(of))
    }

    /// The change failed, for this reason.
    pub fn failed(&mut self, why: String) {
        self.failed = Some(why);
    }

    /// Whether a change failed and nobody has said that it shall be tried again.
    pub fn waits(&self) -> bool {
        self.failed.is_some()
    }

    /// The node has moved to this disk: the answers and their header go.
    pub fn moved(&mut self, to: DiskName) -> Result<(), DeskError> {
        self.failed = None;
        self.key = None;
        self.keep(self.record.moved(to))?;
        self.headers.keep_only(None)?;
        Ok(())
    }

    /// It was moved from here to a disk of another computer: this one is asked anew.
    pub fn anew(&mut self) -> Result<(), DeskError> {
        self.keep(Record::default())
    }
}
