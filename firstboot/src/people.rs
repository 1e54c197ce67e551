//! Who may log in: kept on data, and told to systemd at each start, once the data are unlocked.
//!
//! ```text
//!   /data/ilanga/administrator.json ─► /run/userdb/NAME.user               what everybody may know
//!                                      /run/userdb/NAME.user-privileged    the hash and the keys: root's
//!                                      /run/userdb/NAME.group
//!                                      /run/userdb/NAME:sudo.membership    what makes an administrator
//!                                      /run/userdb/NAME.ssh-keys           for sshd, where there are any: `ilanga-ssh.path` waits for it
//! ```
//!
//! The records are those of [userdb](https://systemd.io/USER_RECORD/); no `/etc/passwd` is written to. Pure but for [`tell`].
//!
//! Invariant: what comes from data is checked as if a stranger had written it: a name that is the system's own, or a hash that is no
//! yescrypt's, makes no user.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use thiserror::Error;

use crate::machine::Administrator;
use crate::node::Node;
use crate::store;

/// The number of the administrator and of their group: the first that Debian gives to people.
pub const NUMBER: u32 = 1000;

/// The groups that an administrator is in: polkit's administrators, and readers of the journal.
const GROUPS: [&str; 2] = ["sudo", "systemd-journal"];

/// The longest file of an administrator.
const LONGEST: usize = 256 << 10;

/// An administrator can't be kept, or told.
#[derive(Debug, Error)]
pub enum PeopleError {
    /// A file.
    #[error("{doing} {path}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// With which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not what it should be.
    #[error("reading {path}")]
    Words {
        /// Which.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A hash that is none.
    #[error("the hash of the password is no yescrypt's")]
    Hash,
}

fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PeopleError {
    move |source| PeopleError::File { doing, path: path.to_owned(), source }
}

/// A file of a record, and its content.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    name: String,
    /// Whether root alone may read it.
    secret: bool,
    text: String,
    /// Another name of it.
    alias: Option<String>,
}

/// The files that tell systemd of an administrator.
fn told(administrator: &Administrator) -> Result<Vec<Told>, PeopleError> {
    let name = administrator.name.as_str();
    let hash = administrator.password.login.as_str();
    if !hash.starts_with("$y$") || hash.len() > 512 || !hash.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
    {
        return Err(PeopleError::Hash);
    }
    let keys: Vec<&str> = administrator.ssh_keys.iter().map(|key| key.as_str()).collect();
    let user = json!({
        "userName": name, "uid": NUMBER, "gid": NUMBER, "disposition": "regular", "shell": "/bin/bash",
        "homeDirectory": format!("/data/home/{name}"), "memberOf": GROUPS,
    });
    let secrets = json!({ "privileged": { "hashedPassword": [hash], "sshAuthorizedKeys": keys } });
    let group = json!({ "groupName": name, "gid": NUMBER, "disposition": "regular" });
    let file = |kind: &str, secret: bool, value: &Value| Told {
        name: format!("{name}.{kind}"),
        secret,
        text: format!("{value}\n"),
        alias: Some(format!("{NUMBER}.{kind}")),
    };
    let mut told =
        vec![file("user", false, &user), file("user-privileged", true, &secrets), file("group", false, &group)];
    told.extend(GROUPS.map(|group| Told {
        name: format!("{name}:{group}.membership"),
        secret: false,
        // The name says all; an empty file would be one that is masked.
        text: "{}\n".to_owned(),
        alias: None,
    }));
    Ok(told)
}

/// Keeps an administrator on data; when this returns, no power cut loses them.
pub fn keep(node: &Node, administrator: &Administrator) -> Result<(), PeopleError> {
    let path = node.administrator();
    let text = serde_json::to_vec(administrator).map_err(|source| PeopleError::Words { path: path.clone(), source })?;
    store::replace(&path, &text).map_err(at("writing", &path))
}

/// The administrator that is kept on data, if there is one.
pub fn kept(node: &Node) -> Result<Option<Administrator>, PeopleError> {
    let path = node.administrator();
    let Some(bytes) = store::read(&path, LONGEST).map_err(at("reading", &path))? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|source| PeopleError::Words { path, source })
}

