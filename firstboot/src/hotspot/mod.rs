//! The node's own Wi-Fi network, for phones, as long as somebody may set it up.
//!
//! ```text
//!   a radio that is free ──► looked for networks ──► hotspot ──► nobody may set it up any more, or networks are to be joined ──► gone
//!            ▲                (the list is kept:                        │
//!            │                 one radio can't do both)                 │
//!            └──────────── a network that it knows did not take it ◄────┘
//! ```
//!
//! NetworkManager runs it: a profile in `/run`, which no power cut leaves behind, with `shared` addresses, so that its dnsmasq gives
//! out addresses and answers every name with the node's own (`dnsmasq-shared.d/ilanga.conf`). Where there is a screen, it shows the key,
//! which is this set-up's; without one nobody could know a key, and the network is open.
//!
//! Invariants: what decides is pure ([`decide`]); nothing is forwarded between phones and other networks (nftables); the key is in no
//! argument list, and in no view but a screen's.

mod keep;
mod profile;

use std::time::Duration;

pub use keep::{Hotspot, Keeper, Use};
pub use profile::{ADDRESS, Key, Profile};

/// How long the list of networks is waited for before there is a hotspot without one.
const LOOKING: Duration = Duration::from_secs(15);

/// How long a network that the node knows has to take it before there is a hotspot instead.
const JOINING: Duration = Duration::from_secs(45);

/// What a radio does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Radio {
    /// It can't be used, or not yet.
    Away,
    /// Nothing.
    Free,
    /// It is in another network, or on the way there.
    Elsewhere,
    /// The hotspot.
    Hotspot,
}

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Situation {
    /// Whether somebody may set the node up, or open its data.
    pub wanted: bool,
    /// What the radio does.
    pub radio: Radio,
    /// Whether a hotspot was begun and not ended: its profile is there.
    pub begun: bool,
    /// For how long it has done nothing.
    pub free_for: Duration,
    /// Whether the node has Wi-Fi networks of its own to join.
    pub knows_networks: bool,
    /// Whether other networks have been seen since it was free.
    pub looked: bool,
}

/// What is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Wait,
    /// Look for other networks.
    Look,
    /// Begin.
    Begin,
    /// End.
    End,
}

/// Decides.
pub fn decide(now: Situation) -> Step {
    match now.radio {
        // The radio may be in another network by now, and the hotspot would come back once that is lost.
        _ if !now.wanted => {
            if now.begun {
                Step::End
            } else {
                Step::Wait
            }
        }
        Radio::Free => match now.knows_networks {
            true if now.free_for < JOINING => Step::Wait,
            _ if !now.looked && now.free_for < LOOKING => Step::Look,
            _ => Step::Begin,
        },
        Radio::Away | Radio::Elsewhere | Radio::Hotspot => Step::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps() {
        let free = Situation {
            wanted: true,
            radio: Radio::Free,
            begun: false,
            free_for: Duration::ZERO,
            knows_networks: false,
            looked: false,
        };
        assert_eq!(decide(free), Step::Look);
        assert_eq!(decide(Situation { looked: true, ..free }), Step::Begin);
        // A radio that sees nothing, or does not say so.
        assert_eq!(decide(Situation { free_for: LOOKING, ..free }), Step::Begin);
        assert_eq!(decide(Situation { wanted: false, ..free }), Step::Wait);
        let knows = Situation { knows_networks: true, looked: true, ..free };
        assert_eq!(decide(knows), Step::Wait);
        assert_eq!(decide(Situation { free_for: JOINING, ..knows }), Step::Begin);
        for radio in [Radio::Away, Radio::Elsewhere, Radio::Hotspot] {
            assert_eq!(decide(Situation { radio, ..free }), Step::Wait, "{radio:?}");
        }
        for radio in [Radio::Away, Radio::Free, Radio::Elsewhere, Radio::Hotspot] {
            let over = Situation { radio, wanted: false, begun: true, ..free };
            assert_eq!(decide(over), Step::End, "{radio:?}");
            assert_eq!(decide(Situation { begun: false, ..over }), Step::Wait, "{radio:?}");
        }
    }
}
