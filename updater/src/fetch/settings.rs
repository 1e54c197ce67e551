//! What a node's owner says about fetching, and what the image says before that.
//!
//! | file | written by |
//! |---|---|
//! | `/usr/lib/ilanga/updates.toml` | the maker; in the verified root |
//! | `/data/updates/settings.toml` | the owner; each key there replaces the maker's |
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

use std::net::SocketAddr;

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

impl Settings {
    /// Reads the files, the maker's first; each with its name for people.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, BadSettings> {
        let mut settings = Self {
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
        };
        for (file, text) in files {
            let wrong = |problem: String| BadSettings { file: (*file).to_owned(), problem };
            let written: Written = toml::from_str(text).map_err(|error| wrong(error.to_string().trim().to_owned()))?;
            settings.apply(written).map_err(wrong)?;
        }
        Ok(settings)
    }

    fn apply(&mut self, written: Written) -> Result<(), String> {
        if written.format != FORMAT {
            return Err(format!("it has format {}, and this node knows format {FORMAT}", written.format));
        }
        let size = |text: String| text.parse::<Bytes>().map_err(|error| error.to_string());
        let limit = |text: String| size(text).map(|bytes| Some(bytes.0).filter(|bytes| *bytes > 0));
        if let Some(url) = written.url {
            let plain = url.bytes().all(|c| c.is_ascii_graphic()) && !url.contains(['?', '#', '@']);
            if !plain || !(url.starts_with("https://") || url.starts_with("http://")) {
                return Err(format!("'{url}' is no address of a repository, as https://updates.example.org is one"));
            }
            self.url = Some(url);
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
    fn the_owners_file_replaces_the_makers() {
        let maker = "format = 1\nurl = \"https://example.org/x\"\nmonthly = \"500M\"\nhours = \"22:00-05:00\"\n";
        let owner = "format = 1\nmonthly = \"0\"\nrate = \"20K\"\nmetered = \"go\"\naddresses = [\"[fd00::1]:7363\"]\n";
        let settings = Settings::parse(&[("maker", maker), ("owner", owner)]).unwrap();
        assert_eq!(settings.url.as_deref(), Some("https://example.org/x"));
        assert_eq!((settings.monthly, settings.rate, settings.metered), (None, Some(20_480), Metered::Go));
        assert_eq!((settings.hours.to_string().as_str(), settings.addresses.len()), ("22:00-05:00", 1));
        assert_eq!(Settings::parse(&[]).unwrap().store, Bytes::mib(2048));
    }

    #[test]
    fn wrong_files_say_what_is_wrong() {
        for (text, problem) in [
            ("format = 2", "owner: it has format 2, and this node knows format 1"),
            ("format = 1\nurl = \"ftp://x\"", "owner: 'ftp://x' is no address of a repository"),
            ("format = 1\nurl = \"https://a@b\"", "owner: 'https://a@b' is no address"),
            ("format = 1\nrate = \"fast\"", "owner: 'fast' is not a size"),
            ("format = 1\nhours = \"night\"", "'night' names no hours of a day"),
            ("format = 1\nspeed = 1", "unknown field `speed`"),
            ("format = 1\naddresses = [\"x\"]", "owner: "),
            ("", "missing field `format`"),
        ] {
            let error = Settings::parse(&[("owner", text)]).unwrap_err().to_string();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }
}
