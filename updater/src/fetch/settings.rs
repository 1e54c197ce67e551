//! What a node's owner says about fetching: `/data/updates/settings.toml`. Without it, and for each key that it does not have, the
//! release's own word holds ([`Followed`]), or a plain default.
//!
//! ```toml
//! format = 1
//! url = "https://updates.example.org"   # the repository
//! channel = "stable"
//! rate = "50K"                          # bytes a second from the publisher's servers; 0 has no limit
//! upload-rate = "500K"                  # bytes a second to all neighbours together
//! monthly = "2G"                        # bytes a month from the publisher's servers; 0 has no limit
//! hours = "22:00-05:30"                 # when downloads may run by themselves
//! metered = "wait"                      # on links that cost money by the megabyte: "wait" or "go"
//! neighbours = true                     # look for other nodes on the local network
//! addresses = ["192.168.7.3:7363"]      # and ask these
//! store = "2G"                          # how large the store of pieces may be
//! ```
//!
//! No right comes from the owner's file: what is fetched is checked against the keys in the verified root whatever it says.

use core::net::SocketAddr;

use formats::repository::{BaseUrl, Followed, NotAnAddress};
use formats::size::Bytes;
use serde::Deserialize;
use thiserror::Error;

use super::hours::Hours;

/// The version of the files' format.
const FORMAT: u32 = 1;

/// One file, as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    format: u32,
    url: Option<String>,
    channel: Option<String>,
    rate: Option<String>,
    upload_rate: Option<String>,
    monthly: Option<String>,
    hours: Option<Hours>,
    metered: Option<Metered>,
    neighbours: Option<bool>,
    addresses: Option<Vec<SocketAddr>>,
    store: Option<String>,
}

/// What happens on a link that costs money by the megabyte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metered {
    /// Nothing is fetched from the publisher's servers until a person says so.
    Wait,
    /// It makes no difference.
    Go,
}

/// What holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The repository; without one, updates come from sticks alone.
    pub url: Option<String>,
    /// The stream of releases.
    pub channel: String,
    /// Bytes a second from upstream.
    pub rate: Option<u64>,
    /// Bytes a second to neighbours.
    pub upload_rate: Option<u64>,
    /// Bytes a month from upstream.
    pub monthly: Option<u64>,
    /// When downloads may run by themselves.
    pub hours: Hours,
    /// What happens on metered links.
    pub metered: Metered,
    /// Whether neighbours are looked for.
    pub neighbours: bool,
    /// Neighbours that are asked besides.
    pub addresses: Vec<SocketAddr>,
    /// How large the store may be.
    pub store: Bytes,
}

/// A file of settings is wrong.
#[derive(Debug, Error)]
#[error("{file}: {problem}")]
pub struct BadSettings {
    file: String,
    problem: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: None,
            channel: "stable".to_owned(),
            rate: None,
            upload_rate: Some(1 << 20),
            monthly: None,
            hours: Hours::default(),
            metered: Metered::Wait,
            neighbours: true,
            addresses: Vec::new(),
            store: Bytes::mib(2048),
        }
    }
}

impl Settings {
    /// What holds while the owner says nothing.
    pub fn following(followed: &Followed) -> Self {
        let url = followed.url.as_ref().map(|url| url.as_str().to_owned());
        Self { url, channel: followed.channel.clone(), ..Self::default() }
    }

    /// With what a file says, whose name is for people.
    pub fn with(mut self, file: &str, text: &str) -> Result<Self, BadSettings> {
        let wrong = |problem: String| BadSettings { file: file.to_owned(), problem };
        let written: Written = toml::from_str(text).map_err(|error| wrong(error.to_string().trim().to_owned()))?;
        self.apply(written).map_err(wrong)?;
        Ok(self)
    }

    fn apply(&mut self, written: Written) -> Result<(), String> {
        if written.format != FORMAT {
            return Err(format!("it has format {}, and this node knows format {FORMAT}", written.format));
        }
        let size = |text: String| text.parse::<Bytes>().map_err(|error| error.to_string());
        let limit = |text: String| size(text).map(|bytes| Some(bytes.0).filter(|bytes| *bytes > 0));
        if let Some(url) = written.url {
            let url: BaseUrl = url.parse().map_err(|error: NotAnAddress| error.to_string())?;
            self.url = Some(url.as_str().to_owned());
        }
        if let Some(channel) = written.channel {
            self.channel = channel;
        }
        if let Some(rate) = written.rate {
            self.rate = limit(rate)?;
        }
        if let Some(rate) = written.upload_rate {
            self.upload_rate = limit(rate)?;
        }
        if let Some(monthly) = written.monthly {
            self.monthly = limit(monthly)?;
        }
        if let Some(store) = written.store {
            self.store = size(store)?;
        }
        self.hours = written.hours.unwrap_or_else(|| self.hours.clone());
        self.metered = written.metered.unwrap_or(self.metered);
        self.neighbours = written.neighbours.unwrap_or(self.neighbours);
        self.addresses = written.addresses.unwrap_or_else(|| self.addresses.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_has_the_last_word() {
        let url = Some("https://example.org/x".parse().unwrap());
        let (version, date) = ("2026.10.0".parse().unwrap(), "2026-10-05".parse().unwrap());
        let release = Followed::new("mini-pc", "ilanga-mini-pc", "beta", &version, date, url);
        let owner = "format = 1\nmonthly = \"0\"\nrate = \"20K\"\nmetered = \"go\"\naddresses = [\"[fd00::1]:7363\"]\n";
        let settings = Settings::following(&release).with("owner", owner).unwrap();
        assert_eq!(settings.url.as_deref(), Some("https://example.org/x"));
        assert_eq!((settings.monthly, settings.rate, settings.metered), (None, Some(20_480), Metered::Go));
        assert_eq!((settings.channel.as_str(), settings.addresses.len()), ("beta", 1));
        let moved = Settings::following(&release).with("owner", "format = 1\nchannel = \"stable\"").unwrap();
        assert_eq!((moved.channel.as_str(), moved.store), ("stable", Bytes::mib(2048)));
    }

    #[test]
    fn wrong_files_say_what_is_wrong() {
        for (text, problem) in [
            ("format = 2", "owner: it has format 2, and this node knows format 1"),
            ("format = 1\nurl = \"ftp://x\"", "owner: \"ftp://x\" is not the address of a repository"),
            ("format = 1\nurl = \"https://a@b\"", "owner: \"https://a@b\" is not the address"),
            ("format = 1\nrate = \"fast\"", "owner: 'fast' is not a size"),
            ("format = 1\nhours = \"night\"", "'night' names no hours of a day"),
            ("format = 1\nspeed = 1", "unknown field `speed`"),
            ("format = 1\naddresses = [\"x\"]", "owner: "),
            ("", "missing field `format`"),
        ] {
            let error = Settings::default().with("owner", text).unwrap_err().to_string();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }
}