/// Tells systemd of the administrator, if there is one, and makes their home.
pub fn tell(node: &Node) -> Result<Option<Administrator>, PeopleError> {
    let Some(administrator) = kept(node)? else { return Ok(None) };
    tell_of(node, &administrator)?;
    let home = node.homes().join(administrator.name.as_str());
    match fs::DirBuilder::new().mode(0o700).create(&home) {
        Ok(()) => chown(&home, Some(NUMBER), Some(NUMBER)).map_err(at("giving away", &home))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(at("making", &home)(error)),
    }
    Ok(Some(administrator))
}

/// Tells systemd of an administrator; sshd is started where they have a key. Once they have none it lets nobody in, and at the next
/// start it is not there.
pub fn tell_of(node: &Node, administrator: &Administrator) -> Result<(), PeopleError> {
    let folder = node.user_records();
    fs::create_dir_all(&folder).map_err(at("making", &folder))?;
    for file in told(administrator)? {
        let path = folder.join(&file.name);
        let mode = if file.secret { 0o600 } else { 0o644 };
        let open = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&path);
        open.and_then(|mut open| open.write_all(file.text.as_bytes())).map_err(at("writing", &path))?;
        if let Some(alias) = file.alias {
            match symlink(&file.name, folder.join(&alias)) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(at("linking", &path)(error)),
                _ => {}
            }
        }
    }
    let keys = folder.join(format!("{}.ssh-keys", administrator.name.as_str()));
    if administrator.ssh_keys.is_empty() {
        return match fs::remove_file(&keys) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at("removing", &keys)(error)),
            _ => Ok(()),
        };
    }
    let lines: String = administrator.ssh_keys.iter().map(|key| format!("{}\n", key.as_str())).collect();
    // sshd reads it as the one who wants in.
    store::replace_for(&keys, lines.as_bytes(), 0o644).map_err(at("writing", &keys))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hashes::Hashes;

    fn administrator(hash: &str) -> Administrator {
        Administrator {
            name: "thandi".parse().unwrap(),
            password: Hashes { login: hash.to_owned(), page: String::new() },
            ssh_keys: Vec::new(),
        }
    }

    #[test]
    fn what_systemd_is_told() {
        let told = told(&administrator("$y$j9T$salt$hash")).unwrap();
        let names: Vec<(&str, bool)> = told.iter().map(|file| (file.name.as_str(), file.secret)).collect();
        let expected = [
            ("thandi.user", false),
            ("thandi.user-privileged", true),
            ("thandi.group", false),
            ("thandi:sudo.membership", false),
            ("thandi:systemd-journal.membership", false),
        ];
        assert_eq!(names, expected);
        for file in &told {
            assert_eq!(file.text.contains("$y$"), file.secret, "{}", file.name);
        }
    }

    #[test]
    fn other_hashes_make_no_user() {
        for hash in ["", "x", "$1$salt$hash", "$y$a:0:0", "$y$a\nroot::0"] {
            assert!(matches!(told(&administrator(hash)), Err(PeopleError::Hash)), "{hash}");
        }
    }

    #[test]
    fn kept_and_told() {
        let root = tempfile::tempdir().unwrap();
        let node = Node::new(root.path());
        assert_eq!(tell(&node).unwrap(), None);
        fs::create_dir_all(node.administrator().parent().unwrap()).unwrap();
        fs::create_dir_all(node.homes()).unwrap();
        // Only root gives folders away.
        fs::create_dir(node.homes().join("thandi")).unwrap();
        let administrator = administrator("$y$j9T$salt$hash");
        keep(&node, &administrator).unwrap();
        for _ in 0..2 {
            assert_eq!(tell(&node).unwrap().as_ref(), Some(&administrator));
        }
        assert_eq!(fs::read_to_string(node.user_records().join("1000.user")).unwrap().matches("thandi").count(), 2);
        fs::write(node.administrator(), r#"{"name":"root","password":{"login":"$y$","page":""}}"#).unwrap();
        assert!(matches!(tell(&node), Err(PeopleError::Words { .. })));
    }
}
