//! Which set-up the data belong to: `/data/ilanga/set-up.json`.
//!
//! ```json
//! { "version": 1, "answers": "9f99c5dd…", "over": false }
//! ```
//!
//! The record of a set-up lies on the state partition, in the clear: whoever has the disk can write one, with an administrator of
//! their own. So data remember the digest of the answers that they were made by, and nothing else changes anything about them.
//!
//! Invariants: it is written once, when the data are new, and once more, when the set-up is over; then no record changes data any more.

use formats::digest::Digest;
use serde::{Deserialize, Serialize};

use super::ChangeError;
use crate::error::chain;
use crate::machine::Record;
use crate::node::Node;
use crate::store::replace;

/// The longest such file.
const LONGEST: usize = 4096;

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct SetUp {
    version: u32,
    answers: String,
    over: bool,
}

/// The digest of a record's answers: the same from the first change to the last.
pub fn answers(record: &Record) -> Result<Digest, ChangeError> {
    let bytes = record.answers().to_bytes().map_err(|error| ChangeError::Words(error.to_string()))?;
    Ok(Digest::of(&bytes))
}

fn read(node: &Node) -> Result<Option<SetUp>, ChangeError> {
    let path = node.set_up();
    super::read(&path, LONGEST)
}

fn write(node: &Node, answers: Digest, over: bool) -> Result<(), ChangeError> {
    let path = node.set_up();
    let bytes = serde_json::to_vec(&SetUp { version: 1, answers: answers.to_string(), over })
        .map_err(|error| ChangeError::Words(error.to_string()))?;
    replace(&path, &bytes).map_err(|source| ChangeError::File { path, source })
}

/// Says to whom new data belong; data that know are asked.
pub(super) fn begin(node: &Node, answers: Digest) -> Result<(), ChangeError> {
    match read(node)? {
        None => write(node, answers, false),
        Some(_) => check(node, answers),
    }
}

/// Whether the data belong to a set-up with these answers that is not over yet.
pub(super) fn check(node: &Node, answers: Digest) -> Result<(), ChangeError> {
    match read(node)? {
        Some(found) if found.answers == answers.to_string() && !found.over => Ok(()),
        _ => Err(ChangeError::OtherData),
    }
}

/// The set-up is over.
pub(super) fn end(node: &Node, answers: Digest) -> Result<(), ChangeError> {
    match read(node)? {
        // The power went after it was said, and before the record was.
        Some(found) if found.answers == answers.to_string() && found.over => Ok(()),
        _ => check(node, answers).and_then(|()| write(node, answers, true)),
    }
}

/// What open data say of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belongs {
    /// The set-up that made them is over.
    Over,
    /// They are this one's, which is going on; or they don't know yet.
    This,
    /// They are another one's.
    Another,
}

/// Asks open data.
pub fn ask(node: &Node, record: &Record) -> Result<Belongs, ChangeError> {
    Ok(match read(node) {
        Ok(None) => Belongs::This,
        Ok(Some(found)) if found.over => Belongs::Over,
        Ok(Some(found)) if found.answers == answers(record)?.to_string() => Belongs::This,
        Ok(Some(_)) => Belongs::Another,
        // Only a damaged disk does that. The data are somebody's, and no record may change them.
        Err(trouble) => {
            eprintln!("whether the data are set up: {}", chain(&trouble));
            Belongs::Over
        }
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::machine::Stage;

    #[test]
    fn data_are_one_set_ups() {
        let root = tempfile::tempdir().unwrap();
        let node = Node::new(root.path());
        fs::create_dir_all(node.set_up().parent().unwrap()).unwrap();
        let (mut ours, mut theirs) = (Record::default(), Record::default());
        ours.time_zone = Some("UTC".parse().unwrap());
        theirs.time_zone = Some("Africa/Maseru".parse().unwrap());
        let (one, other) = (answers(&ours).unwrap(), answers(&theirs).unwrap());
        // How far it is, is no answer.
        let mut further = ours.clone();
        further.stage = Stage::Applying { done: 3 };
        assert_eq!(answers(&further).unwrap(), one);
        assert_eq!(ask(&node, &ours).unwrap(), Belongs::This);
        assert!(check(&node, one).is_err());
        begin(&node, one).unwrap();
        begin(&node, one).unwrap();
        check(&node, one).unwrap();
        assert!(matches!(begin(&node, other), Err(ChangeError::OtherData)));
        assert!(check(&node, other).is_err() && end(&node, other).is_err());
        assert_eq!((ask(&node, &ours).unwrap(), ask(&node, &theirs).unwrap()), (Belongs::This, Belongs::Another));
        end(&node, one).unwrap();
        end(&node, one).unwrap();
        assert!(check(&node, one).is_err() && begin(&node, one).is_err() && end(&node, other).is_err());
        assert_eq!((ask(&node, &ours).unwrap(), ask(&node, &theirs).unwrap()), (Belongs::Over, Belongs::Over));
        fs::write(node.set_up(), "{").unwrap();
        assert!(matches!(check(&node, one), Err(ChangeError::Reading { .. })));
        assert_eq!(ask(&node, &theirs).unwrap(), Belongs::Over);
    }
}
