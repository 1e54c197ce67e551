//! `settings.toml` in a version of the state, on the state partition: what a node must know before its data is unlocked.
//!
//! ```toml
//! version = 1
//! machine-id = "0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7b"
//! host-name = "clinic-2"
//! ```
//!
//! Anyone with the disk in hand can write there, so every value has a type that holds nothing but what is harmless
//! wherever it is rendered, and unknown keys are refused. [`render`] is all that ever leaves this file for `/etc`.
//! What releases with different files find is [`crate::state_version`]'s: each version of the state has a file of its own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::digest::Digest;

/// The format's version.
pub const VERSION: u32 = 1;

/// The file's name.
pub const FILE: &str = "settings.toml";

/// Longer files are broken.
pub const LONGEST: usize = 64 << 10;

/// The settings of a node. What is not set is as the release has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    version: u32,
    /// What tells this node from every other; made at its first start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_id: Option<MachineId>,
    /// What people call the node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_name: Option<HostName>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { version: VERSION, machine_id: None, host_name: None }
    }
}

/// The file does not hold settings that this release understands.
#[derive(Debug, Error)]
pub enum BadSettings {
    /// It was written by a newer release.
    #[error("version {0} of the settings is newer than this release")]
    Newer(u32),
    /// It is damaged.
    #[error("the settings are not readable")]
    Broken {
        /// Why.
        source: toml::de::Error,
    },
    /// It is longer than any settings are.
    #[error("the settings are longer than {LONGEST} bytes")]
    Long,
}

impl Settings {
    /// The settings in the text of the file.
    pub fn parse(text: &str) -> Result<Self, BadSettings> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        if text.len() > LONGEST {
            return Err(BadSettings::Long);
        }
        let broken = |source| BadSettings::Broken { source };
        let head: Head = toml::from_str(text).map_err(broken)?;
        if head.version > VERSION {
            return Err(BadSettings::Newer(head.version));
        }
        let settings: Self = toml::from_str(text).map_err(broken)?;
        if settings.version != VERSION {
            return Err(broken(serde::de::Error::custom("there is no such version")));
        }
        Ok(settings)
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        let value = |key: &str, value: Option<&str>| value.map(|value| format!("{key} = \"{value}\"\n"));
        let machine_id = self.machine_id.map(|id| id.to_string());
        let host_name = self.host_name.as_ref().map(HostName::as_str);
        [
            Some(format!("version = {VERSION}\n")),
            value("machine-id", machine_id.as_deref()),
            value("host-name", host_name),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// A machine id as `machine-id(5)` has it: 32 lower-case hexadecimal digits, not all zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MachineId(Uuid);

/// The text is no machine id.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not a machine id: 32 lower-case hexadecimal digits, not all zero, are expected")]
pub struct NotAMachineId;

impl MachineId {
    /// The machine id with these 128 bits, which must not all be zero.
    pub fn new(id: Uuid) -> Result<Self, NotAMachineId> {
        if id.is_nil() { Err(NotAMachineId) } else { Ok(Self(id)) }
    }
}

impl FromStr for MachineId {
    type Err = NotAMachineId;

    fn from_str(text: &str) -> Result<Self, NotAMachineId> {
        if text.len() != 32 || !text.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c)) {
            return Err(NotAMachineId);
        }
        Uuid::try_parse(text).map_err(|_| NotAMachineId).and_then(Self::new)
    }
}

impl fmt::Display for MachineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.simple())
    }
}

impl TryFrom<String> for MachineId {
    type Error = NotAMachineId;
    fn try_from(text: String) -> Result<Self, NotAMachineId> {
        text.parse()
    }
}

impl From<MachineId> for String {
    fn from(id: MachineId) -> Self {
        id.to_string()
    }
}

/// A host name: one label of RFC 1123 in lower case, so at most 63 letters, digits and inner hyphens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostName(String);

/// The text is no host name.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not a host name: 1 to 63 of a-z, 0-9 and '-' are expected, neither the first nor the last a '-'")]
pub struct NotAHostName;

