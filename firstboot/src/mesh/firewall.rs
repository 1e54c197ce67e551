//! What the packet filter lets in from the mesh, as rules for `nft`. Pure.
//!
//! `nftables.conf` has the table. Whatever comes from `mesh0` goes through its chain `mesh` before anything else, before what belongs to open
//! connections too, and ends there until these rules are in place:
//!
//! | node | members | others |
//! |---|---|---|
//! | alone | – | return: what `nftables.conf` lets in from `mesh0` |
//! | in a community, or invited | return; and port 7366, where lists are asked for | dropped |
//! | its founder | the same | port 7366, where invitations are redeemed: two new connections a second |

use formats::community::MeshKey;

use super::Standing;
use super::configuration::LINKS;
use super::wire::PORT;

/// What is let in from a network that somebody else looks after: what `nftables.conf` lets in from `mesh0`; and at this UDP port the network itself,
/// which answers nobody without a key.
pub(super) fn open(port: Option<u16>) -> String {
    let mut rules = String::from(
        "flush chain inet ilanga mesh\nflush chain inet ilanga mesh-links\nadd rule inet ilanga mesh return\n",
    );
    if let Some(port) = port {
        rules.push_str(&format!("add rule inet ilanga mesh-links udp dport {port} accept\n"));
    }
    rules
}

/// Replaces all that a former place of this node had let in; `nft -f` does it at once or not at all.
pub fn rules(standing: Option<&Standing>, own: MeshKey) -> String {
    let mut rules = String::from(
        "flush chain inet ilanga mesh\nflush chain inet ilanga mesh-links\nflush set inet ilanga members\n",
    );
    let Some(standing) = standing else {
        rules.push_str("add rule inet ilanga mesh return\n");
        return rules;
    };
    let addresses: Vec<String> = standing.members().iter().map(|key| key.address().to_string()).collect();
    if !addresses.is_empty() {
        rules.push_str(&format!("add element inet ilanga members {{ {} }}\n", addresses.join(", ")));
    }
    let mut add = |rule: &str| rules.push_str(&format!("add rule inet ilanga mesh {rule}\n"));
    add(&format!("ip6 saddr @members tcp dport {PORT} accept"));
    add("ip6 saddr @members return");
    if standing.ties.founder == own {
        add(&format!("tcp dport {PORT} ct state established accept"));
        add(&format!("tcp dport {PORT} ct state new limit rate 2/second burst 20 packets accept"));
    }
    add("drop");
    if standing.ties.founder == own && !standing.ties.endpoints.is_empty() {
        rules.push_str(&format!("add rule inet ilanga mesh-links tcp dport {LINKS} accept\n"));
    }
    rules
}
