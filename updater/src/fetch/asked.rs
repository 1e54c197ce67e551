//! What the updater asks the part that fetches for, in a person's name: a credential of its unit.

use serde::{Deserialize, Serialize};

/// The credential's name.
pub const CREDENTIAL: &str = "asked";

/// The version of its form.
const FORMAT: u32 = 1;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Asked {
    format: u32,
    /// The address of a bundle or of a repository.
    pub address: String,
    /// Nothing is fetched but what tells the cost.
    pub only_cost: bool,
}

impl Asked {
    /// A wish.
    pub fn new(address: &str, only_cost: bool) -> Self {
        Self { format: FORMAT, address: address.to_owned(), only_cost }
    }

    /// Reads one; of another format there is none.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|asked: &Self| asked.format == FORMAT)
    }

    /// It as text.
    pub fn to_text(&self) -> String {
        // A struct of plain values can't fail to become JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let asked = Asked::new("https://example.org/x.raucb", true);
        assert_eq!(Asked::parse(&asked.to_text()), Some(asked.clone()));
        assert_eq!(Asked::parse(&asked.to_text().replace("\"format\":1", "\"format\":2")), None);
    }
}
