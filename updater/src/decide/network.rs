//! Whether the network is as it was before the update. A release on trial that has less of it is judged bad; without a
//! record, and so behind the trial, nothing is asked: cables are pulled and routers switched off every day.

use std::fmt;
use std::str::FromStr;

/// How well the node is connected, in NetworkManager's eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Network {
    /// Not at all.
    None,
    /// To neighbours.
    Site,
    /// By a default route.
    Global,
}

/// The text names no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotANetwork;

impl Network {
    /// What `NMState` says (`org.freedesktop.NetworkManager`, property `State`).
    pub const fn of(state: u32) -> Self {
        match state {
            70.. => Self::Global,
            50..70 => Self::Site,
            _ => Self::None,
        }
    }

    /// What is wrong, if less is there than there was.
    pub fn lost(self, before: Option<Self>) -> Option<&'static str> {
        match (before?, self) {
            (before, now) if now >= before => None,
            (_, Self::None) => Some("there is no network, and there was one before the update"),
            _ => Some("nothing leads beyond the local network, and something did before the update"),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Site => "site",
            Self::Global => "global",
        })
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let all = [Self::None, Self::Site, Self::Global];
        all.into_iter().find(|network| network.to_string() == text).ok_or(NotANetwork)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_before() {
        for (before, state, fails) in [
            (None, 20, false),
            (Some(Network::None), 20, false),
            (Some(Network::None), 70, false),
            (Some(Network::Site), 40, true),
            (Some(Network::Site), 50, false),
            (Some(Network::Global), 0, true),
            (Some(Network::Global), 60, true),
            (Some(Network::Global), 70, false),
        ] {
            assert_eq!(Network::of(state).lost(before).is_some(), fails, "{before:?}, {state}");
        }
        for network in [Network::None, Network::Site, Network::Global] {
            assert_eq!(network.to_string().parse(), Ok(network));
        }
        assert_eq!("".parse::<Network>(), Err(NotANetwork));
    }
}
