//! What the fetcher is doing, for programs and for people: `/run/ilanga-fetch/status.json`.

use super::cost::Plan;
use serde::{Deserialize, Serialize};

/// The version of its form.
const FORMAT: u32 = 1;

/// What is being done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doing {
    /// Nothing; the last that was done is told.
    #[default]
    Nothing,
    /// It asks for the newest release.
    Checking,
    /// It fetches.
    Fetching,
    /// It puts the bundle together.
    Assembling,
}

/// The status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Status {
    pub(crate) format: u32,
    /// What is being done.
    pub doing: Doing,
    /// The release that it is about.
    pub version: Option<String>,
    /// What that release changes, in a line.
    pub headline: Option<String>,
    /// What each way to it costs.
    pub cost: Option<String>,
    /// What the cheapest way costs, in bytes.
    #[serde(default)]
    pub cheapest: Option<u64>,
    /// Why the publisher's servers are not asked now.
    #[serde(default)]
    pub waits: Vec<String>,
    /// Bytes that are here, of those that are needed.
    pub done: u64,
    /// Bytes that are needed.
    pub of: u64,
    /// Bytes that came from the publisher's servers.
    pub upstream: u64,
    /// Bytes that came from neighbours.
    pub neighbours: u64,
    /// The bundle, once it is whole.
    pub bundle: Option<String>,
    /// What a person should know.
    pub notes: Vec<String>,
}

impl Default for Status {
    fn default() -> Self {
        Self {
            format: FORMAT,
            doing: Doing::Nothing,
            version: None,
            headline: None,
            cost: None,
            cheapest: None,
            waits: Vec::new(),
            done: 0,
            of: 0,
            upstream: 0,
            neighbours: 0,
            bundle: None,
            notes: Vec::new(),
        }
    }
}

impl Status {
    /// Reads one; of another format there is none.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|status: &Self| status.format == FORMAT)
    }

    /// With what each way costs.
    pub fn plan(&mut self, plan: &Plan) {
        self.cost = Some(plan.to_string());
        self.cheapest = plan.cheapest().map(|(_, cost)| cost.0);
    }

    /// It in lines for people.
    pub fn to_text(&self) -> String {
        let mut lines = Vec::new();
        let release = self.version.as_deref().unwrap_or("no release");
        lines.push(match (self.doing, &self.bundle) {
            (Doing::Checking, _) => "asking for the newest release".to_owned(),
            (Doing::Fetching, _) if self.of > 0 => {
                let percent = self.done.saturating_mul(100) / self.of;
                format!("fetching {release}: {percent} % of {}", formats::size::Bytes(self.of))
            }
            (Doing::Fetching, _) => format!("fetching {release}"),
            (Doing::Assembling, _) => format!("putting {release} together"),
            (Doing::Nothing, Some(bundle)) => format!("{release} is there: {bundle}"),
            (Doing::Nothing, None) => format!("nothing is being fetched; last: {release}"),
        });
        lines.extend(self.headline.iter().map(|line| format!("  {line}")));
        lines.extend(self.cost.iter().map(|cost| format!("  cost: {cost}")));
        lines.extend(self.waits.iter().map(|reason| format!("  waits: {reason}")));
        lines.extend(self.notes.iter().map(|note| format!("! {note}")));
        lines.push(String::new());
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_back() {
        let status = Status {
            doing: Doing::Fetching,
            version: Some("2026.12.0".to_owned()),
            headline: Some("Quicker start".to_owned()),
            cost: Some("missing pieces: 31.0 MB".to_owned()),
            done: 10_000_000,
            of: 40_000_000,
            notes: vec!["http://192.168.7.3:7363 sent something else".to_owned()],
            ..Status::default()
        };
        let text = serde_json::to_string(&status).unwrap();
        assert_eq!(Status::parse(&text), Some(status.clone()));
        assert_eq!(Status::parse(&text.replace("\"format\":1", "\"format\":2")), None);
        assert_eq!(
            status.to_text(),
            "fetching 2026.12.0: 25 % of 40.0 MB\n  Quicker start\n  cost: missing pieces: 31.0 MB\n\
             ! http://192.168.7.3:7363 sent something else\n"
        );
        let there = Status { doing: Doing::Nothing, bundle: Some("/x".to_owned()), ..status };
        assert!(there.to_text().starts_with("2026.12.0 is there: /x\n"));
    }
}