impl HostName {
    /// The name of a node that nobody has named: `ilanga-`, and six digits that differ from node to node but don't give
    /// the machine id away, which `machine-id(5)` calls confidential.
    pub fn of(id: MachineId) -> Self {
        let digest = Digest::of_parts([b"ilanga host name".as_slice(), id.0.as_bytes()]).to_string();
        Self(format!("ilanga-{}", &digest[..6]))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HostName {
    type Err = NotAHostName;

    fn from_str(text: &str) -> Result<Self, NotAHostName> {
        let fits = (1..=63).contains(&text.len())
            && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-')
            && text != "localhost";
        if fits { Ok(Self(text.to_owned())) } else { Err(NotAHostName) }
    }
}

impl TryFrom<String> for HostName {
    type Error = NotAHostName;
    fn try_from(text: String) -> Result<Self, NotAHostName> {
        text.parse()
    }
}

impl From<HostName> for String {
    fn from(name: HostName) -> Self {
        name.0
    }
}

/// A file that is made from settings at each start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Where it goes: always below `/etc`.
    pub path: &'static str,
    /// Its mode.
    pub mode: u32,
    /// What is in it.
    pub contents: String,
}

impl Settings {
    /// What the node is called: as it was set, or else by its machine id.
    pub fn effective_host_name(&self) -> Option<HostName> {
        self.host_name.clone().or_else(|| self.machine_id.map(HostName::of))
    }
}

/// The files that these settings make, by path.
pub fn render(settings: &Settings) -> Vec<Rendered> {
    let mut files = Vec::new();
    if let Some(name) = settings.effective_host_name() {
        let name = name.as_str();
        files.push(Rendered { path: "/etc/hostname", mode: 0o644, contents: format!("{name}\n") });
        let contents = format!("127.0.0.1 localhost\n127.0.1.1 {name}\n::1 localhost ip6-localhost ip6-loopback\n");
        files.push(Rendered { path: "/etc/hosts", mode: 0o644, contents });
    }
    if let Some(id) = settings.machine_id {
        files.push(Rendered { path: "/etc/machine-id", mode: 0o444, contents: format!("{id}\n") });
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "version = 1\nmachine-id = \"0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7b\"\nhost-name = \"clinic-2\"\n";

    #[test]
    fn text_and_back() {
        let settings = Settings::parse(TEXT).unwrap();
        assert_eq!(settings.to_text(), TEXT);
        assert_eq!(toml::to_string(&settings).unwrap(), TEXT);
        assert_eq!(Settings::parse("version = 1").unwrap(), Settings::default());
        assert_eq!(Settings::default().to_text(), "version = 1\n");
    }

    #[test]
    fn renders_what_is_set() {
        assert_eq!(render(&Settings::default()), []);
        let files = render(&Settings::parse(TEXT).unwrap());
        let expected = [
            ("/etc/hostname", 0o644, "clinic-2\n"),
            (
                "/etc/hosts",
                0o644,
                "127.0.0.1 localhost\n127.0.1.1 clinic-2\n::1 localhost ip6-localhost ip6-loopback\n",
            ),
            ("/etc/machine-id", 0o444, "0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7b\n"),
        ];
        let files: Vec<_> = files.iter().map(|file| (file.path, file.mode, file.contents.as_str())).collect();
        assert_eq!(files, expected);
    }

    #[test]
    fn an_unnamed_node_has_a_name_of_its_own() {
        let named = |id: &str| HostName::of(id.parse().unwrap());
        let name = named("0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7b");
        assert_eq!(name.as_str().parse(), Ok(name.clone()));
        assert_ne!(name, named("0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7c"));
        let unnamed = Settings { host_name: None, ..Settings::parse(TEXT).unwrap() };
        assert_eq!(render(&unnamed)[0].contents, format!("{}\n", name.as_str()));
    }

    #[test]
    fn refuses_hostile_values() {
        for name in ["", "-a", "a-", "a.b", "../etc", "a/b", "a b", "a\\nb", "a\\u0000", "A", "ä", "localhost", "%H"] {
            let text = format!("version = 1\nhost-name = \"{name}\"\n");
            assert!(matches!(Settings::parse(&text), Err(BadSettings::Broken { .. })), "{name}");
        }
        assert!("a".repeat(63).parse::<HostName>().is_ok());
        assert!("a".repeat(64).parse::<HostName>().is_err());
        assert!("a\nroot::0:0".parse::<HostName>().is_err());
        let zeros = "0".repeat(32);
        for id in ["", "0f6c", &zeros, "0F6C2D1A5B8E4C7F9A3B2C1D0E9F8A7B", "0f6c2d1a-5b8e-4c7f-9a3b-2c1d0e9f8a7b"] {
            let text = format!("version = 1\nmachine-id = \"{id}\"\n");
            assert!(matches!(Settings::parse(&text), Err(BadSettings::Broken { .. })), "{id}");
        }
    }

    #[test]
    fn refuses_other_formats() {
        for broken in ["", "version = 0", "version = 1\nroot-password = \"x\"", "version = 1\nversion = 1", "\0", "[a]"]
        {
            assert!(matches!(Settings::parse(broken), Err(BadSettings::Broken { .. })), "{broken}");
        }
        assert!(matches!(Settings::parse("version = 2\nmesh = 1"), Err(BadSettings::Newer(2))));
        assert!(matches!(Settings::parse(&"#".repeat(LONGEST + 1)), Err(BadSettings::Long)));
    }

    #[test]
    fn arbitrary_text_does_no_harm() {
        let mut state = 0x853C_49E6_748F_EA9B_u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for _ in 0..5000 {
            let mut bytes = TEXT.as_bytes().to_vec();
            for _ in 0..1 + next() % 4 {
                let at = next() as usize % bytes.len();
                bytes[at] = next() as u8;
            }
            if let Ok(settings) = Settings::parse(&String::from_utf8_lossy(&bytes)) {
                for file in render(&settings) {
                    assert!(file.contents.lines().count() <= 3 && file.contents.is_ascii());
                }
            }
        }
    }
}
