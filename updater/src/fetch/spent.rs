//! What a download spends, written down while it goes on.

use std::sync::{Mutex, PoisonError};

use super::budget::Ledger;
use super::engine::Received;
use super::paths::{Paths, replace};
use crate::error::IoError;

/// How many bytes come before the ledger is written again.
const LEDGER: u64 = 1 << 20;

/// Writes down what a download spends. A cut leaves at most [`LEDGER`] bytes out.
pub struct Spent<'a> {
    paths: &'a Paths,
    before: Ledger,
    /// The ledger, and the bytes in it when it was written last.
    state: Mutex<(Ledger, u64)>,
}

impl<'a> Spent<'a> {
    /// A download begins, with this in the ledger.
    pub fn new(paths: &'a Paths, before: Ledger) -> Self {
        Self { paths, before, state: Mutex::new((before, 0)) }
    }

    /// So much has come of it until now.
    pub fn note(&self, received: Received) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0.upstream = self.before.upstream + received.upstream;
        state.0.neighbours = self.before.neighbours + received.neighbours;
        let all = received.upstream + received.neighbours;
        if all >= state.1 + LEDGER && replace(&self.paths.budget(), state.0.to_text().as_bytes()).is_ok() {
            state.1 = all;
        }
    }

    /// Writes the ledger.
    pub fn write(&self) -> Result<(), IoError> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        replace(&self.paths.budget(), state.0.to_text().as_bytes())
    }
}
