//! The file of answers: its keys, and what is wrong with one.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::values::{shown, text};
use super::{
    Battery, Country, Disks, Keyboard, Language, Mesh, Network, Password, Preset, SshKey, TimeZone, Unlock, UserName,
};
use crate::settings::HostName;
use crate::suggest;

/// The format's version.
pub const FORMAT: u32 = 1;

/// The file's name on the FAT partition.
pub const FILE: &str = "ilanga.toml";

/// Longer files are refused.
pub const LONGEST: usize = 64 << 10;

text!(
    /// The name of a recipe: of a service, or of an AI model.
    Recipe, NotARecipe, "not a service's name: up to 32 of a-z, 0-9 and '-' are expected, the first a letter",
    |text| (1..=32).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
);
text!(
    /// Whom the recovery key is encrypted to, as [age](https://age-encryption.org/v1) takes them: its own public keys, or SSH's.
    Recipient, NotARecipient, "not a public key of age's: 'age1…', or a line such as 'ssh-ed25519 AAAA… name', is expected",
    |text| {
        let own = text.len() == 62 && text.starts_with("age1") && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        own || (["ssh-ed25519 ", "ssh-rsa "].iter().any(|kind| text.starts_with(kind)) && text.parse::<SshKey>().is_ok())
    }
);
shown!(Recipe, Recipient);

/// What becomes of questions that the file does not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unanswered {
    /// A person is asked.
    #[default]
    Ask,
    /// They get what the wizard proposes where that harms nobody, and nobody is asked whether all of it shall be done.
    Usual,
}

/// Answers; what was not answered is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Answers {
    format: Format,
    /// What becomes of what is not answered here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unanswered: Option<Unanswered>,
    /// Who gets the recovery key, encrypted to them, as a file beside this one; without any, a person has to be there who confirms it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recovery_key_to: Vec<Recipient>,
    /// The language of the wizard and the node's pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The keyboard at the screen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keyboard: Option<Keyboard>,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZone>,
    /// Whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// The node's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<HostName>,
    /// The country, for Wi-Fi.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// Services and AI models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub services: Option<Vec<Recipe>>,
    /// Who looks after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub administrator: Option<Administrator>,
    /// Its networks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
    /// The battery, where no device knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub battery: Option<Battery>,
    /// The mesh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mesh: Option<Mesh>,
    /// The disks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disks: Option<Disks>,
    /// What opens the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlock: Option<Unlock>,
}

/// Who looks after a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Administrator {
    /// The name for logging in.
    pub name: UserName,
    /// The password; without one it is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Password>,
    /// Keys for logging in from elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ssh_keys: Vec<SshKey>,
}

/// The text holds no answers.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{line}:{column}: {problem}")]
pub struct BadAnswers {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: String,
}

/// The keys of each table. A test holds them against [`Answers`].
pub(super) const KEYS: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "format",
            "unanswered",
            "recovery-key-to",
            "language",
            "keyboard",
            "time-zone",
            "preset",
            "name",
            "country",
            "services",
            "administrator",
            "network",
            "battery",
            "mesh",
            "disks",
            "unlock",
        ],
    ),
    ("administrator", &["name", "password", "ssh-keys"]),
    ("network", &["wired", "wifi", "mobile"]),
    ("network.wired", &["address", "gateway", "dns", "metered"]),
    ("network.wifi", &["name", "key", "hidden", "metered"]),
    ("network.mobile", &["access-point", "user", "password", "pin", "metered"]),
    ("battery", &["chemistry", "ampere-hours", "volts"]),
    ("mesh", &["kind", "invitation", "wireguard", "nebula", "coordinator", "radio", "helps"]),
    ("disks", &["install-to", "data", "erase"]),
    ("unlock", &["by", "need", "helpers", "passphrase"]),
];

/// The version of a file's format: there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct Format;

impl TryFrom<u32> for Format {
    type Error = String;

    fn try_from(format: u32) -> Result<Self, String> {
        if format == FORMAT {
            Ok(Self)
        } else {
            Err(format!("format {format} is not known: this release reads format {FORMAT}"))
        }
    }
}

impl From<Format> for u32 {
    fn from(Format: Format) -> Self {
        FORMAT
    }
}

