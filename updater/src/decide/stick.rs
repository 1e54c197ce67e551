//! Which of the bundles on a stick is for this node.

use formats::version::Version;

/// A bundle on a stick, as its manifest says; no signature was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The nodes that it is for.
    pub compatible: String,
    /// Its release.
    pub version: Version,
    /// The stream of releases that it is in, if it says so.
    pub channel: Option<String>,
}

/// The number of the newest one that is for such nodes, of their channel or of none.
pub fn choose(candidates: &[Candidate], compatible: &str, channel: &str) -> Option<usize> {
    let fits = |candidate: &Candidate| {
        candidate.compatible == compatible && candidate.channel.as_deref().is_none_or(|other| other == channel)
    };
    let fitting = candidates.iter().enumerate().filter(|(_, candidate)| fits(candidate));
    // Of the same release the first.
    fitting.rev().max_by(|(_, one), (_, other)| one.version.cmp(&other.version)).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_that_fits() {
        let candidate = |compatible: &str, version: &str, channel: Option<&str>| Candidate {
            compatible: compatible.to_owned(),
            version: version.parse().unwrap(),
            channel: channel.map(str::to_owned),
        };
        let all = [
            candidate("mini", "2", Some("stable")),
            candidate("mini", "3", Some("beta")),
            candidate("pi", "4", Some("stable")),
            candidate("mini", "10", None),
            candidate("mini", "10", Some("stable")),
        ];
        for (count, channel, expected) in [
            (0, "stable", None),
            (1, "stable", Some(0)),
            (3, "stable", Some(0)),
            (3, "beta", Some(1)),
            (5, "beta", Some(3)),
        ] {
            assert_eq!(choose(&all[..count], "mini", channel), expected, "{count} {channel}");
        }
        assert_eq!(choose(&all, "other", "stable"), None);
    }
}
