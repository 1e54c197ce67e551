//! `settings.toml` in a version of the state, on the state partition: what a node must know before its data is unlocked.
//!
//! ```toml
//! version = 1
//! machine-id = "0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7b"
//! host-name = "clinic-2"
//! language = "zu"
//! keyboard = "za"
//! time-zone = "Africa/Johannesburg"
//! country = "ZA"
//!
//! [networks.wired]
//! address = "192.168.7.2/24"
//! gateway = "192.168.7.1"
//!
//! [[networks.wifi]]
//! name = "Staff"
//! key = "…"
//!
//! [networks.mobile]
//! access-point = "internet"
//! ```
//!
//! Anyone with the disk in hand can write there, so every value has a type that holds nothing but what is harmless
//! wherever it is rendered, and unknown keys are refused. [`render`] is all that ever leaves this file for `/etc`.
//! What releases with different files find is [`crate::state_version`]'s: each version of the state has a file of its own.
//! The values are those of [`crate::answers`]; keys of networks are in no `Debug` and no error.

mod identity;
mod networks;
mod profiles;
mod render;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::answers::{Country, Keyboard, Language, Network, TimeZone};

pub use identity::{HostName, MachineId, NotAHostName, NotAMachineId};
pub use networks::{MOST_NAME_SERVERS, MOST_WIFI, networks, networks_text};
pub use profiles::{PROFILES, is_profile};
pub use render::{Content, Rendered, gone, render};

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
    /// The language of its pages and screens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The keyboard at its screen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keyboard: Option<Keyboard>,
    /// Where it is, for clocks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZone>,
    /// Where it is, for Wi-Fi.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// The networks that it joins, with their keys.
    #[serde(default, skip_serializing_if = "Network::is_empty")]
    pub networks: Network,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: VERSION,
            machine_id: None,
            host_name: None,
            language: None,
            keyboard: None,
            time_zone: None,
            country: None,
            networks: Network::default(),
        }
    }
}

/// The file does not hold settings that this release understands.
#[derive(Debug, Error)]
pub enum BadSettings {
    /// It was written by a newer release.
    #[error("version {0} of the settings is newer than this release")]
    Newer(u32),
    /// It is damaged. Nothing of the text is quoted: there are keys in it.
    #[error("the settings are not readable: {0}")]
    Broken(String),
    /// It is longer than any settings are.
    #[error("the settings are longer than {LONGEST} bytes")]
    Long,
}

/// What toml says of a text, with the line, without the text.
fn broken(text: &str) -> impl Fn(toml::de::Error) -> BadSettings {
    move |error| {
        let at = error.span().map_or(0, |span| span.start);
        let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
        // An 'invalid type' says what stands there instead.
        let said = error.message().lines().next().unwrap_or_default();
        let said = if said.contains("string \"") { "something else than a text is expected" } else { said };
        BadSettings::Broken(format!("line {line}: {said}"))
    }
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
        let head: Head = toml::from_str(text).map_err(broken(text))?;
        if head.version > VERSION {
            return Err(BadSettings::Newer(head.version));
        }
        let settings: Self = toml::from_str(text).map_err(broken(text))?;
        if settings.version != VERSION {
            return Err(BadSettings::Broken("there is no such version".to_owned()));
        }
        networks::check(&settings.networks)?;
        Ok(settings)
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        let value = |key: &str, value: Option<&str>| value.map(|value| format!("{key} = \"{value}\"\n"));
        let machine_id = self.machine_id.map(|id| id.to_string());
        [
            Some(format!("version = {VERSION}\n")),
            value("machine-id", machine_id.as_deref()),
            value("host-name", self.host_name.as_ref().map(HostName::as_str)),
            value("language", self.language.map(Language::tag)),
            value("keyboard", self.keyboard.as_ref().map(Keyboard::as_str)),
            value("time-zone", self.time_zone.as_ref().map(TimeZone::as_str)),
            value("country", self.country.as_ref().map(Country::as_str)),
            Some(networks::text(&self.networks, "networks.")),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// What the node is called: as it was set, or else by its machine id.
    pub fn effective_host_name(&self) -> Option<HostName> {
        self.host_name.clone().or_else(|| self.machine_id.map(HostName::of))
    }
}