impl Answers {
    /// Reads a file of answers.
    pub fn parse(text: &str) -> Result<Self, BadAnswers> {
        let bad = |at: usize, problem: String| BadAnswers::at(text, at, problem);
        if text.len() > LONGEST {
            return Err(bad(0, format!("the file is longer than {LONGEST} bytes")));
        }
        let wrong = |error: toml::de::Error| bad(error.span().map_or(0, |span| span.start), message(&error));
        let table = DeTable::parse(text).map_err(wrong)?;
        let table = table.get_ref();
        if !table.contains_key("format") {
            return Err(bad(0, format!("the key 'format' is missing: write 'format = {FORMAT}' first")));
        }
        check_keys(table, "", &bad)?;
        let answers: Self = toml::from_str(text).map_err(wrong)?;
        if let Some(unlock) = table.get("unlock") {
            answers.check_unlock(unlock, &bad)?;
        }
        Ok(answers)
    }

    /// The questions that a person is asked all the same, in the wizard's order. Whether answers fit the computer, only that one knows.
    pub fn asks(&self) -> Vec<&'static str> {
        let usual = self.unanswered == Some(Unanswered::Usual);
        let administrator = self.administrator.as_ref().is_some_and(|who| who.password.is_some());
        let unlock = !matches!(self.unlock, None | Some(Unlock::Passphrase { passphrase: None }));
        [
            ("language and keyboard", self.language.is_some() && (self.keyboard.is_some() || usual)),
            ("time zone", self.time_zone.is_some()),
            ("preset", self.preset.is_some()),
            ("name, administrator and password", administrator && (self.name.is_some() || usual)),
            ("network", self.country.is_some() || self.network.is_some() || usual),
            ("battery, unless a device knows it", self.battery.is_some() || usual),
            ("mesh", self.mesh.is_some() || usual),
            ("disks, and what opens the data", unlock),
            ("recovery key", !self.recovery_key_to.is_empty()),
            ("services", self.services.is_some() || usual),
            ("whether all of it shall be done", usual),
        ]
        .into_iter()
        .filter_map(|(question, answered)| (!answered).then_some(question))
        .collect()
    }

    /// The text of a file with these answers, secrets too.
    pub fn to_text(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }

    fn check_unlock(
        &self,
        unlock: &Spanned<DeValue<'_>>,
        bad: &impl Fn(usize, String) -> BadAnswers,
    ) -> Result<(), BadAnswers> {
        let at = unlock.span().start;
        match &self.unlock {
            Some(Unlock::Neighbours { need, helpers }) if *need == 0 || usize::from(*need) > helpers.len() => {
                Err(bad(at, format!("[unlock] needs {need} of {} helpers, which is impossible", helpers.len())))
            }
            _ => Ok(()),
        }
    }
}

impl BadAnswers {
    fn at(text: &str, at: usize, problem: String) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(start..).unwrap_or_default().chars().count() + 1;
        Self { line: before.matches('\n').count() + 1, column, problem }
    }
}

/// What toml says, in a line; what it quotes of the file is no part of it.
fn message(error: &toml::de::Error) -> String {
    match error.message().strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        Some(field) => format!("the key '{field}' is missing"),
        None => error.message().trim().replace('\n', ", "),
    }
}

/// Refuses unknown keys, with a suggestion.
fn check_keys(table: &DeTable<'_>, name: &str, bad: &impl Fn(usize, String) -> BadAnswers) -> Result<(), BadAnswers> {
    let Some((_, known)) = KEYS.iter().find(|(table, _)| *table == name) else { return Ok(()) };
    // In the order of the file, whatever the table's.
    let mut entries: Vec<(&Spanned<Cow<'_, str>>, &Spanned<DeValue<'_>>)> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        let word = key.get_ref().as_ref();
        if !known.contains(&word) {
            let list = format!("its keys are {}", known.join(", "));
            let hint = suggest::hint(word, known.iter().copied(), &list);
            let whose = if name.is_empty() { "the file".to_owned() } else { format!("[{name}]") };
            return Err(bad(key.span().start, format!("{whose} has no key '{word}': {hint}")));
        }
        let inner = if name.is_empty() { word.to_owned() } else { format!("{name}.{word}") };
        match value.get_ref() {
            DeValue::Table(table) => check_keys(table, &inner, bad)?,
            DeValue::Array(values) => {
                for value in values.iter() {
                    if let DeValue::Table(table) = value.get_ref() {
                        check_keys(table, &inner, bad)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}
