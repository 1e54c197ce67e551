//! What settings become in `/etc`.
//!
//! The language becomes nothing there: programs of the image speak `C.UTF-8`, as there is no other locale, and the node's pages and
//! screens ask the settings.

use super::profiles::{self, PROFILES, is_profile};
use super::{HostName, Settings};

/// Something that is made from settings at each start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Where it goes: always below `/etc`.
    pub path: String,
    /// What it is.
    pub content: Content,
}

/// What is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A file.
    File {
        /// Its mode.
        mode: u32,
        /// What is in it.
        text: String,
    },
    /// A symbolic link.
    Link {
        /// Where it leads.
        to: String,
    },
}

const LOCAL_TIME: &str = "/etc/localtime";
const TIME_ZONE: &str = "/etc/timezone";
const KEYBOARD: &str = "/etc/vconsole.conf";
const REGULATORY: &str = "/etc/modprobe.d/ilanga-wifi.conf";

/// What goes if it is not rendered any more. Host name and machine id stay: a node that runs has some.
const GOES: [&str; 4] = [LOCAL_TIME, TIME_ZONE, KEYBOARD, REGULATORY];

/// What these settings make, each path once.
pub fn render(settings: &Settings) -> Vec<Rendered> {
    let file = |path: &str, mode, text| Rendered { path: path.to_owned(), content: Content::File { mode, text } };
    let mut made = Vec::new();
    if let Some(name) = settings.effective_host_name().as_ref().map(HostName::as_str) {
        made.push(file("/etc/hostname", 0o644, format!("{name}\n")));
        let hosts = format!("127.0.0.1 localhost\n127.0.1.1 {name}\n::1 localhost ip6-localhost ip6-loopback\n");
        made.push(file("/etc/hosts", 0o644, hosts));
    }
    if let Some(id) = settings.machine_id {
        made.push(file("/etc/machine-id", 0o444, format!("{id}\n")));
    }
    if let Some(zone) = &settings.time_zone {
        let to = format!("../usr/share/zoneinfo/{zone}");
        made.push(Rendered { path: LOCAL_TIME.to_owned(), content: Content::Link { to } });
        made.push(file(TIME_ZONE, 0o644, format!("{zone}\n")));
    }
    if let Some(keyboard) = &settings.keyboard {
        made.push(file(KEYBOARD, 0o644, format!("KEYMAP={}\n", keyboard.keymap())));
    }
    if let Some(country) = &settings.country {
        made.push(file(REGULATORY, 0o644, format!("options cfg80211 ieee80211_regdom={country}\n")));
    }
    let profiles = profiles::profiles(&settings.networks).into_iter();
    made.extend(profiles.map(|(name, text)| file(&format!("{PROFILES}/{name}"), 0o600, text)));
    made
}

/// The paths that earlier settings made, and these don't. `profiles` are the names in [`PROFILES`].
pub fn gone(made: &[Rendered], profiles: impl IntoIterator<Item = String>) -> Vec<String> {
    let profiles = profiles.into_iter().filter(|name| is_profile(name)).map(|name| format!("{PROFILES}/{name}"));
    let all = GOES.into_iter().map(str::to_owned).chain(profiles);
    all.filter(|path| made.iter().all(|made| made.path != *path)).collect()
}
