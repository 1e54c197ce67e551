//! What each way to a release costs in megabytes, and which is the cheapest.

use std::fmt;

use formats::size::Bytes;
use serde::Serialize;

/// A way to a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The pieces that neither the store nor a slot has.
    Pieces,
    /// A static delta from the release that runs.
    Delta,
    /// The whole bundle.
    Whole,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pieces => "missing pieces",
            Self::Delta => "delta",
            Self::Whole => "whole bundle",
        })
    }
}

/// What is left to fetch by each way that there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    ways: Vec<(Way, Bytes)>,
}

impl Plan {
    /// The ways, each with what it still costs.
    pub fn new(ways: impl IntoIterator<Item = (Way, Bytes)>) -> Self {
        let mut ways: Vec<_> = ways.into_iter().collect();
        // Of two that cost the same, pieces first: a cut costs least there, and neighbours have them.
        ways.sort_by_key(|(way, cost)| (*cost, *way));
        Self { ways }
    }

    /// The cheapest way.
    pub fn cheapest(&self) -> Option<(Way, Bytes)> {
        self.ways.first().copied()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ways: Vec<String> = self.ways.iter().map(|(way, cost)| format!("{way}: {cost}")).collect();
        f.write_str(&ways.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_wins() {
        let mb = |n: u64| Bytes(n * 1_000_000);
        for (ways, cheapest, text) in [
            (vec![], None, ""),
            (
                vec![(Way::Whole, mb(329)), (Way::Delta, mb(31)), (Way::Pieces, mb(48))],
                Some((Way::Delta, mb(31))),
                "delta: 31.0 MB, missing pieces: 48.0 MB, whole bundle: 329.0 MB",
            ),
            // After a major upgrade, and after half of the pieces have come.
            (
                vec![(Way::Delta, mb(400)), (Way::Whole, mb(329))],
                Some((Way::Whole, mb(329))),
                "whole bundle: 329.0 MB, delta: 400.0 MB",
            ),
            (
                vec![(Way::Delta, mb(31)), (Way::Pieces, mb(31))],
                Some((Way::Pieces, mb(31))),
                "missing pieces: 31.0 MB, delta: 31.0 MB",
            ),
        ] {
            let plan = Plan::new(ways);
            assert_eq!((plan.cheapest(), plan.to_string().as_str()), (cheapest, text));
        }
    }
}
