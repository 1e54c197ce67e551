//! The administrator's keys for logging in from another computer (SSH): kept on data with the administrator, told to systemd.

use formats::answers::SshKey;
use formats::digest::Digest;
use serde::{Deserialize, Serialize};

use crate::machine::Administrator;

/// The most keys.
pub const MOST: usize = 50;

/// A key, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Shown {
    /// What forms call it: its digest.
    pub id: String,
    /// Its kind, as `ssh-ed25519`.
    pub kind: String,
    /// What its owner calls it: anybody's words.
    pub called: String,
}

/// What became of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is done.
    Done,
    /// It is no key.
    NoKey,
    /// There are [`MOST`] already.
    TooMany,
}

fn id(key: &SshKey) -> String {
    Digest::of(key.as_str()).to_string()
}

/// A key without what its owner calls it: the same key twice is one.
fn bare(key: &SshKey) -> (&str, &str) {
    let mut words = key.as_str().split(' ');
    (words.next().unwrap_or_default(), words.next().unwrap_or_default())
}

/// All of them, as they are shown.
pub fn shown(administrator: &Administrator) -> Vec<Shown> {
    let shown = |key: &SshKey| {
        let mut words = key.as_str().splitn(3, ' ');
        let kind = words.next().unwrap_or_default().to_owned();
        let called = words.nth(1).unwrap_or_default().to_owned();
        Shown { id: id(key), kind, called }
    };
    administrator.ssh_keys.iter().map(shown).collect()
}

/// Adds one, in memory.
pub fn add(administrator: &mut Administrator, line: &str) -> Outcome {
    let Ok(key) = line.trim().parse::<SshKey>() else { return Outcome::NoKey };
    administrator.ssh_keys.retain(|known| bare(known) != bare(&key));
    if administrator.ssh_keys.len() >= MOST {
        return Outcome::TooMany;
    }
    administrator.ssh_keys.push(key);
    Outcome::Done
}

/// Removes one, in memory; one that is not there is gone.
pub fn remove(administrator: &mut Administrator, gone: &str) {
    administrator.ssh_keys.retain(|key| id(key) != gone);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hashes::Hashes;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5";

    #[test]
    fn keys_come_and_go() {
        let password = Hashes { login: String::new(), page: String::new() };
        let mut thandi = Administrator { name: "thandi".parse().unwrap(), password, ssh_keys: Vec::new() };
        for bad in ["", "x", "ssh-ed25519", "command=\"sh\" ssh-ed25519 AAAA", &format!("{KEY}\nssh-rsa x")] {
            assert_eq!(add(&mut thandi, bad), Outcome::NoKey, "{bad}");
        }
        assert_eq!(add(&mut thandi, &format!("  {KEY} <b>mine</b>\n")), Outcome::Done);
        assert_eq!(add(&mut thandi, &format!("{KEY} laptop")), Outcome::Done);
        let keys = shown(&thandi);
        assert_eq!((keys.len(), keys[0].kind.as_str(), keys[0].called.as_str()), (1, "ssh-ed25519", "laptop"));
        remove(&mut thandi, "nothing");
        assert_eq!(shown(&thandi), keys);
        remove(&mut thandi, &keys[0].id);
        assert!(shown(&thandi).is_empty());
    }
}
